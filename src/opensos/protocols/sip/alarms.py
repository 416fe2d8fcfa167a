"""One heap for all timers of an endpoint, with lazy cancellation."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FEW = 64
"""Below this many cancelled alarms the heap is not worth cleaning."""


class Alarm:
    """One timer; ``ring`` is ``None`` once it has rung or was cancelled."""

    __slots__ = ("ring", "when")

    def __init__(self, when: float, ring: Callable[[], None]) -> None:
        self.when = when
        self.ring: Callable[[], None] | None = ring


class Alarms:
    """All timers, the earliest first; equal times ring in the order in which they were set.

    A cancelled alarm stays in the heap until its time comes or until the cancelled ones are the
    greater half, when the heap is cleaned: memory follows the living.
    """

    __slots__ = ("_count", "_dead", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Alarm]] = []
        self._count = 0
        self._dead = 0

    def __len__(self) -> int:
        return len(self._heap) - self._dead

    def set(self, when: float, ring: Callable[[], None]) -> Alarm:
        """Call ``ring`` at this time; returns what `cancel` takes."""
        alarm = Alarm(when, ring)
        self._count += 1
        heappush(self._heap, (when, self._count, alarm))
        return alarm

    def cancel(self, alarm: Alarm | None) -> None:
        """Forget this alarm; one that has rung, or none at all, is fine."""
        if alarm is None or alarm.ring is None:
            return
        alarm.ring = None
        self._dead += 1
        if self._dead > FEW and 2 * self._dead > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].ring is not None]
            heapify(self._heap)
            self._dead = 0

    def earliest(self) -> float | None:
        """Return when the next alarm rings, or ``None``."""
        heap = self._heap
        while heap and heap[0][2].ring is None:
            heappop(heap)
            self._dead -= 1
        return heap[0][0] if heap else None

    def take(self, now: float) -> Callable[[], None] | None:
        """Remove the earliest alarm that is due and return its call, or ``None``."""
        when = self.earliest()
        if when is None or when > now:
            return None
        alarm = heappop(self._heap)[2]
        ring, alarm.ring = alarm.ring, None
        return ring
