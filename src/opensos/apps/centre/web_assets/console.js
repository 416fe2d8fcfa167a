// The console page: wires store, queue, opened call, map, alarm and keyboard.

import { OsElement, html, nothing } from "../ui/element.js";
import { clock } from "../ui/format.js";
import { loadTexts, t } from "../ui/i18n.js";
import { icon } from "../ui/icons.js";
import "../ui/prefs.js";
import "./incident.js";
import "./map.js";
import "./queue.js";
import { ACTIONS } from "./incident.js";
import { Alarm } from "./sound.js";
import { Store } from "./store.js";
import { placeWords, triggerWords } from "./words.js";

const SHORTCUTS_OFF = "opensos.shortcuts";
const TIMINGS_KEPT = 2000;
const VIEWS = ["queue", "incident", "map"];

function shortcutsOff() {
  try {
    return localStorage.getItem(SHORTCUTS_OFF) === "off";
  } catch {
    return false;
  }
}

class OsConsole extends OsElement {
  static properties = { view: { state: true }, confirming: { state: true }, toast: { state: true }, shortcuts: { state: true } };

  constructor() {
    super();
    this.store = new Store();
    this.alarm = new Alarm();
    this.view = "queue";
    this.confirming = null;
    this.toast = null;
    this.shortcuts = !shortcutsOff();
    this.#news = [];
  }

  connectedCallback() {
    super.connectedCallback();
    this.store.addEventListener("change", () => this.#storeChanged());
    this.store.addEventListener("new", (event) => this.#newCall(event.detail));
    this.alarm.addEventListener("change", () => this.requestUpdate());
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("pointerdown", () => this.store.handsOn());
    setInterval(() => this.#blinkTitle(), 1000);
    this.store.start();
  }

  languageChanged() {
    super.languageChanged();
    this.#blinkTitle();
  }

  #news;
  #speak = 0;
  #blink = false;
  #shown = "";

  get #waiting() {
    return this.store.groups().waiting.length;
  }

  #storeChanged() {
    this.alarm.ring(this.#waiting > 0);
    const { mode, link, signedOut, loaded } = this.store;
    const shown = [mode, link, signedOut, loaded, this.#waiting].join();
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#blinkTitle();
    this.requestUpdate();
  }

  // From the event to the painted row: measured in the page itself, read by the bench as performance entries.
  #newCall({ card, began }) {
    this.#news.push(card);
    if (!this.#speak) this.#speak = setTimeout(() => this.#announce(), 120);
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        if (performance.getEntriesByName("opensos.row").length >= TIMINGS_KEPT) performance.clearMeasures("opensos.row");
        performance.measure("opensos.row", { start: began, end: performance.now(), detail: { id: card.id } });
      };
      channel.port2.postMessage(null);
    });
  }

