"""Asks the car's sensors, and goes on when one of them fails."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeGuard, TypeVar

from opensos.apps.vehicle.around import PART_FAILS
from opensos.apps.vehicle.message import Observation
from opensos.protocols.effects import LocalError
from opensos.rules.crash import CrashDetector
from opensos.rules.crash import Settings as CrashSettings
from opensos.rules.readiness.readings import AccelerometerReading

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.ports import Car, Seat, VehicleIdentity
    from opensos.rules.crash import CrashReport, FullScale, Samples

T = TypeVar("T")

_SAID_AGAIN_S = 60.0
_CALM_G = 1.5  # harder than any braking
_FEW_SAMPLES = 10
_WHOLE_S = 5.0  # a line that was heard so long and has not fired is whole


class Senses:
    """The car as the unit feels it. ``failed`` is told the name of a sensor, now and then."""

    def __init__(self, car: Car, failed: Callable[[str], None]) -> None:
        self._car = car
        self._failed = failed
        self._broken: set[str] = set()
        self._quiet_until: dict[str, float] = {}
        self._detector = CrashDetector(CrashSettings(full_scale=car.full_scale))
        self._airbag_seen: float | None = None
        self._line = _OldLine()
        self.calm = True
        self._feel = _Feel()

    @property
    def full_scale(self) -> FullScale:
        """The range of the acceleration sensor."""
        return self._car.full_scale

    def crashes(self, now: float) -> list[CrashReport]:
        """Return what the detector makes of everything since the last call."""
        none: list[CrashReport] = []
        reports = self._ask(now, "accelerometer", lambda: self._felt(now), none)
        fired = self._ask(now, "airbag_line", lambda: _moment(self._car.airbag_fired_at(now)), None)
        if fired != self._airbag_seen and self._line.is_news(fired):
            reports = [*reports, *self._detector.airbag(fired)]
        self._airbag_seen = fired
        return reports

    def _felt(self, now: float) -> list[CrashReport]:
        samples = self._car.acceleration(now)
        calm = _calm(samples)
        self._feel.add(samples, now, calm=calm)
        self.calm = calm
        # The last that can fail: what it finds is never lost.
        return self._detector.feed(samples)

    @property
    def airbag_told(self) -> bool:
        """Whether a firing was taken up, and the line was not heard whole since: for the disk."""
        return self._line.told

    def airbag_was_told(self) -> None:
        """Learn, at the start, that the line's firing was taken up before."""
        self._line = _OldLine(told=True, waits=True)

    def line_heard(self, now: float, *, heard: bool) -> None:
        """Learn whether the airbag line is heard, once in a while."""
        self._line.look(now, heard=heard)

    def accelerometer(self, now: float) -> AccelerometerReading:
        """Return how the sensor was since this was last asked."""
        return self._feel.reading(now)

    def airbag(self, now: float) -> bool | None:
        """Whether the airbag line has fired; None if the line cannot be asked."""
        fired = self._ask(now, "airbag_line", lambda: self._car.airbag_fired_at(now), None)
        return None if "airbag_line" in self._broken else fired is not None

    def utc(self, now: float) -> float | None:
        """Return the unit's civil time; None if it is not set."""
        return self._ask(now, "clock", lambda: self._car.utc(now), None)

    def seats(self, now: float) -> tuple[Seat, ...]:
        """Return the seats, none if they cannot be asked."""
        return self._ask(now, "seats", lambda: self._car.seats(now), ())

    def any_unbelted(self, now: float) -> bool | None:
        """Whether somebody sits unbelted; None if that cannot be told."""
        taken = [seat for seat in self.seats(now) if seat.occupied is not False]
        if any(seat.occupied and seat.belted is False for seat in taken):
            return True
        known = taken and all(seat.occupied and seat.belted is not None for seat in taken)
        return False if known else None

    def observe(self, now: float, identity: VehicleIdentity) -> Observation:
        """Return all that a message needs, as it is now."""
        return Observation(
            identity=identity,
            utc=self.utc(now),
            fix=self._ask(now, "gnss", lambda: self._car.fix(now), None),
            recent=self._ask(now, "recent_positions", lambda: self._car.recent(now), ()),
            occupants=self._ask(now, "occupants", lambda: self._car.occupants(now), None),
        )

    def _ask(self, now: float, name: str, read: Callable[[], T], instead: T) -> T:
        try:
            value = read()
        except PART_FAILS:
            self._broken.add(name)
            # A loose contact fails a hundred times a second: people need one line of it.
            if now >= self._quiet_until.get(name, now):
                self._quiet_until[name] = now + _SAID_AGAIN_S
                self._failed(name)
            return instead
        self._broken.discard(name)
        return value


