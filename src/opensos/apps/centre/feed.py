"""Carries committed events to every open console, in order, each once.

The durable log is the truth: events are numbered without gaps, so a number that is not the next
one means that another process wrote in between, and the feed reads what it missed from the log.
A console that is too slow is let go; it comes back with Last-Event-ID and reads on from there.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from opensos.protocols.effects import RoadError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from opensos.ports import IncidentStore
    from opensos.rules.incident import Change, Event

log = logging.getLogger(__name__)

_Waiting: TypeAlias = "deque[bytes]"

MOST_WAITING = 5_000
"""Events that wait for one console before it is let go (at 2 kB each about 10 MB)."""

_PAGE = 200
_RETRY_S = 1.0


class Feed:
    """One per process that serves consoles."""

    def __init__(self, store: IncidentStore) -> None:
        self._store = store
        self._last = 0
        self._consoles: set[Console] = set()
        self._catching_up: asyncio.Task[None] | None = None
        self._behind = False
        self._closed = False
        self.watch: Callable[[Event], None] | None = None
        """Gets every event, once and in order, whichever process wrote it."""

    async def start(self) -> None:
        """Begin at the end of the log."""
        self._last = await self._store.last_event_id()

    @property
    def last_event_id(self) -> int:
        """The newest event that consoles were given."""
        return self._last

    def publish(self, event: Event) -> None:
        """Take one committed event; a gap before it is read from the log first."""
        if event.event_id == self._last + 1 and self._catching_up is None:
            self._last = event.event_id
            self._pass_on(event)
        elif event.event_id > self._last:
            self.look()

    def publish_unsaved(self, change: Change) -> None:
        """Show what the store would not take; it has no number and is not replayed."""
        body = _body("null", change.at, change.kind, change.data, unsaved(change.card))
        self._give(f"event: incident\ndata: {body}\n\n".encode())

    def look(self) -> None:
        """Read on in the log: another process may have written."""
        self._behind = True
        if self._catching_up is None and not self._closed:
            self._catching_up = asyncio.get_running_loop().create_task(self._catch_up())

    def open(self) -> Console:
        """Open a console's stream at the present end; ``close`` it in the end."""
        console = Console(self._last)
        if self._closed:
            console.let_go()
        else:
            self._consoles.add(console)
        return console

    def release(self, console: Console) -> None:
        """Forget a console."""
        console.let_go()
        self._consoles.discard(console)

    async def replay(self, after: int, until: int) -> AsyncIterator[bytes]:
        """Read events from the log: those above ``after`` up to ``until``. Raises RoadError."""
        while after < until:
            events = await self._store.events_after(after, _PAGE)
            chunks = [_chunk(e) for e in events if e.event_id <= until]
            if not chunks:
                return
            after = events[len(chunks) - 1].event_id
            yield b"".join(chunks)

    async def close(self) -> None:
        """End every stream."""
        self._closed = True
        for console in list(self._consoles):
            self.release(console)
        if self._catching_up is not None:
            self._catching_up.cancel()
            await asyncio.gather(self._catching_up, return_exceptions=True)

    def _pass_on(self, event: Event) -> None:
        self._give(_chunk(event))
        if self.watch is not None:
            self.watch(event)

    def _give(self, chunk: bytes) -> None:
        slow = [c for c in self._consoles if not c.put(chunk)]
        for console in slow:
            self.release(console)

    async def _catch_up(self) -> None:
        try:
            while self._behind:
                self._behind = False
                await self._read_on()
        finally:
            self._catching_up = None

    async def _read_on(self) -> None:
        while True:
            try:
                events = await self._store.events_after(self._last, _PAGE)
            except RoadError as error:
                log.warning("Consoles wait: %s", error)
                await asyncio.sleep(_RETRY_S)
                continue
            for event in events:
                self._last = event.event_id
                self._pass_on(event)
            if len(events) < _PAGE:
                return


class Console:
    """One open stream: what waits to be sent to it."""

    def __init__(self, since: int) -> None:
        self.since = since
        self._waiting: _Waiting = deque()
        self._something = asyncio.Event()
        self._open = True

    def put(self, chunk: bytes) -> bool:
        """Add a chunk; false if the console is too slow to be served further."""
        self._waiting.append(chunk)
        self._something.set()
        return len(self._waiting) <= MOST_WAITING

    def let_go(self) -> None:
        """End the stream."""
        self._open = False
        self._something.set()

    async def take(self, heartbeat_s: float) -> bytes | None:
        """Return what waits, empty after ``heartbeat_s`` of silence, None when it is over."""
        if not self._waiting and self._open:
            try:
                async with asyncio.timeout(heartbeat_s):
                    await self._something.wait()
            except TimeoutError:
                return b""
        self._something.clear()
        if not self._open:
            return None
        chunks = b"".join(self._waiting)
        self._waiting.clear()
        return chunks


def unsaved(card: str) -> str:
    """Return a card's JSON text with its mark that it is in memory only."""
    # Inside JSON strings quotes are escaped, so this can only be the card's own key.
    return card.replace('"stored":true', '"stored":false', 1)


def _chunk(event: Event) -> bytes:
    body = _body(str(event.event_id), event.at, event.kind, event.data, event.card)
    return f"id: {event.event_id}\nevent: incident\ndata: {body}\n\n".encode()


def _body(event_id: str, at: str, kind: str, data: str, card: str) -> str:
    return f'{{"event_id":{event_id},"at":"{at}","kind":"{kind}","data":{data},"card":{card}}}'
