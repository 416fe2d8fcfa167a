// The call as the steps that a person follows. Each step is done, running, failed or still to come; what is not known is not claimed.

const LATER = ["dialling", "connected", "redial_wait", "callback_window", "ended"];
const AFTER_CALL = ["callback_window", "ended"];

/** The lines of the journal since the last trigger, and that trigger itself. */
export function lastCase(journal) {
  for (let i = journal.length - 1; i >= 0; i -= 1) {
    if (["sos_pressed", "crash", "test_started"].includes(journal[i].text_key)) return journal.slice(i);
  }
  return [];
}

/** [{key, status: "done" | "now" | "bad" | "open"}] for the state as the car tells it. */
export function steps(state) {
  const idle = state.state === "idle";
  const lines = idle ? [] : lastCase(state.journal ?? []);
  const keys = new Set(lines.map((line) => line.text_key));
  const answered = keys.has("answered_data_received") || keys.has("answered_data_unreadable") || keys.has("answered_no_acknowledgement") || state.state === "connected";
  const trigger = lines[0]?.text_key === "sos_pressed" ? "sos" : lines[0]?.text_key === "crash" ? "crash" : "trigger";
  const acknowledged = keys.has("answered_data_received") || keys.has("refused_data_received") || state.call?.acknowledged === true;
  const unreadable = keys.has("answered_data_unreadable") || state.call?.acknowledged === false;
  const asked = lines.findLastIndex((line) => line.text_key === "data_requested");
  const newData = lines.findLastIndex((line) => line.text_key === "data_delivered") > asked;
  const dialled = LATER.includes(state.state);
  const mark = (done, now, bad = false) => (bad ? "bad" : done ? "done" : now ? "now" : "open");
  return [
    { key: trigger, status: mark(!idle, false) },
    ...(state.state === "cancel_window" ? [{ key: "cancel_window", status: "now" }] : []),
    { key: "dialling", status: mark(answered, state.state === "dialling" || state.state === "redial_wait", dialled && AFTER_CALL.includes(state.state) && !answered) },
    ...(state.state === "redial_wait" ? [{ key: "redial_wait", status: "now" }] : []),
    { key: "connected", status: mark(answered, false) },
    { key: unreadable ? "data_unreadable" : "data_acknowledged", status: mark(acknowledged, state.state === "connected" && !unreadable, unreadable) },
    { key: "new_data", status: mark(newData, asked >= 0 && !newData) },
    { key: "cleared_down", status: mark(keys.has("cleared_down"), false) },
    { key: "callback_window", status: mark(state.state === "ended", state.state === "callback_window") },
  ];
}
