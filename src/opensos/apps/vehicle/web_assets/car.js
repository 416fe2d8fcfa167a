// The car's page: the cockpit of one car. A calm first view, and everything else in tabs.

import { OsElement, html, nothing } from "../ui/element.js";
import "../ui/ago.js";
import { clock, fullTime } from "../ui/format.js";
import { loadTexts, t } from "../ui/i18n.js";
import { icon } from "../ui/icons.js";
import { LiveStream } from "../ui/live.js";
import "../ui/prefs.js";
import { breaking } from "./breaking.js";
import { drive } from "./drive.js";
import { health } from "./health.js";
import "./lamp.js";
import { read, send, sendInTurn } from "./link.js";
import { active, glance, holdSeconds, panel, scenarios } from "./panel.js";
import { journalText } from "./say.js";
import "./sos-button.js";
import { play } from "./sound.js";
import { workshop } from "./workshop.js";

const JOURNAL_LINES = 60;
const STORE = "opensos.car.view";
const FRESH = { tab: "drive", place: "", faults: "", actions: "", mode: "hard", severity: "1", minutes: 15, crashes: false, listen: false, short: false, done: null };
const LASTING = ["tab", "place", "faults", "actions", "mode", "severity", "minutes", "crashes"];
const FOR_ME_MORE_S = 0.4;

function remembered() {
  try {
    return { ...FRESH, ...JSON.parse(sessionStorage.getItem(STORE) ?? "{}") };
  } catch {
    return { ...FRESH };
  }
}

class OsCar extends OsElement {
  static properties = { car: { state: true }, known: { state: true }, link: { state: true }, trouble: { state: true }, view: { state: true } };

  constructor() {
    super();
    this.car = null;
    this.known = null;
    this.link = "connecting";
    this.trouble = null;
    this.view = remembered();
  }

  connectedCallback() {
    super.connectedCallback();
    this.#read();
    const stream = new LiveStream(() => "/car/api/events", "state");
    stream.addEventListener("message", (message) => (this.car = JSON.parse(message.data)));
    stream.addEventListener("state", () => (this.link = stream.state));
    stream.start();
  }

  async #read() {
    try {
      [this.car, this.known] = await Promise.all([read("state"), read("known")]);
    } catch {
      // The stream tells the state when the car answers again.
    }
  }

  #set = (change) => {
    this.view = { ...this.view, ...change };
    try {
      sessionStorage.setItem(STORE, JSON.stringify(Object.fromEntries(LASTING.map((name) => [name, this.view[name]]))));
    } catch {
      // Storage may be closed to us; the choice then lasts as long as the page.
    }
  };

  #told(answer) {
    this.trouble = answer.trouble ?? null;
    return answer;
  }

  #press = async (verb, body) => this.#told(await send(verb, body));

  // A pretend car has a contact that goes down and up; elsewhere a whole hold is one press.
  #context = {
    press: this.#press,
    set: this.#set,
    mayPress: (car) => (!active(car) || car.state === "cancel_window") && (car.mode !== "live" || Boolean(car.pretend)),
    down: async () => this.car.pretend && this.#told(await sendInTurn("button", { down: true })),
    up: () => this.car.pretend && sendInTurn("button", { down: false }),
    short: () => !active(this.car) && this.#set({ short: true }),
    full: () => {
      this.#set({ short: false });
      if (!this.car.pretend && this.car.state !== "cancel_window") this.#press("sos");
    },
    forMe: async () => {
      this.#set({ short: false });
      if (!this.car.pretend) return this.#press("sos");
      const answer = this.#told(await sendInTurn("button", { down: true }));
      setTimeout(() => sendInTurn("button", { down: false }), (holdSeconds(this.car) + FOR_ME_MORE_S) * 1000);
      return answer;
    },
  };

  updated() {
    const { car } = this;
    document.title = car && car.state !== "idle" ? `${t(`state.${car.state}`)} · ${t("title")}` : t("title");
    if (car?.signal) play(car.signal.sound, this.known?.sounds?.[car.signal.sound], this.view.listen);
  }

  render() {
    const { car } = this;
    const live = car?.mode === "live";
    return html`
      <header class="car-top">
        <h1><img src="/static/ui/icon.svg" alt="" width="22" height="22">${t(car && !car.pretend && car.unit ? "car.real" : "car")}</h1>
        <os-prefs></os-prefs>
      </header>
      <p class="mode-bar ${live ? "live" : "test"}" role="status">${live ? icon("warn") : nothing}<span>${t(live ? "mode.live" : "mode.test")}</span></p>
      <main>${car ? this.#cockpit(car) : html`<p class="wait">${t("car.waiting")}</p>`}</main>
      <div class="trouble" role="alert">${this.trouble ? html`<p>${icon("warn")}<span>${this.trouble}</span><button class="button quiet" data-do="dismiss" @click=${() => (this.trouble = null)}>${t("close")}</button></p>` : nothing}</div>
    `;
  }

  #cockpit(car) {
    const context = { ...this.#context, link: this.link, known: this.known, view: this.view };
    const tabs = { drive, health, ...(car.pretend ? { break: breaking } : {}), workshop, journal };
    const chosen = this.view.tab in tabs ? this.view.tab : "drive";
    return html`<div class="first">${panel(car, context)}${glance(car)}${scenarios(car, context)}</div>
      <section class="more" aria-label=${t("tabs")}>
        <div class="tabs" role="tablist" aria-label=${t("tabs")} @keydown=${(event) => this.#arrow(event, Object.keys(tabs), chosen)}>${Object.keys(tabs).map((name) => html`<button role="tab" id="tab-${name}" data-tab=${name} aria-controls="panel-${name}" aria-selected=${name === chosen ? "true" : "false"} tabindex=${name === chosen ? 0 : -1} @click=${() => this.#set({ tab: name })}>${t(`tab.${name}`)}</button>`)}</div>
        ${Object.entries(tabs).map(([name, draw]) => html`<div role="tabpanel" id="panel-${name}" aria-labelledby="tab-${name}" ?hidden=${name !== chosen}>${name === chosen ? draw(car, context) : nothing}</div>`)}
      </section>`;
  }

  async #arrow(event, names, chosen) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = names.indexOf(chosen);
    const next = step ? (at + step + names.length) % names.length : { Home: 0, End: names.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.#set({ tab: names[next] });
    await this.updateComplete;
    this.querySelector(`#tab-${names[next]}`).focus();
  }
}

function journal(car) {
  const lines = (car.journal ?? []).slice(-JOURNAL_LINES).reverse();
  if (lines.length === 0) return html`<p class="card muted">${t("journal.empty")}</p>`;
  return html`<section class="card" aria-labelledby="journal-title"><h3 id="journal-title">${t("journal")}</h3><ol class="journal" tabindex="0" aria-labelledby="journal-title">${lines.map((line) => html`<li data-text-key=${line.text_key} class=${line.kind}>
    <time datetime=${line.at} title=${fullTime(line.at)}>${clock(line.at)}</time><span>${journalText(line)}</span></li>`)}</ol></section>`;
}

await loadTexts(new URL("../ui/i18n/", import.meta.url), new URL("/car/api/texts/", import.meta.url));
customElements.define("os-car", OsCar);
