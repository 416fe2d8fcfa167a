"""Time, as machines and as people count it."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Two clocks: a steady one for machines, a civil one for people and messages."""

    def now(self) -> float:
        """Return seconds on a steady clock that never jumps; its zero means nothing."""
        ...

    def utc(self) -> float:
        """Return seconds since 1970 UTC; may jump when the clock is set."""
        ...
