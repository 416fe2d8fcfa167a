"""Which line the journal for people gets for what happened: text keys, never sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opensos.rules.emergency._state import Happening, State
from opensos.rules.emergency.events import Note

if TYPE_CHECKING:
    from collections.abc import Mapping

_FRESH = frozenset({State.IDLE, State.CALLBACK_WINDOW})

_PLAIN: Mapping[Happening, str] = {
    Happening.RINGING: "ringing",
    Happening.UNREACHED: "not_reached",
    Happening.DROPPED: "dropped",
    Happening.CLEARED_DOWN: "cleared_down",
    Happening.DATA_REQUESTED: "data_requested",
    Happening.DATA_DELIVERED: "data_delivered",
    Happening.DATA_REFUSED: "data_refused",
    Happening.ATTEMPT_OVER: "no_answer",
    Happening.T2_OVER: "t2_over",
    Happening.T9_OVER: "callback_window_over",
    Happening.RESTARTED: "restarted",
}
_ANSWERED = {
    True: "answered_data_received",
    False: "answered_data_unreadable",
    None: "answered_no_acknowledgement",
}

# Every key that the procedure can note; a page's catalogue has a text for each.
TEXT_KEYS: tuple[str, ...] = (
    *_PLAIN.values(),
    *_ANSWERED.values(),
    *("sos_pressed", "sos_pressed_again", "crash", "crash_again", "test_started", "test_not_now"),
    *("cancel_window", "cancelled", "cancel_too_late", "refused", "refused_data_received"),
    *("dialling", "redial_planned", "gave_up", "data_sent"),
    *("callback_answered", "callback_declined"),
)


def note_for(
    state: State, happening: Happening, data: Mapping[str, Any], *, test_call: bool
) -> Note:
    """Return the line for a happening in a state; ``data`` is what the report carried."""
    return Note(_key(state, happening, data, test_call=test_call), tuple(data.items()))


def _key(state: State, happening: Happening, data: Mapping[str, Any], *, test_call: bool) -> str:
    fresh = state in _FRESH or test_call
    cancellable = state is State.CANCEL_WINDOW
    match happening:
        case Happening.MANUAL:
            key = "sos_pressed" if fresh else "sos_pressed_again"
        case Happening.AUTOMATIC:
            key = "crash" if fresh or cancellable else "crash_again"
        case Happening.TEST:
            key = "test_started" if state is State.IDLE else "test_not_now"
        case Happening.CANCEL:
            key = "cancelled" if cancellable or test_call else "cancel_too_late"
        case Happening.ANSWERED:
            key = _ANSWERED[data["received"]]
        case Happening.REFUSED:
            key = "refused_data_received" if data["received"] else "refused"
        case _:
            key = _PLAIN[happening]
    return key
