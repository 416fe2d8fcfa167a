// Sentences with their figures in them, from every room's catalogue (words.py does the same for the command line).

import { decimal, known } from "../ui/format.js";
import { hasText, language, t } from "../ui/i18n.js";

const DATE = /^\d{4}-\d\d-\d\d$/;

/** The sentence of a key. What is not known stands as an ellipsis: a figure is never made up. */
export function say(key, data = {}) {
  return t(key).replace(/\{(\w+)\}/g, (_, name) => word(name, data[name]));
}

/** The sentence of a line of the journal, by its bare key as the unit notes it. */
export function journalText(line) {
  const key = `journal.${line.text_key}`;
  return say(hasText(key) ? key : line.text_key, line.data ?? {});
}

/** A code as people say it, or as it came. */
export function term(prefix, code) {
  return hasText(`${prefix}.${code}`) ? t(`${prefix}.${code}`) : String(code).replaceAll("_", " ");
}

/** "SOS lamp: open circuit" of led.open. */
export function finding(key) {
  const [component, symptom] = key.split(".");
  return `${term("component", component)}: ${term("finding", symptom)}`;
}

// Day before month, so that nobody takes the one for the other.
const dates = () => (language() === "en" ? "en-GB" : language());

export function day(utc) {
  return new Intl.DateTimeFormat(dates(), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(utc * 1000));
}

export function moment(utc) {
  return new Intl.DateTimeFormat(dates(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(utc * 1000));
}

/** Seconds as 4:05. */
export function left(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function country(code) {
  try {
    return new Intl.DisplayNames([language()], { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}

function word(name, value) {
  if (!known(value)) return "…";
  if (typeof value === "number") return decimal(value, Number.isInteger(value) ? 0 : value < 10 ? 2 : 1);
  const text = String(value);
  if (name === "reason") return text; // a sentence of its own, with paths that must stay as they are
  if (name === "key") return finding(text);
  if (name === "country") return country(text);
  if (DATE.test(text)) return day(Date.parse(text) / 1000);
  for (const key of [text, `${name}.${text}`]) if (hasText(key)) return t(key);
  return text.includes(", ") ? text.split(", ").map((one) => word(name, one)).join(", ") : text.replaceAll("_", " ");
}
