// The language and theme switches.

import { OsElement, html } from "./element.js";
import { LANGUAGES, language, setLanguage, t } from "./i18n.js";
import { THEMES, onTheme, setTheme, theme } from "./theme.js";

class OsPrefs extends OsElement {
  connectedCallback() {
    super.connectedCallback();
    this.#release = onTheme(() => this.requestUpdate());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#release();
  }

  #release;

  render() {
    return html`<span class="prefs">
      <select aria-label=${t("prefs.language")} @change=${(e) => setLanguage(e.target.value)}>
        ${Object.entries(LANGUAGES).map(([code, name]) => html`<option value=${code} lang=${code} ?selected=${code === language()}>${name}</option>`)}
      </select>
      <select aria-label=${t("prefs.theme")} @change=${(e) => setTheme(e.target.value)}>
        ${THEMES.map((name) => html`<option value=${name} ?selected=${name === theme()}>${t(`prefs.theme.${name}`)}</option>`)}
      </select>
    </span>`;
  }
}
customElements.define("os-prefs", OsPrefs);
