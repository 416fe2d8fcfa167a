"""How a side of an NG-eCall is set up, and the words that both sides share (RFC 8147 §14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opensos.protocols.effects import Address

MSD_PACKAGE: Final = "EmergencyCallData.eCall.MSD"
CONTROL_PURPOSE: Final = "EmergencyCallData.Control"
MSD_TYPE: Final = "application/EmergencyCallData.eCall.MSD"
CONTROL_TYPE: Final = "application/EmergencyCallData.Control+xml"
PIDF_TYPE: Final = "application/pidf+xml"
SDP_TYPE: Final = "application/sdp"

DISCARD: Final = 9
"""The discard port (RFC 863): what we name as voice port while nobody listens."""

TRYING_S: Final = 0.1
"""An answer within this time needs no 100 before it (RFC 3261 §17.2.1 allows 0.2 s)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a side must know about itself.

    Attributes:
        contact: where the peer reaches this machine; goes into Contact and Via.
        user: the user part of our SIP address (``psap``, a car's number, …).
        user_agent: what we call ourselves in User-Agent or Server.
        media_host: where voice goes; None = the host of ``contact``.
        media_port: port of the voice; 9 (discard) while nobody listens.
        t1: RFC 3261 T1 in seconds (round trip estimate).
        t2: RFC 3261 T2 in seconds (longest wait between repeats).
        t4: RFC 3261 T4 in seconds (longest life of a message in the network).
    """

    contact: Address
    user: str
    user_agent: str = "OpenSOS"
    media_host: str | None = None
    media_port: int = DISCARD
    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0


@dataclass(frozen=True, slots=True)
class EcallOrder:
    """One call that a car is to make.

    Attributes:
        urn: Request-URI and To: a URN of ``urns``, or a plain ``sip:`` address for a test call.
        next_hop: where the INVITE goes.
        msd: the encoded MSD.
        location: a PIDF-LO document, or None.
        sdp: our voice offer; None = the machine makes one from its settings.
        caller: the URI for From; None = ``sip:user@host`` of the settings.
        headers: further header lines.
    """

    urn: str
    next_hop: Address
    msd: bytes
    location: bytes | None = None
    sdp: bytes | None = None
    caller: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
