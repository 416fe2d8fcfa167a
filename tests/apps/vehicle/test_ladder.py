"""The ladder of real bearers: names kept apart, one report for every attempt, one standing call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from opensos.apps.vehicle.ladder import LadderBearer
from opensos.edges.clock import SystemClock
from opensos.ports import CallLoad
from opensos.rules.emergency import (
    Answered,
    CalledBack,
    Cause,
    ClearedDown,
    DataRequested,
    Dial,
    Dropped,
    LadderSettings,
    Refused,
    Report,
    Ringing,
    Unreached,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LOAD = CallLoad(b"msd", None)


def _nobody(report: Report) -> None:
    raise AssertionError(f"nobody listens to {report}")


def _unknown(rung: str) -> bool | None:
    assert rung in {"ng", "cs"}
    return None


class Rung:
    """A bearer that notes what it is told to do; the test says what it reports."""

    def __init__(self, fails: str | None = None) -> None:
        self.did: list[tuple[str, Any]] = []
        self.fails = fails
        self.tell: Callable[[Report], None] = _nobody

    def listen(self, tell: Callable[[Report], None]) -> None:
        self.tell = tell

    def dial(self, order: Dial, load: CallLoad) -> None:
        assert load == LOAD
        self.did.append(("dial", order.call))
        if self.fails:
            self.tell(Unreached(order.call, self.fails))

    def send_data(self, call: str, msd: bytes) -> None:
        self.did.append(("send_data", call))

    def cannot_send(self, call: str) -> None:
        self.did.append(("cannot_send", call))

    def hang_up(self, call: str) -> None:
        self.did.append(("hang_up", call))

    def answer_callback(self, call: str) -> None:
        self.did.append(("answer", call))

    def decline(self, call: str) -> None:
        self.did.append(("decline", call))


class Bench:
    def __init__(self, ng: Rung | None = None, cs: Rung | None = None) -> None:
        self.t = 0.0
        self.ng, self.cs = ng or Rung(), cs or Rung()
        self.offer: dict[str, bool | None] = {}
        self.alarms: list[tuple[float, Callable[[], None]]] = []
        self.heard: list[Report] = []
        self.ladder = LadderBearer(
            {"ng": self.ng, "cs": self.cs}, self.offer.get, self, later=self.later
        )
        self.ladder.listen(self.heard.append)

    def now(self) -> float:
        return self.t

    def utc(self) -> float:
        return 1_800_000_000.0 + self.t

    def later(self, delay: float, do: Callable[[], None]) -> Callable[[], None]:
        alarm = (self.t + delay, do)
        self.alarms.append(alarm)
        return lambda: self.alarms.remove(alarm) if alarm in self.alarms else None

    def wait(self, seconds: float) -> None:
        self.t += seconds
        for alarm in [alarm for alarm in self.alarms if alarm[0] <= self.t]:
            self.alarms.remove(alarm)
            alarm[1]()

    def dial(self, call: str = "1-1", attempt: int = 1) -> None:
        order = Dial(call, attempt, Cause.MANUAL, True, "urn:service:test.sos.ecall", attempt)
        self.ladder.dial(order, LOAD)


def test_an_attempt_goes_to_the_next_rung_and_is_reported_once() -> None:
    bench = Bench()
    bench.dial()
    assert bench.ladder.rung == "ng"
    bench.ng.tell(Refused("1-1", 380, None))
    bench.cs.tell(Ringing("1-1"))
    bench.cs.tell(Answered("1-1", received=True))
    assert bench.heard == [Ringing("1-1"), Answered("1-1", received=True)]
    assert bench.ng.did == [("dial", "1-1")]
    assert bench.cs.did == [("dial", "1-1")]


def test_rungs_that_fail_at_once_fail_as_one() -> None:
    bench = Bench(Rung("local"), Rung("no_modem"))
    bench.dial()
    assert bench.heard == [Unreached("1-1", "no_modem")]
    bench.wait(100)
    assert bench.heard == [Unreached("1-1", "no_modem")]


def test_a_silent_rung_is_hung_up_and_its_late_answer_too() -> None:
    bench = Bench()
    bench.dial()
    bench.wait(15)
    assert bench.ng.did == [("dial", "1-1"), ("hang_up", "1-1")]
    bench.cs.tell(Answered("1-1", received=None))
    bench.ng.tell(Answered("1-1", received=True))
    assert bench.ng.did[-1] == ("hang_up", "1-1")
    assert len(bench.ng.did) == 3
    assert bench.cs.did == [("dial", "1-1")]
    assert bench.heard == [Answered("1-1", received=None)]


def test_the_rung_that_stands_is_the_one_that_is_asked() -> None:
    bench = Bench()
    bench.offer |= {"ng": False, "cs": True}
    bench.dial()
    bench.cs.tell(Answered("1-1", received=None))
    bench.cs.tell(DataRequested("1-1", "t"))
    bench.ladder.send_data("1-1", b"msd")
    bench.ladder.cannot_send("1-1")
    bench.ladder.hang_up("1-1")
    assert [what for what, _ in bench.cs.did] == ["dial", "send_data", "cannot_send", "hang_up"]
    assert bench.ng.did == []


def test_after_hanging_up_nothing_is_asked_or_reported() -> None:
    bench = Bench()
    bench.dial()
    bench.ladder.hang_up("1-1")
    bench.ng.tell(Unreached("1-1", "road"))
    bench.ladder.send_data("1-1", b"msd")
    bench.ladder.cannot_send("1-1")
    bench.wait(100)
    assert bench.heard == []
    assert bench.ng.did == [("dial", "1-1"), ("hang_up", "1-1")]


def test_a_callback_is_answered_on_the_rung_that_rang() -> None:
    bench = Bench()
    bench.cs.tell(CalledBack("callback 1"))
    bench.ng.tell(CalledBack("callback 1"))
    ours, other = (report.call for report in bench.heard)
    assert ours != other
    bench.ladder.answer_callback(ours)
    bench.ladder.decline(other)
    bench.ladder.send_data(ours, b"msd")
    bench.cs.tell(DataRequested("callback 1", "t"))
    bench.cs.tell(ClearedDown("callback 1"))
    assert bench.heard[2:] == [DataRequested(ours, "t"), ClearedDown(ours)]
    assert bench.cs.did == [("answer", "callback 1"), ("send_data", "callback 1")]
    assert bench.ng.did == [("decline", "callback 1")]
    bench.ladder.send_data(ours, b"msd")
    assert len(bench.cs.did) == 2


def test_a_callback_that_is_hung_up_is_hung_up_by_its_own_name() -> None:
    bench = Bench()
    bench.cs.tell(CalledBack("7"))
    bench.ladder.answer_callback("cs 7")
    bench.ladder.hang_up("cs 7")
    assert bench.cs.did == [("answer", "7"), ("hang_up", "7")]


def test_a_callback_that_nobody_knows_is_neither_answered_nor_declined() -> None:
    bench = Bench()
    bench.ladder.answer_callback("cs 9")
    bench.ladder.decline("cs 9")
    assert bench.cs.did == bench.ng.did == []


def test_a_callback_that_fell_silent_is_forgotten() -> None:
    bench = Bench()
    bench.cs.tell(CalledBack("7"))
    bench.cs.tell(Dropped("7", "abandoned"))
    bench.ladder.answer_callback("cs 7")
    assert bench.cs.did == []
    assert bench.heard == [CalledBack("cs 7")]


def test_a_second_attempt_starts_where_the_first_call_stood() -> None:
    bench = Bench()
    bench.dial()
    bench.ng.tell(Unreached("1-1", "road"))
    bench.cs.tell(Answered("1-1", received=None))
    bench.cs.tell(Dropped("1-1", "road"))
    bench.dial("1-2", 2)
    assert bench.cs.did[-1] == ("dial", "1-2")
    bench.cs.tell(ClearedDown("1-1"))  # late news of an old call
    assert bench.ladder.rung == "cs"


def test_a_ladder_that_was_closed_leaves_no_rung_by_itself() -> None:
    bench = Bench()
    bench.dial()
    bench.ladder.close()
    bench.ladder.close()
    bench.wait(100)
    assert bench.alarms == []
    assert bench.ng.did == [("dial", "1-1")]


def test_a_ladder_nobody_listens_to_drops_its_reports() -> None:
    bench = Bench()
    ladder = LadderBearer({}, bench.offer.get, bench)
    ladder.dial(Dial("1-1", 1, Cause.TEST, True, "urn:service:test.sos.ecall", 1), LOAD)
    assert ladder.rung is None


def test_by_default_the_event_loop_keeps_the_time() -> None:
    async def life() -> list[tuple[str, Any]]:
        ng, cs = Rung(), Rung("local")
        heard: asyncio.Future[Report] = asyncio.get_running_loop().create_future()
        ladder = LadderBearer({"ng": ng, "cs": cs}, _unknown, SystemClock(),
            settings=LadderSettings(0.02, 1.0))  # fmt: skip
        ladder.listen(heard.set_result)
        ladder.dial(Dial("1-1", 1, Cause.TEST, True, "urn:service:test.sos.ecall", 1), LOAD)
        assert await asyncio.wait_for(heard, 5) == Unreached("1-1", "local")
        ladder.close()
        return ng.did

    assert asyncio.run(life()) == [("dial", "1-1"), ("hang_up", "1-1")]
