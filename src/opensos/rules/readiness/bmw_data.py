"""What readings become in the telematics unit's data; the bytes are ``protocols/bmw``'s."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from opensos.protocols import bmw
from opensos.rules.readiness.readings import Circuit, Registration, Technology

if TYPE_CHECKING:
    from opensos.rules.readiness.readings import (
        AntennaReading,
        BackupReading,
        ButtonReading,
        GnssReading,
        ModemReading,
    )

_REGISTRATION = {
    None: bmw.SimState.IDLE,
    Registration.HOME: bmw.SimState.REGISTERED,
    Registration.SEARCHING: bmw.SimState.SEARCHING,
    Registration.DENIED: bmw.SimState.DENIED,
    Registration.ROAMING: bmw.SimState.ROAMING,
    Registration.OFF: bmw.SimState.OFF_NET,
    Registration.EMERGENCY_ONLY: bmw.SimState.EMERGENCY_READY,
}
# The numbers of the technologies are not public; these are ours.
_RADIO = {Technology.GSM: 0, Technology.UMTS: 1, Technology.LTE: 2, Technology.NR: 3}
_FIX = {"2d": bmw.GpsState.FIX_2D, "3d": bmw.GpsState.FIX_3D}
_WEAKEST_DBM, _BAR_DB = -113, 12  # five bars over the range of received power (ours)
_FAULT = {
    Circuit.SHORT_SUPPLY: bmw.AntennaFault.SHORT_SUPPLY,
    Circuit.SHORT_GROUND: bmw.AntennaFault.SHORT_GROUND,
    Circuit.OPEN: bmw.AntennaFault.OPEN,
    Circuit.WRONG_FOOT: bmw.AntennaFault.WRONG_FOOT,
}


def backup_battery(one: BackupReading | None) -> bytes:
    """D029."""
    if one is None:
        return bmw.encode_backup_battery(bmw.BackupBattery())
    fitted = one.installed_utc
    date = None if fitted is None else datetime.fromtimestamp(fitted, UTC)
    return bmw.encode_backup_battery(
        bmw.BackupBattery(
            None if one.voltage_v is None else _within(one.voltage_v * 1000, 0, 0xFFFE),
            None if one.temperature_c is None else _within(one.temperature_c, -100, 200),
            one.fitted,
            None if one.health_pct is None else _within(one.health_pct, 0, 100),
            date.year if date else None,
            date.month if date else None,
            date.day if date else None,
            None if one.charging is None else int(one.charging),
        )
    )


def network(one: ModemReading | None, *, radio: bool) -> bytes:
    """D035; only ATM-02 tells the radio technology. An address is never the real one."""
    if one is None:
        return bmw.encode_network(bmw.Network(bmw.SimState.IDLE))
    bars = None
    if one.signal_dbm is not None:
        bars = _within((one.signal_dbm - _WEAKEST_DBM) / _BAR_DB, 0, 5)
    technology = one.technology
    return bmw.encode_network(
        bmw.Network(
            _REGISTRATION[one.registration],
            "0.0.0.0" if one.data else "",  # noqa: S104  a text for testers, nothing is bound
            (one.plmn or "")[:6],
            bars,
            _RADIO[technology] if radio and technology is not None else None,
        )
    )


def satellites(one: GnssReading | None) -> bytes:
    """D0E1."""
    kind = one.fix_kind if one is not None else None
    return bmw.encode_byte(_FIX.get(kind or "none", bmw.GpsState.NONE))


def button(one: ButtonReading | None) -> bytes:
    """D09B."""
    if one is None or one.fitted is False:
        return bmw.encode_byte(bmw.ButtonState.NOT_FITTED)
    pressed = bmw.ButtonState.PRESSED if one.pressed else bmw.ButtonState.FREE
    return bmw.encode_byte(pressed)


def antenna_test(one: AntennaReading | None) -> bytes:
    """A05E's result."""
    if one is None or one.circuit is None:
        return bmw.encode_antenna_result(bmw.AntennaResult(bmw.Status.ABORTED))
    fault = _FAULT.get(one.circuit)
    status = bmw.Status.OK if fault is None else bmw.Status.FAULT
    millivolts = _within(one.millivolts or 0, 0, 0xFFFF)
    return bmw.encode_antenna_result(bmw.AntennaResult(status, fault, millivolts))


def _within(value: float, low: int, high: int) -> int:
    return round(min(float(high), max(float(low), value)))
