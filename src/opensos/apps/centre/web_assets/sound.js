// The alarm: two tones, again and again, until every call is acknowledged. It is never silently off: whoever shows it
// asks `state` — "on", "muted" by the person, or "blocked" by the browser until the person has touched the page.

const TONES = [880, 660];
const EVERY_MS = 1600;

export class Alarm extends EventTarget {
  muted = false;
  #context = null;
  #ringing = false;
  #timer = 0;
  #openedAt = -Infinity;

  /** The touch that unblocked the sound is still going on: its click is not meant to mute. */
  get justOpened() {
    return performance.now() - this.#openedAt < 1000;
  }

  get state() {
    if (this.muted) return "muted";
    return this.#context?.state === "running" ? "on" : "blocked";
  }

  get ringing() {
    return this.#ringing;
  }

  constructor() {
    super();
    try {
      this.#context = new AudioContext();
      this.#context.addEventListener("statechange", () => this.dispatchEvent(new Event("change")));
    } catch {
      this.#context = null; // no sound hardware: shown as blocked
    }
    // Any touch of the page may be what the browser waits for.
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => this.unblock());
  }

  async unblock() {
    if (this.#context?.state !== "suspended") return;
    try {
      await this.#context.resume();
    } catch {
      return; // still blocked, and shown so
    }
    if (this.#context.state === "running") this.#openedAt = performance.now();
    this.dispatchEvent(new Event("change"));
  }

  setMuted(muted) {
    this.muted = muted;
    this.unblock();
    this.dispatchEvent(new Event("change"));
  }

  /** One short pair of tones, so that the person hears that it works. */
  sample() {
    this.#play();
  }

  ring(wanted) {
    if (wanted === this.#ringing) return;
    this.#ringing = wanted;
    clearInterval(this.#timer);
    if (!wanted) return;
    this.unblock();
    this.#play();
    this.#timer = setInterval(() => this.#play(), EVERY_MS);
  }

  #play() {
    if (this.state !== "on") return;
    const now = this.#context.currentTime;
    TONES.forEach((frequency, i) => {
      const oscillator = new OscillatorNode(this.#context, { type: "triangle", frequency });
      const gain = new GainNode(this.#context, { gain: 0 });
      const start = now + i * 0.24;
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(0.32, start + 0.02);
      gain.gain.setValueAtTime(0.32, start + 0.18);
      gain.gain.linearRampToValueAtTime(0, start + 0.23);
      oscillator.connect(gain).connect(this.#context.destination);
      oscillator.start(start);
      oscillator.stop(start + 0.25);
    });
  }
}
