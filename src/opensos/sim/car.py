"""A car that does not exist, behind the same ports as a real one.

Time is an argument, so the car runs on the wall clock or on a pretend one, and it may jump by
months. Everything is drawn from one seed: the same calls give the same car, whatever the steps.

Faults are put in with ``inject`` and yield to ``do`` (``workshop.py``); what a test wants to fix
against all physics, it fixes with :meth:`PretendCar.change`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import UserError
from opensos.rules.crash import FullScale
from opensos.sim.clock import PRETEND_UTC
from opensos.sim.condition import IDENTITY, Condition
from opensos.sim.faults import FAMILIES
from opensos.sim.positions import Positions
from opensos.sim.satellites import OPEN_ACCURACY_M
from opensos.sim.scenarios import SCENARIOS, Scenario
from opensos.sim.shaking import FULL_STEP_S, IDLE_STEP_S, LONGEST_READ_S, Shaking
from opensos.sim.workshop import Workshop
from opensos.sim.world import CRUISE_KMH, World

if TYPE_CHECKING:
    from opensos.ports import Fix, Seat, SimCard, VehicleIdentity
    from opensos.rules.crash import Samples
    from opensos.sim.damage import Damage
    from opensos.sim.view import MainBattery, Power, Trip

__all__ = [
    "CRUISE_KMH",
    "FULL_STEP_S",
    "IDENTITY",
    "IDLE_STEP_S",
    "LONGEST_READ_S",
    "Condition",
    "PretendCar",
]

_FULL_SCALE = FullScale(x=400.0, y=400.0, z=400.0)


class PretendCar(Workshop):
    """Keeps the ports ``Car`` and ``Parts``.

    Args:
        start: Steady seconds at which the car begins: it drives.
        utc_at_start: True civil time then.
        seed: All its noise and chance is drawn from this.
        condition: What is fixed by hand.
        family: E, F, G, I or own: which faults it can have, and in which numbers.
    """

    def __init__(
        self,
        *,
        start: float = 0.0,
        utc_at_start: float = PRETEND_UTC,
        seed: int = 1,
        condition: Condition | None = None,
        family: str = "G",
    ) -> None:
        if family not in FAMILIES:
            raise UserError(f"There is no family {family!r} of cars: take {', '.join(FAMILIES)}.")
        super().__init__(
            World(
                start=start,
                utc_at_start=utc_at_start,
                seed=seed,
                condition=condition,
                family=family,
            )
        )
        self._shaking = Shaking(start, seed)
        self._positions = Positions(
            self.world.odometer, self.world.true_utc, start=start, seed=seed
        )
        self._airbag_at: float | None = None

    # --- what a person can do to it ---------------------------------------------------------------

    def happen(self, scenario: str, now: float) -> Scenario:
        """Let a scenario begin at ``now``. Raises UserError for an unknown name."""
        chosen = SCENARIOS.get(scenario)
        if chosen is None:
            raise UserError(f"There is no scenario {scenario!r}: take {', '.join(SCENARIOS)}.")
        start = self._shaking.happen(chosen, now)
        if chosen.airbag_s is not None:
            self._airbag_at = start + chosen.airbag_s
        if chosen.stop_s is not None and self.world.speed_kmh(start) > 0.0:
            self.world.odometer.stop(
                start, chosen.stop_s, stays=chosen.stays, at_kmh=chosen.speed_kmh
            )
        return chosen

    def play(self, pulse: Samples | str, now: float) -> None:
        """Let a recorded pulse begin, after which the car stands; or play a sound by name.

        The port ``Audio`` and the sensor share this word. Raises UserError for a bad pulse.
        """
        if isinstance(pulse, str):
            super().play(pulse, now)
        elif len(pulse):
            start, length = self._shaking.play(pulse, now)
            self.world.odometer.stop(start, max(length, 0.1), stays=True)

    def recover(self, now: float) -> None:
        """Put the car back on its wheels and let it drive on, airbags folded: a new try."""
        self._shaking.recover()
        self._airbag_at = None
        if self.world.driving.state == "driving":
            self.world.odometer.go_on(now)
        else:
            self.drive(now)

    def change(self, *, at: float = -math.inf, **parts: Any) -> None:
        """Fix parts by hand from a time on: ``change(at=5.0, gnss_accuracy_m=None)``."""
        self.world.conditions.change(at, **parts)

    def condition(self, now: float) -> Condition:
        """Return what is fixed by hand, changes that are due included."""
        return self.world.conditions.at(now)

    def busy(self, now: float) -> bool:
        """Whether a scenario or a recording still runs or has not been read to its end."""
        return self._shaking.busy(now)

    # --- the driver -------------------------------------------------------------------------------

    def drive(self, now: float, place: str = "road") -> bool:
        """Start the engine if it does not run, and drive; False when the battery is too weak."""
        return self.world.drive(now, place)

    def park(self, now: float, place: str = "street") -> None:
        """Stop, switch the ignition off and get out. Raises UserError for an unknown place."""
        self.world.park(now, place)

    def surround(self, now: float, place: str) -> None:
        """Change what is round the car: tunnel, city, garage … Raises UserError if unknown."""
        self.world.surround(now, place)

    def travel(self, now: float, country: str) -> None:
        """Cross a border. Raises UserError for a country without a network."""
        self.world.travel(now, country)

    def ignition(self, now: float, *, on: bool) -> None:
        """Switch the ignition; off stops the engine."""
        self.world.ignition(now, on=on)

    def start_engine(self, now: float) -> bool:
        """Turn the starter for a second; return whether the engine runs."""
        return self.world.start_engine(now)

    def press_button(self, now: float) -> None:
        """Push the SOS button and hold it."""
        self.world.cabin.push(now, down=True)

    def release_button(self, now: float) -> None:
        """Let go of the SOS button."""
        self.world.cabin.push(now, down=False)

    # --- what can be seen from outside ------------------------------------------------------------

    def lamp_pattern(self, now: float) -> str:
        """Return the pattern that a person sees on the SOS lamp; a broken lamp is off."""
        return self.world.cabin.lit(self.world.damage(now))

    def sound(self) -> str:
        """Return the name of the sound that plays."""
        return self.world.cabin.sound

    def power(self, now: float) -> Power:
        """Return from what the unit lives."""
        self.world.settle(now)
        return self.world.supply.power(self.world.moment(now))

    def main_battery(self, now: float) -> MainBattery:
        """Return the 12 V battery."""
        self.world.settle(now)
        return self.world.supply.battery(self.world.moment(now))

    def trip(self, now: float) -> Trip:  # noqa: ARG002  it changes by hands alone
        """Return where the car is in its day."""
        return self.world.driving.trip()

    def damage(self, now: float) -> Damage:
        """Return every dial as the active faults turn it."""
        return self.world.damage(now)

    def true_utc(self, now: float) -> float:
        """Return civil time as it really is."""
        return self.world.true_utc(now)

    def temperature_c(self, now: float) -> float:
        """Return the air's temperature around the car."""
        return self.world.temperature_c(now)

    # --- the radio as bearers see it --------------------------------------------------------------

    def why_no_call(self, rung: str, now: float) -> str | None:
        """Return why a call cannot travel on the rung ``ng`` or ``cs`` now, None if it can."""
        return self.world.radio.why_no_call(rung, self.world.air(now), self.world.card(now))

    def why_no_data(self, now: float) -> str | None:
        """Return why no data session stands now, None if one does."""
        return self.world.radio.why_no_data(self.world.air(now), self.world.card(now))

    def call_began(self, now: float) -> None:
        """A call draws more from the backup battery than standing by."""
        self.world.settle(now)
        self.world.supply.calls += 1

    def call_ended(self, now: float) -> None:
        """The call is over."""
        self.world.settle(now)
        self.world.supply.calls = max(0, self.world.supply.calls - 1)

    # --- the port Car -----------------------------------------------------------------------------

    @property
    def identity(self) -> VehicleIdentity:
        """What never changes."""
        return IDENTITY

    @property
    def full_scale(self) -> FullScale:
        """The range of the pretend sensor: ±400 g, wide enough for recorded crash tests."""
        return _FULL_SCALE

    def fix(self, now: float) -> Fix | None:
        """Return the newest of the fixes that the receiver makes each second."""
        accuracy = self._accuracy_m(now)
        return None if accuracy is None else self._positions.newest(now, accuracy)

    def recent(self, now: float) -> tuple[Fix, ...]:
        """Return the fixes of five and ten seconds ago, newest first."""
        accuracy = self._accuracy_m(now)
        return () if accuracy is None else self._positions.earlier(now, accuracy)

    def _accuracy_m(self, now: float) -> float | None:
        if self.world.conditions.fixed("gnss_accuracy_m", now):
            return self.world.conditions.at(now).gnss_accuracy_m
        accuracy = self.world.satellites.accuracy_m(self.world.sky(now))
        return None if accuracy is None else max(OPEN_ACCURACY_M, round(accuracy, 1))

    def acceleration(self, now: float) -> Samples:
        """Return the samples since the last call, on the steady clock; at most ten seconds."""
        works = self.world.conditions.at(now).accelerometer
        sensor = self.world.damage(now).accelerometer if works else "dead"
        return self._shaking.samples(now, sensor)

    def airbag_fired_at(self, now: float) -> float | None:
        """Return when the airbag line fired, None while it has not."""
        at, damage = self._airbag_at, self.world.damage(now)
        whole = damage.airbag_line == "ok" and not damage.airbag_silent
        works = whole and self.world.conditions.at(now).airbag_line
        return at if at is not None and at <= now and works else None

    def seats(self, now: float) -> tuple[Seat, ...]:
        """Return every seat that has a sensor."""
        return self.world.conditions.at(now).seats

    def occupants(self, now: float) -> int | None:
        """Return how many people are in the car."""
        return self.world.conditions.at(now).occupants

    def ignition_on(self, now: float) -> bool | None:
        """Return whether the ignition is on."""
        return self.vehicle(now).ignition_on

    def sim_card(self, now: float) -> SimCard:
        """Return the card's state."""
        return self.world.card(now)
