"""A centre for the bearer's tests: the real SIP machine behind real sockets, without an app."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from opensos.edges.clock import SystemClock
from opensos.edges.net import StreamRoad, StreamSettings, UdpRoad
from opensos.edges.pump import Pump
from opensos.protocols.ngecall import EcallCentre, Settings
from opensos.protocols.ngecall import events as ev
from opensos.protocols.sip import Framer
from opensos.protocols.sip.tokens import Tokens

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from opensos.edges.pump import Road
    from opensos.protocols.effects import Address, Effect

PATIENCE_S = 5.0


class Switchboard:
    """``reaction`` is called with each call that arrives; the rest the tests do themselves."""

    machine: EcallCentre
    address: Address

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.calls: list[ev.CallArrived] = []
        self.reaction: Callable[[ev.CallArrived], None] = self.answer
        self._news = asyncio.Event()
        self._late: Pump | None = None

    def received(self, data: bytes, source: Address) -> None:
        assert self._late is not None
        self._late.received(data, source)

    def failed(self, to: Address) -> None:
        assert self._late is not None
        self._late.failed(to)

    async def open(self, transport: str = "udp", tls: ssl.SSLContext | None = None) -> None:
        road: Road
        if transport == "udp":
            udp = UdpRoad.open("127.0.0.1", 0, self)
            road, self.address = udp, udp.address
        else:
            settings = StreamSettings(Framer, transport=transport, server_tls=tls)
            stream = StreamRoad(settings, self)
            road, self.address = stream, await stream.listen("127.0.0.1", 0)
        self.machine = EcallCentre(Settings(self.address, "psap"), Tokens(b"centre"))
        self._late = Pump(self.machine, SystemClock(), self._tell)
        self._late.add_road(transport, road)

    @property
    def pump(self) -> Pump:
        assert self._late is not None
        return self._late

    def do(self, effects: list[Effect]) -> None:
        self.pump.do(effects)

    def answer(self, call: ev.CallArrived, *, received: bool | None = True) -> None:
        self.do(self.machine.answer(call.call, received, None, self.pump.now()))

    def refuse(self, call: ev.CallArrived, status: int, *, received: bool | None) -> None:
        self.do(self.machine.refuse(call.call, status, received, self.pump.now()))

    def _tell(self, event: object) -> None:
        self.heard.append(event)
        if isinstance(event, ev.CallArrived):
            self.calls.append(event)
            self.reaction(event)
        elif isinstance(event, ev.MsdArrived):
            self.do(self.machine.confirm(event.token, self.pump.now()))
        self._news.set()

    async def until(self, kind: type) -> None:
        """Wait until an event of this kind was heard."""
        async with asyncio.timeout(PATIENCE_S):
            while not any(isinstance(event, kind) for event in self.heard):
                self._news.clear()
                await self._news.wait()
