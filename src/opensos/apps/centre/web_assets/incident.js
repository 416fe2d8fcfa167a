// One call, opened: what happened, where, to whom, what could not be read, what was done, and the four things to do.

import { OsElement, html, nothing } from "../ui/element.js";
import "../ui/ago.js";
import { clock, coordinates, decimal, fullTime, known, orUnknown, percent, unknown, yesNo } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { hasText, t } from "../ui/i18n.js";
import { messageAddress } from "./api.js";
import { carDiagram, totalDeltaV } from "./car-diagram.js";
import { groupOf } from "./store.js";
import { placeWords, stateWords, term, triggerIcon, triggerWords } from "./words.js";

export const ACTIONS = [
  { verb: "acknowledge", can: "acknowledge", key: "A", icon: "check", style: "primary" },
  { verb: "request-data", can: "request_data", key: "R", icon: "data", style: "" },
  { verb: "call-back", can: "call_back", key: "B", icon: "phone", style: "" },
  { verb: "clear-down", can: "clear_down", key: "C", icon: "hangup", style: "danger" },
];

/** A sentence of the centre: by key in the reader's language, or as it came, in English. */
function said(text) {
  return hasText(text) ? html`<span>${t(text)}</span>` : html`<span lang="en">${text}</span>`;
}

class OsIncident extends OsElement {
  static properties = { store: { attribute: false }, revealed: { state: true }, copied: { state: true } };

