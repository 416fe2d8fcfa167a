// Text by key from JSON catalogues, in English and German. A missing key shows itself, so that a test finds it.

export const LANGUAGES = { en: "English", de: "Deutsch" };
const STORE = "opensos.lang";
const listeners = new Set();
let folders = [];
let texts = {};
let lang = document.documentElement.lang === "de" ? "de" : "en";
let plural = new Intl.PluralRules(lang);

async function read(language) {
  const parts = await Promise.all(folders.map(async (folder) => (await fetch(new URL(`${language}.json`, folder))).json()));
  return Object.assign({}, ...parts);
}

/** Load the catalogues in these folders (URLs ending in a slash); later ones win. */
export async function loadTexts(...where) {
  folders = where;
  texts = await read(lang);
  document.documentElement.lang = lang;
}

export function language() {
  return lang;
}

export function hasText(key) {
  return Object.hasOwn(texts, key) || Object.hasOwn(texts, `${key}.other`);
}

/** The text of a key; `{name}` is replaced from values, and a `count` chooses between key.one and key.other. */
export function t(key, values = {}) {
  const form = "count" in values ? `${key}.${plural.select(values.count)}` : key;
  const text = texts[form] ?? texts[`${key}.other`] ?? texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

async function change(wanted) {
  if (!(wanted in LANGUAGES) || wanted === lang) return;
  lang = wanted;
  const fresh = await read(wanted);
  if (lang !== wanted) return; // the person changed their mind while we read
  texts = fresh;
  plural = new Intl.PluralRules(lang);
  document.documentElement.lang = lang;
  for (const listener of listeners) listener();
}

export async function setLanguage(wanted) {
  try {
    localStorage.setItem(STORE, wanted);
  } catch {
    // Storage may be closed to us; the choice then lasts as long as the page.
  }
  await change(wanted);
}

export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// The other frames of the demo change their language together with the one that was asked.
window.addEventListener("storage", (event) => {
  if (event.key === STORE && event.newValue) change(event.newValue);
});
