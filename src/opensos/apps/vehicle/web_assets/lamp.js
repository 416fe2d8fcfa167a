// <os-lamp>: blinks exactly as the unit drives its lamp. With reduced motion it stays lit, and the words beside it say how it blinks.

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

class OsLamp extends HTMLElement {
  #key = "";
  #timer = 0;
  #pattern = { colour: "none", steps: [] };

  /** {colour, steps: [[seconds on, seconds off], …]}; no steps: steady. */
  set pattern(pattern) {
    const key = JSON.stringify(pattern);
    if (key === this.#key) return;
    this.#key = key;
    this.#pattern = pattern;
    this.#begin();
  }

  connectedCallback() {
    calm.addEventListener("change", this.#begin);
    this.#begin();
  }

  disconnectedCallback() {
    calm.removeEventListener("change", this.#begin);
    clearTimeout(this.#timer);
  }

  #begin = () => {
    clearTimeout(this.#timer);
    const { colour, steps } = this.#pattern;
    this.dataset.colour = colour;
    this.toggleAttribute("data-lit", colour !== "none");
    if (steps.length > 0 && !calm.matches && this.isConnected) this.#on(0);
  };

  #on(at) {
    const { steps } = this.#pattern;
    const [lit, dark] = steps[at % steps.length];
    this.toggleAttribute("data-lit", true);
    this.#timer = setTimeout(() => {
      this.toggleAttribute("data-lit", false);
      this.#timer = setTimeout(() => this.#on(at + 1), dark * 1000);
    }, lit * 1000);
  }
}
customElements.define("os-lamp", OsLamp);
