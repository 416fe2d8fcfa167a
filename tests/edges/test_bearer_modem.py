from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.edges.bearer_modem import BearerSettings, ModemBearer, ecall_type
from opensos.edges.modem_serial import ModemSettings
from opensos.protocols.at import PROFILES, EcallType, News, checked
from opensos.rules.emergency import (
    Answered,
    CalledBack,
    Cause,
    ClearedDown,
    DataDelivered,
    DataRefused,
    DataRequested,
    Dial,
    Dropped,
    Ringing,
    Unreached,
    urn_for,
)
from opensos.sim.modem_radio import Identity, Ills, Psap, Radio
from opensos.sim.modem_radio import ModemWorld as Pretend
from tests.edges.modem_desk import Desk, desk
from tests.promises.bearer import FRESH, LOAD, MSD, BearerPromises, BearerWorld, order
from tests.promises.modem import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

QUICK = BearerSettings(look_s=0.005, delivery_s=5.0)


class CircuitWorld(BearerWorld):
    def __init__(self, d: Desk, bearer: ModemBearer) -> None:
        super().__init__(bearer)
        self.desk = d
        self.far = d.far
        self._rang = False
        self._took = False

    async def centre_will(self, what: str) -> None:
        self.far.world.psap.does = {"nobody": "no_carrier"}.get(what, what)

    def received(self) -> list[bytes]:
        return self.far.transferred

    def calls(self) -> int:
        return int(self.far.call is not None)

    async def ask_for_data(self) -> None:
        self.far.tell(News.MSD_PULLED)

    async def take_data(self) -> None:
        await eventually(lambda: True)
        self.far.acknowledge()  # of the transfer that the request had begun
        await eventually(lambda: self.far.msds[-1] == FRESH)
        self.far.pull()
        self.far.acknowledge()

    async def clear_down(self) -> None:
        self.far.clear_down()

    async def call_back(self) -> None:
        await eventually(lambda: self.desk.modem.line.ready)
        self._rang = True
        self.far.ring()

    def callback(self) -> str:
        if self.far.call is None:
            return "declined"
        return "answered" if self.far.call.state == 0 else "ringing"


@asynccontextmanager
async def circuit(
    tmp_path: Path,
    world: Pretend | None = None,
    settings: BearerSettings = QUICK,
    *,
    live: bool = False,
) -> AsyncIterator[CircuitWorld]:
    profile = None if world is None else checked(PROFILES[world.identity.maker])
    modem = ModemSettings(poll_s=0.05, profile=profile)
    async with desk(tmp_path, world, modem, live=live) as d:
        bearer = ModemBearer(d.modem, settings)
        await d.fresh()
        d.far.heard.clear()
        try:
            yield CircuitWorld(d, bearer)
        finally:
            await bearer.close()


class TestCircuitSwitchedBearer(BearerPromises):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.tmp_path = tmp_path

    def world(self) -> AbstractAsyncContextManager[BearerWorld]:
        return self._world()

    @asynccontextmanager
    async def _world(self) -> AsyncIterator[BearerWorld]:
        async with circuit(self.tmp_path) as w:
            yield w


def run(
    tmp_path: Path,
    story: Callable[[CircuitWorld], Awaitable[None]],
    world: Pretend | None = None,
    settings: BearerSettings = QUICK,
    *,
    live: bool = False,
) -> None:
    async def whole() -> None:
        async with circuit(tmp_path, world, settings, live=live) as w:
            await story(w)

    asyncio.run(whole())


def of(maker: str, **more: object) -> Pretend:
    return Pretend(identity=Identity(maker=maker), **more)  # type: ignore[arg-type]


# --- test mode ------------------------------------------------------------------------------------

causes = st.sampled_from(list(Cause))


