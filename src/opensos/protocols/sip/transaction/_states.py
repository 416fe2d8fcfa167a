"""The four transaction machines of RFC 3261 §17 as data, with the Accepted states of RFC 6026.

Each table names for every state and everything that can happen what is done (in order), which
state follows, and what the transaction user is told. The docs draw their pictures from here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, TypeAlias


class State(StrEnum):
    """Where a transaction stands; ``initial`` is before its first message, left at once."""

    INITIAL = "initial"
    CALLING = "calling"
    TRYING = "trying"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class On(StrEnum):
    """What can happen to a transaction."""

    START = "start"
    # From the network.
    PROVISIONAL = "1xx"
    SUCCESS = "2xx"
    FAILURE = "300-699"
    FINAL = "200-699"
    REQUEST = "request again"
    ACK = "ACK"
    ROAD_FAILED = "transport error"
    # From the transaction user.
    GIVE_UP = "given up"
    SEND_PROVISIONAL = "send 1xx"
    SEND_SUCCESS = "send 2xx"
    SEND_FAILURE = "send 300-699"
    SEND_FINAL = "send 200-699"
    # From the clock, under the RFC's names.
    TIMER_A = "timer_a"
    TIMER_B = "timer_b"
    TIMER_D = "timer_d"
    TIMER_E = "timer_e"
    TIMER_F = "timer_f"
    TIMER_G = "timer_g"
    TIMER_H = "timer_h"
    TIMER_I = "timer_i"
    TIMER_J = "timer_j"
    TIMER_K = "timer_k"
    TIMER_L = "timer_l"
    TIMER_M = "timer_m"


class Do(StrEnum):
    """What a transaction does by itself."""

    SEND = "send the message"
    SEND_ACK = "send ACK"
    STOP_TIMERS = "stop all timers"
    START_A = "start timer_a"
    START_B = "start timer_b"
    START_D = "start timer_d"
    START_E = "start timer_e"
    START_F = "start timer_f"
    START_G = "start timer_g"
    START_H = "start timer_h"
    START_I = "start timer_i"
    START_J = "start timer_j"
    START_K = "start timer_k"
    START_L = "start timer_l"
    START_M = "start timer_m"
    SLOWEST_E = "start timer_e at T2"


class Notice(StrEnum):
    """What the transaction user is told."""

    MESSAGE = "pass the message"
    TIMEOUT = "timeout"
    ROAD = "transport error"


class Rule(NamedTuple):
    """One cell: actions in order, the next state, and what the user is told (or nothing)."""

    do: tuple[Do, ...]
    then: State
    tell: Notice | None = None


Table: TypeAlias = dict[State, dict[On, Rule | None]]
"""``None`` marks what may happen and is ignored; a pair that is absent can not happen."""

_END = Rule((Do.STOP_TIMERS,), State.TERMINATED)
_TIMEOUT = Rule((Do.STOP_TIMERS,), State.TERMINATED, Notice.TIMEOUT)
_ROAD = Rule((Do.STOP_TIMERS,), State.TERMINATED, Notice.ROAD)


def _stay(state: State, *do: Do, tell: Notice | None = None) -> Rule:
    return Rule(do, state, tell)


# RFC 3261 figure 5 as changed by RFC 6026 figure 5.
CLIENT_INVITE: Table = {
    State.INITIAL: {On.START: Rule((Do.SEND, Do.START_A, Do.START_B), State.CALLING)},
    State.CALLING: {
        On.TIMER_A: _stay(State.CALLING, Do.SEND, Do.START_A),
        On.TIMER_B: _TIMEOUT,
        On.ROAD_FAILED: _ROAD,
        On.PROVISIONAL: Rule((Do.STOP_TIMERS,), State.PROCEEDING, Notice.MESSAGE),
        On.SUCCESS: Rule((Do.STOP_TIMERS, Do.START_M), State.ACCEPTED, Notice.MESSAGE),
        On.FAILURE: Rule(
            (Do.STOP_TIMERS, Do.SEND_ACK, Do.START_D), State.COMPLETED, Notice.MESSAGE
        ),
    },
    State.PROCEEDING: {
        On.PROVISIONAL: _stay(State.PROCEEDING, tell=Notice.MESSAGE),
        On.SUCCESS: Rule((Do.STOP_TIMERS, Do.START_M), State.ACCEPTED, Notice.MESSAGE),
        On.FAILURE: Rule(
            (Do.STOP_TIMERS, Do.SEND_ACK, Do.START_D), State.COMPLETED, Notice.MESSAGE
        ),
        # The figure is silent here, since nothing is being sent. A lost connection takes the
        # answer with it and no timer runs: a car must dial again rather than wait for ever.
        On.ROAD_FAILED: _ROAD,
        # §9.1: a cancelled INVITE that nobody ends is destroyed after 64*T1.
        On.GIVE_UP: _END,
    },
    State.ACCEPTED: {
        On.PROVISIONAL: None,
        On.SUCCESS: _stay(State.ACCEPTED, tell=Notice.MESSAGE),
        On.FAILURE: None,
        On.ROAD_FAILED: None,
        On.TIMER_M: _END,
    },
    State.COMPLETED: {
        On.PROVISIONAL: None,
        On.SUCCESS: None,
        On.FAILURE: _stay(State.COMPLETED, Do.SEND_ACK),
        On.ROAD_FAILED: _ROAD,
        On.TIMER_D: _END,
    },
    State.TERMINATED: {},
}

# RFC 3261 figure 6.
CLIENT_OTHER: Table = {
    State.INITIAL: {On.START: Rule((Do.SEND, Do.START_E, Do.START_F), State.TRYING)},
    State.TRYING: {
        On.TIMER_E: _stay(State.TRYING, Do.SEND, Do.START_E),
        On.TIMER_F: _TIMEOUT,
        On.ROAD_FAILED: _ROAD,
        On.PROVISIONAL: Rule((), State.PROCEEDING, Notice.MESSAGE),
        On.FINAL: Rule((Do.STOP_TIMERS, Do.START_K), State.COMPLETED, Notice.MESSAGE),
    },
    State.PROCEEDING: {
        On.TIMER_E: _stay(State.PROCEEDING, Do.SEND, Do.SLOWEST_E),
        On.TIMER_F: _TIMEOUT,
        On.ROAD_FAILED: _ROAD,
        On.PROVISIONAL: _stay(State.PROCEEDING, tell=Notice.MESSAGE),
        On.FINAL: Rule((Do.STOP_TIMERS, Do.START_K), State.COMPLETED, Notice.MESSAGE),
    },
    State.COMPLETED: {
        On.PROVISIONAL: None,
        On.FINAL: None,
        On.ROAD_FAILED: None,
        On.TIMER_K: _END,
    },
    State.TERMINATED: {},
}

# RFC 3261 figure 7 as changed by RFC 6026 figure 7. ACK in proceeding comes from a confused peer.
SERVER_INVITE: Table = {
    State.INITIAL: {On.START: Rule((), State.PROCEEDING, Notice.MESSAGE)},
    State.PROCEEDING: {
        On.REQUEST: _stay(State.PROCEEDING, Do.SEND),
        On.ACK: None,
        On.SEND_PROVISIONAL: _stay(State.PROCEEDING, Do.SEND),
        On.SEND_SUCCESS: Rule((Do.SEND, Do.START_L), State.ACCEPTED),
        On.SEND_FAILURE: Rule((Do.SEND, Do.START_G, Do.START_H), State.COMPLETED),
        On.ROAD_FAILED: _stay(State.PROCEEDING, tell=Notice.ROAD),
    },
    State.ACCEPTED: {
        On.REQUEST: None,
        On.ACK: _stay(State.ACCEPTED, tell=Notice.MESSAGE),
        On.SEND_SUCCESS: _stay(State.ACCEPTED, Do.SEND),
        On.ROAD_FAILED: _stay(State.ACCEPTED, tell=Notice.ROAD),
        On.TIMER_L: _END,
    },
    State.COMPLETED: {
        On.REQUEST: _stay(State.COMPLETED, Do.SEND),
        On.ACK: Rule((Do.STOP_TIMERS, Do.START_I), State.CONFIRMED),
        On.ROAD_FAILED: _stay(State.COMPLETED, tell=Notice.ROAD),
        On.TIMER_G: _stay(State.COMPLETED, Do.SEND, Do.START_G),
        On.TIMER_H: _TIMEOUT,
    },
    State.CONFIRMED: {
        On.REQUEST: None,
        On.ACK: None,
        On.ROAD_FAILED: None,
        On.TIMER_I: _END,
    },
    State.TERMINATED: {},
}

# RFC 3261 figure 8. The figure ends the transaction at a transport error; we stay, as RFC 6026
# wants it for INVITE and for the same reason: a repeated INFO must never be taken for a new one.
SERVER_OTHER: Table = {
    State.INITIAL: {On.START: Rule((), State.TRYING, Notice.MESSAGE)},
    State.TRYING: {
        On.REQUEST: None,
        On.SEND_PROVISIONAL: Rule((Do.SEND,), State.PROCEEDING),
        On.SEND_FINAL: Rule((Do.SEND, Do.START_J), State.COMPLETED),
        On.ROAD_FAILED: _stay(State.TRYING, tell=Notice.ROAD),
    },
    State.PROCEEDING: {
        On.REQUEST: _stay(State.PROCEEDING, Do.SEND),
        On.SEND_PROVISIONAL: _stay(State.PROCEEDING, Do.SEND),
        On.SEND_FINAL: Rule((Do.SEND, Do.START_J), State.COMPLETED),
        On.ROAD_FAILED: _stay(State.PROCEEDING, tell=Notice.ROAD),
    },
    State.COMPLETED: {
        On.REQUEST: _stay(State.COMPLETED, Do.SEND),
        On.SEND_FINAL: None,
        On.ROAD_FAILED: _stay(State.COMPLETED, tell=Notice.ROAD),
        On.TIMER_J: _END,
    },
    State.TERMINATED: {},
}

TABLES: dict[str, Table] = {
    "client INVITE": CLIENT_INVITE,
    "client non-INVITE": CLIENT_OTHER,
    "server INVITE": SERVER_INVITE,
    "server non-INVITE": SERVER_OTHER,
}
