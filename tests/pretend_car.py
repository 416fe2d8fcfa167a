"""A car that is only its NG-eCall machine on a real socket: for tests of the centre."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Self, TypeVar

from opensos.edges.clock import SystemClock
from opensos.edges.net import UdpRoad
from opensos.edges.pump import Pump
from opensos.protocols.msd import (
    EuroNcap,
    ImpactLocation,
    Msd,
    Propulsion,
    VehicleType,
    additional_data,
    encode,
)
from opensos.protocols.ngecall import TEST, EcallCar, EcallOrder, Settings
from opensos.protocols.ngecall import events as ecall
from opensos.protocols.pidf import Location
from opensos.protocols.pidf import encode as encode_location
from opensos.protocols.sip.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.protocols.effects import Address, Effect

T = TypeVar("T")

HANOVER = (52.3759, 9.7320)
VIN = "WVWZZZAUZHW123456"


def an_msd(
    number: int = 1,
    *,
    vin: str = VIN,
    trusted: bool = True,
    automatic: bool = True,
    at: tuple[float, float] = HANOVER,
    crash: bool = True,
    test: bool = True,
) -> bytes:
    """Encode an MSD of version 2 as our car would send it."""
    ncap = EuroNcap(ImpactLocation.FRONT, False, 125, -45, 10)
    return encode(
        Msd(
            version=2,
            message_identifier=number,
            automatic_activation=automatic,
            test_call=test,
            position_can_be_trusted=trusted,
            vehicle_type=VehicleType.M1,
            vin=vin,
            propulsion=Propulsion(gasoline_tank_present=True),
            timestamp=1_795_521_600,
            latitude_mas=round(at[0] * 3_600_000),
            longitude_mas=round(at[1] * 3_600_000),
            direction=45,
            occupants=2,
            additional_data=additional_data(ncap) if crash else None,
        )
    )


def a_location(at: tuple[float, float] = HANOVER, radius_m: float = 30.0) -> bytes:
    """Write the PIDF-LO that the network adds."""
    return encode_location(Location(lat=at[0], lon=at[1], radius_m=radius_m, entity="pres:car@x"))


class PretendCar:
    """Dials and answers requests for data; remembers everything that it is told."""

    def __init__(self, centre: Address, seed: str = "car") -> None:
        self.centre = centre
        self.heard: list[object] = []
        self.msd_for_request: bytes | None = an_msd(2)
        self.fresh: dict[str, bytes] = {}  # the answer to a request in this very call
        self._changed = asyncio.Event()
        self._pump: Pump | None = None
        self._seed = hashlib.sha256(seed.encode()).digest()
        self.machine: EcallCar

    async def __aenter__(self) -> Self:
        clock = SystemClock()
        pump: Pump

        class Door:
            def received(self, data: bytes, source: Address) -> None:
                pump.received(data, source)

            def failed(self, to: Address) -> None:
                pump.failed(to)

        road = UdpRoad.open("127.0.0.1", 0, Door())
        self.machine = EcallCar(Settings(contact=road.address, user="car"), Tokens(self._seed))
        pump = self._pump = Pump(self.machine, clock, self._tell)
        pump.add_road("udp", road)
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._pump is not None
        await self._pump.close()

    def do(self, verb: Callable[[float], list[Effect]]) -> None:
        assert self._pump is not None
        self._pump.do(verb(self._pump.now()))

    def dial(
        self,
        msd: bytes | None = None,
        *,
        urn: str = TEST,
        location: bytes | None = None,
    ) -> str:
        assert self._pump is not None
        order = EcallOrder(urn, self.centre, an_msd() if msd is None else msd, location)
        call, effects = self.machine.dial(order, self._pump.now())
        self._pump.do(effects)
        return call

    async def hear(self, kind: type[T], *, count: int = 1, within: float = 10.0) -> T:
        """Wait until so many events of this kind were heard; return the last of them."""
        async with asyncio.timeout(within):
            while len(found := [e for e in self.heard if isinstance(e, kind)]) < count:
                self._changed.clear()
                await self._changed.wait()
        return found[count - 1]

    def _tell(self, event: object) -> None:
        self.heard.append(event)
        self._changed.set()
        if isinstance(event, ecall.MsdRequested):
            fresh = self.fresh.get(event.call, self.msd_for_request)
            if fresh is not None:
                self.do(lambda now: self.machine.send_msd(event.call, fresh, now))
            else:
                self.do(lambda now: self.machine.cannot_send(event.call, "unable", now))
        elif isinstance(event, ecall.CalledBack):
            self.do(lambda now: self.machine.answer_callback(event.call, now))
