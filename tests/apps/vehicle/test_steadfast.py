"""Whatever part, disk, watcher or way fails, and however: SOS and a crash call."""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING, Any

import pytest

from opensos.apps.vehicle import UnitConfig
from opensos.apps.vehicle.box import Box, Fitted
from opensos.apps.vehicle.ladder import LadderBearer
from opensos.edges.clock import SystemClock
from opensos.ports import CallLoad, JournalEntry
from opensos.rules.emergency import Answered, Cause, Dial, Settings, State
from opensos.sim.car import PretendCar
from opensos.sim.clock import PretendClock
from tests.apps.vehicle.garage import AT_ONCE, Garage, MemoryJournal, PretendBearer, read
from tests.edges.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

_FAILURES = (struct.error("short"), RuntimeError("no loop"), AssertionError(), KeyError("x"))
_OF_THE_CAR = (
    *("acceleration", "airbag_fired_at", "utc", "fix", "recent", "occupants", "seats", "supply"),
    *("vehicle", "backup", "modem", "receiver", "antennas", "audio", "lamp", "airbag_line"),
    *("software", "bus", "setup", "reference_utc", "show", "play", "test_tone", "use_antenna"),
)
_GARBAGE: tuple[Any, ...] = (None, "text", float("nan"), object(), [None], 3)


def failing(failure: BaseException) -> Callable[..., Any]:
    def fail(*_: Any) -> Any:
        raise failure

    return fail


def saying(value: Any) -> Callable[..., Any]:
    return lambda *_: value


def poll_through(here: Garage, seconds: float) -> None:
    """Let time pass as the loop does, which goes on when looking fails."""
    for _ in range(round(seconds / 0.01)):
        now = here.clock.advance(0.01)
        if here.unit.wake_at is not None and here.unit.wake_at <= now:
            here.unit.wake()
        try:
            here.unit.poll()
        except Exception:  # noqa: BLE001, S112  # as Unit._poll_again does
            continue


def press(here: Garage) -> None:
    poll_through(here, 0.1)
    here.car.press_button(here.clock.now())
    poll_through(here, 1.5)
    here.car.release_button(here.clock.now())
    poll_through(here, 0.2)


