"""What the two sides of an NG-eCall tell the floor above. Read this before ``car`` or ``centre``.

``call`` is the handle of one call at one machine; every verb takes it. Events of the two sides are
kept apart by name: a centre hears that a car *cannot send* (``MsdRefused``), a car hears that its
MSD *was not delivered* (``MsdUndelivered``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from opensos.protocols.control import Capabilities
    from opensos.protocols.effects import Address
    from opensos.protocols.ngecall.urns import CallKind
    from opensos.protocols.sip.multipart import Part

Received: TypeAlias = bool | None
"""Whether an MSD was received and understood; None = not said."""

EndedWhy: TypeAlias = Literal["car_hung_up", "cleared_down", "no_ack", "road", "session_timer"]
DroppedWhy: TypeAlias = Literal["road", "no_ack", "session_timer"]


# --- the centre hears -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallArrived:
    """A call asks to be answered: commit it, then ``answer`` or ``refuse``.

    Attributes:
        call: handle for every verb.
        call_key: Call-ID and From tag; the same for every repeat of this INVITE, also when this
            machine was restarted in between: one key is one incident.
        kind: what the URN asks for; see ``urns.CallKind``.
        urn: the Request-URI as it was written.
        test: the URN says that this is a test call (the MSD's own flag is the reader's matter).
        msd: the MSD's bytes, unread; None if the call carries none.
        msd_cid: its Content-ID without brackets, or a dangling Call-Info reference; None if none.
        location: the PIDF-LO document's bytes, unread.
        location_uri: where a location by reference can be fetched (RFC 6442 §4.1), never fetched.
        sdp_offer: the voice offer; None if the call leaves the offer to our answer.
        caller: who calls, for a person: number or address.
        callback_uri: where a call back goes.
        capabilities: what the car says that it can do (RFC 8147 §9.1.2).
        other_parts: the rest of the body: RFC 7852 blocks, VEDS, unknown.
        raw: the whole INVITE as received.
        problems: one sentence per thing that was wrong; empty for a clean call.
        refuse_status: None if voice can be set up; else the SIP status that says why not (400 if
            the body is broken and holds no offer, 488 if the offer holds no voice that we speak).
            ``answer`` on such a call sends this status by itself, with the acknowledgement.
        source: where the INVITE came from.
    """

    call: str
    call_key: str
    kind: CallKind
    urn: str
    test: bool
    msd: bytes | None
    msd_cid: str | None
    location: bytes | None
    sdp_offer: bytes | None
    caller: str
    callback_uri: str | None
    other_parts: tuple[Part, ...]
    raw: bytes
    problems: tuple[str, ...]
    source: Address
    location_uri: str | None = None
    capabilities: Capabilities | None = None
    refuse_status: int | None = None


@dataclass(frozen=True, slots=True)
class CallUnreadable:
    """What arrived looks like a call but SIP itself is broken; already answered if it could be."""

    raw: bytes
    source: Address
    status: int
    reason: str
    call_key: str | None


@dataclass(frozen=True, slots=True)
class NoiseArrived:
    """Something unreadable that does not even look like a call; for counters, not for people."""

    raw: bytes
    source: Address
    reason: str


@dataclass(frozen=True, slots=True)
class CallEstablished:
    """The car acknowledged our answer: the call stands."""

    call: str


@dataclass(frozen=True, slots=True)
class CallAbandoned:
    """The car gave up before the call was answered; ``why`` is one plain sentence."""

    call: str
    why: str


@dataclass(frozen=True, slots=True)
class MsdArrived:
    """An INFO brought an MSD: commit it, then ``confirm(token)``.

    ``msd`` is None if the INFO held none (the problems say so); ``raw`` is the whole INFO.
    """

    call: str
    token: str
    msd: bytes | None
    problems: tuple[str, ...]
    raw: bytes


@dataclass(frozen=True, slots=True)
class MsdRefused:
    """The car says that it cannot send an MSD; ``reason`` as in RFC 8147 §9.1.1.2."""

    call: str
    reason: str
    details: str | None = None


@dataclass(frozen=True, slots=True)
class DataRequestFailed:
    """Our request for data was not accepted: 469, 481, 408 for silence, 503 for the road.

    469 also if the car never offered to receive such requests, so none was sent.
    """

    call: str
    status: int


@dataclass(frozen=True, slots=True)
class CapabilitiesArrived:
    """The car says, in the call, what it can do."""

    call: str
    capabilities: Capabilities


@dataclass(frozen=True, slots=True)
class CallEnded:
    """An answered call (also a call back) is over."""

    call: str
    why: EndedWhy


@dataclass(frozen=True, slots=True)
class CallBackAnswered:
    """The car took our call back; data can be requested again."""

    call: str


@dataclass(frozen=True, slots=True)
class CallBackFailed:
    """The car did not take our call back: its SIP status, 408 for silence, 503 for the road."""

    call: str
    status: int


CentreEvent: TypeAlias = (
    CallArrived
    | CallUnreadable
    | NoiseArrived
    | CallEstablished
    | CallAbandoned
    | MsdArrived
    | MsdRefused
    | DataRequestFailed
    | CapabilitiesArrived
    | CallEnded
    | CallBackAnswered
    | CallBackFailed
)


# --- the car hears ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ringing:
    """The call reached a centre that has not answered yet."""

    call: str


@dataclass(frozen=True, slots=True)
class Connected:
    """Voice is up.

    ``received``: what the centre says about our MSD. None = it said nothing, so it is not an
    NG-eCall centre and the MSD must go another way on this call (RFC 8147 §9).
    """

    call: str
    received: Received
    sdp: bytes | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """No voice. ``received`` True = the centre has our MSD all the same (486, 600, 603).

    ``status``: the peer's final status; 408 = silence, 503 = the road, or the peer's own.
    """

    call: str
    status: int
    received: Received
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Our ``cancel`` took effect."""

    call: str


