// The centre's HTTP interface, as the console uses it.

export class SignedOut extends Error {}

/** An answer of the centre that says no, with its one sentence. */
export class Refused extends Error {}

async function ask(path, options) {
  const response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  if (response.status === 401) throw new SignedOut();
  return response;
}

async function getJson(path) {
  const response = await ask(path);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.json();
}

export const readIncidents = (limit) => getJson(`/api/incidents?limit=${limit}`);
export const readIncident = (id) => getJson(`/api/incidents/${encodeURIComponent(id)}`);
export const eventsAddress = (after) => `/api/events${after === null ? "" : `?after=${encodeURIComponent(after)}`}`;
export const messageAddress = (id, message) => `/api/incidents/${encodeURIComponent(id)}/messages/${encodeURIComponent(message)}`;

/** verb: acknowledge, request-data, clear-down or call-back. */
export async function act(id, verb) {
  const response = await ask(`/api/incidents/${encodeURIComponent(id)}/${verb}`, { method: "POST" });
  if (response.ok) return;
  let sentence = `HTTP ${response.status}`;
  try {
    sentence = (await response.json()).error ?? sentence;
  } catch {
    // No sentence came; the status must do.
  }
  throw new Refused(sentence);
}
