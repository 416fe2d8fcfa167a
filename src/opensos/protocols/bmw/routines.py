"""Routines (UDS 31) of the telematics unit: antenna test, fit test, SOS messages held back.

Requests and answers here are what follows the routine's identifier. Byte order, where the public
tables do not give it, is assumed to be big-endian.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from opensos.protocols.effects import LocalError, RemoteError

ANTENNA_TEST: Final = 0xA05E
FIT_TEST: Final = 0xA05F
HOLD_SOS_MESSAGES: Final = 0xA089
REGISTER_BATTERY: Final = 0xF030  # at the engine unit: ignition on, engine off


class Status(IntEnum):
    """Where a test stands."""

    NOT_STARTED = 0
    RUNNING = 1
    OK = 2
    FAULT = 3
    ABORTED = 4


class Antenna(IntFlag):
    """What A05E can test."""

    TELEMATICS_1 = 1
    TELEMATICS_2 = 2
    GPS = 4
    BACKUP = 8


class AntennaFault(IntEnum):
    """What A05E can find; it counts only with :attr:`Status.FAULT`."""

    SHORT_SUPPLY = 0
    SHORT_GROUND = 1
    OPEN = 2
    WRONG_FOOT = 3


class Fit(IntFlag):
    """What A05F can look for."""

    ANTENNA_1 = 0x001
    ANTENNA_2 = 0x002
    GPS = 0x004
    SPEAKER = 0x008
    BUTTON = 0x010
    LED = 0x020
    BATTERY = 0x040
    AIRBAG_LINE = 0x080
    BACKUP_ANTENNA = 0x100
    MICROPHONE = 0x200


ALL_FITS: Final = Fit(0x3FF)
NO_FITS: Final = Fit(0)


@dataclass(frozen=True, slots=True)
class AntennaResult:
    """Answer of A05E: ``fault`` only where the status says so; ``millivolts`` 0..65535."""

    status: int
    fault: int | None = None
    millivolts: int = 0


@dataclass(frozen=True, slots=True)
class FitResult:
    """Answer of A05F: which of the asked parts are there."""

    status: int
    fitted: Fit = NO_FITS


def encode_antenna_request(antenna: Antenna) -> bytes:
    """Write which antenna A05E tests: one of them.

    Raises:
        LocalError: it is none, or more than one.
    """
    if antenna not in tuple(Antenna):
        raise LocalError("A05E tests one antenna at a time")
    return bytes([antenna])


def decode_antenna_request(data: bytes) -> Antenna:
    """Read which antenna to test.

    Raises:
        RemoteError: it names none, or more than one.
    """
    if len(data) != 1 or data[0] not in tuple(int(one) for one in Antenna):
        raise RemoteError("A05E: one antenna, 1, 2, 4 or 8")
    return Antenna(data[0])


def encode_antenna_result(value: AntennaResult) -> bytes:
    """Write the answer of A05E.

    Raises:
        LocalError: a field is out of its range.
    """
    fault = 0 if value.fault is None else value.fault
    if not (0 <= value.status <= 0xFF and 0 <= fault <= 0xFF and 0 <= value.millivolts <= 0xFFFF):
        raise LocalError("A05E: a field is out of its range")
    if value.fault is not None and value.status != Status.FAULT:
        raise LocalError("A05E: there is a fault only with status 3")
    return bytes([value.status, fault]) + value.millivolts.to_bytes(2, "big")


def decode_antenna_result(data: bytes) -> AntennaResult:
    """Read the answer of A05E; a fault of 0 means one only with status 3.

    Raises:
        RemoteError: it is too short.
    """
    if len(data) < 4:
        raise RemoteError(f"A05E: {len(data)} bytes, 4 are needed")
    fault = data[1] if data[0] == Status.FAULT else None
    return AntennaResult(data[0], fault, int.from_bytes(data[2:4], "big"))


def encode_fit_request(parts: Fit = ALL_FITS) -> bytes:
    """Write which parts A05F looks for.

    Raises:
        LocalError: it names none.
    """
    if not parts or parts & ~ALL_FITS:
        raise LocalError("A05F looks for at least one of the ten known parts")
    return int(parts).to_bytes(2, "big")


def decode_fit_request(data: bytes) -> Fit:
    """Read which parts to look for; no bytes at all means all of them.

    Raises:
        RemoteError: it is no two bytes, or names unknown parts.
    """
    if not data:
        return ALL_FITS
    if len(data) != 2 or int.from_bytes(data, "big") & ~int(ALL_FITS):
        raise RemoteError("A05F: two bytes with known parts")
    return Fit(int.from_bytes(data, "big"))


def encode_fit_result(value: FitResult) -> bytes:
    """Write the answer of A05F.

    Raises:
        LocalError: a field is out of its range.
    """
    if not 0 <= value.status <= 0xFF or value.fitted & ~ALL_FITS:
        raise LocalError("A05F: a field is out of its range")
    return bytes([value.status]) + int(value.fitted).to_bytes(2, "big")


def decode_fit_result(data: bytes) -> FitResult:
    """Read the answer of A05F; bits that are not known are dropped.

    Raises:
        RemoteError: it is too short.
    """
    if len(data) < 3:
        raise RemoteError(f"A05F: {len(data)} bytes, 3 are needed")
    return FitResult(data[0], Fit(int.from_bytes(data[1:3], "big")) & ALL_FITS)


def encode_status(status: int) -> bytes:
    """Write the answer of A089 or F030: a status byte (assumed).

    Raises:
        LocalError: it is no byte.
    """
    if not 0 <= status <= 0xFF:
        raise LocalError("a status is one byte")
    return bytes([status])


def decode_status(data: bytes) -> int:
    """Read the answer of A089 or F030.

    Raises:
        RemoteError: there is nothing.
    """
    if not data:
        raise RemoteError("a routine's answer without its status")
    return data[0]
