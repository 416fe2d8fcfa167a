// The queue: every call, those that nobody acknowledged yet on top. The list is the accessible equal of the map.

import { guard } from "../vendor/lit-html/directives/guard.js";
import { repeat } from "../vendor/lit-html/directives/repeat.js";
import { OsElement, html, nothing } from "../ui/element.js";
import "../ui/ago.js";
import { clock } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { language, t } from "../ui/i18n.js";
import { placeWords, stateWords, triggerIcon, triggerWords } from "./words.js";

const ROWS = 200;

class OsQueue extends OsElement {
  static properties = { store: { attribute: false }, limit: { state: true } };

  constructor() {
    super();
    this.limit = ROWS;
    this.shown = [];
  }

  connectedCallback() {
    super.connectedCallback();
    this.store.addEventListener("change", () => this.requestUpdate());
  }

  willUpdate() {
    this.#focused = this.contains(document.activeElement) ? document.activeElement.dataset.incidentId : null;
  }

  // A row that moves to another group is a new element: the keyboard's place goes with the call.
  updated() {
    if (this.#focused && !this.contains(document.activeElement)) this.focusRow(this.#focused);
  }

  #focused = null;

  focusRow(id) {
    const row = this.querySelector(`[data-incident-id="${CSS.escape(id)}"]`);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }

  /** Open the next (+1) or previous (-1) call of the list. */
  async move(step) {
    if (this.shown.length === 0) return;
    const at = this.shown.indexOf(this.store.openId);
    const next = at < 0 ? 0 : Math.min(this.shown.length - 1, Math.max(0, at + step));
    this.store.handsOn();
    this.store.show(this.shown[next]);
    await this.updateComplete;
    this.focusRow(this.shown[next]);
  }

  render() {
    const groups = this.store.groups();
    const total = this.store.cards.size;
    let room = this.limit;
    this.shown = [];
    const parts = Object.entries(groups).map(([name, cards]) => {
      const visible = cards.slice(0, Math.max(0, room));
      room -= visible.length;
      for (const card of visible) this.shown.push(card.id);
      return this.#group(name, cards.length, visible);
    });
    const hidden = total - this.shown.length;
    return html`
      <h2 id="queue-title" class="pane-title">${t("queue.title")}<span class="count">${total}</span></h2>
      <div class="scroll" tabindex="-1">
        ${this.store.loaded ? parts : html`<p class="empty">${t("queue.loading")}</p>`}
        ${this.store.loaded && total === 0 ? this.#empty() : nothing}
        ${hidden > 0
          ? html`<button class="button more" @click=${() => (this.limit += ROWS)}>${t("queue.more", { count: hidden })}</button>`
          : nothing}
      </div>
    `;
  }

  #empty() {
    return html`<div class="empty">${icon("bell")}<p><strong>${t("queue.empty")}</strong></p><p>${t("queue.empty.hint")}</p></div>`;
  }

  #group(name, count, cards) {
    if (count === 0) return nothing;
    return html`<section class="group ${name}" aria-labelledby="group-${name}">
      <h3 id="group-${name}">${name === "waiting" ? icon("bell") : nothing}${t(`queue.${name}`)}<span class="count">${count}</span></h3>
      <ol>${repeat(cards, (card) => card.id, (card) => this.#item(card))}</ol>
    </section>`;
  }

  #item(card) {
    const current = card.id === this.store.openId;
    return html`<li>${guard([card, current, language()], () => this.#row(card, current))}</li>`;
  }

  #row(card, current) {
    const waiting = !card.acknowledged_at;
    const live = card.state === "ringing" || card.state === "connected";
    const classes = ["row", waiting && "waiting", live && "live", card.test && "is-test", card.test === false && "is-real"];
    return html`<button class=${classes.filter(Boolean).join(" ")} data-incident-id=${card.id} aria-current=${current ? "true" : nothing}
      @click=${() => this.#clicked(card.id)}>
      <span class="edge" aria-hidden="true"></span>
      <span class="glyph">${icon(triggerIcon(card))}</span>
      <span class="what">${triggerWords(card)}</span>
      <span class="since"><os-ago at=${card.opened_at}></os-ago></span>
      <span class="where">${placeWords(card)}</span>
      <span class="about">
        ${waiting ? html`<span class="new">${t("row.new")}</span>` : nothing}
        ${card.test ? html`<span class="chip test">${t("test")}</span>` : nothing}
        <span class="state ${card.state}">${stateWords(card)}</span>
        <time class="tail" datetime=${card.opened_at}>${clock(card.opened_at)}</time>
      </span>
    </button>`;
  }

  #clicked(id) {
    this.store.handsOn();
    this.store.show(id);
    this.dispatchEvent(new CustomEvent("row-opened", { bubbles: true, detail: id }));
  }
}
customElements.define("os-queue", OsQueue);
