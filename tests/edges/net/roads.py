"""What the road tests share: a receiver that remembers, a line framer, and a wait with an end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opensos.protocols.effects import RemoteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.protocols.effects import Address

PATIENCE_S = 5.0


@dataclass
class Remembering:
    """A receiver that keeps what it was given and can be waited on."""

    messages: list[tuple[bytes, Address]] = field(default_factory=list)
    failures: list[Address] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def received(self, data: bytes, source: Address) -> None:
        self.messages.append((data, source))
        self.changed.set()

    def failed(self, to: Address) -> None:
        self.failures.append(to)
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for the condition; a test that waits in vain fails."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


class LineFramer:
    """Messages end with ``;``; ``!`` is nonsense, ``?`` breaks the stream, a newline is a ping."""

    def __init__(self) -> None:
        self.pings = 0
        self.broken = False
        self._buffer = b""

    @property
    def pending(self) -> int:
        return len(self._buffer)

    def rest(self) -> bytes:
        left, self._buffer = self._buffer, b""
        return left

    def feed(self, data: bytes) -> list[bytes]:
        if b"!" in data:
            raise RemoteError("nonsense")
        self.broken = b"?" in data
        self.pings += data.count(b"\n")
        *whole, self._buffer = (self._buffer + data.replace(b"\n", b"")).split(b";")
        return whole