@given(causes, st.booleans(), st.booleans(), st.integers(1, 255))
def test_only_a_live_bearer_makes_an_emergency_call_and_only_of_one(
    cause: Cause,
    test: bool,  # noqa: FBT001
    live: bool,  # noqa: FBT001
    identifier: int,
) -> None:
    dial = Dial("1-1", 1, cause, test, urn_for(cause, test=test), identifier)
    kind = ecall_type(dial, live=live)
    if test or cause is Cause.TEST:
        assert kind is EcallType.TEST
    elif not live:
        assert kind is None
    else:
        assert kind is (EcallType.AUTOMATIC if cause is Cause.AUTOMATIC else EcallType.MANUAL)


@pytest.mark.parametrize("cause", list(Cause))
@pytest.mark.parametrize("test", [True, False])
def test_in_test_mode_no_other_call_than_the_test_call_ever_leaves(
    cause: Cause, tmp_path: Path, *, test: bool
) -> None:
    async def story(w: CircuitWorld) -> None:
        w.bearer.dial(Dial("1-1", 1, cause, test, urn_for(cause, test=test), 1), LOAD)
        if test or cause is Cause.TEST:
            await w.until(Answered)
        else:
            assert w.reports == [Unreached("1-1", "not_live")]
            await w.desk.fresh()
        calls = [line for line in w.far.heard if "ECALL=" in line or line.startswith("ATD")]
        assert set(calls) <= {"AT+CECALL=0", "AT+CECALL=?"}
        assert set(w.far.placed) <= {0}

    run(tmp_path, story)


