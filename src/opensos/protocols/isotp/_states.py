"""The two state machines of a link as data (ISO 15765-2 clause 9.6 to 9.8, from memory)."""

from __future__ import annotations

from enum import StrEnum


class ReceiverState(StrEnum):
    """Whether a segmented message is coming in."""

    IDLE = "idle"
    RECEIVING = "receiving"


class ReceiverOn(StrEnum):
    """What can happen to the receiver."""

    SINGLE = "single frame"
    FIRST = "first frame"
    TOO_LONG = "first frame, too long"
    NEXT = "consecutive frame"
    LAST = "last consecutive frame"
    WRONG_NUMBER = "wrong sequence number"
    N_CR = "N_Cr over"


class SenderState(StrEnum):
    """Whether a segmented message is going out."""

    IDLE = "idle"
    WAITING = "waiting_for_flow_control"
    SENDING = "sending"


class SenderOn(StrEnum):
    """What can happen to the sender."""

    SHORT = "message of one frame"
    LONG = "longer message"
    CLEAR = "flow control: continue"
    WAIT = "flow control: wait"
    TOO_MANY_WAITS = "flow control: wait, once too often"
    OVERFLOW = "flow control: overflow"
    UNKNOWN_STATUS = "flow control: reserved status"
    BLOCK_OVER = "block sent"
    ALL_SENT = "last frame sent"
    N_BS = "N_Bs over"
    ROAD_FAILED = "bus error"


RECEIVER: dict[ReceiverState, dict[ReceiverOn, ReceiverState]] = {
    ReceiverState.IDLE: {
        ReceiverOn.SINGLE: ReceiverState.IDLE,
        ReceiverOn.FIRST: ReceiverState.RECEIVING,
        ReceiverOn.TOO_LONG: ReceiverState.IDLE,
    },
    ReceiverState.RECEIVING: {
        # A new message ends the old one (table 18, "unexpected arrival").
        ReceiverOn.SINGLE: ReceiverState.IDLE,
        ReceiverOn.FIRST: ReceiverState.RECEIVING,
        ReceiverOn.TOO_LONG: ReceiverState.IDLE,
        ReceiverOn.NEXT: ReceiverState.RECEIVING,
        ReceiverOn.LAST: ReceiverState.IDLE,
        ReceiverOn.WRONG_NUMBER: ReceiverState.IDLE,
        ReceiverOn.N_CR: ReceiverState.IDLE,
    },
}
"""An absent pair is ignored."""

SENDER: dict[SenderState, dict[SenderOn, SenderState]] = {
    SenderState.IDLE: {
        SenderOn.SHORT: SenderState.IDLE,
        SenderOn.LONG: SenderState.WAITING,
    },
    SenderState.WAITING: {
        SenderOn.CLEAR: SenderState.SENDING,
        SenderOn.WAIT: SenderState.WAITING,
        SenderOn.TOO_MANY_WAITS: SenderState.IDLE,
        SenderOn.OVERFLOW: SenderState.IDLE,
        SenderOn.UNKNOWN_STATUS: SenderState.IDLE,
        SenderOn.N_BS: SenderState.IDLE,
        SenderOn.ROAD_FAILED: SenderState.IDLE,
    },
    SenderState.SENDING: {
        SenderOn.BLOCK_OVER: SenderState.WAITING,
        SenderOn.ALL_SENT: SenderState.IDLE,
        SenderOn.ROAD_FAILED: SenderState.IDLE,
    },
}
"""An absent pair is ignored: flow control that nobody waits for."""
