"""Distances on the Earth, as far as covering a shape with a circle needs them.

A sphere of the mean radius: against the WGS 84 ellipsoid distances are off by 0.56 % at most, so
a radius is made that much larger: it may not leave out a place where the caller can be.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

Point: TypeAlias = tuple[float, float]
"""Latitude and longitude in degrees."""

RADIUS_M: Final = 6_371_008.8
MARGIN: Final = 1.006


def distance_m(start: Point, end: Point) -> float:
    """Return the great-circle distance in metres."""
    lat1, lat2 = math.radians(start[0]), math.radians(end[0])
    half_lon = math.radians(end[1] - start[1]) / 2
    square = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
    )
    return 2 * RADIUS_M * math.asin(min(1.0, math.sqrt(square)))


def travel(start: Point, bearing_deg: float, metres: float) -> Point:
    """Return the point that lies so many metres away in this direction (clockwise from north)."""
    angle, bearing, lat = metres / RADIUS_M, math.radians(bearing_deg), math.radians(start[0])
    sine = math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing)
    end_lat = math.asin(max(-1.0, min(1.0, sine)))
    east = math.sin(bearing) * math.sin(angle) * math.cos(lat)
    north = math.cos(angle) - math.sin(lat) * math.sin(end_lat)
    return math.degrees(end_lat), wrap(start[1] + math.degrees(math.atan2(east, north)))


def wrap(lon: float) -> float:
    """Return the longitude within -180 to 180."""
    return (lon + 180.0) % 360.0 - 180.0 if not -180.0 <= lon <= 180.0 else lon


def cover(points: list[Point]) -> tuple[Point, float]:
    """Return a centre and a radius in metres that cover all points (at least one).

    The centre is the mean of their directions from the Earth's middle, moved twice towards the
    farthest: good enough, and right across the date line and at the poles.
    """
    unit = [_vector(point) for point in points]
    x, y, z = (sum(axis) for axis in zip(*unit, strict=True))
    if math.hypot(x, y, z) < 1e-9:  # points all around the Earth have no middle
        centre = points[0]
    else:
        centre = math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))
    for share in (0.5, 0.25, 0.125):
        centre = _towards(centre, points, share)
    return centre, max(distance_m(centre, point) for point in points) * MARGIN


def _vector(point: Point) -> tuple[float, float, float]:
    lat, lon = math.radians(point[0]), math.radians(point[1])
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def _towards(centre: Point, points: list[Point], share: float) -> Point:
    """Move towards the farthest point by a share of the lead that it has over its opposite."""
    far = max(points, key=lambda point: distance_m(centre, point))
    opposite = max(points, key=lambda point: distance_m(far, point))
    lead = distance_m(centre, far) - distance_m(far, opposite) / 2
    return travel(centre, bearing_deg(centre, far), lead * share) if lead > 0 else centre


def bearing_deg(start: Point, end: Point) -> float:
    """Return the direction from one point to the other, degrees clockwise from north."""
    lat1, lat2 = math.radians(start[0]), math.radians(end[0])
    lon = math.radians(end[1] - start[1])
    east = math.sin(lon) * math.cos(lat2)
    north = math.cos(lat1) * math.sin(lat2) - math.sin(lat1) * math.cos(lat2) * math.cos(lon)
    return math.degrees(math.atan2(east, north))
