from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import TYPE_CHECKING

from opensos.apps.centre.feed import MOST_WAITING, Console, Feed
from opensos.edges.store import SqlStore, open_store
from opensos.rules.incident import Event
from tests.promises.incident_store import opening

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path


def run(tmp_path: Path, body: Callable[[Feed, SqlStore], Coroutine[object, object, None]]) -> None:
    async def main() -> None:
        store = await asyncio.to_thread(open_store, str(tmp_path / "centre.db"))
        feed = Feed(store)
        await feed.start()
        try:
            await body(feed, store)
        finally:
            await feed.close()
            await store.close()

    asyncio.run(main())


def ids(chunks: bytes) -> list[int]:
    return [
        int(line.removeprefix("id: "))
        for line in chunks.decode().split("\n")
        if line.startswith("id: ")
    ]


async def write(store: SqlStore, *numbers: int) -> list[Event]:
    found = await asyncio.gather(*(store.write(opening(f"call {n}")) for n in numbers))
    return [w.event for w in found if w.event is not None]


async def taken(console: Console, count: int) -> list[int]:
    found: list[int] = []
    async with asyncio.timeout(5):
        while len(found) < count:
            chunk = await console.take(5.0)
            assert chunk is not None
            found += ids(chunk)
    return found


def test_events_reach_every_console_in_order_and_once(tmp_path: Path) -> None:
    async def body(feed: Feed, store: SqlStore) -> None:
        consoles = [feed.open(), feed.open()]
        for event in await write(store, 1, 2, 3):
            feed.publish(event)
            feed.publish(event)  # told twice, sent once
        for console in consoles:
            assert await taken(console, 3) == [1, 2, 3]

    run(tmp_path, body)


def test_an_event_after_a_gap_brings_what_was_missed_first(tmp_path: Path) -> None:
    async def body(feed: Feed, store: SqlStore) -> None:
        console = feed.open()
        events = await write(store, 1, 2, 3, 4)
        feed.publish(events[3])  # 1 to 3 were written by another process
        feed.publish(events[1])  # whose news comes late
        assert await taken(console, 4) == [1, 2, 3, 4]
        assert feed.last_event_id == 4

    run(tmp_path, body)


def test_what_another_machine_wrote_is_found_by_looking(tmp_path: Path) -> None:
    async def body(feed: Feed, store: SqlStore) -> None:
        console = feed.open()
        await write(store, *range(450))  # more than two pages
        feed.look()
        assert await taken(console, 450) == list(range(1, 451))

    run(tmp_path, body)


def test_a_replay_and_the_live_stream_meet_without_gap_or_repetition(tmp_path: Path) -> None:
    async def body(feed: Feed, store: SqlStore) -> None:
        for event in await write(store, *range(300)):
            feed.publish(event)
        console = feed.open()
        for event in await write(store, *range(300, 310)):
            feed.publish(event)
        replayed = [n async for c in feed.replay(7, console.since) for n in ids(c)]
        live = await taken(console, 10)
        assert replayed + live == list(range(8, 311))

    run(tmp_path, body)


def test_a_console_that_is_ahead_of_the_log_starts_at_its_end(tmp_path: Path) -> None:
    async def body(feed: Feed, store: SqlStore) -> None:
        await write(store, 1)
        assert [c async for c in feed.replay(10**30, 1)] == []

    run(tmp_path, body)


def test_a_slow_console_is_let_go_and_the_others_are_not(tmp_path: Path) -> None:
    async def body(feed: Feed, store: SqlStore) -> None:
        del store
        slow, quick = feed.open(), feed.open()
        for number in range(1, MOST_WAITING + 2):
            feed.publish(Event(number, "x", "at", "kind", "{}", "{}"))
            if number % 100 == 0:
                await quick.take(1.0)
        assert await slow.take(1.0) is None
        assert await quick.take(1.0) is not None

    run(tmp_path, body)


def test_silence_brings_a_heartbeat_and_closing_the_end(tmp_path: Path) -> None:
    async def body(feed: Feed, store: SqlStore) -> None:
        del store
        console = feed.open()
        assert await console.take(0.01) == b""
        await feed.close()
        assert await console.take(1.0) is None
        assert await feed.open().take(1.0) is None

    run(tmp_path, body)


def test_what_is_not_stored_is_shown_without_a_number_and_marked(tmp_path: Path) -> None:
    async def body(feed: Feed, store: SqlStore) -> None:
        del store
        console = feed.open()
        change = opening("a")
        tricky = '{"text":"\\"stored\\":true","stored":true}'
        feed.publish_unsaved(dataclasses.replace(change, card=tricky))
        chunk = await console.take(1.0)
        assert chunk is not None
        assert ids(chunk) == []
        data = json.loads(chunk.decode().partition("data: ")[2])
        assert data["event_id"] is None
        assert data["card"] == {"text": '"stored":true', "stored": False}

    run(tmp_path, body)
