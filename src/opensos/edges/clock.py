"""The real clocks."""

from __future__ import annotations

import time


class SystemClock:
    """The machine's own clocks behind the ``Clock`` port."""

    def now(self) -> float:
        """Return seconds on the monotonic clock."""
        return time.monotonic()

    def utc(self) -> float:
        """Return seconds since 1970 UTC as the machine believes them to be."""
        return time.time()
