"""Folds sentences into what the receiver knows: a machine without effects, time is an argument.

**Accuracy is an estimate.** NMEA's common sentences carry no error in metres, only the horizontal
dilution of precision (HDOP): how much the satellites' geometry blows up the error of a single
range. The radius that holds 95 of 100 positions is taken as ``2 x HDOP x sigma``, with a sigma of
5 m for an ordinary receiver (from memory; ranges of 3 to 7 m are published). In a street canyon
reflected signals make it larger than any receiver says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from .sentences import AntennaStatus, Gga, Gll, Gsa, Gsv, Rmc, Vtg, Zda

if TYPE_CHECKING:
    from .sentences import Sentence

DAY_S = 86_400
ROLLOVER_S = 1024 * 7 * DAY_S
"""GPS counts weeks in ten bits (IS-GPS-200): a receiver past its time is 1024 weeks behind."""

STALE_S = 10.0
"""What no sentence has confirmed for so long is not known any more."""

_SIGMA_M = {1: 5.0, 2: 2.5, 3: 5.0, 4: 0.05, 5: 0.5}  # by GGA's quality; estimates, see above
_ORDINARY_SIGMA_M = 5.0
_DEAD_RECKONING = 6  # GGA quality from here on: estimated, typed in, simulated
_MAX_ROLLOVERS = 3
_STRONGEST = 4  # a position needs four satellites
_KINDS = {1: "none", 2: "2d", 3: "3d"}

_Signal: TypeAlias = tuple[str, str | None]  # (talker, signal id)


@dataclass(frozen=True, slots=True)
class Fix:
    """One position.

    Attributes:
        at: Steady seconds at which it was heard.
        utc: Time of the fix, seconds since 1970; None while the receiver has not told the date.
        latitude: Degrees, north positive.
        longitude: Degrees, east positive.
        accuracy_m: Estimated radius for 95 of 100 cases; None where nothing tells it.
        heading_deg: Course over ground, 0 <= heading < 360.
        speed_kmh: Speed over ground.
    """

    at: float
    utc: float | None
    latitude: float
    longitude: float
    accuracy_m: float | None = None
    heading_deg: float | None = None
    speed_kmh: float | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What is known of the receiver.

    Attributes:
        heard_at: Steady seconds of the last right sentence.
        kind: none, 2d, 3d; None while it has not said.
        satellites_used: In the fix.
        satellites_seen: In view, heard or not.
        cn0_dbhz: Mean of the (up to) four strongest satellites.
        accuracy_m: Estimate, see above.
        utc: Civil time at ``utc_at`` (steady seconds).
        rolled_over: The receiver's date was behind by 1024 weeks or a multiple, and put right.
        antenna: ok, open, short as the receiver's supervisor says.
        fix: The newest position, however old.
    """

    heard_at: float | None = None
    kind: str | None = None
    satellites_used: int | None = None
    satellites_seen: int | None = None
    cn0_dbhz: float | None = None
    accuracy_m: float | None = None
    utc: float | None = None
    utc_at: float | None = None
    rolled_over: bool = False
    antenna: str | None = None
    fix: Fix | None = None


@dataclass(slots=True)
class _View:
    """The satellites of one talker and signal, page by page."""

    at: float
    in_view: int
    levels: dict[int, int | None]


@dataclass(slots=True)
class _Quality:
    """How good the positions of the moment are."""

    at: float
    hdop: float | None = None
    sigma_m: float | None = _ORDINARY_SIGMA_M

    def accuracy_m(self) -> float | None:
        """Return the estimated 95 % radius."""
        if not self.hdop or self.sigma_m is None:
            return None
        return 2.0 * self.hdop * self.sigma_m


