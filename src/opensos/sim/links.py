"""What the unit hears of the car: the airbag line's sign of life, the bus, its own sensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opensos.rules.readiness.readings import (
    AccelerometerReading,
    AirbagLineReading,
    BusReading,
    Circuit,
)
from opensos.sim.dice import bell

if TYPE_CHECKING:
    from opensos.sim.damage import Damage
    from opensos.sim.view import Trip

ALIVE_STEP_S: Final = 0.2
"""The airbag unit's frame comes five times a second while the ignition is on."""

_AIRBAG_SLEEPS_S = 5.0
_BUS_SLEEPS_S = 30.0
_BUS_STEP_S = 0.1
NOISE_G: Final = 0.03
DRIFTED_NOISE_G: Final = 0.2
"""Standard deviation of a healthy and of a drifted acceleration sensor."""

DRIFT_G: Final = 0.35
"""How far a drifted one reads gravity too high."""


def airbag_line(
    now: float, trip: Trip, damage: Damage, silent_since: float | None
) -> AirbagLineReading:
    """Return the line's state; ``silent_since`` is when a fault stopped its frames."""
    heard_at = _last_frame(now, trip, _AIRBAG_SLEEPS_S, ALIVE_STEP_S)
    if silent_since is not None:
        heard_at = min(heard_at, silent_since)
    return AirbagLineReading(
        heard_at=heard_at,
        circuit=Circuit(damage.airbag_line),
        unit_fault=damage.airbag_unit_fault if silent_since is None else None,
    )


def bus(now: float, trip: Trip, damage: Damage, silent_since: float | None) -> BusReading:
    """Return the bus's state; asleep it is not silent, only unheard for long."""
    heard_at = _last_frame(now, trip, _BUS_SLEEPS_S, _BUS_STEP_S)
    if silent_since is not None and damage.bus in {"bus_off", "silent"}:
        heard_at = min(heard_at, silent_since)
    return BusReading(heard_at=heard_at, state=damage.bus)


def accelerometer(
    now: float, damage: Damage, silent_since: float | None, seed: int
) -> AccelerometerReading:
    """Return what a unit would make of this sensor's samples over the last seconds."""
    if damage.accelerometer == "dead":
        return AccelerometerReading(heard_at=silent_since, rate_hz=0.0)
    noise = {"ok": NOISE_G, "frozen": 0.0, "drifted": DRIFTED_NOISE_G}[damage.accelerometer]
    rest = 1.0 + (DRIFT_G if damage.accelerometer == "drifted" else 0.0)
    jitter = bell(seed, "accelerometer", int(now))
    return AccelerometerReading(
        heard_at=now,
        rate_hz=50.0,
        rest_g=round(rest + 0.1 * noise * jitter, 4),
        noise_g=round(noise * (1.0 + 0.05 * jitter), 4),
    )


def _last_frame(now: float, trip: Trip, sleeps_s: float, step_s: float) -> float:
    until = now if trip.ignition_on else min(now, trip.ignition_since + sleeps_s)
    return until // step_s * step_s