def _moment(value: object) -> float | None:
    """Return a steady time; raises LocalError for what is none."""
    if value is None:
        return None
    if not (isinstance(value, (int, float)) and math.isfinite(value)):
        raise LocalError("a sensor's time is no number")
    return value


def _calm(samples: Samples) -> bool:
    """Whether nothing but gravity and the road's noise was felt lately."""
    for column in (samples.ax, samples.ay):
        if column is not None and len(column) and not abs(column[-1]) < _CALM_G:
            return False
    return True


class _OldLine:
    """Tells an old firing of the airbag line from a new one.

    A crash output stays: the line of a car that has crashed says so at every start of the unit, and
    each of them would be another call. What it says before it was heard whole is old.
    """

    def __init__(self, *, told: bool = False, waits: bool = False) -> None:
        self.told = told
        self._waits = waits
        self._whole_since: float | None = None

    def is_news(self, fired: float | None) -> TypeGuard[float]:
        """Whether a firing that was not seen yet is one to act upon."""
        if fired is None:
            return False
        old, self._waits = self._waits, False
        self.told = True
        return not old

    def look(self, now: float, *, heard: bool) -> None:
        """Wait until the line was heard for a while without a firing."""
        if not self._waits:
            return
        if not heard:
            self._whole_since = None
        elif self._whole_since is None:
            self._whole_since = now
        elif now - self._whole_since >= _WHOLE_S:
            self._waits = self.told = False


class _Feel:
    """Rate, resting magnitude and noise of the samples since it was last read."""

    def __init__(self) -> None:
        self._heard_at: float | None = None
        self._since: float | None = None
        self._count = 0
        self._sums = [0.0, 0.0, 0.0]
        self._squares = [0.0, 0.0, 0.0]
        self._calm = 0

    def add(self, samples: Samples, now: float, *, calm: bool) -> None:
        """Take in a chunk; only a calm one says anything of rest and noise."""
        if self._since is None:
            self._since = now
        columns = (samples.ax, samples.ay, samples.az)
        length = len(samples)
        if not length:
            return
        self._heard_at = now
        self._count += length
        if not calm or any(column is None for column in columns):
            return
        self._calm += length
        for axis, column in enumerate(columns):
            for value in column or ():
                self._sums[axis] += value
                self._squares[axis] += value * value

    def reading(self, now: float) -> AccelerometerReading:
        """Return the figures, and begin anew."""
        span = 0.0 if self._since is None else now - self._since
        rate = self._count / span if span > 0 else None
        rest = noise = None
        if self._calm >= _FEW_SAMPLES:
            means = [total / self._calm for total in self._sums]
            spreads = [s / self._calm - m * m for s, m in zip(self._squares, means, strict=True)]
            rest = math.sqrt(sum(mean * mean for mean in means))
            noise = math.sqrt(max(0.0, sum(spreads)))
            if not math.isfinite(rest) or not math.isfinite(noise):
                rest = noise = None
        self._since, self._count, self._calm = now, 0, 0
        self._sums = [0.0, 0.0, 0.0]
        self._squares = [0.0, 0.0, 0.0]
        return AccelerometerReading(self._heard_at, rate, rest, noise)
