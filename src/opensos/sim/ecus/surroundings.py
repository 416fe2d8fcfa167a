"""What the control units around the telematics unit can notice at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from opensos.sim.damage import HEALTHY, Damage

if TYPE_CHECKING:
    from opensos.sim.view import WorldView


@unique
class Voice(StrEnum):
    """How the telematics unit sounds to its neighbours."""

    TALKING = "talking"
    FROZEN = "frozen"  # its message comes but does not go on: it starts anew again and again
    SILENT = "silent"  # no message: dead, hung, without 12 V, off the bus, in a reset or asleep


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One moment, as the neighbours see it.

    Attributes:
        at: Steady seconds.
        utc: Civil time, seconds since 1970.
        supply_v: Terminal 30 at the body's end, where the neighbours hang; the telematics unit may
            have less.
        charge: Of the 12 V battery, 0..1.
        health: Of the 12 V battery, 0..1 of its strength when new.
        registered: Whether the engine unit knows this battery.
        drain_a: What is drawn while the car is parked.
        ignition_on: Ignition; ``ignition_s`` is for how long it has been as it is.
        engine_running: Engine.
        cranking: Whether the starter turns.
        speed_kmh: None = not known.
        damage: Every dial of what is wrong with the car.
        voice: The telematics unit, as heard on the bus.
        warning: Text key of what it asks cluster and head unit to show.
        ring_closed: The MOST ring; None = this car has none.
    """

    at: float
    utc: float
    supply_v: float
    charge: float = 1.0
    health: float = 1.0
    registered: bool = True
    drain_a: float = 0.0
    ignition_on: bool = True
    ignition_s: float = 3600.0
    engine_running: bool = False
    cranking: bool = False
    speed_kmh: float | None = None
    damage: Damage = HEALTHY
    voice: Voice = Voice.TALKING
    warning: str | None = None
    ring_closed: bool | None = None


def look(
    car: WorldView,
    now: float,
    *,
    voice: Voice,
    warning: str | None = None,
    ring_closed: bool | None = None,
) -> Surroundings:
    """Return what can be noticed of the pretend car now."""
    battery, trip, damage = car.main_battery(now), car.trip(now), car.damage(now)
    return Surroundings(
        at=now,
        utc=car.true_utc(now),
        supply_v=battery.battery_v + damage.surge_v,
        charge=battery.charge,
        health=battery.health,
        registered=battery.registered,
        drain_a=battery.drain_a,
        ignition_on=trip.ignition_on,
        ignition_s=max(0.0, now - trip.ignition_since),
        engine_running=trip.engine_running,
        cranking=now < trip.cranking_until,
        speed_kmh=car.vehicle(now).speed_kmh,
        damage=damage,
        voice=voice,
        warning=warning,
        ring_closed=ring_closed,
    )
