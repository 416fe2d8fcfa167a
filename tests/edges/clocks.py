"""A clock that stands until a test moves it."""

from __future__ import annotations


class StillClock:
    """Keeps the port ``Clock``."""

    def __init__(self, now: float = 100.0, utc: float = 1_795_521_600.0) -> None:
        self.at = now
        self.civil = utc

    def now(self) -> float:
        return self.at

    def utc(self) -> float:
        return self.civil

    def pass_s(self, seconds: float) -> None:
        self.at += seconds
        self.civil += seconds
