"""The words between the procedure, the unit and a bearer: causes, orders, reports, notes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from opensos.rules.emergency.record import Record


@unique
class Cause(Enum):
    """Why there is a call."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"
    TEST = "test"


# --- orders: what the procedure tells the unit to do ----------------------------------------------


@dataclass(frozen=True, slots=True)
class Remember:
    """Put this record on disk before any order that follows it is carried out."""

    record: Record


@dataclass(frozen=True, slots=True)
class Dial:
    """Place one attempt of a call, with a fresh MSD.

    ``call`` names the attempt in every later order and report; ``message_identifier`` is the
    MSD's (1..255). ``test`` marks the MSD's testCall and never stands beside an emergency URN.
    """

    call: str
    attempt: int
    cause: Cause
    test: bool
    urn: str
    message_identifier: int


@dataclass(frozen=True, slots=True)
class SendData:
    """Send a fresh MSD in the call; ``token`` is the request it answers, None if nobody asked."""

    call: str
    token: str | None
    cause: Cause
    test: bool
    message_identifier: int


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call, or take the attempt back while it is not answered."""

    call: str


@dataclass(frozen=True, slots=True)
class AnswerCallback:
    """Answer the centre's callback at once, without anybody touching anything."""

    call: str


@dataclass(frozen=True, slots=True)
class Decline:
    """Answer a callback with busy: it comes outside the window, or during a call."""

    call: str


@dataclass(frozen=True, slots=True)
class Note:
    """One line for people: ``text_key`` is looked up in a language's catalogue."""

    text_key: str
    data: tuple[tuple[str, str | int | float | bool | None], ...] = ()


Order: TypeAlias = Remember | Dial | SendData | HangUp | AnswerCallback | Decline | Note


# --- reports: what a bearer says happened ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ringing:
    """The centre was reached and has not answered yet."""

    call: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The call stands. ``received`` is the acknowledgement of the MSD, None if there was none."""

    call: str
    received: bool | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side said no with a final SIP status (300..699)."""

    call: str
    status: int
    received: bool | None


@dataclass(frozen=True, slots=True)
class Unreached:
    """The attempt reached nobody: no network, no answer on the road. ``why`` is one word."""

    call: str
    why: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """The standing call was lost without a clear-down. ``why`` is one word."""

    call: str
    why: str


@dataclass(frozen=True, slots=True)
class ClearedDown:
    """The centre ended the call on purpose."""

    call: str


@dataclass(frozen=True, slots=True)
class CalledBack:
    """The centre calls the car; ``call`` is the name that the bearer gives this call."""

    call: str


@dataclass(frozen=True, slots=True)
class DataRequested:
    """The centre asks for a fresh MSD; ``token`` names the request."""

    call: str
    token: str


@dataclass(frozen=True, slots=True)
class DataDelivered:
    """The MSD that was sent in the call has arrived."""

    call: str


@dataclass(frozen=True, slots=True)
class DataRefused:
    """The MSD that was sent in the call was not taken; ``status`` is the final SIP status."""

    call: str
    status: int


Report: TypeAlias = (
    Ringing
    | Answered
    | Refused
    | Unreached
    | Dropped
    | ClearedDown
    | CalledBack
    | DataRequested
    | DataDelivered
    | DataRefused
)