class Receiver:
    """Feed it sentences; ``state`` is what they add up to.

    Args:
        not_before_utc: No true date lies before this (seconds since 1970): the software is younger.
    """

    def __init__(self, not_before_utc: float = 0.0) -> None:
        self._not_before = not_before_utc
        self._state = State()
        self._date: int | None = None
        self._last_day_s: float | None = None
        self._views: dict[_Signal, _View] = {}
        self._quality = _Quality(at=float("-inf"))
        self._kind_at = float("-inf")
        self._used_by_gga_at = float("-inf")
        self._used: dict[tuple[str, int | None], tuple[float, tuple[int, ...]]] = {}

    def state(self, now: float) -> State:
        """Return what is known; what has not been confirmed lately is None (but for the fix)."""
        known = self._state
        levels = [
            level
            for view in self._views.values()
            if now - view.at <= STALE_S
            for level in view.levels.values()
            if level is not None
        ]
        strongest = sorted(levels, reverse=True)[:_STRONGEST]
        stale = now - self._kind_at > STALE_S
        lost = stale or known.kind == "none"
        return replace(
            known,
            kind=None if stale else known.kind,
            satellites_used=None if stale else known.satellites_used,
            satellites_seen=self._seen(now),
            cn0_dbhz=sum(strongest) / len(strongest) if strongest else None,
            accuracy_m=None if lost or known.fix is None else known.fix.accuracy_m,
        )

    def hear(self, sentence: Sentence, now: float) -> None:
        """Take one sentence in."""
        self._state = replace(self._state, heard_at=now)
        match sentence:
            case Rmc():
                self._rmc(sentence, now)
            case Gga():
                self._gga(sentence, now)
            case Gll():
                if sentence.valid:
                    self._place(sentence, now)
                else:
                    self._no_fix(now)
            case Gsa():
                self._gsa(sentence, now)
            case Gsv():
                self._gsv(sentence, now)
            case Vtg():
                self._vtg(sentence)
            case Zda():
                self._zda(sentence, now)
            case AntennaStatus():
                self._state = replace(self._state, antenna=sentence.status)

    def heard(self, now: float) -> None:
        """Take note that a right sentence came, even if it says nothing to us."""
        self._state = replace(self._state, heard_at=now)

    # --- sentences -------------------------------------------------------------------------------

    def _rmc(self, s: Rmc, now: float) -> None:
        if not s.valid:
            self._no_fix(now)  # and its time may be that of a clock nobody has set: not taken
            return
        if s.date is not None:
            self._date = s.date
            self._last_day_s = s.day_s
        if s.estimated:
            self._quality = _Quality(now, None, None)
        self._place(s, now)
        fix = self._state.fix
        if fix is not None and fix.at == now:
            fix = replace(fix, heading_deg=s.course_deg, speed_kmh=s.speed_kmh)
            self._state = replace(self._state, fix=fix)

    def _gga(self, s: Gga, now: float) -> None:
        if s.quality == 0:
            self._no_fix(now)
            self._state = replace(self._state, satellites_used=s.satellites)
            self._used_by_gga_at = now
            return
        if s.quality is None:
            return
        dead = s.quality >= _DEAD_RECKONING
        sigma = None if dead else _SIGMA_M.get(s.quality, _ORDINARY_SIGMA_M)
        self._quality = _Quality(now, s.hdop, sigma)
        self._used_by_gga_at = now
        self._state = replace(self._state, satellites_used=s.satellites)
        self._place(s, now)

    def _gsa(self, s: Gsa, now: float) -> None:
        if s.mode is not None:
            self._state = replace(self._state, kind=_KINDS[s.mode])
            self._kind_at = now
        if s.hdop is not None and now - self._quality.at > STALE_S:
            self._quality = _Quality(now, s.hdop)
        self._used[s.talker, s.system] = (now, s.used)
        if now - self._used_by_gga_at > STALE_S:
            fresh = [used for at, used in self._used.values() if now - at <= STALE_S]
            self._state = replace(self._state, satellites_used=sum(len(u) for u in fresh))

    def _gsv(self, s: Gsv, now: float) -> None:
        key = (s.talker, s.signal if s.signal is not None and len(s.signal) == 1 else None)
        view = self._views.get(key)
        if view is None or s.page == 1:
            view = self._views[key] = _View(now, s.in_view, {})
        view.at, view.in_view = now, s.in_view
        view.levels.update(dict(s.satellites))

    def _vtg(self, s: Vtg) -> None:
        fix = self._state.fix
        if s.valid and fix is not None and fix.speed_kmh is None and s.speed_kmh is not None:
            fix = replace(fix, heading_deg=s.course_deg, speed_kmh=s.speed_kmh)
            self._state = replace(self._state, fix=fix)

    def _zda(self, s: Zda, now: float) -> None:
        if s.utc is not None:
            self._date = int(s.utc // DAY_S) * DAY_S
            self._last_day_s = s.utc % DAY_S
            self._told_time(s.utc, now)

    # --- what they add up to ---------------------------------------------------------------------

    def _no_fix(self, now: float) -> None:
        self._state = replace(self._state, kind="none")
        self._kind_at = now

    def _place(self, s: Rmc | Gga | Gll, now: float) -> None:
        """Make a position of a valid sentence; the same moment's sentences are one position."""
        if s.latitude is None or s.longitude is None or (s.latitude, s.longitude) == (0.0, 0.0):
            return  # exactly 0° 0° is what a receiver without a place says, not a road
        utc = self._moment(s.day_s, now)
        accuracy = self._quality.accuracy_m() if now - self._quality.at <= STALE_S else None
        old = self._state.fix
        same = old is not None and old.utc == utc and utc is not None
        fix = Fix(
            at=now,
            utc=utc,
            latitude=s.latitude,
            longitude=s.longitude,
            accuracy_m=accuracy,
            heading_deg=old.heading_deg if same and old is not None else None,
            speed_kmh=old.speed_kmh if same and old is not None else None,
        )
        kind = self._state.kind
        if kind in {None, "none"} or now - self._kind_at > STALE_S:
            kind = "3d" if (self._state.satellites_used or 0) >= _STRONGEST else "2d"
        self._state = replace(self._state, fix=fix, kind=kind)
        self._kind_at = now

    def _moment(self, day_s: float | None, now: float) -> float | None:
        """Return a sentence's time as UTC, past midnight too; None while the date is not known."""
        if day_s is None or self._date is None:
            return None
        if self._last_day_s is not None and day_s < self._last_day_s - DAY_S / 2:
            self._date += DAY_S  # GGA of the new day comes before the RMC that tells its date
        self._last_day_s = day_s
        return self._told_time(self._date + day_s, now)

    def _told_time(self, utc: float, now: float) -> float:
        """Take a civil time in, a rolled-over week counter put right."""
        rolls = 0
        while utc < self._not_before and rolls < _MAX_ROLLOVERS:
            utc += ROLLOVER_S
            rolls += 1
        self._state = replace(self._state, utc=utc, utc_at=now, rolled_over=rolls > 0)
        return utc

    def _seen(self, now: float) -> int | None:
        """Add up the satellites in view; the signals of one system see the same satellites."""
        seen: dict[str, int] = {}
        for (talker, _), view in self._views.items():
            if now - view.at <= STALE_S:
                seen[talker] = max(seen.get(talker, 0), view.in_view)
        return sum(seen.values()) if seen else None
