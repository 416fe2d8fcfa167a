"""Carries effects out one at a time, in the order in which they were asked for.

What carries out an effect may lead to new effects at once: a machine's verb is called from within
a ``Tell``, a bearer reports while it is being asked. Those wait for the ones before them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opensos.protocols.effects import Effect


class InTurn:
    """Call it with effects; ``carry_out`` gets each of them in its turn."""

    def __init__(self, carry_out: Callable[[Effect], None]) -> None:
        self._carry_out = carry_out
        self._queue: deque[Effect] = deque()
        self._busy = False

    def __call__(self, effects: Iterable[Effect]) -> bool:
        """Carry out effects; false if they wait for those that are being carried out now."""
        self._queue.extend(effects)
        if self._busy:
            return False
        self._busy = True
        try:
            while self._queue:
                self._carry_out(self._queue.popleft())
        finally:
            self._busy = False
        return True
