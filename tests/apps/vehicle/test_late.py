from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from opensos.apps.vehicle.late import LateBearer
from opensos.ports import CallLoad
from opensos.rules.emergency import Cause, Dial, Report, Unreached
from tests.edges.waiting import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LOAD = CallLoad(b"", None)


def dial(call: str) -> Dial:
    return Dial(call, 1, Cause.MANUAL, test=True, urn="urn:x", message_identifier=1)


class Inner:
    """A bearer that keeps what it is asked."""

    def __init__(self) -> None:
        self.dialled: list[str] = []
        self.closed = False
        self.tell: Callable[[Report], None] = lambda _: None

    def listen(self, tell: Callable[[Report], None]) -> None:
        self.tell = tell

    def dial(self, order: Dial, load: CallLoad) -> None:
        del load
        self.dialled.append(order.call)

    async def close(self) -> None:
        await asyncio.sleep(0)
        self.closed = True
        raise RuntimeError("closed in whatever way")


class Way:
    """Opens bearers; ``slow_s`` is how long that takes."""

    def __init__(self, slow_s: float = 0.0) -> None:
        self.opened: list[Inner] = []
        self.slow_s = slow_s
        self.fails: list[BaseException] = []
        self.told: list[Report] = []

    async def open(self) -> Any:
        await asyncio.sleep(self.slow_s)
        if self.fails:
            raise self.fails.pop()
        self.opened.append(Inner())
        return self.opened[-1]


def story(told: Callable[[Way, LateBearer], Awaitable[None]]) -> None:
    async def whole() -> None:
        way = Way()
        late = LateBearer(way.open, lambda _: None)
        late.listen(way.told.append)
        await late.start()
        try:
            await told(way, late)
        finally:
            await late.close()

    asyncio.run(whole())


def test_the_redial_that_follows_a_failed_road_is_not_lost_with_the_old_socket() -> None:
    async def told(way: Way, late: LateBearer) -> None:
        def again(report: Report) -> None:
            way.told.append(report)
            if report.call == "1-1":
                asyncio.get_running_loop().call_later(0, late.dial, dial("1-2"), LOAD)

        late.listen(again)
        late.dial(dial("1-1"), LOAD)
        way.opened[0].tell(Unreached("1-1", "road"))
        await until(lambda: len(way.opened) == 2 and late.there)
        await asyncio.sleep(0.05)
        answered = [report.call for report in way.told]
        assert "1-2" in answered or "1-2" in way.opened[1].dialled, "somebody minds the redial"
        assert way.opened[0].closed

    story(told)


def test_a_call_that_came_while_the_way_was_opened_does_not_close_it_again() -> None:
    async def told(way: Way, late: LateBearer) -> None:
        way.slow_s = 0.05
        way.opened[0].tell(Unreached("0-1", "road"))
        await asyncio.sleep(0.01)
        late.dial(dial("1-1"), LOAD)
        await until(lambda: late.there)
        late.dial(dial("1-2"), LOAD)
        await asyncio.sleep(0.2)
        assert len(way.opened) == 2
        assert way.opened[1].dialled == ["1-2"]
        assert not way.opened[1].closed

    story(told)


def test_however_opening_fails_it_is_tried_again() -> None:
    async def told(way: Way, late: LateBearer) -> None:
        way.fails.append(UnicodeError("label too long"))
        way.opened[0].tell(Unreached("0-1", "road"))
        await until(lambda: not way.fails)
        late.dial(dial("1-1"), LOAD)
        await until(lambda: late.there)

    story(told)
