// The tab of the pretend car: what is broken, what can be broken, and what can be done about it.

import { html, nothing } from "../ui/element.js";
import { t } from "../ui/i18n.js";
import { button, card, choose, search } from "./parts.js";
import { say, term } from "./say.js";

const SEVERITIES = [["1", "full"], ["0.6", "medium"], ["0.3", "light"]];
const SOS_STYLES = { fails: "alert", limited: "warn" };

export function breaking(car, context) {
  return html`${present(car.pretend, context)}${inject(context)}${actions(context)}`;
}

function present({ faults, symptoms }, { press }) {
  return card("present", t("faults.present"), html`
    ${faults.length === 0 ? html`<p class="muted">${t("faults.none")}</p>` : html`<ul class="rows">${faults.map((one) => html`<li data-present=${one.id}>
      <span><strong>${t(one.text_key)}</strong><small>${term("mode", one.mode)}${one.active ? "" : `, ${t("faults.resting")}`}</small></span>
      ${button(t("faults.out"), () => press("fault", { clear: one.id }), { name: `clear-${one.id}` })}</li>`)}</ul>
      ${faults.length > 1 ? button(t("faults.out_all"), () => press("fault", { clear: "all" }), { name: "clear-all" }) : nothing}`}
    <h4>${t("symptoms")}</h4>
    ${symptoms.length === 0 ? html`<p class="muted">${t("symptoms.none")}</p>` : html`<ul class="plain">${symptoms.map((one) => html`<li>${say(one.startsWith("symptom.") ? one : `symptom.${one}`)}</li>`)}</ul>`}`);
}

const fits = (query, ...words) => query.toLowerCase().trim().split(/\s+/).every((part) => words.some((word) => word.toLowerCase().includes(part)));

function inject({ press, known, view, set }) {
  const found = (known?.faults ?? []).filter((one) => fits(view.faults, t(one.text_key), term("cause", one.cause), one.id));
  const put = (one) => press("fault", { inject: one.id, mode: view.mode, severity: Number(view.severity) });
  return card("inject", t("faults.put"), html`
    <div class="tools">${search(t("faults.search"), view.faults, (value) => set({ faults: value }), "faults")}
    ${choose(t("faults.mode"), view.mode, ["hard", "intermittent"].map((mode) => [mode, t(`mode.${mode}`)]), (value) => set({ mode: value }), "mode")}
    ${choose(t("faults.severity"), view.severity, SEVERITIES.map(([value, name]) => [value, t(`severity.${name}`)]), (value) => set({ severity: value }), "severity")}</div>
    <p class="muted small" role="status">${t("found.count", { count: found.length })}</p>
    <ul class="rows long" tabindex="0" aria-label=${t("faults.put")}>${found.map((one) => html`<li data-fault=${one.id}>
      <span><strong>${t(one.text_key)}</strong><small>${t(`${one.text_key}.about`)}</small><span class="chips"><span class="chip">${term("cause", one.cause)}</span><span class="chip ${SOS_STYLES[one.sos] ?? ""}">${term("sos_left", one.sos)}</span></span></span>
      ${button(html`${t("faults.insert")}<span class="visually-hidden">: ${t(one.text_key)}</span>`, () => put(one), { name: `inject-${one.id}` })}</li>`)}</ul>`);
}

function actions({ press, known, view, set }) {
  const found = (known?.actions ?? []).filter((one) => fits(view.actions, t(one.text_key), term("who", one.who), one.id));
  const act = async (one) => {
    const done = await press("action", { do: one.id });
    if (done.text_key) set({ done: { action: one.text_key, result: done.text_key, minutes: done.minutes } });
  };
  return card("actions", t("actions"), html`
    <div class="tools">${search(t("actions.search"), view.actions, (value) => set({ actions: value }), "actions")}</div>
    <p class="result" role="status" data-result=${view.done?.result ?? nothing}>${view.done ? html`<strong>${t(view.done.action)}</strong> (${t("actions.minutes", { n: Math.round(view.done.minutes) })}): ${say(view.done.result)}` : html`<span class="muted">${t("found.count", { count: found.length })}</span>`}</p>
    <ul class="rows long" tabindex="0" aria-label=${t("actions")}>${found.map((one) => html`<li data-action=${one.id}>
      <span><strong>${t(one.text_key)}</strong><small>${term("who", one.who)} · ${t("actions.minutes", { n: Math.round(one.minutes) })}</small></span>
      ${button(html`${t("actions.do")}<span class="visually-hidden">: ${t(one.text_key)}</span>`, () => act(one), { name: `do-${one.id}` })}</li>`)}</ul>`);
}
