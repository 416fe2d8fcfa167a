"""A closed road that the pretend car drives round for ever.

Twenty points made up for this project, near Aachen where a motorway could run; no map was copied,
and no real road is meant.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import TypeAlias

LatLon: TypeAlias = tuple[float, float]

_M_PER_DEG = 111_320.0
"""Metres in a degree of latitude; good to 0.3 % on a route of a few kilometres."""

ROUND_TRIP: tuple[LatLon, ...] = (
    (50.8000, 6.1800),
    (50.8031, 6.1893),
    (50.8069, 6.1981),
    (50.8112, 6.2062),
    (50.8160, 6.2136),
    (50.8213, 6.2199),
    (50.8270, 6.2247),
    (50.8330, 6.2277),
    (50.8392, 6.2284),
    (50.8449, 6.2262),
    (50.8494, 6.2209),
    (50.8518, 6.2131),
    (50.8515, 6.2044),
    (50.8484, 6.1965),
    (50.8434, 6.1904),
    (50.8374, 6.1861),
    (50.8309, 6.1831),
    (50.8241, 6.1808),
    (50.8171, 6.1790),
    (50.8084, 6.1778),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the route: degrees, and the course there, clockwise from true north."""

    latitude: float
    longitude: float
    heading_deg: float


class Route:
    """A polyline that closes on itself."""

    def __init__(self, points: tuple[LatLon, ...] = ROUND_TRIP) -> None:
        self._points = (*points, points[0])
        self._starts = [0.0]
        for here, there in zip(self._points, self._points[1:], strict=False):
            north, east = _metres(here, there)
            self._starts.append(self._starts[-1] + math.hypot(north, east))

    @property
    def length_m(self) -> float:
        """The length of one round."""
        return self._starts[-1]

    def at(self, driven_m: float) -> Place:
        """Return the place after so many metres."""
        along = driven_m % self.length_m
        leg = min(bisect_right(self._starts, along), len(self._points) - 1) - 1
        here, there = self._points[leg], self._points[leg + 1]
        share = (along - self._starts[leg]) / (self._starts[leg + 1] - self._starts[leg])
        north, east = _metres(here, there)
        return Place(
            latitude=here[0] + (there[0] - here[0]) * share,
            longitude=here[1] + (there[1] - here[1]) * share,
            heading_deg=math.degrees(math.atan2(east, north)) % 360.0,
        )


def moved(place: Place, north_m: float, east_m: float) -> LatLon:
    """Return the place shifted by metres: how a receiver errs."""
    shrink = math.cos(math.radians(place.latitude))
    return (
        place.latitude + north_m / _M_PER_DEG,
        place.longitude + east_m / (_M_PER_DEG * shrink),
    )


def _metres(here: LatLon, there: LatLon) -> tuple[float, float]:
    shrink = math.cos(math.radians((here[0] + there[0]) / 2.0))
    return (there[0] - here[0]) * _M_PER_DEG, (there[1] - here[1]) * _M_PER_DEG * shrink