  constructor() {
    super();
    this.revealed = null;
    this.copied = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.store.addEventListener("change", () => this.#changed());
    this.store.addEventListener("opened", () => this.querySelector(".scroll")?.scrollTo(0, 0));
  }

  // In a flood of other calls this pane stays as it is.
  #changed() {
    const { open, openId, busy, details } = this.store;
    const seen = [open, details.get(openId), busy.size, this.store.loaded];
    if (seen.every((v, i) => v === this.#seen[i])) return;
    this.#seen = seen;
    this.requestUpdate();
  }

  #seen = [];

  render() {
    const card = this.store.open;
    if (!card) return html`<div class="empty tall">${icon("car")}<p>${t(this.store.loaded ? "incident.none" : "queue.loading")}</p></div>`;
    const detail = this.store.details.get(card.id);
    return html`
      ${this.#head(card)}
      <div class="scroll" tabindex="-1">
        ${this.#crash(card)} ${this.#where(card)} ${this.#vehicle(card)} ${this.#findings(card)}
        ${this.#timeline(detail)} ${this.#call(card)} ${this.#raw(card, detail)}
      </div>
    `;
  }

  #head(card) {
    return html`<header class="incident-head ${groupOf(card)} ${card.test ? "is-test" : ""}">
      ${card.test ? html`<p class="test-band"><span>${t("incident.test")}</span></p>` : nothing}
      ${card.test === false ? html`<p class="real-band">${icon("warn")}${t(card.link ? "incident.real.data" : "incident.real")}</p>` : nothing}
      ${card.state === "data_only" ? html`<p class="data-band">${icon("data")}<span><strong>${t("state.data_only")}.</strong> ${t("incident.data_only")}</span></p>` : nothing}
      <div class="head-line">
        <span class="glyph">${icon(triggerIcon(card))}</span>
        <div class="head-words">
          <h2 id="incident-title" tabindex="-1">${triggerWords(card)}</h2>
          <p class="head-place">${placeWords(card)}</p>
        </div>
        <p class="head-state"><span class="state ${card.state}">${stateWords(card)}</span><os-ago class="big-ago" at=${card.opened_at}></os-ago></p>
      </div>
      ${card.related?.length ? html`<ul class="related">${card.related.map((other) => this.#related(other))}</ul>` : nothing}
      <div class="actions" role="group" aria-label=${t("actions")}>${ACTIONS.map((action) => this.#button(card, action))}</div>
    </header>`;
  }

  // Probably the same emergency: each stays an incident of its own, one press apart.
  #related({ id, kind }) {
    const words = t(`related.${kind}`);
    const there = this.store.cards.has(id);
    return html`<li>${icon("warn")}${there
      ? html`<button class="button quiet small" data-related=${id} @click=${() => this.store.show(id)}>${words}</button>`
      : html`<span>${words} <span class="mono">${id}</span></span>`}</li>`;
  }

  #not(card, verb) {
    const key = `action.${verb}.data_only`;
    return t(card.state === "data_only" && hasText(key) ? key : `action.${verb}.not`);
  }

  #button(card, action) {
    const can = card.can?.[action.can] === true;
    const busy = this.store.busy.has(`${card.id} ${action.verb}`);
    const done = action.verb === "acknowledge" && card.acknowledged_at;
    return html`<button class="button ${can ? action.style : ""}" data-action=${action.verb} aria-disabled=${can && !busy ? "false" : "true"}
      aria-keyshortcuts=${action.key} title=${can ? nothing : this.#not(card, action.verb)}
      @click=${() => can && !busy && this.dispatchEvent(new CustomEvent("action", { bubbles: true, detail: { id: card.id, verb: action.verb } }))}>
      ${icon(action.icon)}<span>${t(done ? "action.acknowledged" : `action.${action.verb}`)}</span><kbd aria-hidden="true">${action.key}</kbd>
    </button>`;
  }

  #fact(term_, value) {
    return html`<div><dt>${term_}</dt><dd>${value}</dd></div>`;
  }

  #call(card) {
    return html`<section class="block"><h3>${t(card.link ? "message" : "call")}</h3><dl class="facts">
      ${this.#fact(t("what.opened"), html`<time datetime=${card.opened_at} title=${fullTime(card.opened_at)}>${clock(card.opened_at)}</time>`)}
      ${this.#fact(t("what.acknowledged"), card.acknowledged_at ? clock(card.acknowledged_at) : t("what.not_yet"))}
      ${card.ended_at ? this.#fact(t("what.ended"), clock(card.ended_at)) : nothing}
      ${this.#fact(t("what.test"), yesNo(card.test))}
      ${card.link ? this.#link(card) : this.#caller(card)}
      ${this.#fact(t("what.source"), orUnknown(card.source, (v) => html`<span class="mono">${v}</span>`))}
    </dl></section>`;
  }

  #link({ link }) {
    return html`${this.#fact(t("link.car"), orUnknown(link.car, (v) => html`<span class="mono wrap">${v}</span>`))}
      ${this.#fact(t("link.case"), orUnknown(link.case, (v) => html`<span class="mono wrap">${v}</span>`))}
      ${this.#fact(t("link.road"), term("road", link.road))}
      ${this.#fact(t("link.sent"), orUnknown(link.sent_at, (v) => html`<time datetime=${v} title=${fullTime(v)}>${clock(v)}</time>`))}
      ${this.#fact(t("link.attempt"), orUnknown(link.attempt, decimal))}`;
  }

  #caller(card) {
    return html`${this.#fact(t("what.caller"), orUnknown(card.caller, (v) => html`<span class="mono wrap">${v}</span>`))}
      ${this.#fact(t("what.urn"), orUnknown(card.urn, (v) => html`<span class="mono wrap">${v}</span>`))}`;
  }

  #where(card) {
    const { position } = card;
    const trust = (p) =>
      p.trusted === true
        ? html`<span class="chip ok">${icon("check")}${t("where.trusted")}</span>`
        : p.trusted === false
          ? html`<span class="chip warn">${icon("warn")}${t("where.untrusted")}</span>`
          : html`<span class="chip">${icon("unknown")}${t("where.trust_unknown")}</span>`;
    return html`<section class="block"><h3>${t("where")}</h3><dl class="facts">
      ${this.#fact(t("where.place"), placeWords(card))}
      ${this.#fact(t("where.position"), position ? this.#position(position) : unknown())}
      ${position ? this.#fact(t("where.trust"), trust(position)) : nothing}
      ${position ? this.#fact(t("where.radius"), orUnknown(position.radius_m, (m) => t("where.metres", { n: decimal(m) }))) : nothing}
      ${position ? this.#fact(t("where.source"), t(`where.source.${position.source}`)) : nothing}
      ${this.#fact(t("where.direction"), orUnknown(card.vehicle?.direction_deg, (d) => html`${this.#needle(d)} ${decimal(d)}°`))}
      ${this.#fact(t("where.recent"), card.recent_positions?.length ? t("where.recent.count", { count: card.recent_positions.length }) : unknown())}
    </dl></section>`;
  }

  #needle(degrees) {
    return html`<svg class="needle" viewBox="-8 -8 16 16" aria-hidden="true"><g transform="rotate(${degrees})"><path d="M0 -7 L5 6 L0 3 L-5 6 Z"></path></g></svg>`;
  }

  #position(position) {
    const text = coordinates(position);
    return html`<span class="mono">${text}</span>
      <button class="button quiet small" @click=${() => this.#copy(text)} aria-label=${t("copy.position")} title=${t("copy.position")}>
        ${icon(this.copied === text ? "check" : "copy")}</button><span class="visually-hidden" aria-live="polite">${this.copied === text ? t("copied") : nothing}</span>`;
  }

  async #copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      this.copied = text;
    } catch {
      this.copied = null; // the browser refused; the numbers are there to be read
    }
  }

  #vehicle(card) {
    const v = card.vehicle;
    if (!v) return html`<section class="block"><h3>${t("vehicle")}</h3><p class="unknown">${t("vehicle.none")}</p></section>`;
    const shown = this.revealed === card.id;
    return html`<section class="block"><h3>${t("vehicle")}</h3><dl class="facts">
      ${this.#fact(t("vehicle.make"), known(v.make) || known(v.model_year) ? html`${orUnknown(v.make)} ${orUnknown(v.model_year)}` : unknown())}
      ${this.#fact(t("vehicle.type"), orUnknown(v.type, (x) => term("vehicleType", x)))}
      ${this.#fact(t("vehicle.propulsion"), v.propulsion?.length ? v.propulsion.map((x) => term("propulsion", x)).join(", ") : unknown())}
      ${this.#fact(t("vehicle.occupants"), orUnknown(v.occupants, (n) => html`<strong>${n}</strong>`))}
      ${this.#fact(t("vehicle.vin"), known(v.vin_masked) ? this.#vin(card, v, shown) : unknown())}
    </dl></section>`;
  }

  #vin(card, v, shown) {
    return html`<span class="mono vin">${shown ? v.vin : v.vin_masked}</span>
      <button class="button quiet small" aria-pressed=${shown ? "true" : "false"} @click=${() => (this.revealed = shown ? null : card.id)}>
        ${t(shown ? "vehicle.hide" : "vehicle.reveal")}
      </button>`;
  }

  #crash(card) {
    const { crash } = card;
    const pressed = card.state === "unreadable" ? t("crash.unreadable") : card.trigger === "manual" ? t("crash.sos") : null;
    if (!crash) {
      return html`<section class="block crash"><h3>${t("what")}</h3>${this.#marks(card)}<p>${pressed} <span class="unknown">${t("crash.none")}</span></p></section>`;
    }
    const total = totalDeltaV(crash);
    const speed = (v) => t("crash.kmh", { n: decimal(v) });
    return html`<section class="block crash"><h3>${t("what")}</h3>${this.#marks(card)}${pressed ? html`<p>${pressed}</p>` : nothing}<div class="crash-grid">
      ${carDiagram(crash)}
      <dl class="facts">
        ${this.#fact(t("crash.impact"), orUnknown(crash.impact, (x) => term("impact", x)))}
        ${this.#fact(t("crash.delta_v"), orUnknown(total, (v) => html`<strong class="figure">${t(v.atLeast ? "crash.at_least" : "crash.kmh", { n: decimal(v.kmh) })}</strong>`))}
        ${this.#fact(t("crash.x"), orUnknown(crash.delta_v_x_kmh, speed))}
        ${this.#fact(t("crash.y"), orUnknown(crash.delta_v_y_kmh, speed))}
        ${this.#fact(t("crash.rollover"), yesNo(crash.rollover))}
      </dl>
      ${this.#severity(crash.severity)}
    </div></section>`;
  }

  #severity(severity) {
    if (!severity) return html`<div class="severity"><h4>${t("severity")}</h4><p class="unknown">${t("severity.none")}</p></div>`;
    const { probability, low, high } = severity;
    const flag = severity.cdc_flag ? "alert" : severity.high_concern_flag ? "warn" : "";
    const span = known(low) && known(high);
    const at = (v) => `${(Math.max(0, Math.min(1, v)) * 100).toFixed(1)}%`;
    return html`<div class="severity">
      <h4>${t("severity")}</h4>
      <p class="severity-line"><strong class="figure">${orUnknown(probability, percent)}</strong>
        ${span ? html`<span class="muted">${t("severity.range", { low: percent(low), high: percent(high) })}</span>` : nothing}
        ${flag ? html`<span class="chip ${flag}">${icon("warn")}${t(`severity.${flag}`)}</span>` : nothing}</p>
      ${known(probability)
        ? html`<div class="gauge" aria-hidden="true">
            ${span ? html`<i class="span" style="left:${at(low)};right:calc(100% - ${at(high)})"></i>` : nothing}
            <i class="mark ${flag}" style="left:${at(probability)}"></i></div>`
        : nothing}
      ${severity.caveat ? html`<p class="caveat">${icon("info")}${said(severity.caveat)}</p>` : nothing}
    </div>`;
  }

  // What helps to decide stands with what happened; what could not be read has its own place.
  #marks(card) {
    const marks = (card.findings ?? []).filter((f) => f.code.startsWith("triage."));
    return marks.length ? html`<ul class="findings marks" aria-label=${t("marks")}>${marks.map((f) => this.#finding(f))}</ul>` : nothing;
  }

  #findings(card) {
    const findings = (card.findings ?? []).filter((f) => !f.code.startsWith("triage."));
    if (findings.length === 0) {
      const words = card.msd ? t("findings.none") : t("findings.no_msd");
      return html`<section class="block findings"><h3>${t("findings")}</h3><p class="muted">${words}</p></section>`;
    }
    return html`<section class="block findings"><h3>${t("findings")}<span class="count">${findings.length}</span></h3>
      <ul>${findings.map((f) => this.#finding(f))}</ul></section>`;
  }

  #finding({ code, level, text }) {
    const kind = ["error", "warning", "info"].includes(level) ? level : "warning";
    const key = `finding.${code}`;
    return html`<li class=${kind}>${icon(kind === "info" ? "info" : "warn")}<span><strong>${t(`level.${kind}`)}</strong>
      ${hasText(key) ? t(key) : html`<span lang="en">${text}</span>`} <span class="mono muted">${code}</span></span></li>`;
  }

  #timeline(detail) {
    return html`<section class="block timeline"><h3>${t("timeline")}</h3>
      ${detail
        ? html`<ol>${detail.timeline.map((e) => html`<li class="kind-${e.kind.replace(".", "-")}" data-kind=${e.kind}>
            <time datetime=${e.at} title=${fullTime(e.at)}>${clock(e.at)}</time><span>${term("event", e.kind)}${this.#remark(e.data)}</span></li>`)}</ol>`
        : html`<p class="muted">${t("queue.loading")}</p>`}
    </section>`;
  }

  #remark(data) {
    const parts = ["status", "reason", "why", "details", "detail", "error", "text"]
      .map((key) => data?.[key])
      .filter((v) => typeof v === "string" || typeof v === "number")
      .map((v) => term("ended", v));
    if (typeof data?.received === "boolean") parts.push(t(`remark.received.${data.received}`));
    return parts.length ? html`<span class="remark">${parts.join(" · ")}</span>` : nothing;
  }

  #raw(card, detail) {
    return html`<section class="block raw"><h3>${t("raw")}</h3>
      ${detail?.messages?.length
        ? html`<ul class="messages">${detail.messages.map((m) => html`<li>
            <a class="button quiet small" href=${messageAddress(card.id, m.id)} download=${`${card.id}-${m.id}.bin`}>${icon("file")}<span>${term("message", m.kind)}</span></a>
            <span class="muted">${t("raw.size", { n: decimal(m.size) })} · ${clock(m.at)}</span></li>`)}</ul>`
        : html`<p class="muted">${t(detail ? "raw.none" : "queue.loading")}</p>`}
      ${card.msd?.msd ? this.#fields(card.msd) : nothing}
    </section>`;
  }

  #fields(decoded) {
    const rows = [];
    const walk = (value, path) => {
      if (value !== null && typeof value === "object") {
        for (const [key, inner] of Object.entries(value)) walk(inner, path ? `${path}.${key}` : key);
      } else if (rows.length < 200) {
        rows.push([path, value]);
      }
    };
    walk({ version: decoded.version, ...decoded.msd, additional_data: decoded.additional_data ?? null }, "");
    return html`<details><summary>${t("raw.fields", { n: rows.length })}</summary>
      <table><tbody>${rows.map(([name, value]) => html`<tr><th scope="row" class="mono">${name}</th>
        <td class="mono">${value === null ? unknown() : String(value)}</td></tr>`)}</tbody></table></details>`;
  }
}
customElements.define("os-incident", OsIncident);
