// A server-sent event stream that says how it is, comes back by itself and loses nothing.
//
// The browser's EventSource reconnects with Last-Event-ID after a lost connection, but gives up for good after an HTTP
// error, and never notices a connection that is silently dead. Both are repaired here: a closed stream is opened anew
// after the last event seen, and `probe` asks now and then whether the server is ahead of us.

const PROBE_EVERY = 15000;
const LONGEST_WAIT = 5000;

export class LiveStream extends EventTarget {
  /**
   * @param {(after: string | null) => string} address gives the stream's URL that starts after this event
   * @param {string} kind the SSE event name to listen to
   * @param {() => Promise<string | null>} [probe] resolves to the server's last event id; null where there is none
   */
  constructor(address, kind, probe) {
    super();
    this.address = address;
    this.kind = kind;
    this.probe = probe;
    this.lastId = null;
    this.state = "connecting";
    this.failures = 0;
  }

  start(after = null) {
    this.lastId = after;
    this.#open();
    if (this.probe) this.#timer = setInterval(() => this.#ask(), PROBE_EVERY);
    window.addEventListener("online", this.#again);
  }

  stop() {
    clearInterval(this.#timer);
    clearTimeout(this.#retry);
    window.removeEventListener("online", this.#again);
    this.#source?.close();
  }

  #source = null;
  #timer = 0;
  #retry = 0;

  #again = () => {
    if (this.state !== "open") this.#open();
  };

  #open() {
    clearTimeout(this.#retry);
    this.#source?.close();
    const source = new EventSource(this.address(this.lastId));
    this.#source = source;
    source.addEventListener("open", () => {
      this.failures = 0;
      this.#say("open");
    });
    source.addEventListener(this.kind, (event) => {
      if (event.lastEventId) this.lastId = event.lastEventId;
      this.dispatchEvent(new MessageEvent("message", { data: event.data }));
    });
    source.addEventListener("error", () => {
      if (source !== this.#source) return;
      this.#say("lost");
      // Whether the browser would come back by itself or not: we do it sooner, and after HTTP errors too.
      source.close();
      this.failures += 1;
      const wait = Math.min(LONGEST_WAIT, 250 * 2 ** this.failures) * (0.7 + 0.3 * Math.random());
      this.#retry = setTimeout(() => this.#open(), wait);
    });
  }

  async #ask() {
    if (this.state !== "open") return;
    const before = this.lastId;
    let ahead = null;
    try {
      ahead = await this.probe();
    } catch {
      ahead = null;
    }
    // Still the same after the answer and a moment more: the stream is dead, although it looks open.
    if (ahead !== null && Number(ahead) > Number(before ?? 0)) {
      setTimeout(() => {
        if (this.lastId === before && this.state === "open") {
          this.#say("lost");
          this.#open();
        }
      }, 2000);
    }
  }

  #say(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
