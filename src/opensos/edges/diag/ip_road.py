"""Carries the bytes of a DoIP entity or an HSFZ gateway: TCP connections and datagrams."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from opensos.edges.in_turn import InTurn
from opensos.edges.why import why
from opensos.protocols import doip, hsfz
from opensos.protocols.effects import Address, Effect, RoadError, Send, Tell, WakeAt

if TYPE_CHECKING:
    from collections.abc import Callable

    from .gateway import Gateway

_MOST_CONNECTIONS = 16  # a bound of ours; the protocols have their own, lower ones
_MOST_UNSENT = 1024 * 1024  # bytes waiting for a tester that does not read


class IpMachine(Protocol):
    """What both protocols' servers are."""

    def connected(self, peer: Address, now: float) -> list[Effect]:
        """Take note of a new connection."""
        ...

    def closed(self, peer: Address, now: float) -> list[Effect]:
        """Take note that the tester hung up."""
        ...

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        """Take in bytes of a connection."""
        ...

    def answer(self, peer: Address, unit: int, response: bytes, now: float) -> list[Effect]:
        """Send a unit's response."""
        ...

    def wake(self, now: float) -> list[Effect]:
        """Do what has become due."""
        ...


class IpRoad:
    """Runs one such machine; ``discover`` is its answer to datagrams."""

    def __init__(
        self,
        machine: IpMachine,
        discover: Callable[[bytes, Address], list[Effect]],
        gateway: Gateway,
    ) -> None:
        self._machine = machine
        self._discover = discover
        self._gateway = gateway
        self._loop = asyncio.get_running_loop()
        self._open: dict[Address, asyncio.Transport] = {}
        self._server: asyncio.Server | None = None
        self._datagrams: asyncio.DatagramTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._do = InTurn(self._carry_out)

    async def listen(self, host: str, port: int) -> Address:
        """Accept testers on ``host:port`` (0 chooses a port); return where.

        Raises:
            RoadError: the address is in use or is not of this machine.
        """
        try:
            self._server = await self._loop.create_server(lambda: _Connection(self), host, port)
        except OSError as error:
            raise _in_use("TCP", host, port, error) from error
        return Address("tcp", *self._server.sockets[0].getsockname()[:2])

    async def listen_for_datagrams(self, host: str, port: int) -> Address:
        """Answer discovery on ``host:port`` (0 chooses a port); return where.

        Raises:
            RoadError: the address is in use or is not of this machine.
        """
        try:
            transport, _ = await self._loop.create_datagram_endpoint(
                lambda: _Datagrams(self), local_addr=(host, port)
            )
        except OSError as error:
            raise _in_use("UDP", host, port, error) from error
        self._datagrams = transport
        return Address("udp", *transport.get_extra_info("sockname")[:2])

    async def close(self) -> None:
        """Give every socket back."""
        if self._timer is not None:
            self._timer.cancel()
        if self._server is not None:
            self._server.close()
        for transport in list(self._open.values()):
            transport.abort()
        if self._datagrams is not None:
            self._datagrams.close()
        if self._server is not None:
            await self._server.wait_closed()
        await asyncio.sleep(0)  # lets the transports report that they are gone

    # --- what the sockets report

    def connected(self, peer: Address, transport: asyncio.Transport) -> None:
        """Take note of a connection; one too many is dropped."""
        if len(self._open) >= _MOST_CONNECTIONS:
            transport.abort()
            return
        self._open[peer] = transport
        self._do(self._machine.connected(peer, self._gateway.now()))

    def received(self, peer: Address, data: bytes) -> None:
        """Give bytes to the machine."""
        if peer in self._open:
            self._do(self._machine.receive(data, peer, self._gateway.now()))

    def lost(self, peer: Address) -> None:
        """Tell the machine that a tester is gone."""
        if self._open.pop(peer, None) is not None:
            self._do(self._machine.closed(peer, self._gateway.now()))

    def datagram(self, data: bytes, source: Address) -> None:
        """Answer a datagram."""
        self._do(self._discover(data, source))

    # --- what the machine wants

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send(data, to):
                self._send(data, to)
            case Tell(event):
                self._told(event)
            case WakeAt(when):
                self._wake_at(when)

    def _send(self, data: bytes, to: Address) -> None:
        if to.transport == "udp":
            if self._datagrams is not None and not self._datagrams.is_closing():
                self._datagrams.sendto(data, (to.host, to.port))
            return
        transport = self._open.get(to)
        if transport is None or transport.is_closing():
            return
        transport.write(data)
        if transport.get_write_buffer_size() > _MOST_UNSENT:
            transport.abort()

    def _told(self, event: object) -> None:
        match event:
            case doip.Cut(peer) | hsfz.Cut(peer):
                transport = self._open.pop(peer, None)
                if transport is not None:
                    transport.close()
            case doip.Asked() | hsfz.Asked() as asked:
                self._gateway.ask(
                    asked.target,
                    asked.request,
                    lambda unit, data: self._answer(asked.peer, unit, data),
                    functional=asked.functional,
                )
            case _:
                pass

    def _answer(self, peer: Address, unit: int, data: bytes) -> None:
        if peer in self._open:
            self._do(self._machine.answer(peer, unit, data, self._gateway.now()))

    def _wake_at(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        delay = max(0.0, when - self._gateway.now())
        self._timer = self._loop.call_later(delay, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._do(self._machine.wake(self._gateway.now()))


class _Connection(asyncio.Protocol):
    """One tester's socket."""

    def __init__(self, road: IpRoad) -> None:
        self._road = road
        self._peer = Address("tcp", "", 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        if not isinstance(transport, asyncio.Transport) or peer is None:
            transport.close()  # it was gone before we could look
            return
        self._peer = Address("tcp", *peer[:2])
        self._road.connected(self._peer, transport)

    def data_received(self, data: bytes) -> None:
        self._road.received(self._peer, data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # whatever it was: the tester is gone
        self._road.lost(self._peer)


class _Datagrams(asyncio.DatagramProtocol):
    """The discovery socket."""

    def __init__(self, road: IpRoad) -> None:
        self._road = road

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._road.datagram(data, Address("udp", *addr[:2]))

    def error_received(self, exc: Exception) -> None:
        del exc  # who asked does not listen any more


def _in_use(kind: str, host: str, port: int, error: OSError) -> RoadError:
    return RoadError(
        f"{kind} port {port} on {host} cannot be used ({why(error)}); "
        "is another diagnostic server running? Choose another port."
    )
