// The tab about the unit's health: what works and why not, what is to come, the self-test, what is stored.

import { html, nothing } from "../ui/element.js";
import { t } from "../ui/i18n.js";
import { icon } from "../ui/icons.js";
import { button, card, outcome, readyLine } from "./parts.js";
import { day, finding, moment, say, term } from "./say.js";

const ABILITIES = ["call", "manual_call", "automatic_call", "voice", "position", "without_car_battery"];
const LEVEL_STYLES = { not_ready: "alert", limited: "warn" };

export function health(car, { press }) {
  return html`${car.readiness ? readiness(car.readiness) : nothing}${car.self_test ? selfTest(car.self_test, press) : nothing}${memory(car, press)}`;
}

function readiness(ready) {
  return card("ready", t("readiness.detail"), html`${readyLine(ready.state)}
    <h4>${t("readiness.why")}</h4>
    ${ready.reasons.length === 0 ? html`<p class="muted">${t("readiness.no_reason")}</p>` : html`<ul class="reasons">${ready.reasons.map(reason)}</ul>`}
    <h4>${t("readiness.works")}</h4>
    <ul class="works">${ABILITIES.map((name) => ability(name, ready.works.includes(`works.${name}`)))}</ul>
    <h4>${t("forecast")}</h4>
    ${ready.forecast.length === 0 ? html`<p class="muted">${t("forecast.none")}</p>` : html`<ul class="forecasts">${ready.forecast.map(forecast)}</ul>`}`);
}

function reason(one) {
  return html`<li data-reason=${one.text_key}><span class="chip ${LEVEL_STYLES[one.level] ?? ""}">${term("level", one.level)}</span><span>${say(one.text_key, one.data)}</span></li>`;
}

function ability(name, works) {
  return html`<li class=${works ? "yes" : "no"}>${icon(works ? "check" : "unknown")}<span>${t(`works.${name}`)}<span class="visually-hidden">: ${t(works ? "yes" : "works.unsure")}</span></span></li>`;
}

function forecast(one) {
  const over = one.due_utc !== null && one.due_utc * 1000 < Date.now();
  const when = one.due_utc === null ? t("forecast.undated") : t(over ? "forecast.ended" : "forecast.due", { date: day(one.due_utc) });
  const asOf = one.source_date ? t("forecast.source", { date: one.source_date }) : null;
  return html`<li class=${over ? "over" : ""}><strong>${when}</strong><span>${say(one.text_key, one.data)}</span>${asOf ? html`<small class="muted">${asOf}</small>` : nothing}</li>`;
}

function selfTest(test, press) {
  const running = test.state === "running";
  const counts = count(test.results);
  const head = running ? t("selftest.running") : t(`selftest.${test.state}`);
  const why = test.why ? term("selftest.why", test.why) : null;
  return card("test", t("selftest"), html`
    <div class="row"><p role="status"><strong>${head}</strong>${why ? `, ${why}` : ""}${test.started_utc ? ` · ${moment(test.started_utc)}` : ""}<br>${t("selftest.counts", counts)}</p>
    ${button(t("selftest.run"), () => press("self-test"), { name: "self-test", style: "primary", off: running })}</div>
    ${test.results.length === 0 ? nothing : html`<table class="tests"><thead><tr><th scope="col">${t("selftest.part")}</th><th scope="col">${t("selftest.result")}</th></tr></thead>
    <tbody>${components(test.results).map(component)}</tbody></table>`}`);
}

function count(results) {
  const counts = { passed: 0, failed: 0, not_completed: 0 };
  for (const one of results) counts[one.outcome] += 1;
  return counts;
}

/** One entry for each part, in the order of the tests: failed if anything failed, passed if anything passed. */
function components(results) {
  const parts = new Map();
  for (const one of results) parts.set(one.component, [...(parts.get(one.component) ?? []), one]);
  return [...parts].map(([name, tests]) => {
    const has = (value) => tests.some((test) => test.outcome === value);
    return { name, tests, outcome: has("failed") ? "failed" : has("passed") ? "passed" : "not_completed" };
  });
}

function component(part) {
  const failed = part.tests.filter((test) => test.outcome === "failed").map((test) => term("finding", test.symptom));
  const open = part.tests.filter((test) => test.outcome === "not_completed").length;
  const more = [...failed, ...(open > 0 && part.outcome !== "not_completed" ? [t("selftest.open", { n: open, all: part.tests.length })] : [])];
  return html`<tr data-component=${part.name} data-outcome=${part.outcome}><th scope="row">${term("component", part.name)}</th>
    <td>${outcome(part.outcome)}${more.length > 0 ? html`<small>${more.join(", ")}</small>` : nothing}</td></tr>`;
}

function memory(car, press) {
  const entries = [...(car.faults ?? []), ...(car.infos ?? [])];
  return card("memory", t("memory"), html`
    ${list(car.faults ?? [])}
    ${car.infos?.length ? html`<h4>${t("memory.info")}</h4>${list(car.infos)}` : nothing}
    ${button(t("memory.clear"), () => press("clear-faults"), { name: "clear-faults", off: entries.length === 0 })}`);
}

function list(entries) {
  if (entries.length === 0) return html`<p class="muted">${t("memory.empty")}</p>`;
  return html`<ul class="codes">${entries.map((one) => html`<li data-code=${one.code}><span class="mono">${one.code}</span>
    <span><strong>${finding(one.key)}</strong><small>${t("memory.seen", { count: one.occurrences })}${one.first_utc ? ` · ${t("memory.first", { time: moment(one.first_utc) })}` : ""}</small></span>
    <span class="chip ${one.active ? "warn" : ""}">${t(one.active ? "memory.active" : "memory.stored")}</span></li>`)}</ul>`;
}
