// Numbers and times as people read them. What is not known is said to be unknown: never blank, never zero.

import { html } from "./element.js";
import { language, t } from "./i18n.js";

const formats = new Map();

function number(digits) {
  const key = `${language()} ${digits}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.NumberFormat(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return formats.get(key);
}

export const known = (value) => value !== null && value !== undefined;

export function unknown() {
  return html`<span class="unknown">${t("unknown")}</span>`;
}

/** The value by its formatter, or the word 'unknown'. */
export function orUnknown(value, show = (v) => v) {
  return known(value) ? show(value) : unknown();
}

export function yesNo(value) {
  return orUnknown(value, (v) => t(v ? "yes" : "no"));
}

export function decimal(value, digits = 0) {
  return number(digits).format(value).replace("-", "−");
}

export function percent(value) {
  if (value > 0 && value < 0.0005) return `< ${decimal(0.1, 1)} %`;
  const digits = value > 0 && value < 0.0995 ? 1 : 0;
  return `${decimal(value * 100, digits)} %`;
}

/** Degrees, always with a point: these are read out and typed into other systems. */
export function coordinates({ lat, lon }) {
  return `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
}

const two = (n) => String(n).padStart(2, "0");

/** Local time of day, 24 hours, with seconds. */
export function clock(iso) {
  const d = new Date(iso);
  return Number.isNaN(d.getTime()) ? iso : `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** Date and time, local and in full, for a tooltip. */
export function fullTime(iso) {
  const d = new Date(iso);
  return Number.isNaN(d.getTime()) ? iso : new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "long" }).format(d);
}

/** How long ago, short: 42 s, 3 min, 2 h, 5 d. */
export function ago(iso, now) {
  const seconds = Math.max(0, Math.floor((now - Date.parse(iso)) / 1000));
  if (Number.isNaN(seconds)) return iso;
  if (seconds < 60) return t("ago.s", { n: seconds });
  if (seconds < 3600) return t("ago.min", { n: Math.floor(seconds / 60) });
  if (seconds < 172800) return t("ago.h", { n: Math.floor(seconds / 3600) });
  return t("ago.d", { n: Math.floor(seconds / 86400) });
}

/** A catalogue text for a code of a standard, or the code as it came. */
export function coded(prefix, code, hasText) {
  const key = `${prefix}.${code}`;
  return hasText(key) ? t(key) : code;
}
