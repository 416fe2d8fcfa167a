"""The sentences that matter to an SOS call, each as a frozen value.

An empty field is None; a field that is impossible (latitude 95°, month 13, a speed beyond any
car) is None too: one bad field does not spoil its neighbours. Unknown sentences decode to None.
"""

from __future__ import annotations

import math
import re
from calendar import timegm
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KMH_PER_KNOT = 1.852
MAX_SPEED_KMH = 1000.0
"""No car is faster; a receiver that says so is wrong."""

_TALKERS = frozenset({"GP", "GL", "GA", "GB", "BD", "GN", "GQ", "QZ", "GI"})
_NUMBER = re.compile(r"[+-]?\d{1,10}(\.\d{0,12})?|[+-]?\.\d{1,12}")
_ANGLE = re.compile(r"\d{3,5}(\.\d{0,10})?")
_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)(\.\d{0,9})?")
_ANTENNA = re.compile(r"ANTSTATUS=(\w+)|ANTENNA (OK|OPEN|SHORT)", re.IGNORECASE)
_GPS_BEGAN = 80  # RMC has two digits; 1980-01-06 is what a receiver says that knows no date


@dataclass(frozen=True, slots=True)
class Rmc:
    """Recommended minimum: ``valid`` is status A and mode not N; ``date`` seconds UTC at 0:00."""

    talker: str
    day_s: float | None
    valid: bool
    latitude: float | None
    longitude: float | None
    speed_kmh: float | None
    course_deg: float | None
    date: int | None
    estimated: bool  # mode E (dead reckoning), M (typed in) or S (simulator): no satellites' word


@dataclass(frozen=True, slots=True)
class Gga:
    """Fix data: ``quality`` 0 none, 1 GPS, 2 differential, 4 RTK, 5 float, 6 dead reckoning …."""

    talker: str
    day_s: float | None
    latitude: float | None
    longitude: float | None
    quality: int | None
    satellites: int | None
    hdop: float | None
    altitude_m: float | None


@dataclass(frozen=True, slots=True)
class Gsa:
    """Mode (1 no fix, 2 = 2D, 3 = 3D), the satellites in use, dilutions of precision."""

    talker: str
    mode: int | None
    used: tuple[int, ...]
    pdop: float | None
    hdop: float | None
    system: int | None


@dataclass(frozen=True, slots=True)
class Gsv:
    """One page of the satellites in view, as pairs (number, C/N0 in dB-Hz or None = not heard)."""

    talker: str
    pages: int
    page: int
    in_view: int
    satellites: tuple[tuple[int, int | None], ...]
    signal: str | None


@dataclass(frozen=True, slots=True)
class Vtg:
    """Course and speed over ground."""

    talker: str
    course_deg: float | None
    speed_kmh: float | None
    valid: bool


@dataclass(frozen=True, slots=True)
class Gll:
    """Position and time alone."""

    talker: str
    latitude: float | None
    longitude: float | None
    day_s: float | None
    valid: bool


@dataclass(frozen=True, slots=True)
class Zda:
    """Civil time: ``utc`` seconds since 1970."""

    talker: str
    utc: float | None


@dataclass(frozen=True, slots=True)
class AntennaStatus:
    """The receiver's own antenna supervisor: ok, open, short; None while it does not know."""

    status: str | None


Sentence: TypeAlias = Rmc | Gga | Gsa | Gsv | Vtg | Gll | Zda | AntennaStatus


def decode(body: bytes) -> Sentence | None:
    """Read one sentence (what ``Framer.feed`` returns); None for one that says nothing to us."""
    fields = body.decode("ascii", errors="replace").split(",")
    address = fields[0]
    if address in {"PGTOP", "PCD"}:
        return _mediatek(fields)
    if len(address) != 5 or address[:2] not in _TALKERS:
        return None
    reader = _READERS.get(address[2:])
    return reader(_Fields(address[:2], fields[1:])) if reader is not None else None


class _Fields:
    """Fields by place; a missing one is empty."""

    def __init__(self, talker: str, fields: list[str]) -> None:
        self.talker = talker
        self._fields = fields

    def __len__(self) -> int:
        return len(self._fields)

    def text(self, i: int) -> str:
        return self._fields[i].strip() if i < len(self._fields) else ""

    def number(self, i: int, low: float = -math.inf, high: float = math.inf) -> float | None:
        text = self.text(i)
        if not _NUMBER.fullmatch(text):
            return None
        value = float(text)
        return value if low <= value <= high else None

    def count(self, i: int, high: int) -> int | None:
        value = self.number(i, 0, high)
        return int(value) if value is not None and value.is_integer() else None

    def angle(self, i: int, positive: str, negative: str, limit: float) -> float | None:
        """Read ``ddmm.mmmm`` or ``dddmm.mmmm`` and the hemisphere behind it as degrees."""
        text, side = self.text(i), self.text(i + 1).upper()
        if not _ANGLE.fullmatch(text) or side not in {positive, negative}:
            return None
        degrees, minutes = divmod(float(text), 100.0)
        value = degrees + minutes / 60.0
        if minutes >= 60.0 or value > limit:
            return None
        return value if side == positive else -value

    def place(self, i: int) -> tuple[float | None, float | None]:
        """Read latitude and longitude from four fields; one without the other is no place."""
        latitude = self.angle(i, "N", "S", 90.0)
        longitude = self.angle(i + 2, "E", "W", 180.0)
        return (None, None) if latitude is None or longitude is None else (latitude, longitude)

    def day_s(self, i: int) -> float | None:
        """Read ``hhmmss.sss`` as seconds of the day; a leap second (60) is allowed."""
        match = _TIME.fullmatch(self.text(i))
        if match is None:
            return None
        hour, minute, second = (int(part) for part in match.groups()[:3])
        if hour > 23 or minute > 59 or second > 60:
            return None
        return hour * 3600 + minute * 60 + second + float(f"0{match[4] or '.0'}0")

    def date(self, i: int) -> int | None:
        text = self.text(i)
        if len(text) != 6 or not text.isascii() or not text.isdigit():
            return None
        year = int(text[4:])
        century = 1900 if year >= _GPS_BEGAN else 2000
        return midnight(century + year, int(text[2:4]), int(text[:2]))

    def course(self, i: int) -> float | None:
        course = self.number(i, 0.0, 360.0)
        return None if course is None else course % 360.0


