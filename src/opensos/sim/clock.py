"""A clock that stands until it is told to go on."""

from __future__ import annotations

PRETEND_UTC = 1_767_225_600.0
"""2026-01-01 00:00 UTC: where pretend time begins unless told otherwise."""


class PretendClock:
    """Keeps the port ``Clock``; time moves by :meth:`advance` alone."""

    def __init__(self, now: float = 0.0, utc: float = PRETEND_UTC) -> None:
        self._now = now
        self._utc = utc

    def now(self) -> float:
        """Return steady seconds."""
        return self._now

    def utc(self) -> float:
        """Return seconds since 1970 UTC."""
        return self._utc

    def advance(self, seconds: float) -> float:
        """Let time pass, never back; return the new steady time."""
        step = max(0.0, seconds)
        self._now += step
        self._utc += step
        return self._now

    def set_utc(self, utc: float) -> None:
        """Set the civil clock, as networks and people do; the steady clock does not notice."""
        self._utc = utc
