"""A unit on a real board: parts from the board's file, calls by SIP and by the board's modem.

The only place where a unit may be live. A restart builds the unit and its bearers anew; the board
stays open, as hardware does when a program restarts.
"""

from __future__ import annotations

import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from opensos.apps.vehicle.assembly import Offer, assembled
from opensos.apps.vehicle.box import Box, Fitted, nobody_hears
from opensos.apps.vehicle.config import UnitConfig
from opensos.apps.vehicle.health import HealthPlan
from opensos.apps.vehicle.late import LateBearer
from opensos.apps.vehicle.plans import health_plan
from opensos.edges.bearer_modem import BearerSettings, ModemBearer
from opensos.edges.bearer_ngecall import open_ngecall
from opensos.edges.board import Board, open_board
from opensos.edges.clock import SystemClock
from opensos.edges.modem_serial import SerialModem
from opensos.protocols.effects import LocalError, UserError
from opensos.rules.readiness.readings import Component

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from opensos.apps.vehicle.unit import Unit
    from opensos.edges.bearer_ngecall import NgEcallBearer
    from opensos.ports import Bearer, Clock, DataPath
    from opensos.protocols.effects import Address
    from opensos.rules.emergency import ButtonSettings
    from opensos.rules.emergency.ladder import LadderSettings

_WATCHED_BY = {
    "gnss": {Component.GNSS_RECEIVER},
    "modem": {Component.MODEM, Component.SIM, Component.NETWORK},
    "accelerometer": {Component.ACCELEROMETER},
    "main_power": {Component.MAIN_SUPPLY},
    "battery": {Component.BACKUP_BATTERY},
    "antennas": {
        Component.MAIN_ANTENNA,
        Component.SECOND_ANTENNA,
        Component.EMERGENCY_ANTENNA,
        Component.GNSS_ANTENNA,
    },
    "audio": {Component.MICROPHONE, Component.SPEAKER},
    "button": {Component.BUTTON},
    "lamp": {Component.LED},
    "can": {Component.AIRBAG_LINE, Component.BUS},
    "software": {
        Component.SOFTWARE,
        Component.HARDWARE,
        Component.STORAGE,
        Component.CODING,
        Component.MODE,
        Component.PROVISIONING,
    },
}
"""Which components the self-test can look at by each part of a board."""


@dataclass(frozen=True, slots=True)
class RealOrder:
    """What a unit on a board is told.

    Attributes:
        board: the board's file (docs/reference/board-toml.md).
        centre: where NG-eCalls go.
        journal: folder of the unit's journal.
        config: the unit's settings.
        ca: for TLS: the authority to trust.
        paths: makes the paths of a data-only SOS, anew for each start of the unit.
        family: numbering of faults; own = the neutral one.
        user: the car's name in its SIP address.
        button: times of the SOS button.
        ladder: times of the bearer ladder.
    """

    board: Path
    centre: Address
    journal: Path
    config: UnitConfig = field(default_factory=UnitConfig)
    ca: Path | None = None
    paths: Callable[[], tuple[DataPath, ...]] = tuple
    family: str = "own"
    user: str = "car"
    button: ButtonSettings | None = None
    ladder: LadderSettings | None = None


class RealVehicle:
    """Board and unit, on the running event loop."""

    def __init__(
        self,
        order: RealOrder,
        said: Callable[[str], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        if order.config.live and order.centre.transport != "tls":
            raise UserError("A live unit calls its centre by TLS only: use --transport tls.")
        self.order = order
        self.clock: Clock = clock or SystemClock()
        self._said = said or nobody_hears
        self.box = Box(self._fit, self.clock, said=said)
        self._board: Board | None = None

    @property
    def unit(self) -> Unit:
        """The unit that runs, or ran last. Raises LocalError before the first start."""
        return self.box.newest

    @property
    def board(self) -> Board:
        """The open board. Raises LocalError before the start."""
        if self._board is None:
            raise LocalError("the board has not been opened")
        return self._board

    async def start(self) -> None:
        """Open the board and start the unit. Raises UserError: the file; RoadError: no port."""
        live = self.order.config.live
        self._board = await open_board(self.order.board, self.clock, live=live)
        if live and "virtual" in self._board.parts.adapters.get("can", ""):
            raise UserError("A live unit needs a real bus: can.interface may not be virtual.")
        await self.box.start()

    async def stop(self) -> None:
        """Give everything back."""
        await self.box.close()
        board, self._board = self._board, None
        if board is not None:
            await board.close()

    async def _fit(self) -> Fitted:
        # Whatever fails on the way lets go of what was opened: the box tries again and again.
        async with AsyncExitStack() as opened:
            return await self._fitted(opened)

    async def _fitted(self, opened: AsyncExitStack) -> Fitted:
        order, board = self.order, self.board
        ng = LateBearer(self._open_ng, self._said)
        opened.push_async_callback(ng.close)
        await ng.start()
        rungs: dict[str, Bearer] = {"ng": ng}
        modem = board.parts.modem
        if isinstance(modem, SerialModem):
            calling = ModemBearer(modem, BearerSettings(live=order.config.live))
            opened.push_async_callback(calling.close)
            rungs["cs"] = calling
        plan, restart = plan_for(board, order.family), self.box.restart
        offer = Offer(
            board, rungs, self._available, order.paths(), plan, restart, ladder=order.ladder
        )
        return assembled(order, offer, self.clock, opened)

    async def _open_ng(self) -> NgEcallBearer:
        order = self.order
        return await open_ngecall(
            order.centre, self.clock, secrets.token_bytes(32), user=order.user, ca=order.ca
        )

    def _available(self, rung: str) -> bool | None:
        """What the modem says of its cell; a board without a modem has its own way to the net."""
        reading = self.board.modem(self.clock.now())
        if reading is None:
            return None
        return reading.ims_emergency if rung == "ng" else reading.cs_ecall


def plan_for(board: Board, family: str) -> HealthPlan:
    """Return a plan that expects what the board's file names, and misses nothing else."""
    plan = health_plan(family)
    parts = board.parts
    absent = {name for name in _WATCHED_BY if getattr(parts, name) is None}
    unseen = {component for name in absent for component in _WATCHED_BY[name]}
    if parts.antennas is None and parts.gnss is not None:
        unseen.discard(Component.GNSS_ANTENNA)  # many receivers tell of their own
    settings = replace(plan.settings, fitted=plan.settings.fitted - unseen)
    return HealthPlan(plan.profile, settings)
