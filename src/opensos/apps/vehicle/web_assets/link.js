// What goes to the car: one press after another, and the sentence of what it refuses.

import { hasText, t } from "../ui/i18n.js";
import { say } from "./say.js";

const HOME = "/car/api/";
let last = Promise.resolve();

/** Read a list that does not change. */
export async function read(name) {
  return (await fetch(HOME + name, { cache: "no-store" })).json();
}

/** {ok, …} or {trouble: sentence}. */
export async function send(verb, body = {}) {
  try {
    const response = await fetch(HOME + verb, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const answer = await response.json().catch(() => ({}));
    return response.ok ? answer : { trouble: reason(response.status, answer) };
  } catch {
    return { trouble: t("car.silent") };
  }
}

/** As send, in the order of the calls: a press of the button must arrive before its release. */
export function sendInTurn(verb, body) {
  last = last.then(() => send(verb, body));
  return last;
}

function reason(status, answer) {
  const key = answer.text_key;
  if (key && hasText(key)) return say(key);
  return answer.error ?? `HTTP ${status}`;
}
