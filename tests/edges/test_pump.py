from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from opensos.edges.clock import SystemClock
from opensos.edges.pump import Pump
from opensos.protocols.effects import Address, Effect, Send, Tell, WakeAt

HOME = Address("udp", "127.0.0.1", 1)


@dataclass
class Echo:
    """A machine that echoes, and answers a wish for sleep by telling when it woke."""

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        if data == b"sleep":
            return [WakeAt(now + 60), WakeAt(now + 0.001)]
        return [Tell(("heard", data)), Send(data, source)]

    def wake(self, now: float) -> list[Effect]:
        return [Tell("awake")]

    def road_failed(self, to: Address, now: float) -> list[Effect]:
        return [Tell(("failed", to))]


@dataclass
class Line:
    sent: list[bytes] = field(default_factory=list)
    closed: bool = False

    def send(self, data: bytes, to: Address) -> None:
        self.sent.append(data)

    async def close(self) -> None:
        self.closed = True


def test_effects_are_done_in_order_and_those_made_in_a_tell_come_after() -> None:
    async def story() -> None:
        line, told = Line(), list[object]()

        def tell(event: object) -> None:
            told.append(event)
            if event == ("heard", b"a"):
                pump.do([Send(b"later", HOME)])

        pump = Pump(Echo(), SystemClock(), tell)
        pump.add_road("udp", line)
        pump.received(b"a", HOME)
        assert line.sent == [b"a", b"later"]
        await pump.close()
        assert line.closed

    asyncio.run(story())


def test_the_last_wish_to_be_woken_is_the_one_that_counts() -> None:
    async def story() -> None:
        woken = asyncio.Event()
        pump = Pump(Echo(), SystemClock(), lambda _event: woken.set())
        pump.received(b"sleep", HOME)
        async with asyncio.timeout(5):
            await woken.wait()
        await pump.close()

    asyncio.run(story())


def test_a_failed_road_reaches_the_machine_and_a_closed_pump_nothing() -> None:
    async def story() -> None:
        told: list[object] = []
        pump = Pump(Echo(), SystemClock(), told.append)
        pump.failed(HOME)
        await pump.close()
        pump.failed(HOME)
        pump.received(b"x", HOME)
        assert told == [("failed", HOME)]

    asyncio.run(story())


def test_a_transport_without_a_road_is_an_address_that_cannot_be_reached() -> None:
    async def story() -> None:
        told: list[object] = []
        pump = Pump(Echo(), SystemClock(), told.append)
        to = Address("tls", "127.0.0.1", 1)
        pump.do([Send(b"x", to)])
        await asyncio.sleep(0)
        assert told == [("failed", to)]
        await pump.close()

    asyncio.run(story())
