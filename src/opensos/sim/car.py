"""A car that does not exist, behind the same ports as a real one.

Time is an argument, so the car runs on the wall clock or on a pretend one. Everything is drawn from
one seed: the same calls give the same samples, whatever the chunks.

Faults: every part reads its state from a :class:`Condition`; :meth:`PretendCar.change` changes it,
now or later.
"""

from __future__ import annotations

import math
import random
from array import array
from dataclasses import dataclass, replace
from typing import Any

from opensos.ports import Fix, Seat, SimCard, SupplyReading, VehicleIdentity
from opensos.protocols.effects import UserError
from opensos.rules.crash import EMPTY, FullScale, Samples
from opensos.sim.clock import PRETEND_UTC
from opensos.sim.motion import Odometer
from opensos.sim.route import Route, moved
from opensos.sim.scenarios import SCENARIOS, Scenario

IDLE_STEP_S = 0.020
"""50 samples a second while nothing happens, so that an idle unit sleeps."""

FULL_STEP_S = 0.001
"""1000 samples a second while something happens."""

LONGEST_READ_S = 10.0

CRUISE_KMH = 57.0

IDENTITY = VehicleIdentity("ZZ9TESTS6RA000001", "M1", ("gasoline_tank_present",))
"""A VIN with a right check digit and a maker that does not exist."""

