"""The demo's world: one centre, one pretend car with its unit, a road between them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.apps.centre import Centre, CentreSettings
from opensos.apps.vehicle import Unit, UnitConfig
from opensos.apps.vehicle.scenes import crasher, repair
from opensos.edges.bearer_ngecall import NgEcallBearer, open_ngecall
from opensos.edges.clock import SystemClock
from opensos.edges.journal import FileJournal
from opensos.protocols.effects import Address
from opensos.rules.emergency import Settings
from opensos.sim.car import PretendCar

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.edges.pulse_file import Pulse

PULSE = "pulse"  # the scenario's name for the recorded crash


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """What the demo needs to know.

    Attributes:
        data: directory for the centre's database and the unit's journal.
        pulse: a recorded crash that the car can play.
        sip_port: UDP port of the centre; 0 lets the system choose.
        seed: the pretend car's noise.
    """

    data: Path
    pulse: Pulse | None = None
    sip_port: int = 0
    seed: int = 1


class DemoWorld:
    """Centre, car, unit and bearer on the running event loop."""

    def __init__(self, settings: DemoSettings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.centre = Centre(
            CentreSettings(
                sip=(Address("udp", "127.0.0.1", settings.sip_port),),
                data=settings.data,
                name="demo",
            )
        )
        self.car = PretendCar(
            start=self.clock.now(), utc_at_start=self.clock.utc(), seed=settings.seed
        )
        self.unit: Unit
        self._bearer: NgEcallBearer | None = None

    async def start(self) -> None:
        """Open the centre, then let the unit boot and find it. Raises RoadError."""
        await self.centre.start()
        try:
            await self.centre.places_loaded()
            bearer = await open_ngecall(
                self.centre.sip_addresses[0], self.clock, os.urandom(32), user="pretend-car"
            )
            self._bearer = bearer
            self.unit = Unit(
                # A person who tries the demo wants to see the call, not to wait for it.
                UnitConfig(procedure=Settings(cancel_window_s=0.0)),
                car=self.car,
                clock=self.clock,
                journal=FileJournal(self.settings.data / "unit"),
                bearer=bearer,
            )
            self.unit.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Give everything back, the car first."""
        if hasattr(self, "unit"):
            await self.unit.close()
        if self._bearer is not None:
            await self._bearer.close()
        await self.centre.stop()

    def crash(self, scenario: str) -> None:
        """Let a scenario, or the recorded crash, happen now. Raises UserError for no such one."""
        if scenario == PULSE and self.settings.pulse is not None:
            repair(self.unit, self.car)
            self.car.play(self.settings.pulse.samples, self.clock.now())
        else:
            crasher(self.unit, self.car)(scenario)
