"""What the rest of the pretend world (control units, ring, cockpit) may read of the car.

``PretendCar`` keeps it. Reading changes nothing that a person could see; time is an argument and
may jump by hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from opensos.rules.readiness.readings import SupplyReading, VehicleReading
    from opensos.sim.damage import Damage
    from opensos.sim.faults.model import Code, Fault


@dataclass(frozen=True, slots=True)
class Power:
    """From what the unit lives.

    Attributes:
        source: ``main``, ``backup``, ``capacitors`` or ``none``.
        since: steady seconds at which this source took over.
        left_s: how long it lasts at the present load; None for main.
        restarts: how often the unit has come up from having no power at all.
    """

    source: str
    since: float
    left_s: float | None
    restarts: int


@dataclass(frozen=True, slots=True)
class MainBattery:
    """The 12 V battery: ``charge`` and ``health`` 0..1; volts at its terminals, at the unit."""

    charge: float
    health: float
    temperature_c: float
    battery_v: float
    unit_v: float
    drain_a: float
    installed_utc: float
    registered: bool


@dataclass(frozen=True, slots=True)
class Trip:
    """Where the car is in its day.

    Attributes:
        state: ``driving`` or ``parked`` (engine or ignition may be on while parked).
        since: steady seconds of the last change between the two.
        ignition_on: ignition; ``ignition_since`` is its last change.
        engine_running: engine; ``cranking_until`` while the starter turns.
        place: name of the surroundings (``sim/places.toml``): street, garage, tunnel ….
        country: ISO 3166 alpha-2.
    """

    state: str
    since: float
    ignition_on: bool
    ignition_since: float
    engine_running: bool
    cranking_until: float
    place: str
    country: str


@dataclass(frozen=True, slots=True)
class Present:
    """A fault that is in the car: ``active`` False while an intermittent one does not show."""

    fault: Fault
    mode: str
    severity: float
    since: float
    active: bool


@dataclass(frozen=True, slots=True)
class Done:
    """What an action did.

    Attributes:
        text_key: a sentence: ``done.<action>`` or why it could not be done (``refused.<why>``).
        minutes: how long it took; the caller moves the clock.
        changed: whether anything in the car changed.
        cured: ids of the faults that are gone by it.
        worse: ids of the faults that it put in.
        effect: what else happened to the unit, for who runs it: "" or ``soft_reset``,
            ``unit_reset``, ``power_cut``.
    """

    text_key: str
    minutes: float
    changed: bool
    cured: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    effect: str = ""


class WorldView(Protocol):
    """The car's state, for neighbours."""

    def damage(self, now: float) -> Damage:
        """Return every dial as the active faults turn it."""
        ...

    def faults(self, now: float) -> tuple[Present, ...]:
        """Return every fault that is in the car, oldest first."""
        ...

    def codes(self, now: float) -> frozenset[Code]:
        """Return the codes that active faults make units store (also the telematics unit's own)."""
        ...

    def power(self, now: float) -> Power:
        """Return from what the telematics unit lives."""
        ...

    def main_battery(self, now: float) -> MainBattery:
        """Return the 12 V battery."""
        ...

    def trip(self, now: float) -> Trip:
        """Return where the car is in its day."""
        ...

    def vehicle(self, now: float) -> VehicleReading:
        """Return what the unit knows of the car's movement."""
        ...

    def supply(self, now: float) -> SupplyReading:
        """Return the voltages at the unit."""
        ...

    def true_utc(self, now: float) -> float:
        """Return civil time as it really is, seconds since 1970."""
        ...

    def temperature_c(self, now: float) -> float:
        """Return the air's temperature around the car."""
        ...