@pytest.mark.parametrize("failure", _FAILURES, ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("name", _OF_THE_CAR)
def test_sos_calls_whichever_part_fails_in_whatever_way(name: str, failure: BaseException) -> None:
    here = Garage(AT_ONCE, fitted=True)
    setattr(here.car, name, failing(failure))
    press(here)
    assert here.bearer.verbs[:1] == ["dial"]
    assert read(here.bearer.dials[0][1].msd).test_call


@pytest.mark.parametrize("value", _GARBAGE, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("name", _OF_THE_CAR)
def test_sos_calls_whatever_garbage_a_part_says(name: str, value: Any) -> None:
    here = Garage(AT_ONCE, fitted=True)
    setattr(here.car, name, saying(value))
    press(here)
    assert here.bearer.verbs[:1] == ["dial"]
    assert read(here.bearer.dials[0][1].msd).test_call


@pytest.mark.parametrize("name", sorted({*_OF_THE_CAR, "button"} - {"acceleration"}))
def test_a_crash_calls_whichever_part_fails(name: str) -> None:
    here = Garage(AT_ONCE, fitted=True)
    setattr(here.car, name, failing(struct.error()))
    poll_through(here, 2)
    here.car.happen("barrier", here.clock.now())
    poll_through(here, 1)
    assert here.bearer.verbs[:1] == ["dial"]
    assert here.bearer.dials[0][0].cause.value == "automatic"


def test_a_range_that_cannot_be_told_costs_no_crash() -> None:
    class Car(PretendCar):
        broken = False

        @property
        def full_scale(self) -> Any:
            if self.broken:
                raise struct.error
            return super().full_scale

    car = Car()
    here = Garage(AT_ONCE, car=car, fitted=True)
    poll_through(here, 2)
    car.broken = True
    car.happen("barrier", here.clock.now())
    poll_through(here, 1)
    assert here.bearer.verbs[:1] == ["dial"]


# --- who watches ----------------------------------------------------------------------------------


def test_a_watcher_that_fails_costs_no_call_and_no_other_watcher() -> None:
    here = Garage(AT_ONCE, fitted=True)
    seen: list[State] = []
    here.unit.watch(failing(BrokenPipeError("the terminal is gone")))
    here.unit.watch(lambda: seen.append(here.unit.state))
    here.unit.press_sos()
    assert here.bearer.verbs == ["dial"]
    assert seen[-1] is State.DIALLING
    here.bearer.report(Answered(here.bearer.dials[0][0].call, received=True))
    assert here.unit.state is State.CONNECTED


# --- the disk -------------------------------------------------------------------------------------


class BadJournal(MemoryJournal):
    """A disk whose driver fails in a way that it never should."""

    def append(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs
        raise RuntimeError("no such device")


def test_a_disk_that_fails_in_whatever_way_costs_no_call() -> None:
    here = Garage(AT_ONCE, BadJournal(), fitted=True)
    here.unit.press_sos()
    assert here.bearer.verbs == ["dial"]
    assert here.keys.count("journal_failed") == 1


@pytest.mark.parametrize("kind", ["health", "note", "restarts", "crash", "data", "airbag", "state"])
@pytest.mark.parametrize("value", [None, [], "x", 1e300, -1, {"a": [None]}, [[]], True])
def test_a_record_of_garbage_costs_no_call(kind: str, value: Any) -> None:
    here = Garage(AT_ONCE, fitted=True)
    here.drive(3, 0.5)
    here.unit.press_sos()
    good = [entry for entry in here.journal.entries if entry.kind == kind]
    data = dict(good[-1].data) if good else {"utc": 0, "ages_s": [], "told": False}
    for name in (*data, "new"):
        journal = MemoryJournal([JournalEntry(kind, 1e9, {**data, name: value}, durable=True)])
        again = Garage(AT_ONCE, journal, fitted=True)
        again.unit.press_sos()
        assert again.bearer.dials, (kind, name)


def test_a_journal_that_fails_in_whatever_way_when_it_is_read_costs_no_call() -> None:
    journal = MemoryJournal()
    journal.read = failing(OverflowError())  # type: ignore[method-assign]
    here = Garage(AT_ONCE, journal, fitted=True)
    here.unit.press_sos()
    assert here.bearer.verbs == ["dial"]


# --- the ways -------------------------------------------------------------------------------------


def test_a_bearer_that_fails_is_tried_again_within_the_bounds() -> None:
    here = Garage(UnitConfig(procedure=Settings(cancel_window_s=0)), fitted=True)
    dial = here.bearer.dial
    tries: list[float] = []

    def fail(*_: Any) -> None:
        tries.append(here.clock.now())
        raise RuntimeError("no socket")

    here.bearer.dial = fail  # type: ignore[assignment,method-assign]
    here.unit.press_sos()
    poll_through(here, 1)
    assert len(tries) >= 3, "the first two redials go at once"
    here.bearer.dial = dial  # type: ignore[method-assign]
    poll_through(here, 6)
    assert here.bearer.verbs == ["dial"]
    poll_through(here, 130)
    assert len(tries) < 10


class BadPath:
    """A way of data whose driver fails."""

    name = "https"

    def listen(self, tell: Any) -> None:
        del tell

    def offer(self, message_id: str, envelope: bytes, timeout_s: float) -> None:
        del message_id, envelope, timeout_s
        raise RuntimeError("can't start new thread")

    async def close(self) -> None:
        """Nothing to close."""


def test_a_path_of_data_that_fails_costs_neither_the_call_nor_the_button() -> None:
    here = Garage(AT_ONCE, fitted=True, paths=(BadPath(),))
    here.bearer.dial = failing(RuntimeError())  # type: ignore[method-assign]
    here.unit.press_sos()
    poll_through(here, 45)
    assert here.unit.data.machine.record(here.clock.now()).tries > 1
    assert here.keys.count("redial_planned") > 2


class BadRung:
    """A rung whose driver fails."""

    def __init__(self) -> None:
        self.dial = self.hang_up = failing(struct.error())

    def listen(self, tell: Any) -> None:
        del tell


def test_a_rung_that_fails_is_left_for_the_next_one_at_once() -> None:
    clock, good = PretendClock(), PretendBearer(MemoryJournal())
    rungs: Any = {"ng": BadRung(), "cs": good}
    ladder = LadderBearer(rungs, failing(RuntimeError()), clock, later=saying(lambda: None))
    told: list[Any] = []
    ladder.listen(told.append)
    ladder.dial(Dial("1-1", 1, Cause.MANUAL, True, "urn:x", 1), CallLoad(b"", None))
    assert good.verbs == ["dial"]
    assert told == []
    ladder.hang_up("1-1")
    assert good.verbs == ["dial", "hang_up"]


# --- the housing ----------------------------------------------------------------------------------


def test_a_unit_that_cannot_let_go_or_a_watcher_that_fails_keeps_no_unit_from_its_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("opensos.apps.vehicle.box._LEAVE_S", 0.05)
    built: list[Garage] = []

    async def build() -> Fitted:
        built.append(Garage(AT_ONCE, fitted=True))
        return Fitted(built[-1].unit, asyncio.Event().wait)  # type: ignore[arg-type]  # never ends

    async def story() -> None:
        box = Box(build, SystemClock())
        box.watch(failing(BrokenPipeError()))
        await box.start()
        box.restart("asked", boot_s=0.05)
        await until(lambda: len(built) == 2 and box.state == "on")
        assert box.unit is built[1].unit
        await box.close()

    asyncio.run(story())
