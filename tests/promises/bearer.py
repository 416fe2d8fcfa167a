"""What every bearer of an SOS call promises, whatever carries it; each adapter inherits it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import pytest

from opensos.ports import CallLoad
from opensos.rules.emergency import (
    Answered,
    CalledBack,
    Cause,
    ClearedDown,
    DataDelivered,
    DataRequested,
    Dial,
    Dropped,
    Refused,
    Report,
    Ringing,
    Unreached,
    urn_for,
)
from tests.promises.modem import PATIENCE_S, eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from opensos.ports import Bearer

MSD = b"\x02\x04abcd"
FRESH = b"\x02\x04efgh"
LOAD = CallLoad(MSD, None)


def order(call: str = "1-1", cause: Cause = Cause.MANUAL) -> Dial:
    return Dial(call, 1, cause, True, urn_for(cause, test=True), 1)


class BearerWorld(ABC):
    """A bearer, a centre behind it, and what the bearer reports."""

    def __init__(self, bearer: Bearer) -> None:
        self.bearer = bearer
        self.reports: list[Report] = []
        self._news = asyncio.Event()
        bearer.listen(self._hear)

    def _hear(self, report: Report) -> None:
        self.reports.append(report)
        self._news.set()

    async def until(self, kind: type[Report]) -> Report:
        """Wait for the first report of a kind."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for report in self.reports:
                    if isinstance(report, kind):
                        return report
                self._news.clear()
                await self._news.wait()

    @abstractmethod
    async def centre_will(self, what: str) -> None:
        """Say how the centre meets the next call: answer, ring, busy, or nobody is there."""

    @abstractmethod
    def received(self) -> list[bytes]:
        """Return the MSDs that reached the centre."""

    @abstractmethod
    def calls(self) -> int:
        """Return how many calls stand or ring at the centre now."""

    @abstractmethod
    async def ask_for_data(self) -> None:
        """Have the centre ask for a fresh MSD."""

    @abstractmethod
    async def take_data(self) -> None:
        """Have the centre take what was sent on its request."""

    @abstractmethod
    async def clear_down(self) -> None:
        """Have the centre end the call on purpose."""

    @abstractmethod
    async def call_back(self) -> None:
        """Have the centre call the car."""

    @abstractmethod
    def callback(self) -> str:
        """Return what the centre sees of its callback: ringing, answered, declined."""

    async def connected(self, call: str = "1-1") -> None:
        await self.centre_will("answer")
        self.bearer.dial(order(call), LOAD)
        assert (await self.until(Answered)).call == call


class BearerPromises:
    """Inherit, and give ``world``."""

    def world(self) -> AbstractAsyncContextManager[BearerWorld]:
        raise NotImplementedError

    def run(self, story: Callable[[BearerWorld], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with self.world() as world:
                await story(world)

        asyncio.run(whole())

    def test_an_attempt_is_answered_and_its_data_arrive(self) -> None:
        async def story(w: BearerWorld) -> None:
            await w.connected()
            await eventually(lambda: w.received() == [MSD])
            answers = [r for r in w.reports if isinstance(r, Answered)]
            assert len(answers) == 1
            assert not any(isinstance(r, Refused | Unreached) for r in w.reports)

        self.run(story)

    def test_ringing_comes_before_the_answer(self) -> None:
        async def story(w: BearerWorld) -> None:
            await w.centre_will("ring")
            w.bearer.dial(order(), LOAD)
            assert await w.until(Ringing) == Ringing("1-1")
            assert w.reports == [Ringing("1-1")]

        self.run(story)

    def test_a_busy_centre_refuses_without_an_acknowledgement(self) -> None:
        async def story(w: BearerWorld) -> None:
            await w.centre_will("busy")
            w.bearer.dial(order(), LOAD)
            assert await w.until(Refused) == Refused("1-1", 486, None)
            assert w.calls() == 0

        self.run(story)

    def test_nobody_there_is_an_attempt_that_reached_nobody(self) -> None:
        async def story(w: BearerWorld) -> None:
            await w.centre_will("nobody")
            w.bearer.dial(order(), LOAD)
            report = await w.until(Unreached)
            assert report.call == "1-1"
            assert [type(r) for r in w.reports if not isinstance(r, Ringing)] == [Unreached]

        self.run(story)

    def test_a_centre_that_asks_gets_fresh_data(self) -> None:
        async def story(w: BearerWorld) -> None:
            await w.connected()
            await eventually(lambda: w.received() == [MSD])
            w.reports.clear()
            await w.ask_for_data()
            assert (await w.until(DataRequested)).call == "1-1"
            w.bearer.send_data("1-1", FRESH)
            await w.take_data()
            assert await w.until(DataDelivered) == DataDelivered("1-1")
            await eventually(lambda: w.received()[-1] == FRESH)

        self.run(story)

    def test_a_call_that_the_centre_ends_is_cleared_down_once(self) -> None:
        async def story(w: BearerWorld) -> None:
            await w.connected()
            await eventually(lambda: w.received() == [MSD])
            await w.clear_down()
            assert await w.until(ClearedDown) == ClearedDown("1-1")
            w.bearer.hang_up("1-1")
            await eventually(lambda: w.calls() == 0)
            assert sum(isinstance(r, ClearedDown | Dropped) for r in w.reports) == 1

        self.run(story)

    def test_hanging_up_ends_the_call_without_a_further_report(self) -> None:
        async def story(w: BearerWorld) -> None:
            await w.connected()
            await eventually(lambda: w.received() == [MSD])
            await eventually(lambda: w.calls() == 1)
            before = list(w.reports)
            w.bearer.hang_up("1-1")
            w.bearer.hang_up("1-1")
            await eventually(lambda: w.calls() == 0)
            assert w.reports == before

        self.run(story)

    def test_an_attempt_is_taken_back_and_the_next_one_is_its_own(self) -> None:
        async def story(w: BearerWorld) -> None:
            await w.centre_will("ring")
            w.bearer.dial(order(), LOAD)
            await w.until(Ringing)
            w.bearer.hang_up("1-1")
            await eventually(lambda: w.calls() == 0)
            w.reports.clear()
            await w.connected("1-2")
            assert {report.call for report in w.reports} == {"1-2"}
            assert w.calls() == 1

        self.run(story)

    @pytest.mark.parametrize("taken", [True, False])
    def test_a_callback_is_answered_or_declined(self, *, taken: bool) -> None:
        async def story(w: BearerWorld) -> None:
            await w.connected()
            await eventually(lambda: w.received() == [MSD])
            await w.clear_down()
            await w.until(ClearedDown)
            await w.call_back()
            called = await w.until(CalledBack)
            if taken:
                w.bearer.answer_callback(called.call)
                await eventually(lambda: w.callback() == "answered")
            else:
                w.bearer.decline(called.call)
                await eventually(lambda: w.callback() == "declined")
            assert sum(isinstance(r, CalledBack) for r in w.reports) == 1

        self.run(story)

    def test_a_callback_whose_caller_has_gone_never_stood(self) -> None:
        async def story(w: BearerWorld) -> None:
            w.bearer.answer_callback("callback nobody")
            assert w.reports == [Dropped("callback nobody", "no_voice")]

        self.run(story)

    def test_verbs_for_a_call_that_is_over_do_nothing(self) -> None:
        async def story(w: BearerWorld) -> None:
            for verb in (w.bearer.hang_up, w.bearer.decline, w.bearer.cannot_send):
                verb("9-9")
            w.bearer.send_data("9-9", b"")
            assert w.reports == []

        self.run(story)
