// Small pieces that several tabs draw with.

import { html, nothing, svg } from "../ui/element.js";
import { orUnknown } from "../ui/format.js";
import { t } from "../ui/i18n.js";
import { icon } from "../ui/icons.js";

/** A row of a list of facts; null is said to be unknown. */
export function fact(name, value) {
  return html`<div><dt>${name}</dt><dd>${orUnknown(value)}</dd></div>`;
}

/** A card with its heading. */
export function card(id, title, content) {
  return html`<section class="card" aria-labelledby="${id}-title"><h3 id="${id}-title">${title}</h3>${content}</section>`;
}

export function button(label, act, { name, style = "", off = false } = {}) {
  return html`<button class="button ${style}" data-do=${name ?? nothing} aria-disabled=${off ? "true" : nothing} @click=${() => !off && act()}>${label}</button>`;
}

/** A switch between on, off and not known, as a button that says what it will do. */
export function toggle(label, on, { name, words, act }) {
  const known = on === true || on === false;
  return html`<div class="toggle"><span>${label}: <strong>${known ? words[on ? 1 : 0] : t("unknown")}</strong></span>${act ? button(t(on ? "switch_off" : "switch_on"), () => act(!on), { name }) : nothing}</div>`;
}

export function choose(label, value, options, change, name) {
  return html`<label class="choose"><span>${label}</span><select data-choose=${name} @change=${(event) => change(event.target.value)}>
    ${options.map(([code, text]) => html`<option value=${code} ?selected=${code === value}>${text}</option>`)}</select></label>`;
}

export function search(label, value, change, name) {
  return html`<label class="search"><span>${label}</span><input type="search" data-search=${name} .value=${value} @input=${(event) => change(event.target.value)} autocomplete="off" spellcheck="false"></label>`;
}

const SHAPES = {
  passed: svg`<circle cx="12" cy="12" r="10" class="solid"/><path class="cut" d="M7 12.5l3.5 3.5 6.5-7.5"/>`,
  failed: svg`<path class="solid" d="M12 2.5l10.5 19h-21z"/><path class="cut" d="M12 9.500v6M12 18.200v.2"/>`,
  not_completed: svg`<circle cx="12" cy="12" r="9" stroke-dasharray="4 3.400"/><path d="M8 12h8"/>`,
};

/** An outcome as shape and word: told apart without any colour. */
export function outcome(value) {
  return html`<span class="outcome ${value}"><svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${SHAPES[value] ?? SHAPES.not_completed}</svg>${t(`selftest.${value}`)}</span>`;
}

const READY_ICONS = { ready: "check", limited: "warn", not_ready: "hangup", unknown: "unknown" };
const READY_STYLES = { ready: "ok", limited: "warn", not_ready: "alert", unknown: "" };

/** Whether SOS is ready, as one sentence with its sign. */
export function readyLine(state) {
  return html`<p class="ready ${READY_STYLES[state] ?? ""}" data-ready=${state}>${icon(READY_ICONS[state] ?? "unknown")}<strong>${t(`state.${state}`)}</strong></p>`;
}
