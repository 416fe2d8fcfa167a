"""Keeps the promise of the port ``DataPath``: each offer ends in exactly one report.

Whatever carries the message says what it learned, as often as it likes; here it becomes one report
per offer within the offer's time, and one more if the centre's word comes after all.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from opensos.ports import DataReport

if TYPE_CHECKING:
    from collections.abc import Callable

_LATE = 64
"""Messages without an acknowledgement that are still listened for."""


class Offers:
    """The open offers of one path. All methods belong to the event loop's thread."""

    def __init__(self) -> None:
        self._tell: Callable[[DataReport], None] = lambda _: None
        self._open: dict[str, dict[int, asyncio.TimerHandle]] = {}
        self._count = 0
        self._late: OrderedDict[str, None] = OrderedDict()
        self._closed = False

    def listen(self, tell: Callable[[DataReport], None]) -> None:
        """Say where reports go."""
        self._tell = tell

    @property
    def waiting(self) -> tuple[str, ...]:
        """The messages whose offers have not ended."""
        return tuple(self._open)

    def begin(self, message_id: str, timeout_s: float, why: Callable[[], str]) -> None:
        """Open an offer; when its time is over it fails, for the reason that ``why`` gives."""
        loop = asyncio.get_running_loop()
        if self._closed:
            loop.call_soon(self._tell, DataReport(message_id, delivered=False, why="closed"))
            return
        self._count += 1
        timer = loop.call_later(timeout_s, self._over, message_id, self._count, why)
        self._open.setdefault(message_id, {})[self._count] = timer

    def delivered(self, message_id: str) -> None:
        """Take the centre's acknowledgement, on time, late, or once more."""
        timers = self._open.pop(message_id, {})
        late = message_id in self._late
        self._late.pop(message_id, None)
        for timer in timers.values():
            timer.cancel()
        for _ in range(len(timers) or int(late)):
            self._tell(DataReport(message_id, delivered=True))

    def failed(self, message_id: str, why: str) -> None:
        """End every open offer of a message; an acknowledgement may still come."""
        for timer in self._open.pop(message_id, {}).values():
            timer.cancel()
            self._remember(message_id)
            self._tell(DataReport(message_id, delivered=False, why=why))

    def close(self) -> None:
        """End every offer; nothing is reported after that, but for offers that come later."""
        for message_id in self.waiting:
            self.failed(message_id, "closed")
        self._late.clear()
        self._closed = True

    def _over(self, message_id: str, number: int, why: Callable[[], str]) -> None:
        timers = self._open[message_id]
        del timers[number]
        if not timers:
            del self._open[message_id]
        self._remember(message_id)
        self._tell(DataReport(message_id, delivered=False, why=why()))

    def _remember(self, message_id: str) -> None:
        self._late[message_id] = None
        if len(self._late) > _LATE:
            self._late.popitem(last=False)
