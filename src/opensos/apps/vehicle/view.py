"""The unit's state as the Car API shows it (docs/reference/car-api.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opensos.apps.vehicle.collecting import known
from opensos.apps.vehicle.config import masked
from opensos.apps.vehicle.diary import iso
from opensos.rules.emergency import State

if TYPE_CHECKING:
    from opensos.apps.vehicle.unit import Unit
    from opensos.ports import Fix

_LINES_SHOWN = 60
_LED = {
    State.IDLE: "green",
    State.CANCEL_WINDOW: "amber",
    State.DIALLING: "amber",
    State.CONNECTED: "red",
    State.REDIAL_WAIT: "amber",
    State.CALLBACK_WINDOW: "green",
}


def state_json(unit: Unit) -> dict[str, Any]:
    """Return the whole state; what is not known is null."""
    now = unit.clock.now()
    seen = unit.senses.observe(now, unit.identity)
    belts = {seat.name: seat.belted for seat in known(unit.senses.seats(now)) if seat.occupied}
    return {
        "mode": "live" if unit.config.live else "test",
        "state": unit.state.value,
        "led": _LED[unit.state],
        "call": _call(unit, now),
        "position": _position(seen.fix),
        "vin_masked": masked(unit.identity.vin),
        "occupants": seen.occupants,
        "belts": belts or None,
        "airbag": unit.senses.airbag(now),
        "last_crash": unit.last_crash,
        "journal": [line.to_json() for line in unit.diary.lines[-_LINES_SHOWN:]],
    }


def _call(unit: Unit, now: float) -> dict[str, Any] | None:
    if unit.state is State.IDLE:
        return None
    record = unit.procedure.record(now)
    return {
        "attempt": record.attempt,
        "acknowledged": unit.procedure.acknowledged,
        "msd_sent": record.message_identifier,
        "since": iso(unit.since),
        "cause": None if record.cause is None else record.cause.value,
        "cancel_left_s": record.cancel_left_s,
        "redial_left_s": record.redial_left_s,
        "callback_left_s": record.callback_left_s,
    }


def _position(fix: Fix | None) -> dict[str, float | None] | None:
    if fix is None:
        return None
    fix = known(fix)
    return {
        "lat": fix.latitude,
        "lon": fix.longitude,
        "heading_deg": fix.heading_deg,
        "speed_kmh": fix.speed_kmh,
    }
