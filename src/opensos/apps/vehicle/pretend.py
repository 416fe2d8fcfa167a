"""A whole pretend car around a real unit: box with power, network of control units, bearers.

The unit is the same as on a real board. Its calls travel over real sockets, but only while the
pretend radio carries them; its power comes from the pretend batteries.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opensos.apps.vehicle.assembly import Offer, assembled
from opensos.apps.vehicle.box import Box, Fitted, nobody_hears
from opensos.apps.vehicle.config import UnitConfig
from opensos.apps.vehicle.diagnosis import TelematicsUnit, settings
from opensos.apps.vehicle.late import LateBearer
from opensos.apps.vehicle.plans import health_plan
from opensos.apps.vehicle.scenes import crasher
from opensos.edges.bearer_ngecall import open_ngecall
from opensos.edges.clock import SystemClock
from opensos.edges.staging import Staging
from opensos.protocols.effects import UserError
from opensos.protocols.uds import UdsServer
from opensos.sim.car import PretendCar
from opensos.sim.network import CarNetwork
from opensos.sim.radio_bearer import GatedBearer, GatedDataPath

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from opensos.apps.vehicle.unit import Unit
    from opensos.edges.bearer_ngecall import NgEcallBearer
    from opensos.ports import Clock, DataPath
    from opensos.protocols.effects import Address
    from opensos.rules.emergency import ButtonSettings

WORKSHOP_KEY = b"pretend workshop"
"""Opens the pretend unit to a tester; every real unit has its own, or none."""

_TICK_S = 1.0
_GENERATIONS = {"E": "e", "F": "f", "G": "g", "I": "new", "own": "g"}


@dataclass(frozen=True, slots=True)
class PretendOrder:
    """What a pretend car is told.

    Attributes:
        centre: where calls go.
        journal: folder of the unit's journal.
        config: the unit's settings; live is refused.
        ca: for TLS: the authority to trust.
        paths: makes the paths of a data-only SOS, anew for each start of the unit.
        seed: the car's noise and chance.
        family: E, F, G, I or own: which faults it can have.
        user: the car's name in its SIP address.
        button: times of the SOS button.
    """

    centre: Address
    journal: Path
    config: UnitConfig = field(default_factory=UnitConfig)
    ca: Path | None = None
    paths: Callable[[], tuple[DataPath, ...]] = tuple
    seed: int = 1
    family: str = "G"
    user: str = "pretend-car"
    button: ButtonSettings | None = None


class PretendVehicle:
    """Car, control units and the unit in its box, on the running event loop."""

    def __init__(
        self,
        order: PretendOrder,
        said: Callable[[str], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        if order.config.live:
            raise UserError("A pretend car must never call an emergency service.")
        self.order = order
        self.clock: Clock = clock or SystemClock()
        self._said = said or nobody_hears
        now = self.clock.now()
        self.car = PretendCar(
            start=now, utc_at_start=self.clock.utc(), seed=order.seed, family=order.family
        )
        self.box = Box(self._fit, self.clock, powered=self.powered, said=said)
        self.network = CarNetwork(
            self.car, generation=_GENERATIONS[order.family], start=now, seed=order.seed
        )
        staging = Staging(order.journal / "update")
        self.telematics = TelematicsUnit(self.box, self.clock, staging)
        server = UdsServer(self.telematics, settings(WORKSHOP_KEY), dice=secrets.token_bytes)
        self.network.attach(self.telematics, warning=self.telematics.warning, server=server)
        self._ticker: asyncio.Task[None] | None = None
        self._restarted_at = now

    @property
    def unit(self) -> Unit:
        """The unit that runs, or that ran last. Raises LocalError before the first start."""
        return self.box.newest

    async def start(self) -> None:
        """Start the unit, and let time run in the car. Raises RoadError."""
        await self.box.start()
        self._ticker = asyncio.get_running_loop().create_task(self._tick_for_ever())

    async def stop(self) -> None:
        """Give everything back."""
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)
        await self.box.close()

    def powered(self, now: float) -> bool:
        """Whether the unit runs: it has power from somewhere and does not hang."""
        return self.car.power(now).source != "none" and not self.car.damage(now).hang

    def crash(self, scenario: str) -> None:
        """Let a scenario begin to a car that is made whole first. Raises UserError."""
        crasher(self.unit, self.car)(scenario)

    # --- inside

    async def _fit(self) -> Fitted:
        # Whatever fails on the way lets go of what was opened: the box tries again and again.
        async with AsyncExitStack() as opened:
            return await self._fitted(opened)

    async def _fitted(self, opened: AsyncExitStack) -> Fitted:
        order, car, clock = self.order, self.car, self.clock
        rungs: dict[str, GatedBearer] = {}
        for rung in ("ng", "cs"):
            # The circuit-switched rung travels as SIP too: a pretend network that interworks. What
            # a modem does instead is edges/bearer_modem.py's.
            road = _Road(self._open_sip)
            said = self._said if rung == "ng" else nobody_hears  # both go to the same centre
            bearer = LateBearer(road.open, said)
            opened.push_async_callback(bearer.close)
            await bearer.start()
            rungs[rung] = GatedBearer(bearer, car, rung, clock, cut=road.cut)
            opened.callback(rungs[rung].close)
        paths = tuple(GatedDataPath(path, car, clock) for path in order.paths())
        plan = health_plan(order.family)
        offer = Offer(car, rungs, self._available, paths, plan, self.box.restart)
        return assembled(order, offer, clock, opened)

    async def _open_sip(self) -> NgEcallBearer:
        order = self.order
        return await open_ngecall(
            order.centre, self.clock, secrets.token_bytes(32), user=order.user, ca=order.ca
        )

    def _available(self, rung: str) -> bool | None:
        return self.car.why_no_call(rung, self.clock.now()) is None

    async def _tick_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            now = self.clock.now()
            self.network.observe(now)
            every = self.car.damage(now).reset_every_s
            if every and self.box.unit is not None and now - self._restarted_at >= every:
                self._restarted_at = now
                self.box.restart("watchdog")


class _Road:
    """The SIP road of one rung, which the pretend radio may cut, whenever it opens."""

    def __init__(self, open_: Callable[[], Awaitable[NgEcallBearer]]) -> None:
        self._open = open_
        self._bearer: NgEcallBearer | None = None
        self._dead = False

    async def open(self) -> NgEcallBearer:
        """Open the bearer, as dead as the road is. Raises RoadError, UserError."""
        self._bearer = await self._open()
        self._bearer.pump.dead = self._dead
        return self._bearer

    def cut(self, dead: bool) -> None:  # noqa: FBT001  # as the gate tells it
        """Let the road lose everything, or nothing."""
        self._dead = dead
        if self._bearer is not None:
            self._bearer.pump.dead = dead
