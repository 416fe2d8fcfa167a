"""How far has the pretend car driven? Speed over time as straight pieces."""

from __future__ import annotations

from bisect import bisect_right

_MS_PER_KMH = 1.0 / 3.6
_DRIVE_ON_AFTER_S = 8.0
_PULL_AWAY_S = 10.0
_KEPT_PIECES = 64


class Odometer:
    """Speed in straight pieces between knots; distance is their exact integral."""

    def __init__(self, start: float, speed_kmh: float) -> None:
        self._cruise = speed_kmh
        self._times = [start]
        self._speeds = [speed_kmh]
        self._driven = [0.0]

    def speed_kmh(self, now: float) -> float:
        """Return the speed at a time."""
        i = self._piece(now)
        if i + 1 == len(self._times):
            return self._speeds[i]
        span = self._times[i + 1] - self._times[i]
        # Two changes in the same instant leave a piece without length.
        share = max(0.0, now - self._times[i]) / span if span > 0.0 else 1.0
        return self._speeds[i] + (self._speeds[i + 1] - self._speeds[i]) * share

    def driven_m(self, now: float) -> float:
        """Return the metres driven since the start; before it the car came along the same way."""
        i = self._piece(now)
        mean = (self._speeds[i] + self.speed_kmh(now)) / 2.0
        return self._driven[i] + mean * _MS_PER_KMH * (now - self._times[i])

    def stop(
        self, now: float, within_s: float, *, stays: bool, at_kmh: float | None = None
    ) -> None:
        """Come to rest within a time, from the present speed or at most ``at_kmh``.

        Unless the car stays, it drives on after a while.
        """
        self._cut(now)
        if at_kmh is not None:
            self._speeds[-1] = min(self._speeds[-1], at_kmh)
        self._add(now + within_s, 0.0)
        if not stays:
            self._add(now + within_s + _DRIVE_ON_AFTER_S, 0.0)
            self._add(now + within_s + _DRIVE_ON_AFTER_S + _PULL_AWAY_S, self._cruise)

    def go_on(self, now: float) -> None:
        """Pull away to the usual speed."""
        self._cut(now)
        self._add(now + _PULL_AWAY_S, self._cruise)

    def _piece(self, now: float) -> int:
        return max(0, bisect_right(self._times, now) - 1)

    def _cut(self, now: float) -> None:
        """Forget what was planned after now, and put a knot here."""
        speed, driven, i = self.speed_kmh(now), self.driven_m(now), self._piece(now)
        first = max(0, i + 1 - _KEPT_PIECES)
        self._times = [*self._times[first : i + 1], now]
        self._speeds = [*self._speeds[first : i + 1], speed]
        self._driven = [*self._driven[first : i + 1], driven]

    def _add(self, when: float, speed: float) -> None:
        mean = (self._speeds[-1] + speed) / 2.0
        self._driven.append(self._driven[-1] + mean * _MS_PER_KMH * (when - self._times[-1]))
        self._times.append(when)
        self._speeds.append(speed)
