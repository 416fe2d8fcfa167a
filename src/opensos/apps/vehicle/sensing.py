"""Asks the car's sensors, and goes on when one of them fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from opensos.apps.vehicle.message import Observation
from opensos.protocols.effects import OpenSosError
from opensos.rules.crash import EMPTY, CrashDetector
from opensos.rules.crash import Settings as CrashSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.ports import Car, Seat, VehicleIdentity
    from opensos.rules.crash import CrashReport, FullScale, Samples

T = TypeVar("T")

_SAID_AGAIN_S = 60.0
_CALM_G = 1.5  # harder than any braking


class Senses:
    """The car as the unit feels it. ``failed`` is told the name of a sensor, now and then."""

    def __init__(self, car: Car, failed: Callable[[str], None]) -> None:
        self._car = car
        self._failed = failed
        self._broken: set[str] = set()
        self._quiet_until: dict[str, float] = {}
        self._detector = CrashDetector(CrashSettings(full_scale=car.full_scale))
        self._airbag_seen: float | None = None
        self.calm = True

    @property
    def full_scale(self) -> FullScale:
        """The range of the acceleration sensor."""
        return self._car.full_scale

    def crashes(self, now: float) -> list[CrashReport]:
        """Return what the detector makes of everything since the last call."""
        samples = self._ask(now, "accelerometer", lambda: self._car.acceleration(now), EMPTY)
        self.calm = _calm(samples)
        reports = self._detector.feed(samples)
        fired = self._ask(now, "airbag_line", lambda: self._car.airbag_fired_at(now), None)
        if fired is not None and fired != self._airbag_seen:
            reports += self._detector.airbag(fired)
        self._airbag_seen = fired
        return reports

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
        except OpenSosError:
            self._broken.add(name)
            # A loose contact fails a hundred times a second: people need one line of it.
            if now >= self._quiet_until.get(name, now):
                self._quiet_until[name] = now + _SAID_AGAIN_S
                self._failed(name)
            return instead
        self._broken.discard(name)
        return value


def _calm(samples: Samples) -> bool:
    """Whether nothing but gravity and the road's noise was felt lately."""
    for column in (samples.ax, samples.ay):
        if column is not None and len(column) and not abs(column[-1]) < _CALM_G:
            return False
    return True
