// The car's page: what the driver sees, and the buttons that make the pretend car crash.

import { OsElement, html, nothing } from "../ui/element.js";
import "../ui/ago.js";
import { clock, coordinates, decimal, fullTime, known, orUnknown, percent, unknown, yesNo } from "../ui/format.js";
import { hasText, loadTexts, t } from "../ui/i18n.js";
import { icon } from "../ui/icons.js";
import { LiveStream } from "../ui/live.js";
import "../ui/prefs.js";
import { steps } from "./steps.js";

const JOURNAL_LINES = 40;
const HOME = "/car/api/";

const term = (prefix, code) => (hasText(`${prefix}.${code}`) ? t(`${prefix}.${code}`) : String(code).replaceAll("_", " "));

class OsCar extends OsElement {
  static properties = { car: { state: true }, link: { state: true }, trouble: { state: true }, busy: { state: true } };

  constructor() {
    super();
    this.car = null;
    this.link = "connecting";
    this.trouble = null;
    this.busy = false;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#read();
    const stream = new LiveStream(() => `${HOME}events`, "state");
    stream.addEventListener("message", (message) => (this.car = JSON.parse(message.data)));
    stream.addEventListener("state", () => (this.link = stream.state));
    stream.start();
  }

  async #read() {
    try {
      this.car = await (await fetch(`${HOME}state`, { cache: "no-store" })).json();
    } catch {
      // The stream tells the state when the car answers again.
    }
  }

  async #press(verb, body = {}) {
    if (this.busy) return;
    this.busy = true;
    this.trouble = null;
    try {
      const response = await fetch(HOME + verb, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
      if (!response.ok) this.trouble = await reason(response);
    } catch {
      this.trouble = t("car.silent");
    }
    this.busy = false;
  }

  updated() {
    document.title = this.car && this.car.state !== "idle" ? `${t(`state.${this.car.state}`)} · ${t("title")}` : t("title");
  }

  render() {
    const { car } = this;
    const live = car?.mode === "live";
    return html`
      <header class="car-top">
        <h1><img src="/static/ui/icon.svg" alt="" width="22" height="22">${t("car")}</h1>
        <os-prefs></os-prefs>
      </header>
      <p class="mode-bar ${live ? "live" : "test"}" role="status">${live ? icon("warn") : nothing}<span>${t(live ? "mode.live" : "mode.test")}</span></p>
      <main>${car ? this.#cockpit(car) : html`<p class="wait">${t("car.waiting")}</p>`}</main>
      <div class="trouble" role="alert">${this.trouble ? html`<p>${icon("warn")}${this.trouble}</p>` : nothing}</div>
    `;
  }

  #cockpit(car) {
    const active = car.state !== "idle" && car.state !== "ended" && car.state !== "callback_window";
    return html`
      <section class="panel" aria-labelledby="sos-title">
        <h2 id="sos-title" class="visually-hidden">${t("sos.title")}</h2>
        ${this.#status(car)}
        <div class="dash"><div class="sos-wrap ${active ? "active" : ""}">
          ${car.state === "cancel_window"
            ? html`<button class="sos cancel" data-press="cancel" @click=${() => this.#press("cancel")}><b>${t("cancel")}</b><small>${t("cancel.hint")}</small></button>`
            : html`<button class="sos" data-press="sos" aria-describedby="sos-hint" aria-disabled=${active ? "true" : "false"} @click=${() => !active && this.#press("sos")}><b>SOS</b></button>`}
        </div>
        ${this.#steps(car)}</div>
        <p id="sos-hint" class="hint">${t(active ? "sos.active" : "sos.hint")}</p>
      </section>
      <section class="crashes" aria-labelledby="crash-title">
        <h2 id="crash-title">${t("crashes")}</h2>
        ${this.#scenarios(car.scenarios ?? [])}
      </section>
      ${car.last_crash ? this.#crash(car.last_crash) : nothing}
      <section class="card" aria-labelledby="car-title"><h2 id="car-title">${t("vehicle")}</h2>${this.#facts(car)}</section>
      <section class="card" aria-labelledby="journal-title"><h2 id="journal-title">${t("journal")}</h2>${this.#journal(car.journal ?? [])}</section>
    `;
  }

  #status(car) {
    const lost = this.link === "lost";
    return html`<p class="status" aria-live="polite">
      <span class="led ${car.led}" aria-hidden="true"></span>
      <span><strong>${lost ? t("car.silent") : term("state", car.state)}</strong><small>${t("led", { colour: t(`led.${car.led}`) })}</small></span>
      ${car.call?.since ? html`<os-ago at=${car.call.since}></os-ago>` : nothing}
    </p>`;
  }

  #scenarios(scenarios) {
    const [first, ...others] = [...scenarios].sort((a, b) => (b.id === "barrier") - (a.id === "barrier"));
    if (!first) return html`<p class="unknown">${t("crashes.none")}</p>`;
    const button = (scenario, style) => html`<button class="button ${style}" data-scenario=${scenario.id} @click=${() => this.#press("crash", { scenario: scenario.id })}>
      ${icon(scenario.expects_call ? "crash" : "car")}<span><b>${term("scenario", scenario.id)}</b>
      <small>${t(scenario.expects_call ? "crashes.calls" : "crashes.no_call")}</small></span></button>`;
    return html`${button(first, "danger big")}<div class="others">${others.map((s) => button(s, "small"))}</div>`;
  }

  #steps(car) {
    return html`<ol class="steps" aria-label=${t("steps")}>${steps(car).map((step) => html`<li class=${step.status} data-step=${step.key} data-status=${step.status}>
      <span class="dot">${step.status === "done" ? icon("check") : step.status === "bad" ? icon("warn") : nothing}</span>
      <span>${t(`step.${step.key}`)}</span>
      <span class="visually-hidden">${t(`status.${step.status}`)}</span></li>`)}</ol>`;
  }

  #fact(name, value) {
    return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
  }

  #crash(crash) {
    const { severity } = crash;
    const speed = (v) => t(crash.lower_bound || crash.saturated ? "crash.at_least" : "crash.kmh", { n: decimal(v, 1) });
    return html`<section class="card" aria-labelledby="last-title"><h2 id="last-title">${t("last_crash")}</h2><dl class="facts">
      ${this.#fact(t("crash.impact"), orUnknown(crash.impact, (v) => term("impact", v)))}
      ${this.#fact(t("crash.delta_v"), orUnknown(crash.max_delta_v_kmh, (v) => html`<strong>${speed(v)}</strong>`))}
      ${this.#fact(t("crash.direction"), orUnknown(crash.direction_deg, (v) => t("crash.from", { n: decimal(v) })))}
      ${this.#fact(t("crash.multiple"), yesNo(crash.multiple_impacts))}
      ${this.#fact(t("crash.rollover"), yesNo(crash.rollover))}
      ${severity && known(severity.probability) ? this.#fact(t("severity"), html`<strong>${percent(severity.probability)}</strong>${known(severity.low) ? html` <span class="muted">(${percent(severity.low)} – ${percent(severity.high)})</span>` : nothing}`) : nothing}
      </dl>${severity?.caveat ? html`<p class="muted small">${hasText(severity.caveat) ? t(severity.caveat) : severity.caveat}</p>` : nothing}</section>`;
  }

  #facts(car) {
    const p = car.position;
    return html`<dl class="facts">
      ${this.#fact(t("position"), p ? html`<span class="mono">${coordinates(p)}</span>` : unknown())}
      ${this.#fact(t("speed"), orUnknown(p?.speed_kmh, (v) => t("crash.kmh", { n: decimal(v) })))}
      ${this.#fact(t("heading"), orUnknown(p?.heading_deg, (v) => `${decimal(v)}°`))}
      ${this.#fact(t("occupants"), orUnknown(car.occupants))}
      ${this.#fact(t("belts"), this.#belts(car.belts))}
      ${this.#fact(t("airbag"), orUnknown(car.airbag, (v) => (typeof v === "boolean" ? t(v ? "airbag.fired" : "airbag.ready") : term("airbag", v))))}
      ${this.#fact(t("vin"), orUnknown(car.vin_masked, (v) => html`<span class="mono">${v}</span>`))}
    </dl>`;
  }

  #belts(belts) {
    if (!known(belts)) return unknown();
    if (typeof belts === "boolean") return t(belts ? "belt.on" : "belt.off");
    if (typeof belts !== "object") return String(belts);
    const entries = Object.entries(belts);
    if (entries.length === 0) return unknown();
    return entries.map(([seat, on], i) => html`${i ? ", " : nothing}${term("seat", seat)}: ${on === null ? unknown() : typeof on === "boolean" ? t(on ? "belt.on" : "belt.off") : on}`);
  }

  #journal(journal) {
    const lines = journal.slice(-JOURNAL_LINES).reverse();
    if (lines.length === 0) return html`<p class="muted">${t("journal.empty")}</p>`;
    return html`<ol class="journal" tabindex="0" aria-labelledby="journal-title">${lines.map((line) => html`<li data-text-key=${line.text_key}>
      <time datetime=${line.at} title=${fullTime(line.at)}>${clock(line.at)}</time><span>${term("journal", line.text_key)}</span></li>`)}</ol>`;
  }
}

async function reason(response) {
  try {
    return (await response.json()).error ?? `HTTP ${response.status}`;
  } catch {
    return `HTTP ${response.status}`;
  }
}

await loadTexts(new URL("../ui/i18n/", import.meta.url), new URL("./i18n/", import.meta.url));
customElements.define("os-car", OsCar);
