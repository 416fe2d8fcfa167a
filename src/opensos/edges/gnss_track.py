"""The newest fix and the two before it, whichever receiver they come from."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opensos.ports import Fix

EARLIEST_UTC = 1_735_689_600.0
"""2025-01-01: no receiver that is right says an earlier date than this software's beginning."""

STEP_S = 5.0
"""Seconds between the positions that ``recent`` gives (the MSD's N1 and N2)."""

_KEPT = 32
_DENSITY_S = 0.9  # a receiver of 10 Hz need not fill the memory


class Track:
    """Remembers where the car was lately."""

    def __init__(self) -> None:
        self._fixes: deque[Fix] = deque(maxlen=_KEPT)
        self._newest: Fix | None = None

    def add(self, fix: Fix) -> None:
        """Take the newest fix in; time that runs backwards (a receiver reset) begins anew."""
        if self._newest is not None and fix.utc < self._newest.utc:
            self._fixes.clear()
        self._newest = fix
        if not self._fixes or fix.utc - self._fixes[-1].utc >= _DENSITY_S:
            self._fixes.append(fix)

    @property
    def newest(self) -> Fix | None:
        """The newest fix, however old."""
        return self._newest

    def recent(self) -> tuple[Fix, ...]:
        """Return up to two earlier fixes, newest first, each ``STEP_S`` or more apart."""
        if self._newest is None:
            return ()
        found: list[Fix] = []
        later = self._newest
        for fix in reversed(self._fixes):
            if later.utc - fix.utc >= STEP_S:
                found.append(fix)
                later = fix
                if len(found) == 2:
                    break
        return tuple(found)
