from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

from opensos.edges.bearer_ngecall import NgEcallBearer, open_ngecall
from opensos.edges.clock import SystemClock
from opensos.edges.net import server_context
from opensos.ports import CallLoad
from opensos.protocols.effects import Address, RoadError, UserError
from opensos.protocols.ngecall import EcallCar, Settings
from opensos.protocols.ngecall import events as ev
from opensos.protocols.sip.tokens import Tokens
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
    Refused,
    Report,
    Ringing,
    Unreached,
    urn_for,
)
from tests.edges.switchboard import PATIENCE_S, Switchboard

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

LOAD = CallLoad(b"\x02\x04abcd", None)


def order(call: str = "1-1") -> Dial:
    return Dial(call, 1, Cause.MANUAL, True, urn_for(Cause.MANUAL, test=True), 1)


class Listener:
    def __init__(self, bearer: NgEcallBearer) -> None:
        self.reports: list[Report] = []
        self._news = asyncio.Event()
        bearer.listen(self._hear)

    def _hear(self, report: Report) -> None:
        self.reports.append(report)
        self._news.set()

    async def until(self, kind: type) -> Report:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for report in self.reports:
                    if isinstance(report, kind):
                        return report
                self._news.clear()
                await self._news.wait()


class World:
    def __init__(self, centre: Switchboard, bearer: NgEcallBearer) -> None:
        self.centre = centre
        self.bearer = bearer
        self.car = Listener(bearer)

    async def connected(self) -> None:
        self.bearer.dial(order(), LOAD)
        await self.car.until(Answered)
        await self.centre.until(ev.CallEstablished)

    @property
    def call(self) -> str:
        return self.centre.calls[0].call

    def now(self) -> float:
        return self.centre.pump.now()


@asynccontextmanager
async def world(
    transport: str = "udp", tls: ssl.SSLContext | None = None, ca: Path | None = None
) -> AsyncIterator[World]:
    centre = Switchboard()
    await centre.open(transport, tls)
    bearer = await open_ngecall(centre.address, SystemClock(), b"car", ca=ca)
    try:
        yield World(centre, bearer)
    finally:
        await bearer.close()
        await centre.pump.close()


