"""Complete calls of our own car over a road that loses datagrams in both directions."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sipp_load import example_msd

from opensos.edges.clock import SystemClock
from opensos.edges.net import UdpRoad
from opensos.edges.pump import Pump
from opensos.protocols.effects import Address
from opensos.protocols.msd import encode
from opensos.protocols.ngecall import EcallCar, EcallOrder, Settings, events
from opensos.protocols.sip import Tokens
from opensos.sim.road import LossyRoad

if TYPE_CHECKING:
    from centre_process import CentreProcess

_PATIENCE_S = 90.0


@dataclass
class _Late:
    """Stands in for the pump until it is made."""

    pump: Pump | None = None

    def received(self, data: bytes, source: Address) -> None:
        if self.pump is not None:
            self.pump.received(data, source)

    def failed(self, to: Address) -> None:
        if self.pump is not None:
            self.pump.failed(to)


@dataclass
class _Cars:
    """Many cars at one machine; each sends an update when asked and hangs up when it is taken."""

    machine: EcallCar
    pump: Pump | None = None
    connected: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)
    second: bytes = field(default_factory=lambda: encode(example_msd(2)))

    def heard(self, event: object) -> None:
        assert self.pump is not None
        match event:
            case events.Connected(call, True):
                self.connected.add(call)
            case events.MsdRequested(call, _):
                self.pump.do(self.machine.send_msd(call, self.second, self.pump.now()))
            case events.MsdDelivered(call):
                self.updated.add(call)
                self.pump.do(self.machine.hang_up(call, self.pump.now()))
            case events.HungUp(call) | events.ClearedDown(call) | events.Dropped(call):
                self.over.add(call)


async def measure(centre: CentreProcess, calls: int, loss: float, seed: int) -> tuple[float, int]:
    """Make calls, 50 a second; return the share that completed and the datagrams lost."""
    late = _Late()
    lossy = LossyRoad(late, loss, seed)
    road = UdpRoad.open("127.0.0.1", 0, lossy)
    lossy.carrier = road
    machine = EcallCar(Settings(contact=road.address, user="bench"), Tokens(os.urandom(32)))
    cars = _Cars(machine)
    pump = Pump(machine, SystemClock(), cars.heard)
    pump.add_road("udp", lossy)
    late.pump = cars.pump = pump
    first = encode(example_msd(1))
    order = EcallOrder(
        "urn:service:test.sos.ecall", Address("udp", "127.0.0.1", centre.sip_port), first
    )
    started = []
    for _ in range(calls):
        call, effects = machine.dial(order, pump.now())
        started.append(call)
        pump.do(effects)
        await asyncio.sleep(0.02)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while len(cars.over) < calls:
                await asyncio.sleep(0.1)
    except TimeoutError:
        pass
    await pump.close()
    complete = cars.connected & cars.updated & cars.over
    return len(complete.intersection(started)) / calls, lossy.lost
