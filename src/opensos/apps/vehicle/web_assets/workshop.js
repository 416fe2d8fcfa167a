// The tab of the workshop: service mode, and every way to start something anew.

import { html, nothing } from "../ui/element.js";
import { t } from "../ui/i18n.js";
import { button, card } from "./parts.js";
import { left } from "./say.js";

export function workshop(car, { press, view, set }) {
  return html`${car.service ? service(car.service, press) : nothing}${resets(car, press, view, set)}`;
}

function service(mode, press) {
  const state = mode.active ? t("service.on", { time: left(mode.left_s ?? 0) }) : t("service.off");
  return card("service", t("service"), html`<p class="muted">${t("service.about")}</p>
    <div class="row"><p role="timer" aria-live="off"><strong data-service=${mode.active ? "on" : "off"}>${state}</strong></p>
    ${button(t(mode.active ? "service.leave" : "service.enter"), () => press("service", { on: !mode.active }), { name: "service" })}</div>`);
}

function resets(car, press, view, set) {
  const pretend = car.pretend;
  const minutes = html`<label class="choose"><span>${t("reset.minutes")}</span><input type="number" min="1" max="1440" step="1" data-choose="minutes" .value=${String(view.minutes)} @change=${(event) => set({ minutes: Number(event.target.value) || 15 })}></label>`;
  return card("resets", t("resets"), html`<p class="muted">${t("resets.about")}</p><ul class="rows resets">
    ${pretend ? one("soft", press, { off: !pretend.head_unit.can_restart, more: pretend.head_unit.can_restart ? nothing : html`<small>${t("reset.soft.impossible")}</small>` }) : nothing}
    ${one("unit", press)}
    <li><span><strong>${t("reset.gesture")}</strong><small>${t("reset.gesture.about")}</small></span></li>
    ${pretend ? one("hard", press, { more: minutes, body: { minutes: view.minutes } }) : nothing}</ul>`);
}

function one(kind, press, { off = false, more = nothing, body = {} } = {}) {
  return html`<li data-reset=${kind}><span><strong>${t(`reset.${kind}`)}</strong><small>${t(`reset.${kind}.about`)}</small>${more}</span>
    ${button(html`${t("reset.do")}<span class="visually-hidden">: ${t(`reset.${kind}`)}</span>`, () => press("reset", { kind, ...body }), { name: `reset-${kind}`, off })}</li>`;
}
