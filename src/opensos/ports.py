"""The promises: small Protocols that both the real edges and the pretend world keep."""

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


# --- the unit in the car -------------------------------------------------------------------------


# --- the centre ----------------------------------------------------------------------------------
