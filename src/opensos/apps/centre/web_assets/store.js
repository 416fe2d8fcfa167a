// What the console knows: cards, timelines, what is open, and how fresh it all is. It draws nothing.
//
// A change is told at once when the page is at rest, so that a new call is in the document within the task that
// received it; in a flood, changes are gathered and told once per frame.

import { setServerTime } from "../ui/ago.js";
import { LiveStream } from "../ui/live.js";
import { SignedOut, act, eventsAddress, readIncident, readIncidents } from "./api.js";

const READ_AT_START = 1000;
const KEPT_CARDS = 3000;
const REST_MS = 40;
const BUSY_HANDS_MS = 10000;

const GROUPS = ["waiting", "progress", "done"];

/** Which part of the queue a card belongs to: nobody saw it yet, someone works on it, or it is over. */
export function groupOf(card) {
  if (!card.acknowledged_at) return "waiting";
  // A message without a call has no end of its own: somebody is acting on it.
  return ["ringing", "connected", "data_only"].includes(card.state) ? "progress" : "done";
}

const newestFirst = (a, b) => (a.opened_at < b.opened_at ? 1 : a.opened_at > b.opened_at ? -1 : a.id < b.id ? 1 : -1);

export class Store extends EventTarget {
  cards = new Map();
  details = new Map();
  openId = null;
  mode = null;
  link = "connecting";
  freshAt = null;
  loaded = false;
  signedOut = false;
  busy = new Set();

  #groups = null;
  #told = 0;
  #frame = 0;
  #stream = null;
  #handsAt = -BUSY_HANDS_MS;
  #rereads = new Map();

  /** The cards by group, newest first. */
  groups() {
    if (!this.#groups) {
      const groups = Object.fromEntries(GROUPS.map((name) => [name, []]));
      for (const card of this.cards.values()) groups[groupOf(card)].push(card);
      for (const name of GROUPS) groups[name].sort(newestFirst);
      this.#groups = groups;
    }
    return this.#groups;
  }

  get open() {
    return this.cards.get(this.openId) ?? null;
  }

  async start() {
    try {
      await this.#read();
    } catch (error) {
      if (error instanceof SignedOut) {
        this.signedOut = true;
        this.#tell();
        return;
      }
      this.link = "lost";
      this.#tell();
      setTimeout(() => this.start(), 1500);
      return;
    }
    this.#stream = new LiveStream(eventsAddress, "incident", async () => String((await readIncidents(1)).last_event_id));
    this.#stream.addEventListener("message", (message) => this.#arrived(JSON.parse(message.data)));
    this.#stream.addEventListener("state", () => this.#linkChanged());
    this.#stream.start(String(this.lastEventId));
  }

  /** The person touched something: leave what they look at alone for a while. */
  handsOn() {
    this.#handsAt = performance.now();
  }

  show(id) {
    if (!this.cards.has(id)) return;
    const changed = id !== this.openId;
    this.openId = id;
    if (changed || !this.details.has(id)) this.#reread(id);
    this.#tell(true);
    if (changed) this.dispatchEvent(new CustomEvent("opened", { detail: id }));
  }

  /** Ask the centre to do something; the queue itself changes when its event comes back. */
  async act(id, verb) {
    const key = `${id} ${verb}`;
    if (this.busy.has(key)) return;
    this.busy.add(key);
    this.#tell(true);
    try {
      await act(id, verb);
    } catch (error) {
      if (error instanceof SignedOut) this.signedOut = true;
      throw error;
    } finally {
      this.busy.delete(key);
      this.#tell(true);
    }
  }

  async #read() {
    const answer = await readIncidents(READ_AT_START);
    setServerTime(answer.server_time);
    this.mode = answer.mode;
    this.lastEventId = answer.last_event_id;
    for (const card of answer.incidents) this.cards.set(card.id, card);
    this.loaded = true;
    this.freshAt = new Date().toISOString();
    this.#groups = null;
    this.#openSomething();
    this.#tell(true);
  }

  #openSomething() {
    if (this.openId) return;
    const { waiting, progress } = this.groups();
    const first = waiting[0] ?? progress[0];
    if (first) this.show(first.id);
  }

  #arrived(event) {
    const began = performance.now();
    const { card } = event;
    const isNew = !this.cards.has(card.id);
    this.cards.set(card.id, card);
    this.lastEventId = event.event_id;
    this.freshAt = new Date().toISOString();
    this.#groups = null;
    this.#appendToTimeline(event);
    if (isNew) {
      this.#forgetOldest();
      this.dispatchEvent(new CustomEvent("new", { detail: { card, began } }));
      this.#offer(card);
    }
    this.#tell();
  }

  // A new call opens by itself only where nobody is at work: nothing is open, or what is open is over and untouched.
  #offer(card) {
    const shown = this.open;
    const atRest = performance.now() - this.#handsAt > BUSY_HANDS_MS;
    if (!shown || (groupOf(shown) === "done" && atRest)) this.show(card.id);
  }

  #forgetOldest() {
    if (this.cards.size <= KEPT_CARDS) return;
    const { done, progress } = this.groups();
    const over = [...done, ...progress.filter((card) => card.state === "data_only")].sort(newestFirst);
    for (const card of over.slice(Math.floor(over.length / 2))) {
      if (card.id === this.openId) continue;
      this.cards.delete(card.id);
      this.details.delete(card.id);
    }
    this.#groups = null;
  }

  #appendToTimeline(event) {
    const id = event.card.id;
    const detail = this.details.get(id);
    if (detail && !detail.timeline.some((known) => known.event_id === event.event_id)) {
      const { event_id, at, kind, data } = event;
      this.details.set(id, { ...detail, timeline: [...detail.timeline, { event_id, at, kind, data }] });
    }
    // Messages are listed only by the centre: ask again, but not in step with every event.
    if (id === this.openId) this.#reread(id, 150);
    else this.details.delete(id);
  }

  #reread(id, wait = 0) {
    if (this.#rereads.has(id)) return;
    const timer = setTimeout(async () => {
      this.#rereads.delete(id);
      try {
        const answer = await readIncident(id);
        this.details.set(id, { timeline: answer.timeline, messages: answer.messages });
      } catch (error) {
        if (error instanceof SignedOut) this.signedOut = true;
        else if (id === this.openId && this.link === "open") this.#reread(id, 2000);
      }
      this.#tell();
    }, wait);
    this.#rereads.set(id, timer);
  }

  #linkChanged() {
    this.link = this.#stream.state;
    if (this.link === "open") {
      this.freshAt = new Date().toISOString();
      if (this.openId) this.#reread(this.openId);
    } else {
      this.#checkSignedOut();
    }
    this.#tell(true);
  }

  async #checkSignedOut() {
    try {
      await readIncidents(1);
    } catch (error) {
      if (!(error instanceof SignedOut)) return;
      this.signedOut = true;
      this.#stream.stop();
      this.#tell(true);
    }
  }

  #tell(now = false) {
    if (now || performance.now() - this.#told > REST_MS) {
      this.#change();
    } else if (!this.#frame) {
      // A hidden page gets no frames; the alarm and the title must go on there too.
      this.#frame = document.hidden ? setTimeout(() => this.#change(), 200) : requestAnimationFrame(() => this.#change());
    }
  }

  #change() {
    this.#frame = 0;
    this.#told = performance.now();
    this.dispatchEvent(new Event("change"));
  }
}
