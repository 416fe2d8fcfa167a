"""Routes requests to control units by address; sends what they answer later; ends sessions.

Every road asks here, so a session begun over HSFZ is the one that DoIP meets: a unit has one.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opensos.ports import Clock
    from opensos.protocols.effects import Effect
    from opensos.protocols.uds import Answer

_MOST_WAITING = 2000  # answers that are due later, of all units together


class Answering(Protocol):
    """Who stands behind an address: a ``UdsServer``, or a pretend unit's door to one."""

    @property
    def due(self) -> float | None:
        """When ``wake`` must be called; None while nothing is due."""
        ...

    def ask(self, request: bytes, now: float, *, functional: bool = False) -> list[Answer]:
        """Answer one request."""
        ...

    def wake(self, now: float) -> list[Effect]:
        """Do what has become due."""
        ...


class Gateway:
    """The units of one car, on the running event loop.

    ``units`` maps diagnostic addresses (8 bits, as HSFZ and CAN carry them; DoIP's logical
    addresses are the same numbers) to who answers for them.
    """

    def __init__(self, units: Mapping[int, Answering], clock: Clock) -> None:
        self._units = dict(units)
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: set[asyncio.TimerHandle] = set()
        self._closed = False

    @property
    def addresses(self) -> frozenset[int]:
        """The addresses that answer."""
        return frozenset(self._units)

    def now(self) -> float:
        """Return the time that units and roads live in."""
        return self._clock.now()

    def ask(
        self,
        target: int,
        request: bytes,
        reply: Callable[[int, bytes], None],
        *,
        functional: bool = False,
    ) -> None:
        """Ask one unit, or all of them; ``reply(unit, response)`` is called for each response.

        An unknown target is the road's to refuse; here it is silent.
        """
        asked = sorted(self._units) if functional else [a for a in (target,) if a in self._units]
        for address in asked:
            answers = self._units[address].ask(request, self.now(), functional=functional)
            for answer in answers:
                self._later(answer.after_s, address, answer.data, reply)
        self._schedule()

    def close(self) -> None:
        """Forget what was still to be answered."""
        self._closed = True
        for handle in (*self._waiting, self._timer):
            if handle is not None:
                handle.cancel()
        self._waiting.clear()

    def _later(
        self, after_s: float, unit: int, data: bytes, reply: Callable[[int, bytes], None]
    ) -> None:
        if after_s <= 0:
            reply(unit, data)
        elif not self._closed and len(self._waiting) < _MOST_WAITING:

            def due() -> None:
                self._waiting.discard(handle)
                reply(unit, data)

            handle = self._loop.call_later(after_s, due)
            self._waiting.add(handle)

    def _schedule(self) -> None:
        """Set the alarm for the first session that will end by silence."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = [unit.due for unit in self._units.values() if unit.due is not None]
        if due and not self._closed:
            self._timer = self._loop.call_later(max(0.0, min(due) - self.now()), self._wake)

    def _wake(self) -> None:
        for unit in self._units.values():
            unit.wake(self.now())
        self._schedule()
