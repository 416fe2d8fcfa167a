"""The NG-eCall bearer keeps what every bearer promises; its own tests stand beside."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from opensos.edges.bearer_ngecall import open_ngecall
from opensos.edges.clock import SystemClock
from opensos.protocols.ngecall import events as ev
from tests.edges.switchboard import Switchboard
from tests.promises.bearer import BearerPromises, BearerWorld

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from opensos.edges.bearer_ngecall import NgEcallBearer


class SipWorld(BearerWorld):
    def __init__(self, centre: Switchboard, bearer: NgEcallBearer) -> None:
        super().__init__(bearer)
        self.centre = centre
        self._busy = False

    def now(self) -> float:
        return self.centre.pump.now()

    def heard(self, *kinds: type) -> int:
        return sum(isinstance(event, kinds) for event in self.centre.heard)

    async def centre_will(self, what: str) -> None:
        centre = self.centre
        self._busy = what == "busy"
        match what:
            case "answer":
                centre.reaction = centre.answer
            case "ring":
                centre.reaction = lambda call: centre.do(centre.machine.ring(call.call, self.now()))
            case "busy":
                centre.reaction = lambda call: centre.refuse(call, 486, received=None)
            case _:
                await centre.pump.close()

    def received(self) -> list[bytes]:
        first = [call.msd for call in self.centre.calls if call.msd is not None]
        later = [e.msd for e in self.centre.heard if isinstance(e, ev.MsdArrived)]
        return [*first, *(msd for msd in later if msd is not None)]

    def calls(self) -> int:
        over = {e.call for e in self.centre.heard if isinstance(e, ev.CallEnded | ev.CallAbandoned)}
        return 0 if self._busy else len({call.call for call in self.centre.calls} - over)

    async def ask_for_data(self) -> None:
        self.centre.do(self.centre.machine.request_msd(self.centre.calls[0].call, self.now()))

    async def take_data(self) -> None:
        """Nothing to do: the switchboard confirms what arrives."""

    async def clear_down(self) -> None:
        await asyncio.sleep(0)
        self.centre.do(self.centre.machine.clear_down(self.centre.calls[0].call, self.now()))

    async def call_back(self) -> None:
        call = self.centre.calls[0]
        assert call.callback_uri is not None
        _, effects = self.centre.machine.call_back(call.callback_uri, call.source, self.now())
        self.centre.do(effects)

    def callback(self) -> str:
        if self.heard(ev.CallBackAnswered):
            return "answered"
        return "declined" if self.heard(ev.CallBackFailed) else "ringing"


class TestNgEcallBearer(BearerPromises):
    def world(self) -> AbstractAsyncContextManager[BearerWorld]:
        return self._world()

    @asynccontextmanager
    async def _world(self) -> AsyncIterator[BearerWorld]:
        centre = Switchboard()
        await centre.open()
        bearer = await open_ngecall(centre.address, SystemClock(), b"car")
        try:
            yield SipWorld(centre, bearer)
        finally:
            await bearer.close()
            await centre.pump.close()
