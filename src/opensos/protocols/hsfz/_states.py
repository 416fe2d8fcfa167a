"""A connection to an HSFZ gateway as data. One tester sits at the gateway at a time.

That there is one seat is known; how a second tester is treated is ours: the first is asked
whether it lives, as DoIP does.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a connection stands."""

    NEW = "new"
    SEATED = "seated"
    CHECKED = "seated_and_asked_for_life"
    WAITING = "waiting_for_the_seat"
    CLOSED = "closed"


class On(StrEnum):
    """What can happen to it."""

    SEAT_FREE = "connects, seat free"
    SEAT_TAKEN = "connects, seat taken"
    NO_ROOM = "connects, somebody waits already"
    RIVAL = "another connects"
    FRAME = "a frame comes"
    NO_LIFE = "no sign of life in time"
    RIVAL_GONE = "the other one gave up"
    FIRST_LIVES = "the first tester lives"
    FIRST_GONE = "the first tester is gone"
    IDLE = "idle too long"
    BROKEN = "more than can be taken"
    HUNG_UP = "hung up"


TABLE: dict[State, dict[On, State]] = {
    State.NEW: {
        On.SEAT_FREE: State.SEATED,
        On.SEAT_TAKEN: State.WAITING,
        On.NO_ROOM: State.CLOSED,
    },
    State.SEATED: {
        On.RIVAL: State.CHECKED,
        On.FRAME: State.SEATED,
        On.IDLE: State.CLOSED,
        On.BROKEN: State.CLOSED,
        On.HUNG_UP: State.CLOSED,
    },
    State.CHECKED: {
        On.FRAME: State.SEATED,
        On.NO_LIFE: State.CLOSED,
        On.RIVAL_GONE: State.SEATED,
        On.BROKEN: State.CLOSED,
        On.HUNG_UP: State.CLOSED,
    },
    State.WAITING: {
        On.FIRST_LIVES: State.CLOSED,
        On.FIRST_GONE: State.SEATED,
        On.BROKEN: State.CLOSED,
        On.HUNG_UP: State.CLOSED,
    },
    State.CLOSED: {},
}
"""An absent pair cannot happen."""


class ClientState(StrEnum):
    """Where a tester's connection stands."""

    CLOSED = "closed"
    FREE = "free"
    UNACKNOWLEDGED = "waiting_for_acknowledgement"


class ClientOn(StrEnum):
    """What can happen to it."""

    CONNECTED = "connected"
    ASK = "request sent"
    ACK = "acknowledged"
    REFUSED = "refused (40 to 45, FF)"
    NO_ACK = "no acknowledgement in time"
    BROKEN = "a frame too large"
    HUNG_UP = "the gateway hung up"


CLIENT: dict[ClientState, dict[ClientOn, ClientState]] = {
    ClientState.CLOSED: {ClientOn.CONNECTED: ClientState.FREE},
    ClientState.FREE: {
        ClientOn.ASK: ClientState.UNACKNOWLEDGED,
        ClientOn.REFUSED: ClientState.FREE,
        ClientOn.BROKEN: ClientState.CLOSED,
        ClientOn.HUNG_UP: ClientState.CLOSED,
    },
    ClientState.UNACKNOWLEDGED: {
        ClientOn.ACK: ClientState.FREE,
        ClientOn.REFUSED: ClientState.FREE,
        ClientOn.NO_ACK: ClientState.CLOSED,
        ClientOn.BROKEN: ClientState.CLOSED,
        ClientOn.HUNG_UP: ClientState.CLOSED,
    },
}
"""An absent pair cannot happen."""
