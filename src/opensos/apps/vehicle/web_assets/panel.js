// The first view: lamp, state of the call, SOS button, steps, what carries the call, the screen and whether SOS is ready.

import { html, nothing } from "../ui/element.js";
import { t } from "../ui/i18n.js";
import { icon } from "../ui/icons.js";
import { button, readyLine } from "./parts.js";
import { say, term } from "./say.js";
import { steps } from "./steps.js";

const CALM = ["idle", "ended", "callback_window"];
const DARK = { colour: "none", steps: [] };

export const active = (car) => !CALM.includes(car.state);

/** Seconds for which the button must be held now: to call, or for the workshop's gesture. */
export function holdSeconds(car) {
  return (car.service?.active ? car.button?.gesture_s : car.button?.hold_s) ?? 1;
}

export function panel(car, context) {
  return html`<section class="panel" aria-labelledby="sos-title">
    <h2 id="sos-title" class="visually-hidden">${t("sos.title")}</h2>
    ${status(car, context)}
    <div class="dash">
      <os-sos .seconds=${holdSeconds(car)} .busy=${active(car)} .inactive=${!context.mayPress(car)}
        @sos-down=${context.down} @sos-up=${context.up} @sos-short=${context.short} @sos-full=${context.full}></os-sos>
      ${stepList(car)}
    </div>
    <div class="hint" id="sos-hint">${hint(car, context)}</div>
    ${car.signal ? senses(car, context) : nothing}
  </section>`;
}

function status(car, { link, known }) {
  const lost = link === "lost";
  const off = car.unit && car.unit.state !== "on";
  const words = lost ? t("car.silent") : off ? t(`unit.${car.unit.state}`) : atRest(car) ?? term("state", car.state);
  return html`<div class="status"><os-lamp aria-hidden="true" .pattern=${(lost ? null : known?.lamps?.[car.signal?.led]) ?? DARK} data-lamp=${car.signal?.led ?? "off"}></os-lamp>
    <p aria-live="polite"><strong>${words}</strong><small>${car.signal ? say(car.signal.text_key) : nothing}</small></p>
    ${car.call?.since ? html`<os-ago at=${car.call.since}></os-ago>` : nothing}</div>`;
}

/** A unit at rest is as ready as its self-test says; it never says ready beside a red lamp. */
function atRest(car) {
  const state = car.state === "idle" ? car.readiness?.state : null;
  return state === "limited" || state === "not_ready" ? t(`readiness.${state}`) : null;
}

function hint(car, { press, view, forMe }) {
  if (car.state === "cancel_window") {
    const seconds = Math.ceil(car.call?.cancel_left_s ?? 0);
    return html`<button class="button cancel" data-press="cancel" @click=${() => press("cancel")}>${t("cancel.in", { seconds })}</button>`;
  }
  const seconds = holdSeconds(car);
  if (active(car)) return html`<p>${t("sos.active")}</p>`;
  if (car.button?.let_go) return html`<p role="alert"><strong>${t("sos.let_go")}</strong></p>`;
  if (car.mode === "live" && !car.pretend) return html`<p>${t("sos.in_car")}</p>`;
  if (car.service?.active) return html`<p>${t("sos.gesture", { seconds })}</p>`;
  if (!view.short) return html`<p>${t("sos.hint")}</p>`;
  return html`<p role="status" data-hint="hold">${t("sos.hold", { seconds })}</p>${button(t("sos.for_me"), forMe, { name: "for-me" })}`;
}

function senses(car, { view, set }) {
  const carried = car.rung && active(car) ? html`<li>${t("rung.title")}: <strong>${term("rung", car.rung)}</strong></li>` : nothing;
  const data = car.data_sos?.shown ? html`<li data-data-sos=${car.data_sos.shown}>${t("data_sos.title")}: <strong>${t(`data_sos.${car.data_sos.shown}`, { tries: car.data_sos.tries })}</strong></li>` : nothing;
  const again = car.call?.callback_left_s ? html`<li>${t("callback.left", { minutes: Math.ceil(car.call.callback_left_s / 60) })}</li>` : nothing;
  return html`<ul class="senses">
    <li>${t("lamp")}: <strong>${term("lamp", car.signal.led)}</strong></li>
    <li>${t("sound")}: <strong>${term("sound", car.signal.sound)}</strong></li>
    <li><label class="listen"><input type="checkbox" .checked=${view.listen} @change=${(event) => set({ listen: event.target.checked })}>${t("sound.listen")}</label></li>
    ${carried}${data}${again}</ul>`;
}

function stepList(car) {
  return html`<ol class="steps" aria-label=${t("steps")}>${steps(car).map((step) => html`<li class=${step.status} data-step=${step.key} data-status=${step.status}>
    <span class="dot">${step.status === "done" ? icon("check") : step.status === "bad" ? icon("warn") : nothing}</span>
    <span>${t(`step.${step.key}`)}</span>
    <span class="visually-hidden">${t(`status.${step.status}`)}</span></li>`)}</ol>`;
}

/** Whether SOS is ready, the gravest reason, and what the driver reads. */
export function glance(car) {
  const ready = car.readiness;
  if (!ready) return nothing;
  return html`<section class="glance" aria-labelledby="glance-title">
    <h2 id="glance-title" class="visually-hidden">${t("readiness")}</h2>
    ${readyLine(ready.state)}
    <p class="gravest">${gravest(car)}</p>
    ${car.pretend ? screen(car.pretend.head_unit) : nothing}
  </section>`;
}

function gravest({ readiness, self_test: test }) {
  const [first, ...others] = readiness.reasons;
  if (readiness.state === "unknown" && test?.state === "running") {
    const done = test.results.filter((one) => one.outcome !== "not_completed").length;
    return html`<span class="muted">${t("selftest.progress", { done, all: test.results.length })}</span>`;
  }
  if (!first) return html`<span class="muted">${t("readiness.no_reason")}</span>`;
  return html`${say(first.text_key, first.data)}${others.length > 0 ? html` <span class="muted">${t("readiness.more", { count: others.length })}</span>` : nothing}`;
}

function screen(head) {
  const text = head.restarting ? t("head.restarting", { seconds: Math.ceil(head.back_in_s) }) : !head.on ? t("head.off") : head.message ? say(head.message) : t("head.quiet");
  const warned = head.on && !head.restarting && head.message;
  return html`<div class="screen ${warned ? "warned" : ""} ${head.on ? "" : "dark"}" data-message=${head.message ?? ""}><small>${t("head")}</small><p role="status">${warned ? icon("warn") : nothing}${text}</p></div>`;
}

export function scenarios(car, { press, view, set }) {
  const [first, ...others] = [...(car.scenarios ?? [])].sort((a, b) => (b.id === "barrier") - (a.id === "barrier"));
  if (!first) return nothing;
  const one = (scenario, style) => html`<button class="button ${style}" data-scenario=${scenario.id} @click=${() => press("crash", { scenario: scenario.id })}>
    ${icon(scenario.expects_call ? "crash" : "car")}<span><b>${term("scenario", scenario.id)}</b>
    <small>${t(scenario.expects_call ? "crashes.calls" : "crashes.no_call")}</small></span></button>`;
  return html`<section class="crashes" aria-labelledby="crash-title"><h2 id="crash-title">${t("crashes")}</h2>
    ${one(first, "danger big")}
    <details ?open=${view.crashes} @toggle=${(event) => set({ crashes: event.target.open })}><summary>${t("crashes.more")}</summary><div class="others">${others.map((s) => one(s, "small"))}</div></details></section>`;
}
