// <os-ago at="…">: time since, kept fresh by one ticker for the page, without any framework in between.

import { ago, fullTime } from "./format.js";
import { onLanguage } from "./i18n.js";

const alive = new Set();
let offset = 0;

/** Tell how far this machine's clock is from the server's, in milliseconds. */
export function setServerTime(iso) {
  const server = Date.parse(iso);
  if (!Number.isNaN(server)) offset = server - Date.now();
}

export function serverNow() {
  return Date.now() + offset;
}

function refresh() {
  const now = serverNow();
  for (const element of alive) element.show(now);
}
setInterval(refresh, 1000);
onLanguage(refresh);

class OsAgo extends HTMLElement {
  static observedAttributes = ["at"];

  connectedCallback() {
    alive.add(this);
    this.show(serverNow());
  }

  disconnectedCallback() {
    alive.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) {
      this.title = "";
      this.show(serverNow());
    }
  }

  show(now) {
    const at = this.getAttribute("at");
    if (!at) return;
    const text = ago(at, now);
    if (text !== this.textContent) this.textContent = text;
    if (!this.title) this.title = fullTime(at);
  }
}
customElements.define("os-ago", OsAgo);
