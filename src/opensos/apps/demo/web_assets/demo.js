// The demo's first page: the car on the left, the call centre on the right, each in a frame of its own.

import { OsElement, html } from "../ui/element.js";
import { loadTexts, t } from "../ui/i18n.js";
import { icon } from "../ui/icons.js";
import "../ui/prefs.js";

const VIEWS = [
  { id: "car", address: "/car" },
  { id: "console", address: "/console" },
];

class OsDemo extends OsElement {
  static properties = { view: { state: true } };

  constructor() {
    super();
    this.view = "car";
  }

  updated() {
    document.title = t("title");
  }

  render() {
    return html`
      <header class="demo-top">
        <div><h1><img src="/static/ui/icon.svg" alt="" width="26" height="26">OpenSOS</h1><p>${t("explain")}</p></div>
        <os-prefs></os-prefs>
      </header>
      <nav class="demo-tabs" aria-label=${t("views")}>${VIEWS.map((v) => html`<button aria-current=${this.view === v.id ? "true" : "false"} @click=${() => (this.view = v.id)}>${t(`view.${v.id}`)}</button>`)}</nav>
      <main class="frames" data-view=${this.view}>${VIEWS.map((v) => html`<section class=${v.id} aria-labelledby="frame-${v.id}">
        <header><h2 id="frame-${v.id}">${t(`view.${v.id}`)}</h2><a href=${v.address} target="_blank">${icon("open")}<span>${t("alone")}</span><span class="visually-hidden">: ${t(`view.${v.id}`)}</span></a></header>
        <iframe src=${v.address} title=${t(`frame.${v.id}`)} allow="autoplay; clipboard-write"></iframe></section>`)}</main>
    `;
  }
}

await loadTexts(new URL("../ui/i18n/", import.meta.url), new URL("./i18n/", import.meta.url));
customElements.define("os-demo", OsDemo);
