"""An ordinary life for the pretend car: commutes, weekends, garage nights, tunnels, holidays.

Made up, and drawn day by day from one seed. Nothing in it is a fault: a self-test that warns on it
warns wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opensos.sim.dice import between, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opensos.sim.car import PretendCar

DAY_S: Final = 86_400.0
_GARAGE_OWNERS = 0.5
_HOLIDAY_DAYS = 14
_ABROAD = ("AT", "IT", "FR", "CH")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: ``what`` is drive, surround, park or travel; ``where`` its place."""

    utc: float
    what: str
    where: str


class DailyLife:
    """The days of one owner.

    Args:
        seed: everything is drawn from it.
    """

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._night = "garage" if share(seed, "owner") < _GARAGE_OWNERS else "home"

    def steps(self, utc: float, days: int) -> Iterator[Step]:
        """Return what happens in so many days from the midnight (UTC) at or before ``utc``."""
        first = int(utc // DAY_S)
        for day in range(first, first + days):
            yield from sorted(self._day(day), key=lambda step: step.utc)

    # --- one day ----------------------------------------------------------------------------------

    def _day(self, day: int) -> Iterator[Step]:
        year_day, year = day % 365, day // 365
        begins = int(between(185, 235, self._seed, "summer", year))
        if begins <= year_day < begins + _HOLIDAY_DAYS:
            yield from self._holiday(day, year_day - begins, year)
        elif self._stands_still(year_day, year):
            return
        elif (day + 3) % 7 < 5:  # day 0, the first of January 1970, was a Thursday
            yield from self._work_day(day)
        else:
            yield from self._weekend(day)

    def _stands_still(self, year_day: int, year: int) -> bool:
        """Ten days in winter the owner is away without the car."""
        begins = int(between(5, 60, self._seed, "winter", year))
        return begins <= year_day < begins + 10

    def _work_day(self, day: int) -> Iterator[Step]:
        morning = self._at(day, 7.6, 0.4, "morning")
        yield from self._trip(day, 0, morning, self._long(day, 26.0, "out"), self._job(day))
        evening = self._at(day, 16.8, 0.8, "evening")
        yield from self._trip(day, 1, evening, self._long(day, 29.0, "back"), self._night)
        if share(self._seed, "errand", day) < 0.55:
            out = self._at(day, 19.2, 0.5, "errand_at")
            yield from self._trip(day, 2, out, self._long(day, 12.0, "errand"), "street")
            back = out + self._long(day, 75.0, "stay")
            yield from self._trip(day, 3, back, self._long(day, 12.0, "home"), self._night)

    def _weekend(self, day: int) -> Iterator[Step]:
        trips = 1 + int(share(self._seed, "trips", day) * 3.0)
        hours = between(8.5, 10.5, self._seed, "leave", day)
        for number in range(trips):
            last = number == trips - 1
            length = self._long(day, 38.0, f"trip{number}")
            where = self._night if last else self._visit(day, number)
            at = day * DAY_S + hours * 3600.0
            yield from self._trip(day, number, at, length, where)
            hours += length / 3600.0 + between(1.0, 3.0, self._seed, "visit", day * 8 + number)

    def _holiday(self, day: int, nth: int, year: int) -> Iterator[Step]:
        country = _ABROAD[int(share(self._seed, "country", year) * len(_ABROAD))]
        if nth in {0, _HOLIDAY_DAYS - 1}:
            out = nth == 0
            at = self._at(day, 6.5, 0.5, "off")
            yield from self._trip(day, 0, at, 5.5 * 3600.0, "street" if out else self._night)
            yield Step(at + 3.0 * 3600.0, "travel", country if out else "DE")
        elif share(self._seed, "outing", day) < 0.4:
            at = self._at(day, 10.5, 1.0, "outing_at")
            yield from self._trip(day, 0, at, self._long(day, 40.0, "outing"), "street")

    # --- one trip ---------------------------------------------------------------------------------

    def _trip(self, day: int, number: int, at: float, length: float, ends: str) -> Iterator[Step]:
        """Drive off, pass what lies on the way, park."""
        count = day * 8 + number
        yield Step(at, "drive", "street" if self._dice("leave", count) < 0.5 else "city")
        yield Step(at + 0.15 * length, "surround", "city")
        yield Step(at + 0.30 * length, "surround", "motorway")
        if self._dice("tunnel", count) < 0.35:
            tunnel = between(25.0, 160.0, self._seed, "tunnel_s", count)
            yield Step(at + 0.40 * length, "surround", "tunnel")
            yield Step(at + 0.40 * length + tunnel, "surround", "road")
        if self._dice("country", count) < 0.4:
            yield Step(at + 0.62 * length, "surround", "countryside")
            if self._dice("dead", count) < 0.4:
                yield Step(at + 0.70 * length, "surround", "dead_zone")
                dead = between(30.0, 280.0, self._seed, "dead_s", count)
                yield Step(at + 0.70 * length + min(dead, 0.1 * length), "surround", "countryside")
        yield Step(at + 0.88 * length, "surround", "street")
        yield Step(at + length, "park", ends)

    def _job(self, day: int) -> str:
        return "underground" if self._dice("job", day) < 0.25 else "work"

    def _visit(self, day: int, number: int) -> str:
        places = ("street", "street", "underground", "countryside", "city", "dead_zone")
        return places[int(self._dice("where", day * 8 + number) * len(places))]

    def _at(self, day: int, hour: float, spread: float, name: str) -> float:
        return day * DAY_S + 3600.0 * between(hour - spread, hour + spread, self._seed, name, day)

    def _long(self, day: int, minutes: float, name: str) -> float:
        return 60.0 * between(0.7 * minutes, 1.4 * minutes, self._seed, f"long_{name}", day)

    def _dice(self, name: str, count: int) -> float:
        return share(self._seed, name, count)


def live(car: PretendCar, step: Step, now: float) -> None:
    """Let one step happen to the car at ``now`` (steady seconds)."""
    if step.what == "drive":
        car.drive(now, step.where)
    elif step.what == "surround":
        car.surround(now, step.where)
    elif step.what == "park":
        car.park(now, step.where)
    else:
        car.travel(now, step.where)