  #announce() {
    const news = this.#news;
    this.#news = [];
    this.#speak = 0;
    const region = this.querySelector("#announcer");
    const one = news[0];
    region.textContent =
      news.length === 1
        ? t(one.test ? "announce.test" : one.state === "data_only" ? "announce.data" : "announce.one", { trigger: triggerWords(one), place: placeWords(one) })
        : t("announce.many", { count: news.length });
  }

  #blinkTitle() {
    const waiting = this.#waiting;
    this.#blink = waiting > 0 && !this.#blink;
    document.title = waiting === 0 ? t("title") : this.#blink ? `(${waiting}) ● ${t("title.waiting", { count: waiting })}` : `(${waiting}) ${t("title")}`;
  }

  render() {
    const { mode, signedOut } = this.store;
    return html`
      <a class="skip" href="#queue-title" @click=${(e) => this.#skip(e)}>${t("skip")}</a>
      ${this.#header()}
      <div class="mode-bar ${mode ?? "pending"}" role="status">${mode === "live" ? icon("warn") : nothing}<span>${mode ? t(`mode.${mode}`) : html`&nbsp;`}</span></div>
      ${signedOut ? this.#signedOut() : nothing}
      <main class="panes" data-view=${this.view} ?inert=${signedOut}>
        <os-queue class="pane" .store=${this.store} @row-opened=${() => this.#go("incident")}></os-queue>
        <os-incident class="pane" role="region" aria-labelledby="incident-title" .store=${this.store} @action=${(e) => this.#act(e.detail)}></os-incident>
        <os-map class="pane" .store=${this.store}></os-map>
      </main>
      ${this.#tabs()} ${this.#confirm()} ${this.#help()}
      <div id="announcer" class="visually-hidden" aria-live="assertive"></div>
      <div class="toasts"><div role="alert">${this.toast?.bad ? this.#toast() : nothing}</div><div role="status">${this.toast && !this.toast.bad ? this.#toast() : nothing}</div></div>
    `;
  }

  #header() {
    return html`<header class="top">
      <h1><img src="/static/ui/icon.svg" alt="" width="24" height="24">OpenSOS <span>${t("console")}</span></h1>
      <p class="waiting-count ${this.#waiting ? "some" : ""}">${icon("bell")}<span>${t("waiting", { count: this.#waiting })}</span></p>
      ${this.#link()}
      <div class="tools">
        ${this.#sound()}
        <os-prefs></os-prefs>
        <button class="button quiet" @click=${() => this.#openHelp()} aria-label=${t("help")} title=${t("help")}>${icon("help")}<kbd aria-hidden="true">?</kbd></button>
      </div>
    </header>`;
  }

  #link() {
    const { link, freshAt, loaded } = this.store;
    if (link === "open") return html`<p class="link ok" role="status">${icon("link")}<span>${t("link.open")}</span></p>`;
    if (link === "connecting") return html`<p class="link" role="status">${icon("link")}<span>${t("link.connecting")}</span></p>`;
    const words = loaded && freshAt ? t("link.lost", { time: clock(freshAt) }) : t("link.never");
    return html`<p class="link lost" role="status">${icon("linkOff")}<span>${words}</span></p>`;
  }

  #sound() {
    const { state } = this.alarm;
    const press = () => {
      if (this.alarm.state === "blocked" || this.alarm.justOpened) this.alarm.unblock().then(() => this.alarm.sample());
      else this.alarm.setMuted(this.alarm.state === "on");
    };
    return html`<button class="button sound ${state}" data-sound=${state} @click=${press} title=${t(`sound.${state}.hint`)}>
      ${icon(state === "on" ? "bell" : "bellOff")}<span>${t(`sound.${state}`)}</span></button>`;
  }

  #signedOut() {
    return html`<section class="signed-out" role="alert"><h2>${t("signed_out")}</h2><p>${t("signed_out.hint")}</p></section>`;
  }

  #tabs() {
    return html`<nav class="tabs" aria-label=${t("views")}>${VIEWS.map((view) => html`<button class="tab" aria-current=${this.view === view ? "page" : nothing}
      @click=${() => this.#go(view)}>${icon({ queue: "bell", incident: "car", map: "pin" }[view])}<span>${t(`view.${view}`)}</span>
      ${view === "queue" && this.#waiting ? html`<b class="badge">${this.#waiting}</b>` : nothing}</button>`)}</nav>`;
  }

  #toast() {
    return html`<p class="toast ${this.toast.bad ? "bad" : ""}">${icon(this.toast.bad ? "warn" : "check")}<span>${this.toast.text}</span>
      <button class="button quiet small" @click=${() => (this.toast = null)}>${t("close")}</button></p>`;
  }

  #confirm() {
    return html`<dialog id="confirm" aria-labelledby="confirm-title">
      <h2 id="confirm-title">${t("confirm.title")}</h2>
      <p>${t("confirm.text")}</p>
      <p class="confirm-what">${this.confirming ? html`${triggerWords(this.confirming)} · ${placeWords(this.confirming)} · ${clock(this.confirming.opened_at)}` : nothing}</p>
      <div class="dialog-buttons">
        <button class="button" autofocus @click=${() => this.#dialog("confirm").close()}>${t("confirm.keep")}</button>
        <button class="button danger" data-confirm @click=${() => this.#confirmed()}>${icon("hangup")}<span>${t("action.clear-down")}</span></button>
      </div></dialog>`;
  }

  #help() {
    const keys = [["J", "↓", "key.next"], ["K", "↑", "key.previous"], ["Enter", null, "key.open"],
      ...ACTIONS.map((a) => [a.key, null, `action.${a.verb}`]), ["M", null, "key.mute"], ["?", null, "key.help"], ["Esc", null, "key.close"]];
    return html`<dialog id="help" aria-labelledby="help-title">
      <h2 id="help-title">${t("help.title")}</h2>
      <table class="keys"><tbody>${keys.map(([key, other, words]) => html`<tr><th scope="row"><kbd>${key}</kbd>${other ? html` <kbd>${other}</kbd>` : nothing}</th><td>${t(words)}</td></tr>`)}</tbody></table>
      <label class="check"><input type="checkbox" .checked=${this.shortcuts} @change=${(e) => this.#setShortcuts(e.target.checked)}> ${t("help.shortcuts")}</label>
      <p class="muted">${t("help.about")}</p>
      <div class="dialog-buttons"><button class="button" @click=${() => this.#dialog("help").close()}>${t("close")}</button></div></dialog>`;
  }

  #dialog(id) {
    return this.querySelector(`dialog#${id}`);
  }

  #openHelp() {
    this.#dialog("help").showModal();
  }

  #setShortcuts(on) {
    this.shortcuts = on;
    try {
      localStorage.setItem(SHORTCUTS_OFF, on ? "on" : "off");
    } catch {
      // Kept for as long as the page lives.
    }
  }

  #skip(event) {
    event.preventDefault();
    this.querySelector("os-queue .row")?.focus();
  }

  async #go(view) {
    this.view = view;
    await this.updateComplete;
    // Beside each other nothing moves; on a narrow screen the reader is taken to what they asked for.
    if (view === "incident" && window.matchMedia("(max-width: 819px)").matches) this.querySelector("#incident-title")?.focus();
  }

  #act({ id, verb }) {
    this.store.handsOn();
    const card = this.store.cards.get(id);
    const action = ACTIONS.find((a) => a.verb === verb);
    if (card?.can?.[action.can] !== true) return;
    if (verb === "clear-down") {
      this.confirming = card;
      this.#dialog("confirm").showModal();
      return;
    }
    this.#carryOut(id, verb);
  }

  #confirmed() {
    const { id } = this.confirming;
    this.#dialog("confirm").close();
    this.#carryOut(id, "clear-down");
  }

  async #carryOut(id, verb) {
    try {
      await this.store.act(id, verb);
      this.#say(t(`done.${verb}`), false);
    } catch (error) {
      this.#say(t("failed", { what: t(`action.${verb}`), why: error.message || t("failed.network") }), true);
    }
  }

  #say(text, bad) {
    const toast = { text, bad };
    this.toast = toast;
    // What went wrong stays until it is read; what went well may go.
    if (!bad) setTimeout(() => { if (this.toast === toast) this.toast = null; }, 4000);
  }

  #key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    this.store.handsOn();
    // Focus can stand for a moment in a dialog that has just closed.
    const target = event.target.closest?.("dialog:not([open])") ? document.body : event.target;
    if (this.querySelector("dialog[open]") || target.closest?.("select, input, textarea, .maplibregl-map")) return;
    const queue = this.querySelector("os-queue");
    const inList = target === document.body || queue.contains(target);
    if (inList && event.key === "ArrowDown") return this.#take(event, () => queue.move(1));
    if (inList && event.key === "ArrowUp") return this.#take(event, () => queue.move(-1));
    if (event.key === "Enter" && target.dataset?.incidentId) {
      return this.#take(event, async () => {
        this.store.show(target.dataset.incidentId);
        await this.#go("incident");
        this.querySelector("#incident-title")?.focus();
      });
    }
    if (!this.shortcuts || event.repeat && !/^[jk]$/i.test(event.key)) return;
    const key = event.key.toUpperCase();
    if (key === "J") this.#take(event, () => queue.move(1));
    else if (key === "K") this.#take(event, () => queue.move(-1));
    else if (key === "M") this.#take(event, () => this.alarm.setMuted(!this.alarm.muted));
    else if (key === "?") this.#take(event, () => this.#openHelp());
    else {
      const action = ACTIONS.find((a) => a.key === key);
      if (action && this.store.openId) this.#take(event, () => this.#act({ id: this.store.openId, verb: action.verb }));
    }
  }

  #take(event, what) {
    event.preventDefault();
    what();
  }
}

await loadTexts(new URL("../ui/i18n/", import.meta.url), new URL("./i18n/", import.meta.url));
customElements.define("os-console", OsConsole);
