"""Opens the diagnostic socket on every configured road, and closes it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.doip import Announcement, DoipServer, DoipSettings
from opensos.protocols.effects import LocalError
from opensos.protocols.hsfz import HsfzServer, HsfzSettings, Identity

from .can_road import CanRoad, CanSettings
from .ip_road import IpRoad

if TYPE_CHECKING:
    from opensos.protocols.effects import Address

    from .gateway import Gateway


@dataclass(frozen=True, slots=True)
class DiagSettings:
    """Where to listen (a port of None: not at all, 0: any) and who the car says it is.

    ``mac`` is twelve hexadecimal digits; it is HSFZ's hardware address and DoIP's entity id.
    """

    vin: str
    mac: str = "020000000010"
    host: str = "127.0.0.1"
    gateway: int = 0x10
    doip_port: int | None = 13400
    doip_udp_port: int | None = 13400
    hsfz_port: int | None = 6801
    hsfz_udp_port: int | None = 6811
    hsfz_idle_s: float = 5.0
    can: CanSettings | None = None


class DiagServers:
    """The open roads; ``doip``, ``doip_udp``, ``hsfz`` and ``hsfz_udp`` say where (or None)."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._roads: list[IpRoad | CanRoad] = []
        self.doip: Address | None = None
        self.doip_udp: Address | None = None
        self.hsfz: Address | None = None
        self.hsfz_udp: Address | None = None
        self.can: CanRoad | None = None

    @classmethod
    async def open(cls, gateway: Gateway, settings: DiagSettings) -> DiagServers:
        """Open every road, or none.

        Raises:
            RoadError: a port is in use, or there is no such bus.
            LocalError: the car's identity has the wrong form.
        """
        servers = cls(gateway)
        try:
            await servers._open_doip(settings)
            await servers._open_hsfz(settings)
            if settings.can is not None:
                servers.can = CanRoad.open(settings.can, gateway)
                servers._roads.append(servers.can)
        except BaseException:
            await servers.close()
            raise
        return servers

    async def close(self) -> None:
        """Close every road and drop what was still to be answered."""
        self._gateway.close()
        for road in self._roads:
            await road.close()
        self._roads.clear()

    async def _open_doip(self, settings: DiagSettings) -> None:
        try:
            eid = bytes.fromhex(settings.mac)
        except ValueError as error:
            raise LocalError(f"{settings.mac} is no hardware address of twelve digits.") from error
        who = Announcement(settings.vin, settings.gateway, eid, eid)
        machine = DoipServer(DoipSettings(who, self._gateway.addresses))
        road = IpRoad(machine, machine.datagram, self._gateway)
        self._roads.append(road)
        if settings.doip_port is not None:
            self.doip = await road.listen(settings.host, settings.doip_port)
        if settings.doip_udp_port is not None:
            self.doip_udp = await road.listen_for_datagrams(settings.host, settings.doip_udp_port)

    async def _open_hsfz(self, settings: DiagSettings) -> None:
        identity = Identity(settings.gateway, settings.mac, settings.vin)
        machine = HsfzServer(
            HsfzSettings(identity, self._gateway.addresses, idle_s=settings.hsfz_idle_s)
        )
        road = IpRoad(machine, machine.discover, self._gateway)
        self._roads.append(road)
        if settings.hsfz_port is not None:
            self.hsfz = await road.listen(settings.host, settings.hsfz_port)
        if settings.hsfz_udp_port is not None:
            self.hsfz_udp = await road.listen_for_datagrams(settings.host, settings.hsfz_udp_port)
