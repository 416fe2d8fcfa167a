// <os-sos>: the SOS button, really pressed and held. It tells down and up; the unit decides what a press was.

import { OsElement, html, nothing } from "../ui/element.js";
import { t } from "../ui/i18n.js";

const SLACK_S = 0.25; // the unit settles the contact first: who lets go at the full ring has held long enough
const KEYS = ["Enter", " "];
const AROUND = 2 * Math.PI * 62;

class OsSos extends OsElement {
  static properties = { seconds: { type: Number }, inactive: { type: Boolean }, busy: { type: Boolean }, held: { state: true } };

  constructor() {
    super();
    this.seconds = 1;
    this.inactive = false;
    this.busy = false;
    this.held = false;
  }

  #began = 0;
  #frame = 0;
  #told = false;
  #pressed = false;

  disconnectedCallback() {
    this.#up();
    super.disconnectedCallback();
  }

  #down(event) {
    this.#pressed = true;
    if (this.held || this.inactive || (event.button ?? 0) !== 0) return;
    this.held = true;
    this.#told = false;
    this.#began = performance.now();
    this.dispatchEvent(new Event("sos-down"));
    for (const name of ["pointerup", "pointercancel", "blur", "pagehide"]) window.addEventListener(name, this.#up);
    window.addEventListener("keyup", this.#keyUp);
    this.#draw();
  }

  #keyUp = (event) => {
    if (KEYS.includes(event.key)) this.#up();
  };

  #up = () => {
    if (!this.held) return;
    this.held = false;
    for (const name of ["pointerup", "pointercancel", "blur", "pagehide"]) window.removeEventListener(name, this.#up);
    window.removeEventListener("keyup", this.#keyUp);
    cancelAnimationFrame(this.#frame);
    this.dispatchEvent(new Event("sos-up"));
    if (!this.#told) this.dispatchEvent(new Event("sos-short"));
    this.#ring(0);
  };

  #draw = () => {
    const share = Math.min(1, (performance.now() - this.#began) / ((this.seconds + SLACK_S) * 1000));
    this.#ring(share);
    if (share < 1) this.#frame = requestAnimationFrame(this.#draw);
    else if (!this.#told) {
      this.#told = true;
      this.dispatchEvent(new Event("sos-full"));
    }
  };

  #ring(share) {
    const fill = this.querySelector(".fill");
    if (fill) fill.style.strokeDashoffset = AROUND * (1 - share);
  }

  #key(event) {
    if (!KEYS.includes(event.key)) return;
    event.preventDefault(); // else the key clicks, and scrolls
    if (!event.repeat) this.#down(event);
  }

  #click() {
    // A click without a press before it comes from an assistive technology: tell it what to do.
    if (!this.#pressed && !this.inactive) this.dispatchEvent(new Event("sos-short"));
    this.#pressed = false;
  }

  render() {
    return html`<div class="sos-wrap ${this.busy ? "busy" : ""} ${this.held ? "held" : ""}">
      <svg class="ring" viewBox="0 0 132 132" aria-hidden="true"><circle cx="66" cy="66" r="62"></circle><circle class="fill" cx="66" cy="66" r="62" stroke-dasharray=${AROUND} style="stroke-dashoffset: ${AROUND}"></circle></svg>
      <button class="sos" data-press="sos" aria-describedby="sos-hint" aria-disabled=${this.inactive ? "true" : "false"}
        @pointerdown=${this.#down} @keydown=${this.#key} @click=${this.#click} @contextmenu=${(event) => event.preventDefault()}><b>SOS</b>${this.held ? html`<span class="visually-hidden">${t("sos.holding")}</span>` : nothing}</button>
    </div>`;
  }
}
customElements.define("os-sos", OsSos);
