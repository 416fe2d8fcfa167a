// The base of our components: Lit in the light DOM (one stylesheet, plain accessibility tree), redrawn when the language changes.

import { LitElement } from "../vendor/lit/index.js";
import { onLanguage } from "./i18n.js";

export { html, nothing, svg } from "../vendor/lit/index.js";

export class OsElement extends LitElement {
  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#release = onLanguage(() => this.languageChanged());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#release?.();
  }

  languageChanged() {
    this.requestUpdate();
  }

  #release;
}
