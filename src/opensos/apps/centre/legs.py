"""Where calls come in: one NG-eCall machine per listening address, each run by its own pump."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from opensos.edges.net import (
    StreamRoad,
    StreamSettings,
    UdpRoad,
    bound_socket,
    client_context,
    server_context,
)
from opensos.edges.pump import Pump
from opensos.protocols.effects import RoadError
from opensos.protocols.ngecall import EcallCentre, Settings
from opensos.protocols.sip import Framer
from opensos.protocols.sip.tokens import Tokens

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from opensos.apps.centre.settings import CentreSettings, TlsFiles
    from opensos.edges.pump import Road
    from opensos.ports import Clock
    from opensos.protocols.effects import Address, Effect


class Leg:
    """One listening address; ``do`` carries out what a verb of ``machine`` returned."""

    def __init__(self, machine: EcallCentre, pump: Pump, address: Address) -> None:
        self.machine = machine
        self.address = address
        self._pump = pump

    def now(self) -> float:
        """Return the time that the machine lives in."""
        return self._pump.now()

    def do(self, effects: list[Effect]) -> None:
        """Carry out effects."""
        self._pump.do(effects)

    async def close(self) -> None:
        """Give the sockets back."""
        await self._pump.close()


async def open_leg(
    wanted: Address,
    settings: CentreSettings,
    clock: Clock,
    tell: Callable[[Leg, object], None],
    *,
    reuse_port: bool = False,
    sock: socket.socket | None = None,
) -> Leg:
    """Listen on one address; ``sock`` is a UDP socket that is bound to it already.

    Raises RoadError if the port is taken, UserError if our own address cannot be known or the
    certificate cannot be used.
    """
    entrance = _Entrance()
    road: Road
    if wanted.transport == "udp":
        sock = sock or bound_socket(wanted.host, wanted.port, reuse_port=reuse_port)
        road = udp = UdpRoad(sock, entrance)
        bound = udp.address
    else:
        road = stream = StreamRoad(_stream_settings(wanted.transport, settings), entrance)
        bound = await stream.listen(wanted.host, wanted.port, reuse_port=reuse_port)
    try:
        contact = settings.contact(bound)
    except BaseException:
        await road.close()
        raise
    machine = EcallCentre(
        Settings(contact=contact, user="psap", media_port=settings.media_port),
        Tokens(secrets.token_bytes(32)),
    )
    pump = Pump(machine, clock, lambda event: tell(leg, event))
    leg = Leg(machine, pump, bound)
    pump.add_road(wanted.transport, road)
    entrance.open(pump)
    return leg


def _stream_settings(transport: str, settings: CentreSettings) -> StreamSettings:
    """Return how connections are made; over TLS a call back takes the connection of the call."""
    if transport != "tls" or settings.tls is None:
        return StreamSettings(framer=Framer)
    server, client = tls_contexts(settings.tls)
    return StreamSettings(framer=Framer, transport="tls", server_tls=server, client_tls=client)


def tls_contexts(files: TlsFiles) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return how we prove ourselves to who connects, and to whom we connect. Raises UserError."""
    cert, key = Path(files.cert), Path(files.key)
    ca = None if files.client_ca is None else Path(files.client_ca)
    return server_context(cert, key, ca), client_context(ca, cert, key)


class _Entrance:
    """Stands in for the pump while the road is opened, since each needs the other's address."""

    def __init__(self) -> None:
        self._pump: Pump | None = None
        self._early: list[tuple[bytes, Address]] = []

    def open(self, pump: Pump) -> None:
        """Let the pump have everything, first what came too early."""
        self._pump = pump
        for data, source in self._early:
            pump.received(data, source)
        self._early.clear()

    def received(self, data: bytes, source: Address) -> None:
        """Take one whole message."""
        if self._pump is None:
            self._early.append((data, source))
        else:
            self._pump.received(data, source)

    def failed(self, to: Address) -> None:
        """Take the news that this address cannot be reached."""
        if self._pump is not None:
            self._pump.failed(to)


def choose_leg(legs: list[Leg], transport: str) -> Leg:
    """Choose the leg that a call back to a car of this transport goes out on. Raises RoadError."""
    for leg in legs:
        if leg.address.transport == transport:
            return leg
    raise RoadError(f"This centre does not speak {transport}, so it cannot call this car back.")
