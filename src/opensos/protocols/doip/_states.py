"""A tester's socket at a DoIP entity as data (ISO 13400-2 figure 11, from memory).

Authentication and confirmation are left out: we ask for neither.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a socket stands."""

    INITIALIZED = "initialized"
    WAITING = "waiting_for_alive_checks"
    ACTIVE = "routing_active"
    CHECKED = "routing_active_and_checked"
    FINALIZED = "finalized"


class On(StrEnum):
    """What can happen to it."""

    ACTIVATED = "routing activated"
    COLLISION = "its activation meets other sockets"
    DENIED = "activation denied"
    OTHERS_LIVE = "the others are alive"
    ALIVE_CHECK = "alive check sent"
    ALIVE = "a message comes"
    NOT_ALIVE = "no answer to the alive check"
    INITIAL_OVER = "T_TCP_Initial_Inactivity over"
    GENERAL_OVER = "T_TCP_General_Inactivity over"
    WRONG_SOURCE = "diagnostic message with a wrong source"
    BAD_HEADER = "header that cannot be trusted"
    CLOSED = "closed by the tester"


_ENDS = {On.BAD_HEADER: State.FINALIZED, On.CLOSED: State.FINALIZED}

TABLE: dict[State, dict[On, State]] = {
    State.INITIALIZED: {
        On.ACTIVATED: State.ACTIVE,
        On.COLLISION: State.WAITING,
        On.DENIED: State.FINALIZED,
        On.WRONG_SOURCE: State.FINALIZED,
        On.INITIAL_OVER: State.FINALIZED,
        **_ENDS,
    },
    State.WAITING: {
        On.ACTIVATED: State.ACTIVE,
        On.OTHERS_LIVE: State.FINALIZED,
        On.WRONG_SOURCE: State.FINALIZED,
        **_ENDS,
    },
    State.ACTIVE: {
        On.ACTIVATED: State.ACTIVE,  # asked for again
        On.DENIED: State.FINALIZED,
        On.ALIVE_CHECK: State.CHECKED,
        On.ALIVE: State.ACTIVE,
        On.WRONG_SOURCE: State.FINALIZED,
        On.GENERAL_OVER: State.FINALIZED,
        **_ENDS,
    },
    State.CHECKED: {
        On.ALIVE: State.ACTIVE,
        On.NOT_ALIVE: State.FINALIZED,
        On.BAD_HEADER: State.FINALIZED,
        On.CLOSED: State.FINALIZED,
    },
    State.FINALIZED: {},
}
"""An absent pair cannot happen."""


class ClientState(StrEnum):
    """Where a tester's connection stands."""

    CLOSED = "closed"
    ACTIVATING = "activating"
    FREE = "routing_active"
    UNACKNOWLEDGED = "waiting_for_acknowledgement"


class ClientOn(StrEnum):
    """What can happen to it."""

    CONNECTED = "connected"
    ACTIVATED = "activation accepted"
    DENIED = "activation denied"
    ASK = "request sent"
    ACK = "acknowledged"
    NACK = "refused (0x8003, 0x0000)"
    TIMEOUT = "no acknowledgement in time"
    BROKEN = "a header that cannot be trusted"
    HUNG_UP = "the entity hung up"


_OVER = {ClientOn.BROKEN: ClientState.CLOSED, ClientOn.HUNG_UP: ClientState.CLOSED}

CLIENT: dict[ClientState, dict[ClientOn, ClientState]] = {
    ClientState.CLOSED: {ClientOn.CONNECTED: ClientState.ACTIVATING},
    ClientState.ACTIVATING: {
        ClientOn.ACTIVATED: ClientState.FREE,
        ClientOn.DENIED: ClientState.CLOSED,
        ClientOn.TIMEOUT: ClientState.CLOSED,
        **_OVER,
    },
    ClientState.FREE: {ClientOn.ASK: ClientState.UNACKNOWLEDGED, **_OVER},
    ClientState.UNACKNOWLEDGED: {
        ClientOn.ACK: ClientState.FREE,
        ClientOn.NACK: ClientState.FREE,
        ClientOn.TIMEOUT: ClientState.CLOSED,
        **_OVER,
    },
}
"""An absent pair cannot happen."""
