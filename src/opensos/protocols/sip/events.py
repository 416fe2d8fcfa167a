"""What an endpoint tells the floor above. ``call`` is the handle that names the call.

Every call that was told or dialled ends with exactly one of `Refused`, `IncomingCancelled`,
`ByeReceived` or `Ended`; after it the handle is dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from opensos.protocols.effects import Address

    from .message import Request, Response


class Why(StrEnum):
    """Why a call ended, where neither side's plain BYE or refusal says it already."""

    HUNG_UP = "hung_up"
    """Our BYE was answered, or nobody answered it."""
    CANCELLED = "cancelled"
    """We cancelled, the peer answered all the same, and our BYE has undone that."""
    REFUSED = "refused"
    """We refused the call."""
    NO_ACK = "no_ack"
    """The peer never acknowledged our answer (RFC 3261 §13.3.1.4)."""
    SESSION_TIMER = "session_timer"
    """No refresh came in time (RFC 4028 §10)."""
    GONE = "gone"
    """The peer does not know the call any more: 481 (RFC 3261 §12.2.1.2)."""
    NO_PRACK = "no_prack"
    """The peer never acknowledged a reliable provisional answer (RFC 3262 §3)."""


# --- as callee -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IncomingInvite:
    """A call comes in. 100 has been sent; answer with ring, answer or refuse."""

    call: str
    request: Request
    source: Address


@dataclass(frozen=True, slots=True)
class IncomingCancelled:
    """The caller gave up before our answer; 487 has been sent. The end of the call."""

    call: str


@dataclass(frozen=True, slots=True)
class Established:
    """The caller acknowledged our answer: ``ack`` may carry the SDP answer to our offer."""

    call: str
    ack: Request


@dataclass(frozen=True, slots=True)
class NeverAcknowledged:
    """No ACK within 64*T1; the endpoint sends BYE and tells Ended when that is done."""

    call: str


@dataclass(frozen=True, slots=True)
class ProgressAcknowledged:
    """The caller's PRACK for our reliable provisional answer came; 200 has been sent."""

    call: str
    request: Request


# --- as caller -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """A provisional answer, 100 included. Reliable ones come in order and once."""

    call: str
    response: Response


@dataclass(frozen=True, slots=True)
class Answered:
    """The peer answered with 2xx; the ACK has been sent."""

    call: str
    response: Response


@dataclass(frozen=True, slots=True)
class Refused:
    """The call was not answered: the final status, 408 for silence, 503 for a failed road.

    ``response`` is ``None`` where no message brought the status. The end of the call.
    """

    call: str
    status: int
    response: Response | None


# --- both ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InfoArrived:
    """An INFO came: commit, then reply(token). ``package`` is ``None`` for legacy INFO."""

    call: str
    request: Request
    token: str
    package: str | None


@dataclass(frozen=True, slots=True)
class InfoAnswered:
    """Our INFO was answered; ``cseq`` says which (the number that info() used)."""

    call: str
    status: int
    response: Response | None
    cseq: int


@dataclass(frozen=True, slots=True)
class UpdateArrived:
    """An UPDATE with a body came (a bare one the endpoint answers itself): reply(token)."""

    call: str
    request: Request
    token: str


@dataclass(frozen=True, slots=True)
class UpdateAnswered:
    """Our UPDATE was answered."""

    call: str
    status: int
    response: Response | None


@dataclass(frozen=True, slots=True)
class ReinviteArrived:
    """A re-INVITE came: reply(token) with the current session description.

    A 2xx reply is repeated until its ACK comes, like the answer to the call itself.
    """

    call: str
    request: Request
    token: str


@dataclass(frozen=True, slots=True)
class ReinviteAnswered:
    """Our re-INVITE was answered; a 2xx has been acknowledged."""

    call: str
    status: int
    response: Response | None


@dataclass(frozen=True, slots=True)
class ByeReceived:
    """The peer hung up; 200 has been sent. The end of the call."""

    call: str
    request: Request


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of the call, for a reason that no other event carries."""

    call: str
    why: Why


# --- outside calls -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OptionsAnswered:
    """Our OPTIONS was answered; ``ref`` is the reference that options() gave."""

    ref: str
    status: int
    response: Response | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An INVITE with a fatal defect: somebody may need help, here is all that came.

    It has been answered with ``status`` where an answer could be addressed. Repetitions of the
    same bytes are told once while the endpoint remembers them (64*T1, bounded in number).
    """

    data: bytes
    source: Address
    status: int
    reason: str
    request: Request | None


@dataclass(frozen=True, slots=True)
class StrayRequest:
    """Another request that no rule could use; it was answered with ``status`` (0: with nothing)."""

    request: Request
    source: Address
    status: int


Event: TypeAlias = (
    IncomingInvite
    | IncomingCancelled
    | Established
    | NeverAcknowledged
    | ProgressAcknowledged
    | Progress
    | Answered
    | Refused
    | InfoArrived
    | InfoAnswered
    | UpdateArrived
    | UpdateAnswered
    | ReinviteArrived
    | ReinviteAnswered
    | ByeReceived
    | Ended
    | OptionsAnswered
    | Unreadable
    | StrayRequest
)