def midnight(year: int, month: int, day: int) -> int | None:
    """Return the day's beginning in seconds since 1970 UTC; None for a day that does not exist."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not (1970 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= days[month - 1]):
        return None
    return timegm((year, month, day, 0, 0, 0))


def _rmc(f: _Fields) -> Rmc:
    latitude, longitude = f.place(2)
    knots = f.number(6, 0.0, MAX_SPEED_KMH / KMH_PER_KNOT)
    mode = f.text(11).upper()
    return Rmc(
        talker=f.talker,
        day_s=f.day_s(0),
        valid=f.text(1).upper() == "A" and mode != "N",
        latitude=latitude,
        longitude=longitude,
        speed_kmh=None if knots is None else knots * KMH_PER_KNOT,
        course_deg=f.course(7),
        date=f.date(8),
        estimated=mode in {"E", "M", "S"},
    )


def _gga(f: _Fields) -> Gga:
    latitude, longitude = f.place(1)
    return Gga(
        talker=f.talker,
        day_s=f.day_s(0),
        latitude=latitude,
        longitude=longitude,
        quality=f.count(5, 8),
        satellites=f.count(6, 200),
        hdop=f.number(7, 0.0, 99.9),
        altitude_m=f.number(8, -1000.0, 100_000.0),
    )


def _gsa(f: _Fields) -> Gsa:
    used = tuple(n for i in range(2, 14) if (n := f.count(i, 999)))
    mode = f.count(1, 3)
    return Gsa(f.talker, mode or None, used, f.number(14, 0, 99.9), f.number(15, 0, 99.9), _hex(f))


def _hex(f: _Fields) -> int | None:
    """Read the system id of NMEA 4.1 (one hex digit); older sentences have none."""
    text = f.text(17)
    return int(text, 16) if len(text) == 1 and text in "0123456789ABCDEFabcdef" else None


def _gsv(f: _Fields) -> Gsv | None:
    pages, page, in_view = f.count(0, 20), f.count(1, 20), f.count(2, 200)
    if not pages or not page or in_view is None or page > pages:
        return None
    seen = []
    blocks = (len(f) - 3) // 4
    for i in range(3, 3 + 4 * min(blocks, 4), 4):
        number = f.count(i, 999)
        if number is not None:
            seen.append((number, f.count(i + 3, 99)))
    signal = f.text(len(f) - 1) if (len(f) - 3) % 4 == 1 else ""
    return Gsv(f.talker, pages, page, in_view, tuple(seen), signal or None)


def _vtg(f: _Fields) -> Vtg:
    kmh, knots = f.number(6, 0.0, MAX_SPEED_KMH), f.number(4, 0.0, MAX_SPEED_KMH / KMH_PER_KNOT)
    if kmh is None and knots is not None:
        kmh = knots * KMH_PER_KNOT
    return Vtg(f.talker, f.course(0), kmh, f.text(8).upper() != "N")


def _gll(f: _Fields) -> Gll:
    latitude, longitude = f.place(0)
    valid = f.text(5).upper() == "A" and f.text(6).upper() != "N"
    return Gll(f.talker, latitude, longitude, f.day_s(4), valid)


def _zda(f: _Fields) -> Zda:
    day, month, year = f.count(1, 31), f.count(2, 12), f.count(3, 9999)
    second = f.day_s(0)
    start = midnight(year, month, day) if day and month and year else None
    return Zda(f.talker, None if start is None or second is None else start + second)


def _txt(f: _Fields) -> AntennaStatus | None:
    """Read u-blox' antenna supervisor: OK, OPEN, SHORT, INIT, DONTKNOW (maker's manual, memory)."""
    match = _ANTENNA.search(f.text(3))
    if match is None:
        return None
    word = (match[1] or match[2]).lower()
    return AntennaStatus(word if word in {"ok", "open", "short"} else None)


def _mediatek(fields: list[str]) -> AntennaStatus | None:
    """Read ``PGTOP,11,s`` (1 short, 2 internal antenna, 3 active antenna) and ``PCD,11,s``.

    From memory, of one maker's modules (GlobalTop, CDTop): the internal patch in use where an
    outer antenna is expected means that the outer one does not draw current: open.
    """
    if len(fields) < 3 or fields[1] != "11":
        return None
    return AntennaStatus({"1": "short", "2": "open", "3": "ok"}.get(fields[2]))


_READERS: Mapping[str, Callable[[_Fields], Sentence | None]] = {
    "RMC": _rmc,
    "GGA": _gga,
    "GSA": _gsa,
    "GSV": _gsv,
    "VTG": _vtg,
    "GLL": _gll,
    "ZDA": _zda,
    "TXT": _txt,
}
