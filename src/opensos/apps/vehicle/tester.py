"""Opens the diagnostic socket of a unit that runs: the pretend car's network, or the unit alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.apps.vehicle.diagnosis import TelematicsUnit, settings
from opensos.apps.vehicle.pretend import PretendVehicle
from opensos.edges.diag import CanSettings, DiagServers, DiagSettings, Gateway
from opensos.edges.staging import Staging
from opensos.protocols.bmw import Unit as Address
from opensos.protocols.effects import UserError
from opensos.protocols.uds import UdsServer

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.apps.vehicle.real import RealVehicle

_SHORTEST_KEY = 16
_LONGEST_KEY = 4096


@dataclass(frozen=True, slots=True)
class DiagOrder:
    """Where a tester may come in.

    Attributes:
        hsfz, hsfz_udp, doip: ports on loopback; 0 lets the system choose.
        can: ``interface:channel`` of a bus for ISO-TP (``socketcan:can1``), None = no bus.
        key: file with the workshop's secret; None = what is locked stays locked (on a board).
    """

    hsfz: int = 6801
    hsfz_udp: int = 6811
    doip: int = 13400
    can: str | None = None
    key: Path | None = None


async def open_diag(vehicle: PretendVehicle | RealVehicle, order: DiagOrder) -> DiagServers:
    """Open every road that was asked for, or none. Raises UserError, RoadError."""
    if isinstance(vehicle, PretendVehicle):
        gateway = Gateway(vehicle.network.doors, vehicle.clock)
    else:
        gateway = Gateway({int(Address.TELEMATICS): _server(vehicle, order)}, vehicle.clock)
    return await DiagServers.open(
        gateway,
        DiagSettings(
            vehicle.unit.identity.vin,
            hsfz_port=order.hsfz,
            hsfz_udp_port=order.hsfz_udp,
            doip_port=order.doip,
            doip_udp_port=order.doip,
            can=None if order.can is None else can_settings(order.can),
        ),
    )


def can_settings(text: str) -> CanSettings:
    """Read ``interface:channel``. Raises UserError."""
    interface, colon, channel = text.partition(":")
    if not (interface and colon and channel):
        raise UserError(f"{text!r} is no bus: write interface:channel, such as socketcan:can1.")
    return CanSettings(interface, channel)


def workshop_key(path: Path | None) -> bytes:
    """Read the workshop's secret, spaces around it aside. Raises UserError."""
    if path is None:
        return b""
    try:
        secret = path.read_bytes()[: _LONGEST_KEY + 1].strip()
    except OSError as error:
        raise UserError(f"The workshop's key {path} cannot be read: {error.strerror}.") from error
    if not _SHORTEST_KEY <= len(secret) <= _LONGEST_KEY:
        raise UserError(
            f"The workshop's key in {path} needs at least {_SHORTEST_KEY} characters, and at most "
            f"{_LONGEST_KEY}."
        )
    return secret


def _server(vehicle: RealVehicle, order: DiagOrder) -> UdsServer:
    staging = Staging(vehicle.order.journal / "update")
    unit = TelematicsUnit(vehicle.box, vehicle.clock, staging)
    return UdsServer(unit, settings(workshop_key(order.key)), dice=secrets.token_bytes)
