"""What readings become in the bytes of the telematics unit's data identifiers (facts/bmw.md).

Layouts that the facts give are theirs; for the others (identification, variant, versions) the text
form is ours. What is not known is sent as all ones.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from opensos.rules.readiness.readings import Circuit, Registration, Technology

if TYPE_CHECKING:
    from opensos.rules.readiness.readings import (
        AntennaReading,
        BackupReading,
        ButtonReading,
        GnssReading,
        ModemReading,
    )

TEST_NOT_STARTED, TEST_RUNNING, TEST_OK, TEST_FAULT, TEST_ABORTED = range(5)

_U16 = 0xFFFF
_S16 = -0x8000
_SIM_IDLE, _SIM_HOME, _SIM_SEARCHING, _SIM_DENIED, _SIM_ROAMING, _SIM_OFF = range(6)
_SIM_EMERGENCY = 0x10
_REGISTRATION = {
    None: _SIM_IDLE,
    Registration.HOME: _SIM_HOME,
    Registration.SEARCHING: _SIM_SEARCHING,
    Registration.DENIED: _SIM_DENIED,
    Registration.ROAMING: _SIM_ROAMING,
    Registration.OFF: _SIM_OFF,
    Registration.EMERGENCY_ONLY: _SIM_EMERGENCY,
}
_RADIO = {None: 0xFF, Technology.GSM: 0, Technology.UMTS: 1, Technology.LTE: 2, Technology.NR: 3}
_FIX = {"none": 0x0, "2d": 0xB, "3d": 0xC}
_WEAKEST_DBM, _BAR_DB = -113, 12  # five bars over the range of received power (ours)
_FAULT = {Circuit.SHORT_SUPPLY: 0, Circuit.SHORT_GROUND: 1, Circuit.OPEN: 2, Circuit.WRONG_FOOT: 3}


def backup_battery(one: BackupReading | None) -> bytes:
    """D029: mV u16, °C s16, fitted u8, health % u16, year, month, day s16, charge mode u8."""
    if one is None:
        return struct.pack(">HhBHhhhB", _U16, _S16, 0xFF, _U16, _S16, _S16, _S16, 0xFF)
    year, month, day = _S16, _S16, _S16
    if one.installed_utc is not None:
        date = datetime.fromtimestamp(one.installed_utc, UTC)
        year, month, day = date.year, date.month, date.day
    return struct.pack(
        ">HhBHhhhB",
        _U16 if one.voltage_v is None else _within(one.voltage_v * 1000, 0, _U16 - 1),
        _S16 if one.temperature_c is None else _within(one.temperature_c, -100, 200),
        0xFF if one.fitted is None else int(one.fitted),
        _U16 if one.health_pct is None else _within(one.health_pct, 0, 100),
        year,
        month,
        day,
        0xFF if one.charging is None else int(one.charging),
    )


def network(one: ModemReading | None, *, radio: bool) -> bytes:
    """D035: SIM state u8, IP text NUL, MCC+MNC 6 characters, signal 0 to 5 as text, radio u8."""
    if one is None:
        return bytes((_SIM_IDLE,)) + b"\x00" + b"      " + b"0" + (b"\xff" if radio else b"")
    bars = 0
    if one.signal_dbm is not None:
        bars = _within((one.signal_dbm - _WEAKEST_DBM) / _BAR_DB, 0, 5)
    return (
        bytes((_REGISTRATION[one.registration],))
        + (b"0.0.0.0\x00" if one.data else b"\x00")
        + (one.plmn or "")[:6].ljust(6).encode("ascii", "replace")
        + str(bars).encode()
        + (bytes((_RADIO[one.technology],)) if radio else b"")
    )


def satellites(one: GnssReading | None) -> bytes:
    """D0E1: 0 none, B 2D, C 3D."""
    kind = "none" if one is None or one.fix_kind is None else one.fix_kind
    return bytes((_FIX.get(kind, 0),))


def button(one: ButtonReading | None) -> bytes:
    """D09B: 0 free, 1 pressed, 2 not fitted."""
    if one is None or one.fitted is False:
        return b"\x02"
    return bytes((int(bool(one.pressed)),))


def antenna_test(one: AntennaReading | None) -> bytes:
    """A05E's result: status, fault (0 short to plus, 1 to ground, 2 open, 3 wrong foot), mV u16."""
    if one is None or one.circuit is None:
        return bytes((TEST_ABORTED, 0xFF)) + b"\xff\xff"
    millivolts = _U16 if one.millivolts is None else _within(one.millivolts, 0, _U16 - 1)
    ok = one.circuit is Circuit.OK
    status = bytes((TEST_OK, 0xFF)) if ok else bytes((TEST_FAULT, _FAULT[one.circuit]))
    return status + millivolts.to_bytes(2, "big")


def _within(value: float, low: int, high: int) -> int:
    return round(min(float(high), max(float(low), value)))
