"""Streams: TCP and TLS connections that carry whole messages.

A connection is named by its peer's address, for those that came in as for those that we opened;
an answer to the address a message came from therefore travels on the same connection
(RFC 3261 §18.2.2). Connections are opened on the first message for an address.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from opensos.edges.why import why
from opensos.protocols.effects import Address, RemoteError, RoadError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from opensos.edges.pump import Receiver

_CONNECT_S = 4.0  # well under timer B (32 s): the caller can still try another bearer
_STALL_S = 30.0  # a message that began must end within this time (slow-loris)
_HALF_OPEN_S = 5.0  # how long a caller that has closed its half can still hear our answer
_MAX_CONNECTIONS = 20_000
_MAX_UNSENT = 4 * 1024 * 1024  # bytes waiting for a peer that does not read


class MessageFramer(Protocol):
    """Cuts a byte stream into whole messages."""

    pings: int

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages completed by these bytes; raises RemoteError when hopeless."""
        ...

    @property
    def pending(self) -> int:
        """Bytes of a message that has begun and not ended."""
        ...

    @property
    def broken(self) -> str | bool | None:
        """Why no further message can be cut from this stream; false or None while one can."""
        ...

    def rest(self) -> bytes:
        """Return, and forget, a message that began and will not end."""
        ...


@dataclass(slots=True)
class StreamSettings:
    """What a stream road needs to know: its name and, for TLS, how to prove and to trust."""

    framer: Callable[[], MessageFramer]
    transport: str = "tcp"
    server_tls: ssl.SSLContext | None = None
    client_tls: ssl.SSLContext | None = None
    server_name: str | None = None
    pong: bytes = b"\r\n"  # RFC 5626 §3.5.1: the answer to a double CRLF


class StreamRoad:
    """Listens for and opens connections of one transport."""

    def __init__(self, settings: StreamSettings, receiver: Receiver) -> None:
        self._settings = settings
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._connections: dict[Address, _Connection] = {}
        self._waiting: dict[Address, list[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._closing = False

    async def listen(self, host: str, port: int, *, reuse_port: bool = False) -> Address:
        """Accept connections on ``host:port`` (0 chooses a port); return where it listens.

        Raises:
            RoadError: the address is in use or is not of this machine.
        """
        try:
            self._server = await self._loop.create_server(
                lambda: _Connection(self), host, port,
                ssl=self._settings.server_tls, reuse_port=reuse_port, backlog=1024,
            )  # fmt: skip
        except OSError as error:
            raise RoadError(
                f"{self._settings.transport.upper()} port {port} on {host} cannot be used "
                f"({why(error)}); choose another port."
            ) from error
        bound = self._server.sockets[0].getsockname()
        return Address(self._settings.transport, bound[0], bound[1])

    def send(self, data: bytes, to: Address) -> None:
        """Send on the connection of that peer, opening it when there is none."""
        connection = self._connections.get(to)
        if connection is not None:
            connection.write(data)
        elif to in self._waiting:
            self._waiting[to].append(data)
        elif not self._closing:
            self._waiting[to] = [data]
            task = self._loop.create_task(self._connect(to))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop listening, end every connection and every attempt to connect."""
        self._closing = True
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        connections = list(self._connections.values())
        for connection in connections:
            connection.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # One turn of the loop so that the transports can close their sockets.
        await asyncio.sleep(0)

    async def _connect(self, to: Address) -> None:
        tls = self._settings.client_tls
        name = (self._settings.server_name or to.host) if tls else None
        try:
            async with asyncio.timeout(_CONNECT_S):
                await self._loop.create_connection(
                    lambda: _Connection(self, to), to.host, to.port,
                    ssl=tls, server_hostname=name,
                )  # fmt: skip
        except (OSError, TimeoutError):
            # ssl.SSLError is an OSError: a peer that cannot prove itself is no road.
            self._waiting.pop(to, None)
            self._receiver.failed(to)

    def _opened(self, connection: _Connection, peer: Address) -> bool:
        """Take a new connection in; false when there are too many."""
        if self._closing or len(self._connections) >= _MAX_CONNECTIONS:
            return False
        self._connections[peer] = connection
        for data in self._waiting.pop(peer, []):
            connection.write(data)
        return True

    def _lost(self, connection: _Connection, peer: Address) -> None:
        if self._connections.get(peer) is connection:
            del self._connections[peer]
            if not self._closing:
                self._receiver.failed(peer)


@dataclass(eq=False)
class _Connection(asyncio.Protocol):
    """One connection: frames in, bytes out, and an end when the peer misbehaves."""

    road: StreamRoad
    peer: Address | None = None
    framer: MessageFramer = field(init=False)
    opened: bool = field(init=False)  # by us
    transport: asyncio.Transport | None = field(init=False, default=None)
    stall: asyncio.TimerHandle | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.opened = self.peer is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.framer = self.road._settings.framer()  # noqa: SLF001  # one unit in two classes
        if self.peer is None:
            host, port = self.transport.get_extra_info("peername")[:2]
            self.peer = Address(self.road._settings.transport, host, port)  # noqa: SLF001
        if not self.road._opened(self, self.peer):  # noqa: SLF001
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self.peer is None:
            return
        try:
            messages = self.framer.feed(data)
        except RemoteError:
            # The stream can no longer be cut into messages: hand over what came, so that
            # nothing is lost unseen, and hang up (RFC 3261 §18.3 gives no way to resume).
            self.road._receiver.received(data, self.peer)  # noqa: SLF001
            self.end()
            return
        self._answer_pings()
        for message in messages:
            self.road._receiver.received(message, self.peer)  # noqa: SLF001
        if self.framer.broken:
            self.end()  # what was answered still leaves
        else:
            self._watch()

    def eof_received(self) -> bool:
        """Keep our half open for a moment: a caller that has said all may listen for the answer."""
        self._hand_over_rest()
        if self.opened:
            return False
        if self.stall is not None:
            self.stall.cancel()
        self.stall = asyncio.get_running_loop().call_later(_HALF_OPEN_S, self.end)
        return self.road._settings.transport != "tls"  # noqa: SLF001  # asyncio's TLS cannot

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._hand_over_rest()
        if self.stall is not None:
            self.stall.cancel()
        if self.peer is not None:
            self.road._lost(self, self.peer)  # noqa: SLF001

    def write(self, data: bytes) -> None:
        """Send bytes; a peer that lets megabytes pile up is gone."""
        if self.transport is None or self.transport.is_closing():
            return
        self.transport.write(data)
        if self.transport.get_write_buffer_size() > _MAX_UNSENT:
            self.transport.abort()

    def end(self) -> None:
        """Close once what was written has left."""
        if self.transport is not None:
            self.transport.close()

    def _answer_pings(self) -> None:
        while self.framer.pings:
            self.framer.pings -= 1
            self.write(self.road._settings.pong)  # noqa: SLF001

    def _watch(self) -> None:
        """End a connection whose message began and does not go on."""
        if self.stall is not None:
            self.stall.cancel()
            self.stall = None
        if self.framer.pending:
            self.stall = asyncio.get_running_loop().call_later(_STALL_S, self._stalled)

    def _stalled(self) -> None:
        self._hand_over_rest()
        self.end()

    def _hand_over_rest(self) -> None:
        """Let the receiver have what began and will not end: half a call is a call."""
        rest = self.framer.rest()
        if rest and self.peer is not None:
            self.road._receiver.received(rest, self.peer)  # noqa: SLF001
