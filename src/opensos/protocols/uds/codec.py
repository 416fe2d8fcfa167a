"""Messages both sides share: negative and positive responses, codes and statuses, timing.

Client and server are equal here; a request is opaque until a service reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from opensos.protocols.effects import RemoteError

from .nrc import NEGATIVE, POSITIVE, Nrc
from .unit import DtcStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

SUPPRESS = 0x80  # suppressPosRspMsgIndicationBit of a sub-function (clause 8.2.2)


@dataclass(frozen=True, slots=True)
class Positive:
    """A positive response: the request's service, and what follows it."""

    service: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Negative:
    """A negative response; ``nrc`` is a plain number where the code is none of ours."""

    service: int
    nrc: int

    @property
    def pending(self) -> bool:
        """The unit has heard and needs more time: wait P2* for the next response."""
        return self.nrc == Nrc.REQUEST_CORRECTLY_RECEIVED_RESPONSE_PENDING


Response: TypeAlias = Positive | Negative


@dataclass(frozen=True, slots=True)
class Timing:
    """The server's times in a response to 0x10, in seconds."""

    p2_s: float
    p2_star_s: float


def encode_response(response: Response) -> bytes:
    """Return the message's bytes."""
    match response:
        case Negative(service, nrc):
            return bytes((NEGATIVE, service, nrc))
        case Positive(service, data):
            return bytes((service + POSITIVE,)) + data


def decode_response(data: bytes) -> Response:
    """Read a response message.

    Raises:
        RemoteError: the bytes are no response.
    """
    if len(data) >= 3 and data[0] == NEGATIVE:
        return Negative(data[1], data[2])  # a longer one exists in the field: the rest is noise
    if data and data[0] != NEGATIVE and data[0] & POSITIVE:
        return Positive(data[0] - POSITIVE, data[1:])
    raise RemoteError(f"The control unit answered {data[:8].hex(' ') or 'nothing'}: no response.")


def encode_timing(timing: Timing) -> bytes:
    """Return the four bytes of a 0x50: P2 in 1 ms, P2* in 10 ms (clause 10.2.3)."""
    p2 = min(round(timing.p2_s * 1000), 0xFFFF)
    star = min(round(timing.p2_star_s * 100), 0xFFFF)
    return p2.to_bytes(2, "big") + star.to_bytes(2, "big")


def decode_timing(data: bytes) -> Timing | None:
    """Read the four bytes after the session of a 0x50; None where an old unit left them out."""
    if len(data) < 4:
        return None
    return Timing(int.from_bytes(data[:2], "big") / 1000, int.from_bytes(data[2:4], "big") / 100)


def encode_dtcs(dtcs: Iterable[DtcStatus]) -> bytes:
    """Return codes and status bytes, four bytes each."""
    return b"".join(dtc.code.to_bytes(3, "big") + bytes((dtc.status & 0xFF,)) for dtc in dtcs)


def decode_dtcs(data: bytes) -> tuple[DtcStatus, ...]:
    """Read codes and status bytes.

    Raises:
        RemoteError: the length is no multiple of four.
    """
    if len(data) % 4:
        raise RemoteError(f"The list of trouble codes has {len(data)} bytes, no multiple of four.")
    return tuple(
        DtcStatus(int.from_bytes(data[i : i + 3], "big"), data[i + 3])
        for i in range(0, len(data), 4)
    )
