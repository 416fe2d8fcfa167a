"""From the coded numbers to degrees and time, and back; "unknown" is ``None`` on this side."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from opensos.protocols.effects import LocalError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAS_PER_DEGREE: Final = 3_600_000
MAX_LATITUDE_MAS: Final = 90 * MAS_PER_DEGREE
MAX_LONGITUDE_MAS: Final = 180 * MAS_PER_DEGREE
UNKNOWN_POSITION: Final = 0x7FFF_FFFF
UNKNOWN_DIRECTION: Final = 255
UNKNOWN_OCCUPANTS: Final = 255
MAX_DIRECTION: Final = 179
DELTA_UNIT_MAS: Final = 100


def _degrees(mas: int | None, limit: int) -> float | None:
    if mas is None or not -limit <= mas <= limit:
        return None
    return mas / MAS_PER_DEGREE


def latitude(mas: int | None) -> float | None:
    """Turn milliarcseconds into degrees north; ``None`` if unknown, absent or beyond ±90°."""
    return _degrees(mas, MAX_LATITUDE_MAS)


def longitude(mas: int | None) -> float | None:
    """Turn milliarcseconds into degrees east; ``None`` if unknown, absent or beyond ±180°."""
    return _degrees(mas, MAX_LONGITUDE_MAS)


def latitude_mas(degrees: float | None) -> int:
    """Turn degrees north into milliarcseconds; ``None`` becomes the code for unknown.

    Raises:
        LocalError: The latitude is beyond ±90°.
    """
    return _mas(degrees, 90)


def longitude_mas(degrees: float | None) -> int:
    """Turn degrees east into milliarcseconds; ``None`` becomes the code for unknown.

    Raises:
        LocalError: The longitude is beyond ±180°.
    """
    return _mas(degrees, 180)


def _mas(degrees: float | None, limit: int) -> int:
    if degrees is None:
        return UNKNOWN_POSITION
    if not -limit <= degrees <= limit:
        raise LocalError(f"a position of {degrees} degrees is beyond the limit of {limit} degrees")
    return round(degrees * MAS_PER_DEGREE)


def direction_deg(code: int | None) -> int | None:
    """Turn a coded direction into degrees from magnetic north, 0..358; ``None`` if unknown."""
    if code is None or not 0 <= code <= MAX_DIRECTION:
        return None
    return 2 * code


def direction_code(degrees: float | None) -> int:
    """Turn degrees into steps of 2°; ``None`` becomes 255, any turn is folded into 0..179.

    Raises:
        LocalError: The direction is not a finite number.
    """
    if degrees is None:
        return UNKNOWN_DIRECTION
    if not -1e9 < degrees < 1e9:
        raise LocalError(f"a direction of {degrees} degrees makes no sense")
    return round((degrees % 360) / 2) % 180


def utc(seconds: int | None) -> datetime | None:
    """Turn the timestamp into a time in UTC; 0 is the car's word for "no time"."""
    if not seconds:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def recent_positions(
    latitude_now: int, longitude_now: int, *deltas: Sequence[int] | None
) -> tuple[tuple[float, float], ...]:
    """Add up N1 and N2 into degrees: N1 counts from the current position, N2 from N1.

    A chain that is broken (position unknown, N1 absent) ends there.
    """
    found: list[tuple[float, float]] = []
    north, east = latitude_now, longitude_now
    if latitude(north) is None or longitude(east) is None:
        return ()
    for delta in deltas:
        if delta is None:
            break
        north += delta[0] * DELTA_UNIT_MAS
        east += delta[1] * DELTA_UNIT_MAS
        # A step over the date line comes out on the other side.
        east = (east + MAX_LONGITUDE_MAS) % (2 * MAX_LONGITUDE_MAS) - MAX_LONGITUDE_MAS
        degrees_north, degrees_east = latitude(north), longitude(east)
        if degrees_north is None or degrees_east is None:
            break
        found.append((degrees_north, degrees_east))
    return tuple(found)
