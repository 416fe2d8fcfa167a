// Light or dark: as the system says, unless the person says otherwise.

const STORE = "opensos.theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();

export const THEMES = ["auto", "light", "dark"];

export function theme() {
  return document.documentElement.dataset.theme ?? "auto";
}

export function isDark() {
  return theme() === "auto" ? system.matches : theme() === "dark";
}

function apply(wanted) {
  if (wanted === "light" || wanted === "dark") document.documentElement.dataset.theme = wanted;
  else delete document.documentElement.dataset.theme;
  for (const listener of listeners) listener();
}

export function setTheme(wanted) {
  try {
    localStorage.setItem(STORE, wanted);
  } catch {
    // Storage may be closed to us; the choice then lasts as long as the page.
  }
  apply(wanted);
}

export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

system.addEventListener("change", () => apply(theme()));
window.addEventListener("storage", (event) => {
  if (event.key === STORE) apply(event.newValue);
});
