"""Makes every step durable before anything is promised, and goes on when that cannot be done.

A caller's voice matters more than our disk: if the store refuses a change, or is silent for
``PATIENCE_S``, the call is answered all the same. What was refused goes to the emergency spool and
to memory, shows on consoles marked "not stored", and is written again until the store takes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from opensos.apps.centre.feed import unsaved
from opensos.protocols.effects import RoadError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from opensos.edges.store import EmergencySpool
    from opensos.ports import IncidentStore
    from opensos.rules.incident import Change, Event, Written

log = logging.getLogger(__name__)

Then: TypeAlias = "Callable[[Written | None], None]"

PATIENCE_S = 3.0
"""How long a call waits for the store before it is answered without it."""

_LOOK_S = 0.25
_RETRY_S = 1.0


@dataclass(slots=True)
class _Entry:
    change: Change
    then: Then | None
    deadline: float
    late: bool = False

    def finish(self, written: Written | None) -> None:
        """Go on with the call, once."""
        then, self.then = self.then, None
        if then is not None:
            then(written)


class Keeper:
    """Between the calls and the store. All methods belong to the event loop's thread."""

    def __init__(
        self,
        store: IncidentStore,
        spool: EmergencySpool,
        publish: Callable[[Event], None],
        publish_unsaved: Callable[[Change], None],
        stored_again: Callable[[set[str]], None],
    ) -> None:
        self._store = store
        self._spool = spool
        self._publish = publish
        self._publish_unsaved = publish_unsaved
        self._stored_again = stored_again
        self._waiting: deque[_Entry] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._backlog: deque[Change] = deque()
        self._retrying: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._late = 0
        self._file = asyncio.Lock()
        self.trouble: str | None = None

    @property
    def unsaved_cards(self) -> dict[str, str]:
        """The newest card (JSON text) of every incident that has steps in memory only."""
        return {c.incident_id: unsaved(c.card) for c in self._backlog}

    def keep(self, change: Change, then: Then | None = None) -> None:
        """Make a change durable, then call ``then``.

        ``then`` gets None when it goes on without durability; it is called exactly once.
        """
        loop = asyncio.get_running_loop()
        entry = _Entry(change, then, loop.time() + PATIENCE_S)
        if then is not None:
            self._waiting.append(entry)
            if self._timer is None:
                self._timer = loop.call_later(_LOOK_S, self._look)
        if self._backlog:
            self._put_aside(entry)
        else:
            future = self._store.write(change)
            future.add_done_callback(lambda done: self._written(entry, done))

    async def recover(self) -> None:
        """Bring what an earlier run left in the spool into the store."""
        changes, torn = await asyncio.to_thread(self._spool.read)
        if torn:
            log.error("%d torn lines in %s are set aside.", torn, self._spool.path)
        try:
            for change in changes:
                await self._store.write(change)
        except RoadError as error:
            self._backlog.extend(changes)
            self._mark(error)
            return
        if changes or torn:
            log.warning("%d steps from the emergency spool are stored now.", len(changes))
            await asyncio.to_thread(self._spool.clear, torn=bool(torn))

    async def close(self) -> None:
        """Stop retrying; what is not stored stays in the spool."""
        if self._timer is not None:
            self._timer.cancel()
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.gather(self._retrying, return_exceptions=True)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _look(self) -> None:
        """Let calls go on whose patience has run out."""
        self._timer = None
        loop = asyncio.get_running_loop()
        waiting = self._waiting
        while waiting and (waiting[0].then is None or waiting[0].deadline <= loop.time()):
            entry = waiting.popleft()
            if entry.then is not None:
                self._overdue(entry)
        if waiting:
            self._timer = loop.call_later(_LOOK_S, self._look)

    def _overdue(self, entry: _Entry) -> None:
        """Let one call go on; its step still waits for the store, and meanwhile is in the spool."""
        if not self._late:
            log.error("The store is slow: calls go on without waiting for it.")
        self._late += 1
        entry.late = True
        self._publish_unsaved(entry.change)
        # Unsynced: where the disk is what is slow, a sync would only wait beside the other one.
        self._spawn(self._to_spool(entry, sync=False))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _caught_up(self) -> None:
        self._late -= 1
        if not self._late and not self._backlog:
            self._spawn(self._clear())

    async def _clear(self) -> None:
        async with self._file:
            # Whoever is put aside from here on comes to the file after us, and is not lost.
            if not self._late and not self._backlog:
                await asyncio.to_thread(self._spool.clear)

    def _written(self, entry: _Entry, future: asyncio.Future[Written]) -> None:
        error = future.exception()
        if entry.late:
            self._caught_up()
        if error is None:
            written = future.result()
            if written.event is not None:
                self._publish(written.event)
            entry.finish(written)
        elif isinstance(error, RoadError):
            self._mark(error)
            self._put_aside(entry)
        else:
            # This one can never be stored: our mistake, which must not cost the caller anything.
            log.error("Incident %s: %s", entry.change.incident_id, error)
            self._publish_unsaved(entry.change)
            entry.finish(None)

    def _mark(self, error: Exception) -> None:
        if self.trouble is None:
            log.error("Incidents are not stored: %s", error)
        self.trouble = str(error)
        if self._retrying is None:
            self._retrying = asyncio.get_running_loop().create_task(self._retry())

    def _put_aside(self, entry: _Entry) -> None:
        self._backlog.append(entry.change)
        self._publish_unsaved(entry.change)
        self._spawn(self._to_spool(entry))

    async def _to_spool(self, entry: _Entry, *, sync: bool = True) -> None:
        try:
            async with self._file:
                await asyncio.to_thread(self._spool.append, [entry.change], sync=sync)
        except RoadError as error:
            log.error("Incident %s is in memory only: %s", entry.change.incident_id, error)  # noqa: TRY400  # the sentence says it all
        entry.finish(None)

    async def _retry(self) -> None:
        late: set[str] = set()
        try:
            while True:
                try:
                    await self._drain(late)
                    break
                except RoadError as error:
                    self.trouble = str(error)
                    await asyncio.sleep(_RETRY_S)
        finally:
            self._retrying = None
        self.trouble = None
        log.warning("The store works again; %d incidents were late.", len(late))
        self._stored_again(late)

    async def _drain(self, late: set[str]) -> None:
        while True:
            while self._backlog:
                await self._write_late(self._backlog[0])
                late.add(self._backlog.popleft().incident_id)
            await self._clear()
            if not self._backlog:
                return

    async def _write_late(self, change: Change) -> None:
        try:
            written = await self._store.write(change)
        except RoadError:
            raise
        except Exception as error:  # noqa: BLE001  # one impossible change must not hold up the rest
            log.error("Incident %s: %s", change.incident_id, error)  # noqa: TRY400  # as above
        else:
            if written.event is not None:
                self._publish(written.event)