_SIM_CARD = SimCard("ready", iccid="89000000000000000001", number="+4900000000")
_SUPPLY = SupplyReading(main_v=13.9, backup_v=3.9, main_connected=True)
_SEATS = (
    Seat("driver", occupied=True, belted=True),
    Seat("front_passenger", occupied=True, belted=True),
    Seat("rear_left", occupied=False, belted=False),
    Seat("rear_middle", occupied=False, belted=False),
    Seat("rear_right", occupied=False, belted=False),
)
_FULL_SCALE = FullScale(x=400.0, y=400.0, z=400.0)
_NOISE_G = 0.03
_GNSS_ERROR_M = 1.5
_FIX_STEP_S = 1.0
_RECENT_FIX_STEP_S = 5.0


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of every part of the car; a fault is a change of this.

    Attributes:
        seats: Every seat with a sensor.
        occupants: How many people; None = the car cannot tell.
        ignition_on: Ignition.
        sim_card: The subscriber card.
        supply: Voltages.
        gnss_accuracy_m: 95 % radius of a fix; None = no fix can be had.
        clock_offset_s: How far the unit's civil clock is ahead; None = the clock is not set.
        airbag_line: Whether the airbag line works.
        accelerometer: Whether the sensor delivers.
    """

    seats: tuple[Seat, ...] = _SEATS
    occupants: int | None = 2
    ignition_on: bool | None = True
    sim_card: SimCard = _SIM_CARD
    supply: SupplyReading = _SUPPLY
    gnss_accuracy_m: float | None = 4.0
    clock_offset_s: float | None = 0.0
    airbag_line: bool = True
    accelerometer: bool = True


@dataclass(slots=True)
class _Happening:
    """A scenario or a recording that began at ``start`` and fills the samples until ``end``."""

    start: float
    end: float
    scenario: Scenario | None = None
    pulse: Samples | None = None
    played: int = 0


class _Chunk:
    """Columns while they are filled."""

    def __init__(self) -> None:
        self.columns = [array("d") for _ in range(5)]
        self.missing: set[int] = set()

    def add(self, *row: float) -> None:
        for column, value in zip(self.columns, row, strict=True):
            column.append(value)

    def samples(self) -> Samples:
        """Return the columns; one that a recording lacks is lacking in the whole chunk."""
        t, *rest = self.columns
        ax, ay, az, roll = (None if i in self.missing else c for i, c in enumerate(rest))
        return Samples(t, ax, ay, az, roll)


class PretendCar:
    """Keeps the port ``Car``.

    Args:
        start: Steady seconds at which the car begins to drive.
        utc_at_start: True civil time then.
        seed: All its noise is drawn from this.
        condition: State of its parts.
    """

    def __init__(
        self,
        *,
        start: float = 0.0,
        utc_at_start: float = PRETEND_UTC,
        seed: int = 1,
        condition: Condition | None = None,
    ) -> None:
        self._condition = condition or Condition()
        self._changes: list[tuple[float, dict[str, Any]]] = []
        self._start = start
        self._utc_at_start = utc_at_start
        self._seed = seed
        self._random = random.Random(seed)  # noqa: S311  pretend noise must be repeatable
        self._route = Route()
        self._odometer = Odometer(start, CRUISE_KMH)
        self._read_until = start
        self._attitude_deg = 0.0  # how the car lies about its forward axis
        self._happenings: list[_Happening] = []
        self._airbag_at: float | None = None

    # --- what a person can do to it --------------------------------------------------------------

    def happen(self, scenario: str, now: float) -> Scenario:
        """Let a scenario begin at ``now``. Raises UserError for an unknown name."""
        chosen = SCENARIOS.get(scenario)
        if chosen is None:
            raise UserError(f"There is no scenario {scenario!r}: take {', '.join(SCENARIOS)}.")
        start = self._free_from(now)
        self._happenings.append(_Happening(start, start + chosen.length_s, scenario=chosen))
        if chosen.airbag_s is not None:
            self._airbag_at = start + chosen.airbag_s
        if chosen.stop_s is not None:
            self._odometer.stop(start, chosen.stop_s, stays=chosen.stays, at_kmh=chosen.speed_kmh)
        return chosen

    def play(self, pulse: Samples, now: float) -> None:
        """Let a recorded pulse begin at ``now``; the car stands afterwards."""
        if not len(pulse):
            return
        start = self._free_from(now)
        length = max(0.0, pulse.t[len(pulse) - 1] - pulse.t[0])
        if not math.isfinite(length):
            raise UserError("The pulse's times are not numbers.")
        self._happenings.append(_Happening(start, start + length, pulse=pulse))
        self._odometer.stop(start, max(length, 0.1), stays=True)

    def recover(self, now: float) -> None:
        """Put the car back on its wheels and let it drive on, airbags folded: a new try."""
        self._happenings = []
        self._airbag_at = None
        self._attitude_deg = 0.0
        self._odometer.go_on(now)

    def change(self, *, at: float = -math.inf, **parts: Any) -> None:
        """Change parts from a time on: ``change(at=5.0, gnss_accuracy_m=None)``."""
        replace(self._condition, **parts)  # a misspelt part fails here, not later
        self._changes.append((at, parts))
        self._changes.sort(key=lambda change: change[0])

    def condition(self, now: float) -> Condition:
        """Return the state of every part, changes that are due included."""
        while self._changes and self._changes[0][0] <= now:
            self._condition = replace(self._condition, **self._changes.pop(0)[1])
        return self._condition

    def busy(self, now: float) -> bool:
        """Whether a scenario or a recording still runs or has not been read to its end."""
        return any(h.end > min(now, self._read_until) for h in self._happenings)

    # --- the port Car ----------------------------------------------------------------------------

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
        accuracy = self.condition(now).gnss_accuracy_m
        if accuracy is None:
            return None
        return self._fix(math.floor((now - self._start) / _FIX_STEP_S), accuracy)

    def recent(self, now: float) -> tuple[Fix, ...]:
        """Return the fixes of five and ten seconds ago, newest first."""
        accuracy = self.condition(now).gnss_accuracy_m
        if accuracy is None:
            return ()
        k = math.floor((now - self._start) / _FIX_STEP_S)
        back = round(_RECENT_FIX_STEP_S / _FIX_STEP_S)
        return (self._fix(k - back, accuracy), self._fix(k - 2 * back, accuracy))

    def acceleration(self, now: float) -> Samples:
        """Return the samples since the last call, on the steady clock; at most ten seconds."""
        since = max(self._read_until, now - LONGEST_READ_S)
        self._read_until = max(self._read_until, now)
        if not self.condition(now).accelerometer or now <= since:
            return EMPTY
        chunk = _Chunk()
        for happening in self._happenings:
            if happening.end < since or happening.start >= now:
                continue
            self._idle(chunk, since, min(happening.start, now))
            since = max(since, happening.start)
            self._fill(chunk, happening, since, min(happening.end, now))
            since = min(happening.end, now)
        self._idle(chunk, since, now)
        self._happenings = [h for h in self._happenings if h.end > now]
        return chunk.samples()

    def airbag_fired_at(self, now: float) -> float | None:
        """Return when the airbag line fired, None while it has not."""
        at = self._airbag_at
        return at if at is not None and at <= now and self.condition(now).airbag_line else None

    def seats(self, now: float) -> tuple[Seat, ...]:
        """Return every seat that has a sensor."""
        return self.condition(now).seats

    def occupants(self, now: float) -> int | None:
        """Return how many people are in the car."""
        return self.condition(now).occupants

    def ignition_on(self, now: float) -> bool | None:
        """Return whether the ignition is on."""
        return self.condition(now).ignition_on

    def supply(self, now: float) -> SupplyReading:
        """Return the voltages."""
        return self.condition(now).supply

    def sim_card(self, now: float) -> SimCard:
        """Return the card's state."""
        return self.condition(now).sim_card

    def utc(self, now: float) -> float | None:
        """Return the civil time as the unit believes it."""
        offset = self.condition(now).clock_offset_s
        return None if offset is None else self._true_utc(now) + offset

    # --- inside ----------------------------------------------------------------------------------

    def _free_from(self, now: float) -> float:
        """Nothing can begin in time already read, nor before the last happening is over."""
        return max([now, self._read_until, *(h.end for h in self._happenings)])

    def _true_utc(self, now: float) -> float:
        return self._utc_at_start + (now - self._start)

    def _fix(self, k: int, accuracy: float) -> Fix:
        """The fix number k; its error is the same whenever it is asked for."""
        at = self._start + k * _FIX_STEP_S
        place = self._route.at(self._odometer.driven_m(at))
        noise = random.Random(f"{self._seed}/{k}")  # noqa: S311  pretend noise must be repeatable
        error = _GNSS_ERROR_M * accuracy / 4.0
        latitude, longitude = moved(place, noise.gauss(0.0, error), noise.gauss(0.0, error))
        return Fix(
            utc=self._true_utc(at),
            latitude=latitude,
            longitude=longitude,
            accuracy_m=accuracy,
            heading_deg=place.heading_deg,
            speed_kmh=self._odometer.speed_kmh(at),
        )

    def _idle(self, chunk: _Chunk, since: float, until: float) -> None:
        """Fill with what a car feels that rolls or stands: gravity and a little noise."""
        first = math.floor((since - self._start) / IDLE_STEP_S) + 1
        last = math.floor((until - self._start) / IDLE_STEP_S)
        for k in range(first, last + 1):
            y, z = _gravity(self._attitude_deg)
            self._row(chunk, self._start + k * IDLE_STEP_S, (0.0, y, z), 0.0)

    def _row(
        self, chunk: _Chunk, t: float, push: tuple[float, float, float], roll_rate: float
    ) -> None:
        gauss = self._random.gauss
        x, y, z = (value + gauss(0.0, _NOISE_G) for value in push)
        chunk.add(t, x, y, z, roll_rate)

    def _fill(self, chunk: _Chunk, happening: _Happening, since: float, until: float) -> None:
        if happening.scenario is not None:
            self._fill_scenario(chunk, happening.scenario, happening.start, (since, until))
        elif happening.pulse is not None:
            _fill_pulse(chunk, happening, happening.pulse, until)

    def _fill_scenario(
        self, chunk: _Chunk, scenario: Scenario, start: float, span: tuple[float, float]
    ) -> None:
        roll = scenario.roll
        first = math.floor((span[0] - start) / FULL_STEP_S + 1e-6) + 1
        last = math.floor((span[1] - start) / FULL_STEP_S + 1e-6)
        for k in range(first, last + 1):
            tau = k * FULL_STEP_S
            self._attitude_deg = roll.angle(tau) if roll else self._attitude_deg
            y, z = _gravity(self._attitude_deg)
            felt = {"x": 0.0, "y": y, "z": z}
            for push in scenario.pushes:
                felt[push.channel] += push.at(tau)
            rate = roll.rate(tau) if roll else 0.0
            self._row(chunk, start + tau, (felt["x"], felt["y"], felt["z"]), rate)


def _gravity(roll_deg: float) -> tuple[float, float]:
    """Return the lateral and vertical specific force of a car that lies rolled by this angle."""
    angle = math.radians(roll_deg)
    return -math.sin(angle), -math.cos(angle)


def _fill_pulse(chunk: _Chunk, happening: _Happening, pulse: Samples, until: float) -> None:
    """Copy the recording up to a time; a channel it lacks is unknown, not zero.

    At its end everything is flushed, so that a recording with a bad clock is played wholly too.
    """
    channels = (pulse.ax, pulse.ay, pulse.az, pulse.roll_rate)
    shift = happening.start - pulse.t[0]
    rows, i = len(pulse), happening.played
    whole = until >= happening.end
    while i < rows and (whole or not pulse.t[i] + shift > until):
        chunk.add(pulse.t[i] + shift, *(0.0 if c is None else c[i] for c in channels))
        i += 1
    if i > happening.played:
        chunk.missing |= {k for k, c in enumerate(channels) if c is None}
    happening.played = i
