"""A pretend path for data-only SOS: loses, delays and repeats by seed, between car and centre."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opensos.ports import DataReport
from opensos.protocols.effects import RemoteError
from opensos.protocols.link import decode, read_ack

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class PretendDataPath:
    """Keeps the port ``DataPath`` without any network.

    Attributes:
        centre: what the centre answers to an envelope, None = nothing.
        name: ``mqtt`` or ``https``.
        loss: share of messages that vanish, 0..1, each direction on its own.
        repeat: share of messages that arrive twice.
        delay_s: each direction takes a random time up to this.
        open: whether there is a road at all; without one every offer fails as ``unreachable``.
        seed: the same seed loses the same messages.
    """

    centre: Callable[[bytes], bytes | None]
    name: str = "mqtt"
    loss: float = 0.0
    repeat: float = 0.0
    delay_s: float = 0.0
    open: bool = True
    seed: int = 0
    _dice: random.Random = field(init=False, repr=False)
    _tell: Callable[[DataReport], None] = field(init=False, repr=False)
    _waiting: dict[str, dict[int, asyncio.TimerHandle]] = field(init=False, repr=False)
    _late: set[str] = field(init=False, repr=False)
    _count: int = field(init=False, repr=False, default=0)
    _closed: bool = field(init=False, repr=False, default=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311  # a pretend road, not a secret
        self._tell = lambda _: None
        self._waiting, self._late = {}, set()

    def listen(self, tell: Callable[[DataReport], None]) -> None:
        """Say where reports go."""
        self._tell = tell

    def offer(self, message_id: str, envelope: bytes, timeout_s: float) -> None:
        """Carry the message, perhaps; see the port."""
        loop = asyncio.get_running_loop()
        if self._closed or not self.open:
            why = "closed" if self._closed else "unreachable"
            loop.call_soon(self._tell, DataReport(message_id, delivered=False, why=why))
            return
        self._count += 1
        timer = loop.call_later(timeout_s, self._over, message_id, self._count)
        self._waiting.setdefault(message_id, {})[self._count] = timer
        self._carry(lambda: self._ask(envelope))

    async def close(self) -> None:
        """Let go: what waits is reported, nothing after that."""
        for message_id, timers in self._waiting.items():
            for timer in timers.values():
                timer.cancel()
                self._tell(DataReport(message_id, delivered=False, why="closed"))
        self._waiting.clear()
        self._late.clear()
        self._closed = True

    def _carry(self, arrive: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(2 if self._dice.random() < self.repeat else 1):
            if self._dice.random() >= self.loss:
                loop.call_later(self._dice.uniform(0.0, self.delay_s), arrive)

    def _ask(self, envelope: bytes) -> None:
        answer = self.centre(envelope)
        if answer is not None:
            self._carry(lambda: self._heard(answer))

    def _heard(self, answer: bytes) -> None:
        try:
            message_id = read_ack(decode(answer)).id
        except RemoteError:
            return
        timers = self._waiting.pop(message_id, {})
        for timer in timers.values():
            timer.cancel()
        late = message_id in self._late
        self._late.discard(message_id)
        for _ in range(len(timers) or int(late)):
            self._tell(DataReport(message_id, delivered=True))

    def _over(self, message_id: str, number: int) -> None:
        timers = self._waiting[message_id]
        del timers[number]
        if not timers:
            del self._waiting[message_id]
        self._late.add(message_id)
        self._tell(DataReport(message_id, delivered=False, why="silence"))
