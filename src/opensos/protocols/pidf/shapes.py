"""The shapes of RFC 5491 §5, each reduced to a centre and a radius that covers it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from . import earth
from .hardened import local_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from .earth import Point

MAX_VERTICES: Final = 512
_NUMBER: Final = re.compile(
    r"[+-]?(?:\d{1,20}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?", re.ASCII
)
_DMS: Final = re.compile(
    r"(\d{1,3}):(\d{1,2}):(\d{1,2}(?:\.\d{1,10})?)([NS])[\s,]{1,9}"
    r"(\d{1,3}):(\d{1,2}):(\d{1,2}(?:\.\d{1,10})?)([EW])",
    re.ASCII,
)
_METRES: Final = {"9001": 1.0, "9002": 0.3048}
_DEGREES: Final = {"9102": 1.0, "9101": 180.0 / math.pi}
_PLAIN_CRS: Final = ("4326", "4979")


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape by its name, its covering circle, and its altitude in metres."""

    name: str
    lat: float
    lon: float
    radius_m: float | None = None
    altitude: float | None = None


def read_shape(element: _Element, problems: list[str]) -> Shape | None:
    """Return the shape, or None with a problem; other elements than shapes give just None."""
    name = local_name(element)
    reader = _READERS.get(name)
    if reader is None:
        return None
    shape = reader(element, problems)
    if shape is None:
        problems.append(f"The {name} cannot be used.")
    return shape


# --- the pieces -------------------------------------------------------------------------------


def _child(element: _Element, name: str) -> _Element | None:
    return next((item for item in element.iter("{*}" + name)), None)


def _text(element: _Element | None) -> str:
    return "" if element is None else "".join(map(str, element.itertext())).strip()


def number(text: str) -> float | None:
    """Read a finite number in the lexical form of xs:double; None if it is none."""
    text = text.strip()
    if len(text) > 60 or _NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _measure(
    element: _Element, name: str, units: dict[str, float], problems: list[str]
) -> float | None:
    """Read a length in metres or an angle in degrees; not negative for lengths."""
    child = _child(element, name)
    if child is None:
        problems.append(f"{name} is missing.")
        return None
    value = number(_text(child))
    if value is None or (value < 0 and units is _METRES):
        problems.append(f"{name} is {_text(child)[:40]!r}, which is no usable number.")
        return None
    unit = (child.get("uom") or "").rpartition(":")[2].rpartition("#")[2]
    factor = units.get(unit)
    if factor is None:
        assumed = "metres" if units is _METRES else "degrees"
        problems.append(f"{name} has the unit {child.get('uom')!r}; read as {assumed}.")
        factor = 1.0
    return value * factor


def _axis_order(element: _Element, problems: list[str]) -> bool:
    """Whether longitude comes first: only in CRS84, which RFC 5491 §5 does not allow."""
    found: _Element | None = element
    while found is not None:
        name = found.get("srsName")
        if name is not None:
            code = name.rpartition(":")[2].rpartition("#")[2].rpartition("/")[2]
            if code.upper() == "CRS84":
                problems.append("The coordinates are in CRS84, longitude first.")
                return True
            if code not in _PLAIN_CRS:
                problems.append(f"The reference system {name[:60]!r} is unknown; read as WGS 84.")
            return False
        found = found.getparent()
    problems.append("No reference system is named; read as WGS 84.")
    return False


def _point(
    numbers: list[float | None], problems: list[str], *, lon_first: bool = False
) -> tuple[Point, float | None] | None:
    if len(numbers) not in {2, 3} or any(value is None for value in numbers):
        problems.append("A position is not two or three numbers.")
        return None
    first, second, *rest = (value for value in numbers if value is not None)
    lat, lon = (second, first) if lon_first else (first, second)
    if not -90.0 <= lat <= 90.0:
        problems.append(f"The latitude {lat:g} is not within -90 to 90.")
        return None
    if not -180.0 <= lon <= 180.0:
        if not 180.0 < lon <= 360.0:
            problems.append(f"The longitude {lon:g} is not within -180 to 180.")
            return None
        problems.append(f"The longitude {lon:g} is beyond 180; a turn was taken off.")
        lon = earth.wrap(lon)
    return (lat, lon), (rest[0] if rest else None)


def _position(element: _Element, problems: list[str]) -> tuple[Point, float | None] | None:
    """Read ``pos``, or the ``coordinates`` of RFC 4119 §2.3's time."""
    lon_first = _axis_order(element, problems)
    pos = _child(element, "pos")
    if pos is not None:
        words = _text(pos).split()[:4]
        return _point([number(word) for word in words], problems, lon_first=lon_first)
    old = _text(_child(element, "coordinates"))
    sexagesimal = _DMS.fullmatch(old)
    if sexagesimal is None:
        words = old.replace(",", " ").split()[:4]
        return _point([number(word) for word in words], problems, lon_first=lon_first)
    parts = sexagesimal.groups()
    values: list[float | None] = []
    for degrees, minutes, seconds, side in (parts[:4], parts[4:]):
        value = int(degrees) + int(minutes) / 60 + float(seconds) / 3600
        values.append(-value if side in "SW" else value)
    return _point(values, problems)