def test_a_live_bearer_on_a_line_that_is_not_live_calls_nobody(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        w.bearer.dial(
            Dial("1-1", 1, Cause.MANUAL, False, urn_for(Cause.MANUAL, test=False), 1), LOAD
        )
        assert w.reports == [Unreached("1-1", "not_live")]

    run(tmp_path, story, settings=BearerSettings(live=True))


@pytest.mark.parametrize(("cause", "kind"), [(Cause.MANUAL, 2), (Cause.AUTOMATIC, 3)])
def test_a_pretend_modem_hears_the_type_of_a_live_call(
    cause: Cause, kind: int, tmp_path: Path
) -> None:
    """The one test that is live: the other end is this process, on a pseudo-terminal."""

    async def story(w: CircuitWorld) -> None:
        w.bearer.dial(Dial("1-1", 1, cause, False, urn_for(cause, test=False), 1), LOAD)
        await w.until(Answered)
        assert w.far.placed == [kind]

    run(tmp_path, story, settings=BearerSettings(live=True, look_s=0.005), live=True)


# --- every maker ----------------------------------------------------------------------------------


@pytest.mark.parametrize("maker", [name for name, p in PROFILES.items() if p.msd is not None])
def test_every_makers_modem_takes_the_msd_before_the_call_and_tells_of_its_arrival(
    maker: str, tmp_path: Path
) -> None:
    async def story(w: CircuitWorld) -> None:
        w.bearer.dial(order(), LOAD)
        await w.until(DataDelivered)
        assert w.far.msds == w.far.transferred == [MSD]
        assert [type(r) for r in w.reports if not isinstance(r, Ringing)] == [
            Answered,
            DataDelivered,
        ]
        w.far.clear_down()
        assert await w.until(ClearedDown) == ClearedDown("1-1")

    run(tmp_path, story, of(maker))


def test_an_acknowledgement_that_is_only_remembered_is_not_reported(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, of("quectel")) as d:
            bearer = ModemBearer(d.modem, QUICK)
            await d.fresh()
            w = CircuitWorld(d, bearer)
            bearer.dial(order(), LOAD)
            await w.until(Answered)
            await d.fresh()
            assert w.far.transferred == [MSD]
            assert not any(isinstance(r, DataDelivered) for r in w.reports)
            await bearer.close()

    asyncio.run(story())


def test_a_maker_without_a_known_way_for_the_msd_is_called_all_the_same(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        w.bearer.dial(order(), LOAD)
        assert await w.until(Answered) == Answered("1-1", None)
        w.bearer.send_data("1-1", FRESH)
        assert await w.until(DataRefused) == DataRefused("1-1", 501)

    run(tmp_path, story, of("standard"))


def test_a_modem_that_refuses_the_msd_calls_all_the_same_and_says_so_later(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        w.bearer.dial(order(), LOAD)
        await w.until(Answered)
        w.bearer.send_data("1-1", FRESH)
        assert await w.until(DataRefused) == DataRefused("1-1", 488)

    run(tmp_path, story, of("telit", ills=Ills(refuses_msd=True), psap=Psap(takes="nothing")))


# --- failures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("world", "why"),
    [
        (of("telit", psap=Psap(does="no_carrier")), "no_carrier"),
        (of("telit", psap=Psap(does="no_answer")), "no_answer"),
        (of("telit", ills=Ills(no_ecall=True)), "modem"),
        (of("telit", radio=Radio(stat=0)), "no_carrier"),
    ],
)
def test_an_attempt_that_fails_says_why_in_one_word(
    world: Pretend, why: str, tmp_path: Path
) -> None:
    async def story(w: CircuitWorld) -> None:
        w.bearer.dial(order(), LOAD)
        assert await w.until(Unreached) == Unreached("1-1", why)

    run(tmp_path, story, world)


def test_the_modems_own_redial_is_ended_before_a_loss_is_told(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.connected()
        at_report: list[object] = []
        w.bearer.listen(lambda r: at_report.append((r, w.far.call)))
        w.far.drop()
        assert w.far.call is not None  # the modem dials again by itself
        await eventually(lambda: bool(at_report))
        assert at_report == [(Dropped("1-1", "network"), None)]
        assert w.far.placed == [0, 0]
        w.bearer.dial(order("1-2"), LOAD)
        await eventually(lambda: len(at_report) > 1)
        assert w.far.placed == [0, 0, 0]

    # The redial of the modem takes longer to be seen than its end: it says NO CARRIER first.
    world = of("telit", ills=Ills(redials=3), psap=Psap(takes="nothing"))
    run(tmp_path, story, world)


def test_a_lost_call_is_dropped_and_one_that_ends_after_its_data_is_cleared_down(
    tmp_path: Path,
) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.connected()
        await w.until(DataDelivered)
        w.far.drop()
        assert await w.until(Dropped) == Dropped("1-1", "network")
        w.reports.clear()
        await w.connected("1-2")
        await w.until(DataDelivered)
        w.far.hang_up_there()
        assert await w.until(ClearedDown) == ClearedDown("1-2")

    run(tmp_path, story, of("telit"))


def test_a_centre_that_hangs_up_before_it_has_the_data_is_called_again(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.connected()
        w.far.hang_up_there()
        assert await w.until(Dropped) == Dropped("1-1", "network")

    run(tmp_path, story, of("telit", psap=Psap(takes="nothing")))


def test_a_call_that_ends_without_a_word_is_missed_by_looking(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.connected()
        w.far.call = None
        assert await w.until(Dropped) == Dropped("1-1", "network")

    run(tmp_path, story, of("standard", psap=Psap(takes="nothing")))


def test_a_modem_that_starts_anew_in_a_call_has_dropped_it(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.connected()
        w.far.reset()
        assert (await w.until(Dropped)).call == "1-1"

    run(tmp_path, story, of("telit", psap=Psap(takes="nothing")))


def test_a_modem_that_is_unplugged_in_a_call_has_dropped_it(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.connected()
        w.desk.pty.unplug()
        assert await w.until(Dropped) == Dropped("1-1", "modem")
        w.bearer.dial(order("1-2"), LOAD)
        assert await w.until(Unreached) == Unreached("1-2", "modem")

    run(tmp_path, story, of("telit"))


def test_an_attempt_on_a_modem_that_hangs_ends(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        w.far.world.ills.hung = True
        w.desk.pty.unplug()
        w.bearer.dial(order(), LOAD)
        assert await w.until(Unreached) == Unreached("1-1", "modem")

    run(tmp_path, story)


def test_the_end_of_the_call_before_does_not_end_the_next_one(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.centre_will("ring")
        w.bearer.dial(order(), LOAD)
        await w.until(Ringing)
        w.far.news("NO CARRIER")  # of the call before: this one is still listed
        w.far.news("DISCONNECTED")
        w.far.answer()
        assert await w.until(Answered) == Answered("1-1", None)
        assert not any(isinstance(r, Unreached | Dropped) for r in w.reports)

    run(tmp_path, story, of("telit"))


def test_a_call_left_over_from_before_a_restart_is_ended_before_anything_else(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        world = of("telit", psap=Psap(does="wait"))
        async with desk(tmp_path, world) as d:
            d.far.place(0)
            bearer = ModemBearer(d.modem, QUICK)
            await eventually(lambda: d.far.call is None)
            await bearer.close()

    asyncio.run(story())


def test_an_attempt_taken_back_while_the_modem_dials_is_hung_up(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        w.far.on_command = lambda line: w.bearer.hang_up("1-1") if line == "AT+CECALL=0" else None
        w.bearer.dial(order(), LOAD)
        await eventually(lambda: w.far.placed == [0] and w.far.call is None)
        await w.desk.fresh()
        assert w.reports == []

    run(tmp_path, story, of("telit", psap=Psap(does="wait")))


def test_a_second_order_takes_the_place_of_the_first(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.centre_will("ring")
        w.bearer.dial(order("1-1"), LOAD)
        await w.until(Ringing)
        w.reports.clear()
        await w.connected("1-2")
        assert {r.call for r in w.reports} == {"1-2"}

    run(tmp_path, story)


# --- data -----------------------------------------------------------------------------------------


def test_a_fresh_msd_waits_for_the_transfer_that_is_under_way(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.connected()
        w.far.pull()
        await eventually(lambda: w.bearer._call is not None and w.bearer._call.transfer)  # type: ignore[attr-defined]
        w.bearer.send_data("1-1", FRESH)
        assert w.far.msds == [MSD]
        w.far.acknowledge()
        assert await w.until(DataDelivered) == DataDelivered("1-1")
        await eventually(lambda: w.far.msds == [MSD, FRESH])
        w.far.pull()
        assert await w.until(DataRequested) == DataRequested("1-1", "2")

    run(tmp_path, story, of("telit", psap=Psap(takes="nothing")))


def test_a_fresh_msd_that_nobody_takes_is_refused_in_the_end(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.connected()
        w.bearer.send_data("1-1", FRESH)
        assert await w.until(DataRefused) == DataRefused("1-1", 408)

    world = of("telit", psap=Psap(takes="nothing"))
    run(tmp_path, story, world, BearerSettings(look_s=0.005, delivery_s=0.02))


def test_a_transfer_that_fails_is_not_a_delivery(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.connected()
        await w.desk.fresh()
        assert not any(isinstance(r, DataDelivered) for r in w.reports)

    run(tmp_path, story, of("telit", psap=Psap(takes="fail")))


def test_data_for_a_call_that_does_not_stand_yet_are_refused(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.centre_will("ring")
        w.bearer.dial(order(), LOAD)
        await w.until(Ringing)
        w.bearer.send_data("1-1", FRESH)
        assert w.reports[-1] == DataRefused("1-1", 481)

    run(tmp_path, story)


# --- callbacks ------------------------------------------------------------------------------------


def test_a_caller_who_gives_up_has_abandoned_the_callback(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        w.far.ring()
        called = await w.until(CalledBack)
        w.far.ring()
        w.far.stop_ringing()
        assert await w.until(Dropped) == Dropped(called.call, "abandoned")
        assert sum(isinstance(r, CalledBack) for r in w.reports) == 1

    run(tmp_path, story)


def test_a_callback_is_heard_from_a_modem_that_says_no_ring(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        w.far.ring()
        assert (await w.until(CalledBack)).call == "callback 1"

    run(tmp_path, story, of("u-blox", ills=Ills(no_ring_line=True)))


def test_a_callback_that_was_answered_ends_as_cleared_down(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        w.far.ring()
        called = await w.until(CalledBack)
        w.bearer.answer_callback(called.call)
        await eventually(lambda: w.callback() == "answered")
        w.far.hang_up_there()
        assert await w.until(ClearedDown) == ClearedDown(called.call)

    run(tmp_path, story)


def test_a_callback_whose_caller_goes_while_it_is_answered_never_stood(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        w.far.ring()
        called = await w.until(CalledBack)
        w.far.call = None
        w.bearer.answer_callback(called.call)
        report = await w.until(Dropped)
        assert report in {Dropped(called.call, "no_voice"), Dropped(called.call, "abandoned")}

    run(tmp_path, story)


def test_a_second_caller_hears_busy_and_the_call_goes_on(tmp_path: Path) -> None:
    async def story(w: CircuitWorld) -> None:
        await w.connected()
        w.far.news("RING")
        await eventually(lambda: "AT+CHLD=0" in w.far.heard)
        assert w.calls() == 1
        assert not any(isinstance(r, CalledBack) for r in w.reports)

    run(tmp_path, story)


# --- odd modems -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rings", [True, False])
def test_a_modem_that_never_says_ok_is_hung_up_only_if_it_told_of_no_call(
    tmp_path: Path, *, rings: bool
) -> None:
    async def story(w: CircuitWorld) -> None:
        w.bearer.dial(order(), LOAD)
        await eventually(lambda: w.far.placed == [0])
        if rings:
            w.far.alert()
            await w.until(Ringing)
            await w.desk.fresh()
            w.far.answer()
            assert await w.until(Answered) == Answered("1-1", None)
        else:
            assert await w.until(Unreached) == Unreached("1-1", "modem")
            assert w.far.call is None

    world = of("telit", ills=Ills(no_final="AT+CECALL=0"), psap=Psap(does="wait", takes="nothing"))
    run(tmp_path, story, world, BearerSettings(look_s=0.005, order_s=0.1))


# --- a unit that is started anew on the same board -----------------------------------------------


def test_a_bearer_that_was_closed_never_touches_the_calls_of_the_next_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, of("telit")) as d:
            old = ModemBearer(d.modem, QUICK)
            await d.fresh()
            await old.close()
            bearer = ModemBearer(d.modem, QUICK)
            world = CircuitWorld(d, bearer)
            await world.connected()
            d.line.restarted()  # the modem is probed, and then told to be ready
            old.line_ready()
            old.line_says("RING")
            await d.fresh()
            await asyncio.sleep(0.1)
            assert world.calls() == 1
            assert d.line._listeners == [d.modem, bearer]
            await bearer.close()

    asyncio.run(story())


def test_a_call_that_the_unit_before_left_is_ended_though_the_line_is_ready(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, of("telit", psap=Psap(does="wait"))) as d:
            await d.fresh()
            d.far.place(0)
            bearer = ModemBearer(d.modem, QUICK)
            await eventually(lambda: d.far.call is None)
            await bearer.close()

    asyncio.run(story())


def test_an_attempt_whose_minder_falls_over_fails_at_once_and_the_next_one_is_placed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(w: CircuitWorld) -> None:
        def fall(_: object) -> None:
            raise IndexError("a mistake of ours")

        with monkeypatch.context() as broken:
            broken.setattr("opensos.edges.bearer_modem.listed_call_of", fall)
            w.bearer.dial(order(), LOAD)
            await eventually(lambda: w.reports == [Unreached("1-1", "modem")])
        w.far.world.psap.does = "answer"
        w.bearer.dial(order(call="1-2"), LOAD)
        await eventually(lambda: Answered("1-2", None) in w.reports)

    run(tmp_path, story, of("telit", psap=Psap(does="wait")))
