"""The four frames of ISO-TP and the addresses they travel under (ISO 15765-2 clause 9 and 10).

The text of the standard is not public; from memory, and scapy's peer agrees in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from opensos.protocols.effects import Address, LocalError

CAN_FD_LENGTHS = (8, 12, 16, 20, 24, 32, 48, 64)  # what a DLC can say beyond eight bytes
LONGEST = 0xFFFFFFFF  # FF_DL of 32 bits
_SHORT_FF = 0xFFF  # FF_DL of 12 bits


class CanAddress(NamedTuple):
    """A CAN identifier, and with extended addressing the frame's first byte.

    BMW's D-CAN: tester to unit 0x6F1 with the unit's address first; back 0x600 + unit with the
    tester's address (0xF1) first.
    """

    can_id: int
    first_byte: int | None = None


def bus_address(can_id: int) -> Address:
    """Return a CAN identifier as a ``Send`` effect names it."""
    return Address("can", "", can_id)


class Flow(IntEnum):
    """FlowStatus."""

    CONTINUE = 0
    WAIT = 1
    OVERFLOW = 2


@dataclass(frozen=True, slots=True)
class Single:
    """A whole message."""

    data: bytes


@dataclass(frozen=True, slots=True)
class First:
    """The length of a message, and its first bytes."""

    length: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Consecutive:
    """The next bytes; ``number`` 0..15 goes round."""

    number: int
    data: bytes


@dataclass(frozen=True, slots=True)
class FlowControl:
    """What the receiver wants: go on, wait or stop; frames per block (0: all); pause in s.

    ``status`` is a plain number where it is reserved.
    """

    status: int
    block_size: int = 0
    st_min_s: float = 0.0


Frame: TypeAlias = Single | First | Consecutive | FlowControl


def decode(payload: bytes, *, room: int = 8) -> Frame | None:
    """Read a frame's bytes after the address byte; None for what is no frame.

    ``room`` is the length of the CAN frame, address byte included: beyond eight bytes single
    frames are written differently.
    """
    if not payload:
        return None
    match payload[0] >> 4:
        case 0:
            return _single(payload, room)
        case 1:
            return _first(payload)
        case 2:
            return Consecutive(payload[0] & 0x0F, payload[1:]) if len(payload) > 1 else None
        case 3 if len(payload) >= 3:
            return FlowControl(payload[0] & 0x0F, payload[1], _pause(payload[2]))
        case _:
            return None


def _single(payload: bytes, room: int) -> Single | None:
    length, at = payload[0] & 0x0F, 1
    if room > 8 and not length and len(payload) > 1:
        length, at = payload[1], 2
    elif room > 8:
        return None  # in a long frame the length stands in the second byte (table 11)
    return Single(payload[at : at + length]) if 0 < length <= len(payload) - at else None


def _first(payload: bytes) -> First | None:
    if len(payload) < 7:
        return None
    length, at = int.from_bytes(payload[:2], "big") & _SHORT_FF, 2
    if not length:
        length, at = int.from_bytes(payload[2:6], "big"), 6
        if length <= _SHORT_FF:
            return None
    # What fits a single frame of this size must come as one (clause 9.6.3.1).
    fits = len(payload) - (1 if len(payload) <= 8 else 2)
    return First(length, payload[at:]) if length > fits else None


def _pause(code: int) -> float:
    """Return STmin in seconds; reserved codes mean the longest, 127 ms (clause 9.6.5.4)."""
    if code <= 0x7F:
        return code / 1000
    if 0xF1 <= code <= 0xF9:
        return (code - 0xF0) / 10_000
    return 0.127


def _pause_code(seconds: float) -> int:
    """Return the code of the shortest pause that is not shorter than asked for."""
    if seconds <= 0:
        return 0
    if seconds <= 0.0009:
        return 0xF0 + max(1, -int(-seconds * 10_000 // 1))
    return min(0x7F, -int(-seconds * 1000 // 1))


def encode(
    frame: Frame, *, prefix: bytes = b"", size: int = 8, padding: int | None = 0xCC
) -> bytes:
    """Return a CAN frame's bytes: address byte (``prefix``), frame, padding.

    ``size`` is the longest CAN frame (8, or one of ``CAN_FD_LENGTHS``). Frames of up to eight
    bytes are padded to eight unless ``padding`` is None; longer ones always to a length that CAN
    FD knows.

    Raises:
        LocalError: the frame does not fit.
    """
    body = prefix + _body(frame, len(prefix), size)
    if len(body) > size:
        raise LocalError(f"A frame of {len(body)} bytes does not fit into {size}.")
    if len(body) > 8:
        return body.ljust(next(n for n in CAN_FD_LENGTHS if n >= len(body)), bytes((padding or 0,)))
    return body if padding is None else body.ljust(8, bytes((padding,)))


def _body(frame: Frame, prefix: int, size: int) -> bytes:
    match frame:
        case Single(data):
            if len(data) + 1 + prefix <= 8:
                return bytes((len(data),)) + data
            return bytes((0, len(data) & 0xFF)) + data if size > 8 else bytes((0,)) + data
        case First(length, data):
            if length <= _SHORT_FF:
                return (0x1000 | length).to_bytes(2, "big") + data
            return b"\x10\x00" + length.to_bytes(4, "big") + data
        case Consecutive(number, data):
            return bytes((0x20 | number & 0x0F,)) + data
        case FlowControl(status, block_size, st_min_s):
            return bytes((0x30 | status & 0x0F, block_size & 0xFF, _pause_code(st_min_s)))


def single_room(prefix: int, size: int) -> int:
    """Return how many bytes a single frame can carry."""
    return size - prefix - (1 if size <= 8 else 2)


def first_room(prefix: int, size: int, length: int) -> int:
    """Return how many bytes a first frame carries of a message of this length."""
    return size - prefix - (2 if length <= _SHORT_FF else 6)
