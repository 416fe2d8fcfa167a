"""What every incident store promises; each adapter's test class inherits it all."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, TypeVar, cast

import pytest
import sqlalchemy as sa

from opensos.edges.store import SqlStore, open_store
from opensos.edges.store.engine import database_url, open_engine
from opensos.protocols.effects import LocalError, RoadError
from opensos.rules.incident.key import call_digest, incident_id
from opensos.rules.incident.log import Change, RawMessage, Written

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

T = TypeVar("T")
UP = {"ringing", "connected"}

ALL_BYTES = bytes(range(256))


def opening(key: str, *, state: str = "ringing", owner: str = "centre", second: int = 0) -> Change:
    digest = call_digest(key)
    return Change(
        incident_id=incident_id(digest),
        at=f"2026-11-24T12:00:{second:02d}.000Z",
        kind="incident.opened",
        data="{}",
        card=f'{{"key":"{second}","state":"{state}"}}',
        up=state in UP,
        owner=owner,
        opens=digest,
        messages=(RawMessage("invite", "message/sip", ALL_BYTES), RawMessage("msd", "", b"\x02")),
    )


def later(key: str, kind: str, state: str, *, owner: str = "centre") -> Change:
    return Change(
        incident_id=incident_id(call_digest(key)),
        at="2026-11-24T12:01:00.000Z",
        kind=kind,
        data='{"why":"test"}',
        card=f'{{"state":"{state}"}}',
        up=state in UP,
        owner=owner,
    )


async def written(future: Awaitable[Written]) -> int:
    result = await future
    assert result.event is not None
    return result.event.event_id


class IncidentStorePromises:
    """Inherit, and give a fixture ``url`` that names a fresh database."""

    def run(self, url: str, body: Callable[[SqlStore], Coroutine[object, object, T]]) -> T:
        async def main() -> T:
            store = await asyncio.to_thread(open_store, url)
            try:
                return await body(store)
            finally:
                await store.close()

        return asyncio.run(main())

    def test_what_is_confirmed_is_there_after_opening_again(self, url: str) -> None:
        change = opening("a")

        async def write(store: SqlStore) -> int:
            return await written(store.write(change))

        async def look(store: SqlStore) -> None:
            record = await store.record(change.incident_id)
            assert record is not None
            assert record.card == change.card
            assert [(m.kind, m.size) for m in record.messages] == [("invite", 256), ("msd", 1)]
            raw = await store.message(change.incident_id, record.messages[0].message_id)
            assert raw == change.messages[0]
            assert [t.kind for t in record.timeline] == ["incident.opened"]
            assert await store.last_event_id() == event_id

        event_id = self.run(url, write)
        self.run(url, look)

    def test_events_are_numbered_without_gaps_in_the_order_of_writing(self, url: str) -> None:
        async def body(store: SqlStore) -> None:
            futures = [store.write(opening(f"call {n}", second=n)) for n in range(40)]
            numbers = [await written(f) for f in futures]
            assert numbers == list(range(1, 41))
            events = await store.events_after(10, 5)
            assert [e.event_id for e in events] == [11, 12, 13, 14, 15]
            assert events[0].incident_id == incident_id(call_digest("call 10"))
            assert await store.events_after(40, 5) == ()

        self.run(url, body)

    def test_a_repeated_opening_changes_nothing_and_shows_what_is_known(self, url: str) -> None:
        async def body(store: SqlStore) -> None:
            first = await store.write(opening("same"))
            await store.write(later("same", "call.answered", "connected"))
            again = await store.write(opening("same", second=9))
            assert again.event is None
            assert again.known is not None
            assert again.known.kind == "call.answered"
            assert first.event is not None
            record = await store.record(first.event.incident_id)
            assert record is not None
            assert len(record.timeline) == 2
            assert len(record.messages) == 2
            assert await store.last_event_id() == 2

        self.run(url, body)

    def test_a_repeated_opening_in_the_same_batch_is_known_too(self, url: str) -> None:
        async def body(store: SqlStore) -> None:
            both = await asyncio.gather(store.write(opening("x")), store.write(opening("x")))
            assert both[0].event is not None
            assert both[1].event is None
            assert both[1].known == both[0].event

        self.run(url, body)

    def test_what_may_be_written_once_is_written_once(self, url: str) -> None:
        first = dataclasses.replace(opening("sos"), once="1" * 32)
        second = dataclasses.replace(later("sos", "data.received", "data_only"), once="2" * 32)

        async def write(store: SqlStore) -> None:
            opened, same, more, again = await asyncio.gather(
                *(store.write(change) for change in (first, first, second, second))
            )
            assert opened.event is not None
            assert more.event is not None
            assert (same.event, same.repeated, same.known) == (None, True, opened.event)
            assert (again.event, again.repeated, again.known) == (None, True, more.event)

        async def look(store: SqlStore) -> None:
            again = await store.write(first)
            assert (again.event, again.repeated) == (None, True)
            assert again.known is not None
            assert again.known.kind == "data.received"
            other = await store.write(dataclasses.replace(first, once="3" * 32))
            assert (other.event, other.repeated) == (None, False)
            assert other.known == again.known
            record = await store.record(first.incident_id)
            assert record is not None
            assert len(record.timeline) == 2
            assert len(record.messages) == 2
            assert await store.last_event_id() == 2

        self.run(url, write)
        self.run(url, look)

    def test_two_stores_agree_on_what_was_written_once(self, url: str) -> None:
        async def main() -> None:
            stores = [await asyncio.to_thread(open_store, url) for _ in range(2)]
            change = dataclasses.replace(opening("sos"), once="1" * 32)
            results = await asyncio.gather(*(s.write(change) for s in stores for _ in range(5)))
            assert sum(r.event is not None for r in results) == 1
            assert sum(r.repeated for r in results) == 9
            for store in stores:
                await store.close()

        asyncio.run(main())

    def test_a_database_of_the_first_version_is_brought_up_to_date(self, url: str) -> None:
        change = opening("old")

        async def write(store: SqlStore) -> None:
            await store.write(change)

        async def look(store: SqlStore) -> None:
            assert (await store.overview(5)).cards == (change.card,)
            once = dataclasses.replace(later("old", "data.received", "ended"), once="1" * 32)
            assert (await store.write(once)).event is not None
            assert (await store.write(once)).repeated

        self.run(url, write)
        engine = open_engine(database_url(url))
        with engine.begin() as connection:
            connection.execute(sa.text("drop table step_once"))
            connection.execute(sa.text("update alembic_version set version_num = '0001'"))
        engine.dispose()
        self.run(url, look)

    def test_one_impossible_change_does_not_take_its_neighbours_with_it(self, url: str) -> None:
        async def body(store: SqlStore) -> None:
            bad = opening("bad", second=1)
            broken = dataclasses.replace(bad, card=cast("str", None))
            results = await asyncio.gather(
                store.write(opening("good 1")),
                store.write(broken),
                store.write(opening("good 2", second=2)),
                return_exceptions=True,
            )
            assert isinstance(results[0], Written)
            assert isinstance(results[1], LocalError)
            assert isinstance(results[2], Written)
            assert len((await store.overview(10)).cards) == 2
            assert await store.last_event_id() == 2

        self.run(url, body)

    def test_the_overview_has_the_newest_incidents_first_with_their_newest_card(
        self, url: str
    ) -> None:
        async def body(store: SqlStore) -> None:
            for n in range(5):
                await store.write(opening(f"call {n}", second=n))
            await store.write(later("call 2", "call.ended", "ended"))
            overview = await store.overview(3)
            assert overview.cards == (
                opening("", second=4).card,
                opening("", second=3).card,
                later("", "", "ended").card,
            )
            assert overview.last_event_id == 6
            assert (await store.overview(100)).cards[-1] == opening("", second=0).card

        self.run(url, body)

    def test_calls_that_are_up_are_found_by_their_owner(self, url: str) -> None:
        async def body(store: SqlStore) -> None:
            await store.write(opening("up", owner="a/0"))
            await store.write(opening("over", owner="a/0", second=1))
            await store.write(later("over", "call.ended", "ended"))
            await store.write(opening("unreadable", owner="a/0", state="unreadable", second=2))
            await store.write(opening("other", owner="a/1", second=3))
            await store.write(opening("stranger", owner="ab", second=4))
            assert [e.incident_id for e in await store.left_open("a/0")] == [
                incident_id(call_digest("up"))
            ]
            assert len(await store.left_open("a")) == 2
            await store.write(later("over", "call.answered", "connected", owner="a/0"))
            assert len(await store.left_open("a/0")) == 2

        self.run(url, body)

    def test_strange_text_is_kept_as_it_is(self, url: str) -> None:
        key = "\udcff\x00" + "k" * 100_000

        async def body(store: SqlStore) -> None:
            assert await written(store.write(opening(key))) == 1
            again = await store.write(opening(key))
            assert again.event is None

        self.run(url, body)

    def test_unknown_things_are_none(self, url: str) -> None:
        async def body(store: SqlStore) -> None:
            for name in ("0" * 16, "nothing", "", "\x00" * 16, "é" * 16, "x" * 10_000):
                assert await store.record(name) is None
                assert await store.message(name, 1) is None
            for number in (2**70, -1):
                assert await store.message("0" * 16, number) is None
            assert await store.overview(5) == await store.overview(5)
            assert (await store.overview(5)).cards == ()
            assert await store.last_event_id() == 0

        self.run(url, body)

    def test_two_stores_on_one_database_keep_one_order(self, url: str) -> None:
        async def main() -> None:
            one = await asyncio.to_thread(open_store, url)
            two = await asyncio.to_thread(open_store, url)
            futures = [
                store.write(opening(f"{name} {n}"))
                for n in range(30)
                for name, store in (("one", one), ("two", two))
            ]
            numbers = [await written(f) for f in futures]
            assert sorted(numbers) == list(range(1, 61))
            assert [e.event_id for e in await one.events_after(0, 100)] == list(range(1, 61))
            await one.close()
            await two.close()

        asyncio.run(main())

    def test_what_was_queued_is_written_before_closing(self, url: str) -> None:
        async def body(store: SqlStore) -> list[asyncio.Future[Written]]:
            return [store.write(opening(f"c{n}")) for n in range(20)]

        async def count(store: SqlStore) -> int:
            return len((await store.overview(100)).cards)

        self.run(url, body)
        assert self.run(url, count) == 20

    def test_a_closed_store_says_so(self, url: str) -> None:
        async def main() -> None:
            store = await asyncio.to_thread(open_store, url)
            await store.close()
            with pytest.raises(RoadError):
                await store.write(opening("late"))

        asyncio.run(main())

    def test_a_sign_in_link_works_once_and_not_after_it_expired(self, url: str) -> None:
        async def body(store: SqlStore) -> None:
            await store.add_link("d1", 100.0)
            await store.add_link("d2", 100.0)
            assert await store.use_link("d1", 50.0)
            assert not await store.use_link("d1", 50.0)
            assert not await store.use_link("d2", 100.0)
            assert not await store.use_link("unknown", 0.0)

        self.run(url, body)

    def test_a_session_lasts_until_it_expires_or_is_ended(self, url: str) -> None:
        async def body(store: SqlStore) -> None:
            await store.add_session("s1", 100.0)
            assert await store.session("s1", 99.0)
            assert not await store.session("s1", 100.0)
            assert not await store.session("s2", 0.0)
            assert await store.any_session(99.0)
            assert not await store.any_session(100.0)
            await store.end_session("s1")
            assert not await store.session("s1", 1.0)

        self.run(url, body)
