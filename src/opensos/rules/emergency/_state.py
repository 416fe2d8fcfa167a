"""The one state table of the SOS call: every state, everything that can happen, what follows.

``docs/reference/call-procedure.md`` is drawn from this file by ``picture.py``; a test compares.
A row is chosen by state and happening; where several rows fit, the first whose guards all hold
wins. A pair without a row means: nothing follows (the procedure stays where it is).

Sources: EN 16062 and EN 17184 as far as public texts quote them (T2, T9, the two minutes of redial,
no redial after clear-down); RFC 8147 §6 and §9 for acknowledgements and refusals; the rest is ours
and is argued in the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique


@unique
class State(Enum):
    """Where the SOS call stands; the value is the word used in records, pages and the API."""

    IDLE = "idle"
    CANCEL_WINDOW = "cancel_window"
    DIALLING = "dialling"
    CONNECTED = "connected"
    REDIAL_WAIT = "redial_wait"
    CALLBACK_WINDOW = "callback_window"


@unique
class Happening(Enum):
    """What can happen to a call; the value is how the picture names it."""

    # people and sensors
    MANUAL = "SOS button"
    AUTOMATIC = "crash"
    MEASURED = "crash measured to its end"
    TEST = "test asked for"
    CANCEL = "cancel"
    # the bearer
    RINGING = "ringing"
    ANSWERED = "answered"
    REFUSED = "refused"
    UNREACHED = "not reached"
    DROPPED = "dropped by the network"
    CLEARED_DOWN = "cleared down by the centre"
    CALLED_BACK = "called back"
    DATA_REQUESTED = "new data requested"
    DATA_DELIVERED = "data delivered"
    DATA_REFUSED = "data refused"
    # time
    CANCEL_OVER = "cancel window over"
    ATTEMPT_OVER = "no answer in time"
    REDIAL_DUE = "redial due"
    BEAT = "still connected"
    T2_OVER = "T2 over"
    T9_OVER = "T9 over"
    # power
    RESTARTED = "unit restarted"


@unique
class Guard(Enum):
    """A condition of a row; the value is how the picture names it."""

    WINDOW_SET = "a cancel window is set"
    TEST_CALL = "test call"
    CALLBACK_CALL = "call is a callback"
    CALLBACK_OPEN = "callback still possible"
    DATA_OWED = "no acknowledgement, or news since"
    DATA_ARRIVED = "486, 600, 603 and data acknowledged"
    MANUAL_CASE = "call is manual"
    MAY_REDIAL = "within the redial bounds"


@unique
class Action(Enum):
    """What a row does; the value is how the picture names it."""

    OPEN_CASE = "new case"
    START_CANCEL_WINDOW = "start cancel window"
    DIAL = "dial"
    HANG_UP = "hang up"
    KEEP_RINGING = "wait for the answer"
    ENTER_CALL = "start T2"
    SEND_DATA = "send MSD"
    OWE_DATA = "MSD owed"
    MAKE_AUTOMATIC = "becomes automatic"
    RENEW_BOUND = "renew redial bounds"
    PLAN_REDIAL = "plan redial"
    GIVE_UP = "give up"
    OPEN_CALLBACK = "start T9"
    ANSWER_CALLBACK = "answer"
    DECLINE = "decline"
    CLOSE = "close case"
    BEAT_AGAIN = "next beat"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    state: State
    happening: Happening
    guards: tuple[Guard, ...]
    then: State
    actions: tuple[Action, ...]


S, H, G, A = State, Happening, Guard, Action

# One row, one line: the table is read downwards.
# ruff: noqa: E501
# fmt: off
TABLE: tuple[Row, ...] = (
    # --- idle: the callback window is over, nothing is under way
    Row(S.IDLE, H.MANUAL, (G.WINDOW_SET,), S.CANCEL_WINDOW, (A.NOTE, A.START_CANCEL_WINDOW)),
    Row(S.IDLE, H.MANUAL, (), S.DIALLING, (A.NOTE, A.OPEN_CASE, A.DIAL)),
    Row(S.IDLE, H.AUTOMATIC, (), S.DIALLING, (A.NOTE, A.OPEN_CASE, A.DIAL)),
    Row(S.IDLE, H.TEST, (), S.DIALLING, (A.NOTE, A.OPEN_CASE, A.DIAL)),
    Row(S.IDLE, H.CALLED_BACK, (), S.IDLE, (A.DECLINE,)),

    # --- cancel window: a person pressed SOS and may still take it back
    Row(S.CANCEL_WINDOW, H.CANCEL, (G.CALLBACK_OPEN,), S.CALLBACK_WINDOW, (A.NOTE,)),
    Row(S.CANCEL_WINDOW, H.CANCEL, (), S.IDLE, (A.NOTE, A.CLOSE)),
    Row(S.CANCEL_WINDOW, H.CANCEL_OVER, (), S.DIALLING, (A.OPEN_CASE, A.DIAL)),
    Row(S.CANCEL_WINDOW, H.AUTOMATIC, (), S.DIALLING, (A.NOTE, A.OPEN_CASE, A.DIAL)),
    Row(S.CANCEL_WINDOW, H.MANUAL, (), S.CANCEL_WINDOW, (A.NOTE,)),
    Row(S.CANCEL_WINDOW, H.TEST, (), S.CANCEL_WINDOW, (A.NOTE,)),
    Row(S.CANCEL_WINDOW, H.CALLED_BACK, (G.CALLBACK_OPEN,), S.CONNECTED, (A.ANSWER_CALLBACK, A.RENEW_BOUND, A.ENTER_CALL)),
    Row(S.CANCEL_WINDOW, H.CALLED_BACK, (), S.CANCEL_WINDOW, (A.DECLINE,)),
    Row(S.CANCEL_WINDOW, H.RESTARTED, (), S.CANCEL_WINDOW, (A.NOTE,)),

    # --- dialling: one attempt is under way
    Row(S.DIALLING, H.RINGING, (), S.DIALLING, (A.NOTE, A.KEEP_RINGING)),
    Row(S.DIALLING, H.ANSWERED, (G.DATA_OWED,), S.CONNECTED, (A.NOTE, A.ENTER_CALL, A.SEND_DATA)),
    Row(S.DIALLING, H.ANSWERED, (), S.CONNECTED, (A.NOTE, A.ENTER_CALL)),
    Row(S.DIALLING, H.REFUSED, (G.TEST_CALL,), S.IDLE, (A.NOTE, A.CLOSE)),
    Row(S.DIALLING, H.REFUSED, (G.DATA_ARRIVED,), S.CALLBACK_WINDOW, (A.NOTE, A.OPEN_CALLBACK)),
    Row(S.DIALLING, H.REFUSED, (G.MAY_REDIAL,), S.REDIAL_WAIT, (A.NOTE, A.PLAN_REDIAL)),
    Row(S.DIALLING, H.REFUSED, (), S.CALLBACK_WINDOW, (A.NOTE, A.GIVE_UP, A.OPEN_CALLBACK)),
    Row(S.DIALLING, H.UNREACHED, (G.TEST_CALL,), S.IDLE, (A.NOTE, A.CLOSE)),
    Row(S.DIALLING, H.UNREACHED, (G.MAY_REDIAL,), S.REDIAL_WAIT, (A.NOTE, A.PLAN_REDIAL)),
    Row(S.DIALLING, H.UNREACHED, (), S.CALLBACK_WINDOW, (A.NOTE, A.GIVE_UP, A.OPEN_CALLBACK)),
    Row(S.DIALLING, H.ATTEMPT_OVER, (G.TEST_CALL,), S.IDLE, (A.NOTE, A.HANG_UP, A.CLOSE)),
    Row(S.DIALLING, H.ATTEMPT_OVER, (G.MAY_REDIAL,), S.REDIAL_WAIT, (A.NOTE, A.HANG_UP, A.PLAN_REDIAL)),
    Row(S.DIALLING, H.ATTEMPT_OVER, (), S.CALLBACK_WINDOW, (A.NOTE, A.HANG_UP, A.GIVE_UP, A.OPEN_CALLBACK)),
    Row(S.DIALLING, H.MANUAL, (G.TEST_CALL, G.WINDOW_SET), S.CANCEL_WINDOW, (A.NOTE, A.HANG_UP, A.START_CANCEL_WINDOW)),
    Row(S.DIALLING, H.MANUAL, (G.TEST_CALL,), S.DIALLING, (A.NOTE, A.HANG_UP, A.OPEN_CASE, A.DIAL)),
    Row(S.DIALLING, H.MANUAL, (), S.DIALLING, (A.NOTE, A.RENEW_BOUND)),
    Row(S.DIALLING, H.AUTOMATIC, (G.TEST_CALL,), S.DIALLING, (A.NOTE, A.HANG_UP, A.OPEN_CASE, A.DIAL)),
    Row(S.DIALLING, H.AUTOMATIC, (G.MANUAL_CASE,), S.DIALLING, (A.NOTE, A.MAKE_AUTOMATIC, A.OWE_DATA, A.RENEW_BOUND)),
    Row(S.DIALLING, H.AUTOMATIC, (), S.DIALLING, (A.NOTE, A.RENEW_BOUND)),
    Row(S.DIALLING, H.MEASURED, (), S.DIALLING, (A.OWE_DATA,)),
    Row(S.DIALLING, H.TEST, (), S.DIALLING, (A.NOTE,)),
    Row(S.DIALLING, H.CANCEL, (G.TEST_CALL,), S.IDLE, (A.NOTE, A.HANG_UP, A.CLOSE)),
    Row(S.DIALLING, H.CANCEL, (), S.DIALLING, (A.NOTE,)),
    Row(S.DIALLING, H.CALLED_BACK, (), S.DIALLING, (A.DECLINE,)),
    Row(S.DIALLING, H.RESTARTED, (G.TEST_CALL,), S.IDLE, (A.NOTE, A.CLOSE)),
    Row(S.DIALLING, H.RESTARTED, (G.MAY_REDIAL,), S.REDIAL_WAIT, (A.NOTE, A.PLAN_REDIAL)),
    Row(S.DIALLING, H.RESTARTED, (), S.CALLBACK_WINDOW, (A.NOTE, A.GIVE_UP, A.OPEN_CALLBACK)),

    # --- connected: the centre ends the call; the car does only when T2 is over
    Row(S.CONNECTED, H.CLEARED_DOWN, (G.TEST_CALL,), S.IDLE, (A.NOTE, A.CLOSE)),
    Row(S.CONNECTED, H.CLEARED_DOWN, (), S.CALLBACK_WINDOW, (A.NOTE, A.OPEN_CALLBACK)),
    Row(S.CONNECTED, H.DROPPED, (G.TEST_CALL,), S.IDLE, (A.NOTE, A.CLOSE)),
    Row(S.CONNECTED, H.DROPPED, (G.CALLBACK_CALL,), S.CALLBACK_WINDOW, (A.NOTE, A.OPEN_CALLBACK)),
    Row(S.CONNECTED, H.DROPPED, (G.MAY_REDIAL,), S.REDIAL_WAIT, (A.NOTE, A.PLAN_REDIAL)),
    Row(S.CONNECTED, H.DROPPED, (), S.CALLBACK_WINDOW, (A.NOTE, A.GIVE_UP, A.OPEN_CALLBACK)),
    Row(S.CONNECTED, H.T2_OVER, (G.TEST_CALL,), S.IDLE, (A.NOTE, A.HANG_UP, A.CLOSE)),
    Row(S.CONNECTED, H.T2_OVER, (), S.CALLBACK_WINDOW, (A.NOTE, A.HANG_UP, A.OPEN_CALLBACK)),
    Row(S.CONNECTED, H.BEAT, (), S.CONNECTED, (A.BEAT_AGAIN,)),
    Row(S.CONNECTED, H.DATA_REQUESTED, (), S.CONNECTED, (A.NOTE, A.SEND_DATA)),
    Row(S.CONNECTED, H.DATA_DELIVERED, (), S.CONNECTED, (A.NOTE,)),
    Row(S.CONNECTED, H.DATA_REFUSED, (), S.CONNECTED, (A.NOTE,)),
    Row(S.CONNECTED, H.MANUAL, (G.TEST_CALL, G.WINDOW_SET), S.CANCEL_WINDOW, (A.NOTE, A.HANG_UP, A.START_CANCEL_WINDOW)),
    Row(S.CONNECTED, H.MANUAL, (G.TEST_CALL,), S.DIALLING, (A.NOTE, A.HANG_UP, A.OPEN_CASE, A.DIAL)),
    Row(S.CONNECTED, H.MANUAL, (), S.CONNECTED, (A.NOTE, A.RENEW_BOUND)),
    Row(S.CONNECTED, H.AUTOMATIC, (G.TEST_CALL,), S.DIALLING, (A.NOTE, A.HANG_UP, A.OPEN_CASE, A.DIAL)),
    Row(S.CONNECTED, H.AUTOMATIC, (G.MANUAL_CASE,), S.CONNECTED, (A.NOTE, A.MAKE_AUTOMATIC, A.SEND_DATA, A.RENEW_BOUND)),
    Row(S.CONNECTED, H.AUTOMATIC, (), S.CONNECTED, (A.NOTE, A.RENEW_BOUND)),
    Row(S.CONNECTED, H.MEASURED, (), S.CONNECTED, (A.SEND_DATA,)),
    Row(S.CONNECTED, H.TEST, (), S.CONNECTED, (A.NOTE,)),
    Row(S.CONNECTED, H.CANCEL, (G.TEST_CALL,), S.IDLE, (A.NOTE, A.HANG_UP, A.CLOSE)),
    Row(S.CONNECTED, H.CANCEL, (), S.CONNECTED, (A.NOTE,)),
    Row(S.CONNECTED, H.CALLED_BACK, (), S.CONNECTED, (A.DECLINE,)),
    Row(S.CONNECTED, H.RESTARTED, (G.TEST_CALL,), S.IDLE, (A.NOTE, A.CLOSE)),
    Row(S.CONNECTED, H.RESTARTED, (G.CALLBACK_CALL,), S.CALLBACK_WINDOW, (A.NOTE, A.OPEN_CALLBACK)),
    Row(S.CONNECTED, H.RESTARTED, (G.MAY_REDIAL,), S.REDIAL_WAIT, (A.NOTE, A.PLAN_REDIAL)),
    Row(S.CONNECTED, H.RESTARTED, (), S.CALLBACK_WINDOW, (A.NOTE, A.GIVE_UP, A.OPEN_CALLBACK)),

    # --- redial wait: the network dropped the call, or it was never reached
    Row(S.REDIAL_WAIT, H.REDIAL_DUE, (G.MAY_REDIAL,), S.DIALLING, (A.DIAL,)),
    Row(S.REDIAL_WAIT, H.REDIAL_DUE, (), S.CALLBACK_WINDOW, (A.GIVE_UP, A.OPEN_CALLBACK)),
    Row(S.REDIAL_WAIT, H.CLEARED_DOWN, (), S.CALLBACK_WINDOW, (A.NOTE, A.OPEN_CALLBACK)),
    Row(S.REDIAL_WAIT, H.CALLED_BACK, (), S.CONNECTED, (A.ANSWER_CALLBACK, A.ENTER_CALL)),
    Row(S.REDIAL_WAIT, H.MANUAL, (), S.DIALLING, (A.NOTE, A.RENEW_BOUND, A.DIAL)),
    Row(S.REDIAL_WAIT, H.AUTOMATIC, (), S.DIALLING, (A.NOTE, A.MAKE_AUTOMATIC, A.RENEW_BOUND, A.DIAL)),
    Row(S.REDIAL_WAIT, H.TEST, (), S.REDIAL_WAIT, (A.NOTE,)),
    Row(S.REDIAL_WAIT, H.CANCEL, (), S.REDIAL_WAIT, (A.NOTE,)),
    Row(S.REDIAL_WAIT, H.RESTARTED, (G.MAY_REDIAL,), S.REDIAL_WAIT, (A.NOTE, A.PLAN_REDIAL)),
    Row(S.REDIAL_WAIT, H.RESTARTED, (), S.CALLBACK_WINDOW, (A.NOTE, A.GIVE_UP, A.OPEN_CALLBACK)),

    # --- callback window: the unit stays registered so that the centre can call back (T9)
    Row(S.CALLBACK_WINDOW, H.T9_OVER, (), S.IDLE, (A.NOTE, A.CLOSE)),
    Row(S.CALLBACK_WINDOW, H.CALLED_BACK, (), S.CONNECTED, (A.ANSWER_CALLBACK, A.ENTER_CALL)),
    Row(S.CALLBACK_WINDOW, H.MANUAL, (G.WINDOW_SET,), S.CANCEL_WINDOW, (A.NOTE, A.START_CANCEL_WINDOW)),
    Row(S.CALLBACK_WINDOW, H.MANUAL, (), S.DIALLING, (A.NOTE, A.OPEN_CASE, A.DIAL)),
    Row(S.CALLBACK_WINDOW, H.AUTOMATIC, (), S.DIALLING, (A.NOTE, A.OPEN_CASE, A.DIAL)),
    Row(S.CALLBACK_WINDOW, H.TEST, (), S.CALLBACK_WINDOW, (A.NOTE,)),
    Row(S.CALLBACK_WINDOW, H.RESTARTED, (), S.CALLBACK_WINDOW, (A.NOTE,)),
)
# fmt: on


def rows(state: State, happening: Happening) -> tuple[Row, ...]:
    """Return the rows for one state and happening, in the order in which they are tried."""
    return _INDEX.get((state, happening), ())


def _index() -> dict[tuple[State, Happening], tuple[Row, ...]]:
    found: dict[tuple[State, Happening], tuple[Row, ...]] = {}
    for row in TABLE:
        key = (row.state, row.happening)
        found[key] = (*found.get(key, ()), row)
    return found


_INDEX = _index()
