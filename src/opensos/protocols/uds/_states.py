"""The three state machines of a UDS server as data; the docs draw their pictures from here.

Sessions: ISO 14229-1 clause 10.2 figure 7. Security: clause 10.4 and annex I. Transfer: clause 15.
All from memory of the standard, whose text is not public.
"""

from __future__ import annotations

from enum import StrEnum


class SessionState(StrEnum):
    """The active diagnostic session."""

    DEFAULT = "default"
    PROGRAMMING = "programming"
    EXTENDED = "extended"


class SessionOn(StrEnum):
    """What can happen to the session."""

    DEFAULT = "10 01"
    PROGRAMMING = "10 02"
    EXTENDED = "10 03"
    S3_OVER = "S3 over"
    RESET = "reset (11)"


class SecurityState(StrEnum):
    """Where security access stands."""

    LOCKED = "locked"
    SEED_SENT = "seed_sent"
    UNLOCKED = "unlocked"
    DELAYED = "delayed"


class SecurityOn(StrEnum):
    """What can happen to security access."""

    SEED = "seed asked"
    RIGHT_KEY = "right key"
    WRONG_KEY = "wrong key"
    LAST_KEY = "wrong key, last attempt"
    DELAY_OVER = "delay over"
    SESSION = "session begins or ends"


class TransferState(StrEnum):
    """Whether bytes are on their way."""

    IDLE = "idle"
    DOWNLOADING = "downloading"
    UPLOADING = "uploading"


class TransferOn(StrEnum):
    """What can happen to a transfer."""

    DOWNLOAD = "34 accepted"
    UPLOAD = "35 accepted"
    BLOCK = "36"
    EXIT = "37"
    FAILED = "the unit could not take a block"
    SESSION = "session begins or ends"


_EACH_SESSION = {
    SessionOn.DEFAULT: SessionState.DEFAULT,
    SessionOn.PROGRAMMING: SessionState.PROGRAMMING,
    SessionOn.EXTENDED: SessionState.EXTENDED,
    SessionOn.RESET: SessionState.DEFAULT,
}

SESSION: dict[SessionState, dict[SessionOn, SessionState]] = {
    SessionState.DEFAULT: dict(_EACH_SESSION),  # S3 does not run here
    SessionState.PROGRAMMING: {**_EACH_SESSION, SessionOn.S3_OVER: SessionState.DEFAULT},
    SessionState.EXTENDED: {**_EACH_SESSION, SessionOn.S3_OVER: SessionState.DEFAULT},
}
"""An absent pair cannot happen."""

SECURITY: dict[SecurityState, dict[SecurityOn, SecurityState]] = {
    SecurityState.LOCKED: {
        SecurityOn.SEED: SecurityState.SEED_SENT,
        SecurityOn.SESSION: SecurityState.LOCKED,
    },
    SecurityState.SEED_SENT: {
        SecurityOn.SEED: SecurityState.SEED_SENT,
        SecurityOn.RIGHT_KEY: SecurityState.UNLOCKED,
        SecurityOn.WRONG_KEY: SecurityState.LOCKED,
        SecurityOn.LAST_KEY: SecurityState.DELAYED,
        SecurityOn.SESSION: SecurityState.LOCKED,
    },
    SecurityState.UNLOCKED: {
        SecurityOn.SEED: SecurityState.SEED_SENT,  # of another level: the old one is shut
        SecurityOn.SESSION: SecurityState.LOCKED,
    },
    SecurityState.DELAYED: {
        SecurityOn.DELAY_OVER: SecurityState.LOCKED,
        SecurityOn.SESSION: SecurityState.DELAYED,  # no new session shortens the wait
    },
}
"""An absent pair is refused: a key without a seed 0x24, a seed in the delay 0x37."""

TRANSFER: dict[TransferState, dict[TransferOn, TransferState]] = {
    TransferState.IDLE: {
        TransferOn.DOWNLOAD: TransferState.DOWNLOADING,
        TransferOn.UPLOAD: TransferState.UPLOADING,
        TransferOn.SESSION: TransferState.IDLE,
    },
    TransferState.DOWNLOADING: {
        TransferOn.BLOCK: TransferState.DOWNLOADING,
        TransferOn.EXIT: TransferState.IDLE,
        TransferOn.FAILED: TransferState.IDLE,
        TransferOn.SESSION: TransferState.IDLE,
    },
    TransferState.UPLOADING: {
        TransferOn.BLOCK: TransferState.UPLOADING,
        TransferOn.EXIT: TransferState.IDLE,
        TransferOn.FAILED: TransferState.IDLE,
        TransferOn.SESSION: TransferState.IDLE,
    },
}
"""An absent pair is refused: a block or an exit without a request 0x24, a second request 0x22."""


class ClientState(StrEnum):
    """Where a tester's request stands."""

    IDLE = "idle"
    WAITING = "waiting_p2"
    PENDING = "waiting_p2_star"


class ClientOn(StrEnum):
    """What can happen to it."""

    ASK = "request sent"
    FINAL = "final response"
    PENDING = "0x78"
    TOO_LONG = "0x78 too often or for too long"
    SILENCE = "P2 or P2* over"
    ROAD_FAILED = "the road failed"


CLIENT: dict[ClientState, dict[ClientOn, ClientState]] = {
    ClientState.IDLE: {ClientOn.ASK: ClientState.WAITING},
    ClientState.WAITING: {
        ClientOn.FINAL: ClientState.IDLE,
        ClientOn.PENDING: ClientState.PENDING,
        ClientOn.SILENCE: ClientState.IDLE,
        ClientOn.ROAD_FAILED: ClientState.IDLE,
    },
    ClientState.PENDING: {
        ClientOn.FINAL: ClientState.IDLE,
        ClientOn.PENDING: ClientState.PENDING,
        ClientOn.TOO_LONG: ClientState.IDLE,
        ClientOn.SILENCE: ClientState.IDLE,
        ClientOn.ROAD_FAILED: ClientState.IDLE,
    },
}
"""An absent pair cannot happen; a response that is of no request is told and changes nothing."""
