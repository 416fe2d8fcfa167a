"""The housing: power lost and back, resets at bad moments, starts that fail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from opensos.apps.vehicle import Unit
from opensos.apps.vehicle.box import Box, Fitted, OpenBox
from opensos.protocols.effects import LocalError, RoadError
from opensos.rules.emergency import State
from opensos.sim.car import PretendCar
from opensos.sim.clock import PretendClock
from tests.apps.vehicle.garage import AT_ONCE, MemoryJournal, PretendBearer
from tests.edges.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


@dataclass
class Yard:
    """Builds units with a fake clock, counts what is open, and fails when it is told to."""

    clock: PretendClock = field(default_factory=PretendClock)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    car: PretendCar = field(default_factory=PretendCar)
    said: list[str] = field(default_factory=list)
    open: int = 0
    built: int = 0
    powered: bool = True
    fail: Exception | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    bearers: list[PretendBearer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()
        self.leaving.set()
        self.box = Box(
            self.build, self.clock, powered=lambda _: self.powered, said=self.said.append
        )

    async def build(self) -> Fitted:
        await self.gate.wait()
        if self.fail is not None:
            raise self.fail
        self.open += 1
        self.built += 1
        bearer = PretendBearer(self.journal)
        self.bearers.append(bearer)
        unit = Unit(AT_ONCE, car=self.car, clock=self.clock, journal=self.journal, bearer=bearer)

        async def let_go() -> None:
            await self.leaving.wait()
            self.open -= 1

        return Fitted(unit, let_go)

    async def looked(self) -> None:
        """Let the box look at power and time once, now."""
        await self.box._mind()


def in_a_yard(story: Callable[[Yard], Coroutine[object, object, None]]) -> None:
    async def whole() -> None:
        yard = Yard()
        try:
            await story(yard)
        finally:
            yard.gate.set()
            yard.leaving.set()
            await yard.box.close()
        assert yard.open == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())


def test_power_lost_and_back_is_a_new_unit_that_goes_on_with_the_call() -> None:
    async def story(yard: Yard) -> None:
        await yard.box.start()
        first = yard.box.newest
        first.press_sos()
        yard.powered = False
        await yard.looked()
        assert (yard.box.unit, yard.box.state, yard.open) == (None, "off", 0)
        assert yard.box.newest is first, "its page shows what it knew last"
        yard.powered = True
        await yard.looked()
        assert yard.box.state == "on"
        assert yard.box.newest.state in {State.REDIAL_WAIT, State.DIALLING}
        verbs = list(yard.bearers[0].asked)
        first.press_sos()
        first.call_for_test()
        first.wake()
        assert yard.bearers[0].asked == verbs, "a unit that has gone calls nobody"

    in_a_yard(story)


def test_late_news_of_a_unit_that_has_gone_never_touches_the_journal() -> None:
    async def story(yard: Yard) -> None:
        await yard.box.start()
        first = yard.box.newest
        yard.box.restart("test", boot_s=0.0)
        await until(lambda: yard.box.unit not in {None, first})
        written = len(yard.journal.entries)
        first.note("gave_up")
        first.remember("state", {})
        assert len(yard.journal.entries) == written

    in_a_yard(story)


def test_a_restart_that_is_asked_again_and_again_comes_all_the_same() -> None:
    async def story(yard: Yard) -> None:
        await yard.box.start()
        yard.box.restart("one")
        await yard.looked()
        assert yard.box.state == "starting"
        for _ in range(2):
            yard.clock.advance(1.0)
            yard.box.restart("again")
            await yard.looked()
        assert yard.box.state == "on"
        assert yard.built == 2

    in_a_yard(story)


def test_a_reset_while_it_starts_is_that_start() -> None:
    async def story(yard: Yard) -> None:
        yard.gate.clear()
        starting = asyncio.create_task(yard.box.start())
        await asyncio.sleep(0)
        yard.box.restart("impatient")
        yard.gate.set()
        await starting
        assert yard.box.state == "on"
        assert yard.built == 1

    in_a_yard(story)


def test_power_lost_while_it_starts_leaves_nothing() -> None:
    async def story(yard: Yard) -> None:
        yard.gate.clear()
        starting = asyncio.create_task(yard.box.start())
        await asyncio.sleep(0)
        yard.powered = False
        yard.gate.set()
        await starting
        await yard.looked()
        assert (yard.box.state, yard.open) == ("off", 0)

    in_a_yard(story)


@pytest.mark.parametrize("error", [RoadError("no port"), OSError(24, "too many open files")])
def test_a_start_that_fails_is_said_and_tried_again(error: Exception) -> None:
    async def story(yard: Yard) -> None:
        yard.fail = error
        await yard.box.start()
        assert yard.said == [str(error)]
        assert yard.box.state == "starting"
        with pytest.raises(LocalError):
            _ = yard.box.newest
        await yard.looked()
        assert yard.built == 0, "not at once"
        yard.fail = None
        yard.clock.advance(6.0)
        await yard.looked()
        assert yard.box.state == "on"

    in_a_yard(story)


def test_what_fails_again_and_again_is_said_once_and_another_reason_is_said_too() -> None:
    async def story(yard: Yard) -> None:
        yard.fail = RoadError("no way")
        await yard.box.start()
        for _ in range(3):
            yard.clock.advance(6.0)
            await yard.looked()
        assert yard.said == ["no way"]
        yard.fail = RoadError("no port")
        yard.clock.advance(6.0)
        await yard.looked()
        assert yard.said == ["no way", "no port"]

    in_a_yard(story)


def test_an_error_of_ours_does_not_end_the_minding() -> None:
    async def story(yard: Yard) -> None:
        await yard.box.start()
        yard.fail = KeyError("a bug")
        yard.box.restart("test", boot_s=0.0)
        await until(lambda: yard.said)
        yard.fail = None
        yard.clock.advance(6.0)
        await until(lambda: yard.box.state == "on")

    in_a_yard(story)


def test_closed_while_a_unit_is_on_its_way_out_it_waits_for_that() -> None:
    async def story(yard: Yard) -> None:
        await yard.box.start()
        yard.leaving.clear()
        yard.box.restart("test", boot_s=0.0)
        await until(lambda: yard.box.unit is None)
        closing = asyncio.create_task(yard.box.close())
        await asyncio.sleep(0)
        assert not closing.done()
        yard.leaving.set()
        await closing
        assert yard.open == 0
        await yard.box.close()

    in_a_yard(story)


def test_closed_while_it_starts_nothing_is_started() -> None:
    async def story(yard: Yard) -> None:
        await yard.box.start()
        yard.gate.clear()
        yard.box.restart("test", boot_s=0.0)
        await until(lambda: yard.box.unit is None)
        await yard.box.close()
        assert yard.built == 1

    in_a_yard(story)


def test_who_watches_is_told_through_every_restart_and_counted_once() -> None:
    async def story(yard: Yard) -> None:
        told: list[str] = []
        await yard.box.start()
        end = yard.box.watch(lambda: told.append(yard.box.state))
        for _ in range(5):
            before = yard.box.unit
            yard.box.restart("test", boot_s=0.0)
            await until(lambda before=before: yard.box.unit not in {None, before})  # type: ignore[misc]  # bound now
        assert told
        told.clear()
        yard.box.newest.note("gave_up")
        assert len(told) == 1, "old units' watchers are gone"
        end()
        yard.box.newest.note("gave_up")
        assert len(told) == 1

    in_a_yard(story)


def test_an_open_box_is_always_on() -> None:
    async def story(yard: Yard) -> None:
        await yard.box.start()
        told: list[int] = []
        box = OpenBox(yard.box.newest)
        end = box.watch(lambda: told.append(1))
        box.changed()
        end()
        box.changed()
        assert (box.state, box.newest, told) == ("on", box.unit, [1])

    in_a_yard(story)