def run(story: Callable[[World], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with world() as w:
            await story(w)

    asyncio.run(whole())


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_a_call_goes_its_whole_way_over_every_transport(transport: str, tmp_path: Path) -> None:
    tls = None
    if transport == "tls":
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        leaf = authority.issue_cert("127.0.0.1")
        leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
        for pem in leaf.cert_chain_pems:
            pem.write_to_path(tmp_path / "cert.pem", append=True)
        tls = server_context(tmp_path / "cert.pem", tmp_path / "key.pem")

    async def story() -> None:
        async with world(transport, tls, tmp_path / "ca.pem" if tls else None) as w:
            await w.connected()
            assert w.centre.calls[0].msd == LOAD.msd
            assert w.centre.calls[0].test
            assert w.centre.calls[0].source.transport == transport
            w.centre.do(w.centre.machine.request_msd(w.call, w.now()))
            asked = await w.car.until(DataRequested)
            assert asked.call == "1-1"
            w.bearer.send_data("1-1", b"\x02\x04efgh")
            await w.car.until(DataDelivered)
            w.centre.do(w.centre.machine.clear_down(w.call, w.now()))
            assert await w.car.until(ClearedDown) == ClearedDown("1-1")
            assert [type(r) for r in w.car.reports if not isinstance(r, Ringing)] == [
                Answered,
                DataRequested,
                DataDelivered,
                ClearedDown,
            ]

    asyncio.run(story())


@pytest.mark.parametrize("received", [True, False, None])
def test_the_acknowledgement_in_the_answer_is_reported_as_it_is(*, received: bool | None) -> None:
    async def story(w: World) -> None:
        w.centre.reaction = lambda call: w.centre.answer(call, received=received)
        w.bearer.dial(order(), LOAD)
        assert await w.car.until(Answered) == Answered("1-1", received)

    run(story)


def test_a_refusal_brings_its_status_and_acknowledgement() -> None:
    async def story(w: World) -> None:
        w.centre.reaction = lambda call: w.centre.refuse(call, 600, received=True)
        w.bearer.dial(order(), LOAD)
        assert await w.car.until(Refused) == Refused("1-1", 600, received=True)

    run(story)


def test_a_centre_that_rings_is_reported() -> None:
    async def story(w: World) -> None:
        w.centre.reaction = lambda call: w.centre.do(w.centre.machine.ring(call.call, w.now()))
        w.bearer.dial(order(), LOAD)
        assert await w.car.until(Ringing) == Ringing("1-1")

    run(story)


def test_nobody_there_is_an_attempt_that_reached_nobody() -> None:
    async def story(w: World) -> None:
        await w.centre.pump.close()
        w.bearer.dial(order(), LOAD)
        assert await w.car.until(Unreached) == Unreached("1-1", "road")

    run(story)


def test_a_car_that_cannot_make_a_message_says_so() -> None:
    async def story(w: World) -> None:
        await w.connected()
        w.centre.do(w.centre.machine.request_msd(w.call, w.now()))
        await w.car.until(DataRequested)
        w.bearer.cannot_send("1-1")
        await w.centre.until(ev.MsdRefused)

    run(story)


def test_hanging_up_ends_the_call_without_a_further_report() -> None:
    async def story(w: World) -> None:
        await w.connected()
        before = list(w.car.reports)
        w.bearer.hang_up("1-1")
        w.bearer.hang_up("1-1")
        await w.centre.until(ev.CallEnded)
        await asyncio.sleep(0.02)
        assert w.car.reports == before

    run(story)


def test_an_attempt_is_taken_back_and_a_late_answer_is_hung_up() -> None:
    async def story(w: World) -> None:
        w.centre.reaction = lambda call: w.centre.do(w.centre.machine.ring(call.call, w.now()))
        w.bearer.dial(order(), LOAD)
        await w.car.until(Ringing)
        # The answer and the CANCEL cross on the road: neither side has read the other's yet.
        w.centre.answer(w.centre.calls[0])
        w.bearer.hang_up("1-1")
        await w.centre.until(ev.CallEnded)
        assert not any(isinstance(report, Answered) for report in w.car.reports)

    run(story)


def test_an_attempt_that_is_taken_back_in_time_is_abandoned_at_the_centre() -> None:
    async def story(w: World) -> None:
        w.centre.reaction = lambda call: w.centre.do(w.centre.machine.ring(call.call, w.now()))
        w.bearer.dial(order(), LOAD)
        await w.car.until(Ringing)
        w.bearer.hang_up("1-1")
        await w.centre.until(ev.CallAbandoned)
        w.bearer.dial(order("1-2"), LOAD)
        await asyncio.sleep(0.02)
        assert {report.call for report in w.car.reports} == {"1-1", "1-2"}

    run(story)


@pytest.mark.parametrize("taken", [True, False])
def test_a_callback_is_answered_or_declined(*, taken: bool) -> None:
    async def story(w: World) -> None:
        await w.connected()
        back = w.centre.calls[0].callback_uri
        w.centre.do(w.centre.machine.clear_down(w.call, w.now()))
        await w.car.until(ClearedDown)
        assert back is not None
        _, effects = w.centre.machine.call_back(back, w.centre.calls[0].source, w.now())
        w.centre.do(effects)
        called = await w.car.until(CalledBack)
        if taken:
            w.bearer.answer_callback(called.call)
            await w.centre.until(ev.CallBackAnswered)
        else:
            w.bearer.decline(called.call)
            await w.centre.until(ev.CallBackFailed)

    run(story)


def test_a_callback_whose_caller_has_gone_never_stood() -> None:
    async def story(w: World) -> None:
        w.bearer.answer_callback("callback nobody")
        assert w.car.reports == [Dropped("callback nobody", "no_voice")]

    run(story)


def test_verbs_for_a_call_that_is_over_do_nothing() -> None:
    async def story(w: World) -> None:
        for verb in (w.bearer.hang_up, w.bearer.decline, w.bearer.cannot_send):
            verb("9-9")
        w.bearer.send_data("9-9", b"")
        assert w.car.reports == []

    run(story)


@pytest.mark.parametrize(
    ("event", "report"),
    [
        (ev.Dropped("h", "session_timer"), Dropped("1-1", "session_timer")),
        (ev.MsdUndelivered("h", 469), DataRefused("1-1", 469)),
        (ev.Refused("h", 408, None), Unreached("1-1", "silence")),
        (ev.Refused("h", 503, received=True), Refused("1-1", 503, received=True)),
        (ev.CallbackAbandoned("h"), Dropped("1-1", "abandoned")),
        (ev.CallbackEstablished("h"), None),
        (ev.HungUp("h"), None),
        (object(), None),
    ],
)
def test_what_the_sip_machine_tells_becomes_one_report(
    event: object, report: Report | None
) -> None:
    settings = Settings(Address("udp", "127.0.0.1", 5060), "car")
    car = EcallCar(settings, Tokens(b"car"))
    bearer = NgEcallBearer(car, Address("udp", "127.0.0.1", 5061), SystemClock())
    heard: list[Report] = []
    bearer.listen(heard.append)
    bearer._keep("1-1", "h")
    bearer._heard(event)
    assert heard == ([] if report is None else [report])


def test_a_transport_or_a_host_that_is_none_is_one_clear_sentence() -> None:
    async def story() -> None:
        with pytest.raises(UserError, match="transport"):
            await open_ngecall(Address("pigeon", "127.0.0.1", 5060), SystemClock(), b"x")
        with pytest.raises(RoadError, match="no way"):
            await open_ngecall(Address("udp", "nowhere.invalid", 5060), SystemClock(), b"x")

    asyncio.run(story())
