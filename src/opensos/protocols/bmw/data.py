"""What the telematics unit (0x61) and its neighbours answer to ReadDataByIdentifier.

The public tables give fields, units and enumerations, not always byte order or length. Where they
do not, this room assumes big-endian and says so; an answer that is longer is accepted and its tail
ignored, because later variants append.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from opensos.protocols.effects import LocalError, RemoteError

BACKUP_BATTERY: Final = 0xD029
NETWORK: Final = 0xD035
GPS: Final = 0xD0E1
SOS_BUTTON: Final = 0xD09B
SELF_TEST: Final = 0xD0D7
VARIANT: Final = 0xD108
TERMINAL_30: Final = 0xDAD6  # at the body unit


def need(data: bytes, least: int, what: str) -> None:
    """Refuse an answer of fewer bytes."""
    if len(data) < least:
        raise RemoteError(f"{what}: {len(data)} bytes, at least {least} are needed")


def fits(value: int, low: int, high: int, what: str) -> int:
    """Return the value if it is within its range, else blame our side."""
    if not low <= value <= high:
        raise LocalError(f"{what} {value} is not between {low} and {high}")
    return value


# --- D029 --------------------------------------------------------------------------------


_NO_U8, _NO_U16, _NO_S16 = 0xFF, 0xFFFF, -0x8000


@dataclass(frozen=True, slots=True)
class BackupBattery:
    """DID D029: the unit's own battery; None = not known.

    Attributes:
        millivolts: at the terminals, 0..65534.
        celsius: of the cell, -32767..32767.
        fitted: whether one is plugged in.
        health_pct: 0..65534 as sent; a percentage.
        year, month, day: when it was fitted, each -32767..32767 as sent.
        charge_mode: 0..254, the meaning of the values is not public.
    """

    millivolts: int | None = None
    celsius: int | None = None
    fitted: bool | None = None
    health_pct: int | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    charge_mode: int | None = None

    @property
    def installed(self) -> dt.date | None:
        """Return the date of fitting, None where none was written."""
        if self.year is None or self.month is None or self.day is None:
            return None
        try:
            return dt.date(self.year, self.month, self.day)
        except ValueError:
            return None


def encode_backup_battery(value: BackupBattery) -> bytes:
    """Write D029 (assumed: big-endian, three s16 for the date, all ones for not known).

    Raises:
        LocalError: a field is out of its range.
    """
    return b"".join(
        (
            _u16(value.millivolts, "millivolts"),
            _s16(value.celsius, "celsius"),
            bytes([_NO_U8 if value.fitted is None else value.fitted]),
            _u16(value.health_pct, "health"),
            _s16(value.year, "year"),
            _s16(value.month, "month"),
            _s16(value.day, "day"),
            bytes(
                [
                    _NO_U8
                    if value.charge_mode is None
                    else fits(value.charge_mode, 0, _NO_U8 - 1, "charge mode")
                ]
            ),
        )
    )


def _u16(value: int | None, what: str) -> bytes:
    number = _NO_U16 if value is None else fits(value, 0, _NO_U16 - 1, what)
    return number.to_bytes(2, "big")


def _s16(value: int | None, what: str) -> bytes:
    number = _NO_S16 if value is None else fits(value, _NO_S16 + 1, 0x7FFF, what)
    return number.to_bytes(2, "big", signed=True)


def decode_backup_battery(data: bytes) -> BackupBattery:
    """Read D029.

    Raises:
        RemoteError: it is too short.
    """
    need(data, 14, "backup battery (D029)")

    def unsigned(at: int) -> int | None:
        number = int.from_bytes(data[at : at + 2], "big")
        return None if number == _NO_U16 else number

    def signed(at: int) -> int | None:
        number = int.from_bytes(data[at : at + 2], "big", signed=True)
        return None if number == _NO_S16 else number

    return BackupBattery(
        unsigned(0),
        signed(2),
        None if data[4] == _NO_U8 else data[4] != 0,
        unsigned(5),
        signed(7),
        signed(9),
        signed(11),
        None if data[13] == _NO_U8 else data[13],
    )


# --- D035 --------------------------------------------------------------------------------


class SimState(IntEnum):
    """First byte of D035."""

    IDLE = 0
    REGISTERED = 1
    SEARCHING = 2
    DENIED = 3
    ROAMING = 4
    OFF_NET = 5
    EMERGENCY_READY = 0x10


@dataclass(frozen=True, slots=True)
class Network:
    """DID D035.

    Attributes:
        state: see :class:`SimState`; a number that is not in it is kept.
        address: the unit's IP address as text, empty without one.
        plmn: MCC and MNC, 5 or 6 digits, empty if not known.
        bars: signal 0..5, None if not known.
        radio: radio technology 0..255, ATM-02 only; None elsewhere.
    """

    state: int
    address: str = ""
    plmn: str = ""
    bars: int | None = None
    radio: int | None = None


_LONGEST_ADDRESS = 64


def encode_network(value: Network) -> bytes:
    """Write D035 (assumed: MCC and MNC padded with spaces, the signal as an ASCII digit).

    Raises:
        LocalError: a field cannot be written.
    """
    address = _ascii(value.address, "address")
    plmn = _ascii(value.plmn, "plmn")
    if len(address) > _LONGEST_ADDRESS or 0 in address or len(plmn) > 6:
        raise LocalError("the address or the network's number is too long")
    out = bytes([fits(value.state, 0, 0xFF, "state")]) + address + b"\0"
    out += plmn.ljust(6)
    out += b" " if value.bars is None else b"%d" % fits(value.bars, 0, 5, "signal")
    if value.radio is not None:
        out += bytes([fits(value.radio, 0, 0xFF, "radio")])
    return out


def _ascii(text: str, what: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise LocalError(f"{what} {text!r} is not plain ASCII") from None


def decode_network(data: bytes) -> Network:
    """Read D035.

    Raises:
        RemoteError: it is too short, or its text does not end.
    """
    need(data, 2, "network (D035)")
    end = data.find(b"\0", 1)
    if end < 0:
        raise RemoteError("network (D035): the address does not end with NUL")
    rest = data[end + 1 :]
    need(rest, 7, "network (D035) after the address")
    digit = rest[6] - 0x30
    return Network(
        data[0],
        data[1:end].decode("ascii", "replace"),
        rest[:6].decode("ascii", "replace").strip(" \0"),
        digit if 0 <= digit <= 5 else None,
        rest[7] if len(rest) > 7 else None,
    )


# --- single bytes ------------------------------------------------------------------------


class GpsState(IntEnum):
    """DID D0E1; the values between are not public."""

    NONE = 0x0
    FIX_2D = 0xB
    FIX_3D = 0xC


class ButtonState(IntEnum):
    """DID D09B."""

    FREE = 0
    PRESSED = 1
    NOT_FITTED = 2


def encode_byte(value: int) -> bytes:
    """Write D0E1, D09B, D0D7 or D108: one byte (assumed for the last two).

    Raises:
        LocalError: it is no byte.
    """
    return bytes([fits(value, 0, 0xFF, "value")])


def decode_byte(data: bytes) -> int:
    """Read D0E1, D09B, D0D7 or D108.

    Raises:
        RemoteError: there is nothing.
    """
    need(data, 1, "state")
    return data[0]


def encode_terminal_30(volts: float) -> bytes:
    """Write DAD6: tenths of a volt in one byte (length assumed).

    Raises:
        LocalError: it does not fit.
    """
    return encode_byte(round(volts * 10))


def decode_terminal_30(data: bytes) -> float:
    """Read DAD6 in volts; one byte, or two.

    Raises:
        RemoteError: there is nothing.
    """
    need(data, 1, "terminal 30 (DAD6)")
    return int.from_bytes(data[:2], "big") / 10