@dataclass(frozen=True, slots=True)
class MsdRequested:
    """The centre wants a fresh MSD: ``send_msd(call, msd)`` or ``cannot_send(call, reason)``.

    The INFO itself is already answered; ``token`` names the request (its Content-ID).
    """

    call: str
    token: str


@dataclass(frozen=True, slots=True)
class MsdDelivered:
    """The centre's 200 says that our INFO with the MSD arrived."""

    call: str


@dataclass(frozen=True, slots=True)
class MsdUndelivered:
    """Our INFO with the MSD failed: 469, 481, 408 for silence, 503 for the road."""

    call: str
    status: int


@dataclass(frozen=True, slots=True)
class ClearedDown:
    """The centre ended the call: never redial (EN 16062)."""

    call: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """The call broke without a goodbye."""

    call: str
    why: DroppedWhy


@dataclass(frozen=True, slots=True)
class HungUp:
    """Our own ``hang_up`` took effect."""

    call: str


@dataclass(frozen=True, slots=True)
class CalledBack:
    """Somebody calls the car: ``answer_callback(call)`` or ``refuse_callback(call)``.

    ``marked``: the call says ``Priority: psap-callback`` (RFC 7090); without it, whether it is one
    is the procedure's judgement (the callback window). ``token`` equals ``call``.
    """

    call: str
    token: str
    caller: str
    marked: bool
    sdp_offer: bytes | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class CallbackEstablished:
    """The call back stands."""

    call: str


@dataclass(frozen=True, slots=True)
class CallbackAbandoned:
    """The caller gave up before the call back was answered."""

    call: str


CarEvent: TypeAlias = (
    Ringing
    | Connected
    | Refused
    | Cancelled
    | MsdRequested
    | MsdDelivered
    | MsdUndelivered
    | ClearedDown
    | Dropped
    | HungUp
    | CalledBack
    | CallbackEstablished
    | CallbackAbandoned
)
