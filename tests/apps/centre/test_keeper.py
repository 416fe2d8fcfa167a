from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

from opensos.apps.centre import keeper as keeper_module
from opensos.apps.centre.keeper import Keeper
from opensos.edges.store import EmergencySpool, SqlStore, open_store
from opensos.protocols.effects import RoadError
from tests.promises.incident_store import later, opening

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    import pytest

    from opensos.rules.incident import Change, Event, Overview, RawMessage, Record, Written


class FragileStore:
    """A store that can be told to fail, or to say nothing."""

    def __init__(self, inner: SqlStore) -> None:
        self.inner = inner
        self.broken = False
        self.silent: list[tuple[Change, asyncio.Future[Written]]] | None = None

    def write(self, change: Change) -> asyncio.Future[Written]:
        future: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        if self.broken:
            future.set_exception(RoadError("The disk is full."))
        elif self.silent is not None:
            self.silent.append((change, future))
        else:
            return self.inner.write(change)
        return future

    async def speak(self) -> None:
        """Do at last what was asked in silence."""
        waiting, self.silent = self.silent or [], None
        for change, future in waiting:
            future.set_result(await self.inner.write(change))

    async def overview(self, limit: int) -> Overview:
        return await self.inner.overview(limit)

    async def record(self, incident_id: str) -> Record | None:
        return await self.inner.record(incident_id)

    async def message(self, incident_id: str, message_id: int) -> RawMessage | None:
        return await self.inner.message(incident_id, message_id)

    async def events_after(self, event_id: int, limit: int) -> tuple[Event, ...]:
        return await self.inner.events_after(event_id, limit)

    async def last_event_id(self) -> int:
        return await self.inner.last_event_id()

    async def left_open(self, owner: str) -> tuple[Event, ...]:
        return await self.inner.left_open(owner)

    async def close(self) -> None:
        await self.inner.close()


@dataclasses.dataclass
class World:
    keeper: Keeper
    store: FragileStore
    spool: EmergencySpool
    published: list[Event]
    unsaved: list[Change]
    again: list[set[str]]

    async def keep(self, change: Change) -> Written | None:
        done: asyncio.Future[Written | None] = asyncio.get_running_loop().create_future()
        self.keeper.keep(change, done.set_result)
        return await done

    async def until(self, fulfilled: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not fulfilled():  # noqa: ASYNC110  # a file goes away without an event
                await asyncio.sleep(0.01)


def run(tmp_path: Path, body: Callable[[World], Coroutine[object, object, None]]) -> None:
    async def main() -> None:
        inner = await asyncio.to_thread(open_store, str(tmp_path / "centre.db"))
        store = FragileStore(inner)
        spool = EmergencySpool(tmp_path / "emergency.spool")
        published: list[Event] = []
        unsaved: list[Change] = []
        again: list[set[str]] = []
        keeper = Keeper(store, spool, published.append, unsaved.append, again.append)
        await keeper.recover()
        try:
            await body(World(keeper, store, spool, published, unsaved, again))
        finally:
            await keeper.close()
            await store.close()

    asyncio.run(main())


def test_a_step_is_durable_before_the_call_goes_on(tmp_path: Path) -> None:
    async def body(world: World) -> None:
        written = await world.keep(opening("a"))
        assert written is not None
        assert written.event is not None
        assert await world.store.last_event_id() == 1
        assert [e.event_id for e in world.published] == [1]
        assert world.keeper.trouble is None
        assert not world.spool.path.exists()

    run(tmp_path, body)


def test_a_store_that_fails_loses_nothing_and_stops_no_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "_RETRY_S", 0.01)

    async def body(world: World) -> None:
        world.store.broken = True
        assert await world.keep(opening("a")) is None
        assert await world.keep(later("a", "call.answered", "connected")) is None
        assert world.keeper.trouble == "The disk is full."
        assert [c.kind for c in world.unsaved] == ["incident.opened", "call.answered"]
        assert len(world.keeper.unsaved_cards) == 1
        assert len(world.spool.read()[0]) == 2

        world.store.broken = False
        await world.until(lambda: world.keeper.trouble is None)
        assert [e.kind for e in world.published] == ["incident.opened", "call.answered"]
        assert world.again == [{opening("a").incident_id}]
        assert world.keeper.unsaved_cards == {}
        assert not world.spool.path.exists()
        record = await world.store.record(opening("a").incident_id)
        assert record is not None
        assert len(record.messages) == 2

    run(tmp_path, body)


def test_what_a_killed_process_left_in_the_spool_is_stored_by_the_next(tmp_path: Path) -> None:
    spool = EmergencySpool(tmp_path / "emergency.spool")
    spool.append([opening("a"), later("a", "call.answered", "connected"), opening("b")])
    with spool.path.open("ab") as file:
        file.write(b'{"torn')

    async def body(world: World) -> None:
        assert len((await world.store.overview(10)).cards) == 2
        assert not spool.path.exists()
        assert (tmp_path / "emergency.torn").exists()

    run(tmp_path, body)


def test_a_spool_that_cannot_be_written_either_leaves_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "_RETRY_S", 0.01)

    async def body(world: World) -> None:
        world.store.broken = True
        world.spool.path.mkdir()
        assert await world.keep(opening("a")) is None
        assert len(world.keeper.unsaved_cards) == 1
        world.spool.path.rmdir()
        world.store.broken = False
        await world.until(lambda: world.keeper.trouble is None)
        assert await world.store.last_event_id() == 1

    run(tmp_path, body)


def test_a_silent_store_is_waited_for_only_so_long_and_the_step_is_in_the_spool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "PATIENCE_S", 0.05)
    monkeypatch.setattr(keeper_module, "_LOOK_S", 0.01)

    async def body(world: World) -> None:
        world.store.silent = []
        assert await world.keep(opening("a")) is None
        assert world.spool.read() == ([opening("a")], 0)
        assert [c.kind for c in world.unsaved] == ["incident.opened"]
        await world.store.speak()
        await world.until(lambda: not world.spool.path.exists())
        assert [e.event_id for e in world.published] == [1]

    run(tmp_path, body)


def test_a_step_that_can_never_be_stored_stops_no_call_and_no_other_step(tmp_path: Path) -> None:
    async def body(world: World) -> None:
        broken = dataclasses.replace(opening("a"), data=None)  # type: ignore[arg-type]  # our own mistake
        assert await world.keep(broken) is None
        assert world.keeper.trouble is None
        assert await world.keep(opening("b")) is not None

    run(tmp_path, body)


def test_a_step_that_can_never_be_stored_does_not_hold_up_the_late_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper_module, "_RETRY_S", 0.01)

    async def body(world: World) -> None:
        world.store.broken = True
        impossible = dataclasses.replace(opening("a"), kind=None)  # type: ignore[arg-type]  # ours
        await world.keep(opening("first"))
        await world.keep(impossible)
        await world.keep(opening("b"))
        world.store.broken = False
        await world.until(lambda: world.keeper.trouble is None)
        assert [e.kind for e in world.published] == ["incident.opened"] * 2

    run(tmp_path, body)