# --- the shapes -------------------------------------------------------------------------------


def _read_point(element: _Element, problems: list[str]) -> Shape | None:
    found = _position(element, problems)
    if found is None:
        return None
    (lat, lon), altitude = found
    return Shape("Point", lat, lon, None, altitude)


def _round_shape(name: str, axis: str) -> Callable[[_Element, list[str]], Shape | None]:
    """Return the reader of a shape that one length covers (§5.2.3, 5.2.4, 5.2.6, 5.2.7)."""

    def read(element: _Element, problems: list[str]) -> Shape | None:
        found = _position(element, problems)
        if found is None:
            return None
        (lat, lon), altitude = found
        # The centre counts even if its radius cannot be read.
        radius = _measure(element, axis, _METRES, problems)
        if axis == "semiMajorAxis" and radius is not None:
            minor = _measure(element, "semiMinorAxis", _METRES, problems)
            radius = max(radius, minor or 0.0)
        return Shape(name, lat, lon, radius, altitude)

    return read


def _read_arc_band(element: _Element, problems: list[str]) -> Shape | None:
    """A slice of a ring around a cell's mast; the mast itself lies outside (§5.2.5)."""
    found = _position(element, problems)
    if found is None:
        return None
    mast, altitude = found
    outer = _measure(element, "outerRadius", _METRES, problems)
    inner = _measure(element, "innerRadius", _METRES, problems)
    start = _measure(element, "startAngle", _DEGREES, problems)
    opening = _measure(element, "openingAngle", _DEGREES, problems)
    if outer is None:
        return Shape("ArcBand", *mast, None, altitude)
    if start is None or opening is None or not 0.0 <= opening < 180.0:
        return Shape("ArcBand", *mast, outer, altitude)
    away, radius = _cover_slice(min(inner or 0.0, outer), outer, math.radians(opening / 2))
    centre = earth.travel(mast, start + opening / 2, away)
    return Shape("ArcBand", *centre, radius * earth.MARGIN, altitude)


def _cover_slice(inner: float, outer: float, half: float) -> tuple[float, float]:
    """Return how far along its middle line the covering circle sits, and its radius.

    ``half`` is half the opening in radians, below a quarter turn. The two outer corners span the
    circle, unless the inner corners then stick out: then all four lie on it.
    """
    cosine = math.cos(half)
    away = min(outer * cosine, (outer + inner) / (2 * cosine))
    away_square = outer * outer + away * away - 2 * outer * away * cosine
    return away, math.sqrt(max(0.0, away_square))


def _read_area(element: _Element, problems: list[str]) -> Shape | None:
    """A Polygon, or a Prism by its base (§5.2.2, 5.2.8)."""
    lon_first = _axis_order(element, problems)
    vertices: list[Point] = []
    altitude: float | None = None
    for numbers in _vertices(element):
        found = _point(numbers, problems, lon_first=lon_first)
        if found is not None:
            vertices.append(found[0])
            altitude = found[1] if altitude is None else altitude
        if len(vertices) == MAX_VERTICES:
            problems.append(f"Only the first {MAX_VERTICES} corners were read.")
            break
    if not vertices:
        return None
    if len(vertices) > 1 and vertices[0] == vertices[-1]:
        vertices.pop()  # the ring's end repeats its beginning
    (lat, lon), radius = earth.cover(vertices)
    return Shape(local_name(element), lat, lon, radius, altitude)


def _vertices(element: _Element) -> list[list[float | None]]:
    listed = _child(element, "posList")
    if listed is None:
        return [[number(word) for word in _text(pos).split()] for pos in element.iter("{*}pos")]
    values = [number(word) for word in _text(listed).split()[: 3 * MAX_VERTICES + 3]]
    size = _dimension(listed, values)
    return [values[at : at + size] for at in range(0, len(values), size)]


def _dimension(listed: _Element, values: list[float | None]) -> int:
    """Two or three numbers per corner: said by srsDimension or the reference system, else guessed.

    A ring ends where it began (RFC 5491 §5.1), which settles a count that both could explain.
    """
    said = listed.get("srsDimension")
    if said in {"2", "3"}:
        return int(said)
    for size in (2, 3):
        if len(values) % size == 0 and len(values) >= 4 * size and values[:size] == values[-size:]:
            return size
    return 3 if len(values) % 2 else 2


_READERS: Final[dict[str, Callable[[_Element, list[str]], Shape | None]]] = {
    "Point": _read_point,
    "Circle": _round_shape("Circle", "radius"),
    "CircleByCenterPoint": _round_shape("Circle", "radius"),
    "Ellipse": _round_shape("Ellipse", "semiMajorAxis"),
    "Sphere": _round_shape("Sphere", "radius"),
    "Ellipsoid": _round_shape("Ellipsoid", "semiMajorAxis"),
    "ArcBand": _read_arc_band,
    "Polygon": _read_area,
    "Prism": _read_area,
}
