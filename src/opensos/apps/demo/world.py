"""The demo's world: one centre, one pretend car with its unit, a road between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.apps.centre import Centre, CentreSettings
from opensos.apps.vehicle import UnitConfig
from opensos.apps.vehicle.pretend import PretendOrder, PretendVehicle
from opensos.apps.vehicle.scenes import repair
from opensos.edges.clock import SystemClock
from opensos.edges.data_https import HttpsPath, HttpsSettings
from opensos.protocols.effects import Address
from opensos.rules.emergency import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.apps.vehicle import Unit
    from opensos.edges.pulse_file import Pulse
    from opensos.ports import DataPath
    from opensos.sim.car import PretendCar

PULSE = "pulse"  # the scenario's name for the recorded crash


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """What the demo needs to know.

    Attributes:
        data: directory for the centre's database and the unit's journal.
        pulse: a recorded crash that the car can play.
        sip_port: UDP port of the centre; 0 lets the system choose.
        seed: the pretend car's noise.
        page: where the centre's page is, which also takes data-only SOS; None = there is none.
        cancel_window_s: how long a press of SOS can be taken back.
    """

    data: Path
    pulse: Pulse | None = None
    sip_port: int = 0
    seed: int = 1
    page: str | None = None
    cancel_window_s: float = 0.0


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
        self.vehicle: PretendVehicle

    @property
    def unit(self) -> Unit:
        """The unit that runs, or ran last."""
        return self.vehicle.unit

    @property
    def car(self) -> PretendCar:
        """The pretend car."""
        return self.vehicle.car

    async def start(self) -> None:
        """Open the centre, then let the unit boot and find it. Raises RoadError."""
        await self.centre.start()
        try:
            await self.centre.places_loaded()
            self.vehicle = PretendVehicle(
                PretendOrder(
                    self.centre.sip_addresses[0],
                    self.settings.data / "unit",
                    # A person who tries the demo wants to see the call, not to wait for it.
                    UnitConfig(procedure=Settings(cancel_window_s=self.settings.cancel_window_s)),
                    paths=self._paths,
                    seed=self.settings.seed,
                )
            )
            await self.vehicle.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Give everything back, the car first."""
        if hasattr(self, "vehicle"):
            await self.vehicle.stop()
        await self.centre.stop()

    def crash(self, scenario: str) -> None:
        """Let a scenario, or the recorded crash, happen now. Raises UserError for no such one."""
        if scenario == PULSE and self.settings.pulse is not None:
            repair(self.unit, self.car)
            self.car.play(self.settings.pulse.samples, self.clock.now())
        else:
            self.vehicle.crash(scenario)

    def _paths(self) -> tuple[DataPath, ...]:
        """Data goes to the centre's own page; without a page there is nobody to take it."""
        page = self.settings.page
        return () if page is None else (HttpsPath(HttpsSettings(page)),)
