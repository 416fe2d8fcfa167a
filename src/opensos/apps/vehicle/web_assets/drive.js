// The tab about the car: ignition and driving, what the unit lives on, what it receives, who is in the car, the last crash.

import { html, nothing } from "../ui/element.js";
import { coordinates, decimal, known, orUnknown, percent, unknown, yesNo } from "../ui/format.js";
import { hasText, t } from "../ui/i18n.js";
import { button, card, choose, fact, toggle } from "./parts.js";
import { country, term } from "./say.js";

const MOVES = ["engine", "drive", "stop", "park"];

export function drive(car, { press, known: lists, view, set }) {
  return html`${car.pretend ? driving(car.pretend.trip, lists, view, set, press) : nothing}
    ${car.parts ? power(car) : nothing}${car.parts ? radio(car.parts) : nothing}
    ${card("car", t("vehicle"), facts(car))}${car.last_crash ? crash(car.last_crash) : nothing}`;
}

function driving(trip, lists, view, set, press) {
  const move = (what) => press("move", { do: what, ...(view.place && what !== "engine" ? { place: view.place } : {}) });
  return card("drive", t("drive.title"), html`
    ${toggle(t("ignition"), trip.ignition_on, { name: "ignition", words: [t("ignition.off"), t("ignition.on")], act: (on) => press("ignition", { on }) })}
    ${toggle(t("engine"), trip.engine_running, { words: [t("engine.off"), t("engine.on")] })}
    <p class="trip">${term("trip", trip.state)} · ${term("place", trip.place)} · ${country(trip.country)}</p>
    ${choose(t("move.place"), view.place, [["", "–"], ...(lists?.places ?? []).map((one) => [one, term("place", one)])], (value) => set({ place: value }), "place")}
    <div class="buttons">${MOVES.map((what) => button(t(`move.${what}`), () => move(what), { name: `move-${what}` }))}</div>`);
}

function power(car) {
  const { supply, backup } = car.parts;
  const pretend = car.pretend;
  const volts = (v) => t("volts", { n: decimal(v, 2) });
  const lives = pretend && html`${term("power", pretend.power.source)}${known(pretend.power.left_s) ? `, ${t("power.left", { minutes: decimal(pretend.power.left_s / 60) })}` : ""}`;
  const main = !supply ? null : supply.main_connected === false ? t("power.not_connected") : known(supply.main_v) ? volts(supply.main_v) : null;
  const own = !backup ? null : backup.fitted === false ? t("power.not_fitted") : known(backup.voltage_v) ? `${volts(backup.voltage_v)}${known(backup.health_pct) ? `, ${t("power.health", { percent: percent(backup.health_pct / 100) })}` : ""}` : null;
  return card("power", t("power"), html`<dl class="facts">
    ${pretend ? fact(t("power.source"), lives) : nothing}${fact(t("power.main_v"), main)}${fact(t("power.backup_v"), own)}
    ${pretend ? fact(t("power.temperature"), t("celsius", { n: decimal(pretend.temperature_c, 1) })) : nothing}</dl>`);
}

function radio({ modem, gnss }) {
  const network = modem && known(modem.registration) ? [term("registration", modem.registration), modem.technology && term("technology", modem.technology), modem.operator].filter(Boolean).join(", ") : null;
  return card("radio", t("radio"), html`<dl class="facts">${fact(t("radio.network"), network)}
    ${fact(t("radio.signal"), known(modem?.signal_dbm) ? t("dbm", { n: decimal(modem.signal_dbm) }) : null)}
    ${fact(t("radio.antenna"), modem?.antenna ? term("name", modem.antenna) : null)}
    ${fact(t("radio.satellites"), known(gnss?.satellites) ? t("radio.satellites.used", { n: gnss.satellites }) : null)}</dl>`);
}

function facts(car) {
  const p = car.position;
  return html`<dl class="facts">
    ${fact(t("position"), p ? html`<span class="mono">${coordinates(p)}</span>` : null)}
    ${fact(t("speed"), orUnknown(p?.speed_kmh, (v) => t("crash.kmh", { n: decimal(v) })))}
    ${fact(t("heading"), orUnknown(p?.heading_deg, (v) => `${decimal(v)}°`))}
    ${fact(t("occupants"), car.occupants)}
    ${fact(t("belts"), belts(car.belts))}
    ${fact(t("airbag"), orUnknown(car.airbag, (v) => t(v ? "airbag.fired" : "airbag.ready")))}
    ${fact(t("vin"), orUnknown(car.vin_masked, (v) => html`<span class="mono">${v}</span>`))}
  </dl>`;
}

function belts(worn) {
  const entries = Object.entries(worn ?? {});
  if (entries.length === 0) return unknown();
  return entries.map(([seat, on], i) => html`${i ? ", " : nothing}${term("seat", seat)}: ${on === null ? unknown() : t(on ? "belt.on" : "belt.off")}`);
}

function crash(last) {
  const { severity } = last;
  const speed = (v) => t(last.lower_bound || last.saturated ? "crash.at_least" : "crash.kmh", { n: decimal(v, 1) });
  return card("last", t("last_crash"), html`<dl class="facts">
    ${fact(t("crash.impact"), orUnknown(last.impact, (v) => term("impact", v)))}
    ${fact(t("crash.delta_v"), orUnknown(last.max_delta_v_kmh, (v) => html`<strong>${speed(v)}</strong>`))}
    ${fact(t("crash.direction"), orUnknown(last.direction_deg, (v) => t("crash.from", { n: decimal(v) })))}
    ${fact(t("crash.multiple"), yesNo(last.multiple_impacts))}
    ${fact(t("crash.rollover"), yesNo(last.rollover))}
    ${severity && known(severity.probability) ? fact(t("severity"), html`<strong>${percent(severity.probability)}</strong>${known(severity.low) ? html` <span class="muted">(${percent(severity.low)} – ${percent(severity.high)})</span>` : nothing}`) : nothing}
    </dl>${severity?.caveat ? html`<p class="muted small">${hasText(severity.caveat) ? t(severity.caveat) : severity.caveat}</p>` : nothing}`);
}
