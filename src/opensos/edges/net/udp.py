"""Datagrams: one socket, many peers.

Not asyncio's datagram transport: that reads one datagram per turn of the loop and hides which
address an ICMP error was about. Here a burst is read in one go, and on Linux the error queue
(``IP_RECVERR``, ip(7)) names the unreachable peer, so that a car learns within a round trip, not
after 32 s of timer B, that nobody listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections import deque
from typing import TYPE_CHECKING, Any

from opensos.edges.why import why
from opensos.protocols.effects import Address, RoadError

if TYPE_CHECKING:
    from opensos.edges.pump import Receiver

_MAX_DATAGRAM = 65_535
_BURST = 64  # datagrams read before other tasks get a turn
_BUFFER = 8 * 1024 * 1024  # a disaster's burst waits in the kernel, not in the gutter
_MAX_UNSENT = 10_000
# Numbers from <linux/in.h>, <linux/in6.h> and below; absent from Python's socket module.
_IP_RECVERR = 11
_IPV6_RECVERR = 25
_SO_SNDBUFFORCE = 32  # <asm-generic/socket.h>
_SO_RCVBUFFORCE = 33
_MSG_ERRQUEUE = getattr(socket, "MSG_ERRQUEUE", 0)
_UNREACHABLE = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EMSGSIZE}


class UdpRoad:
    """A bound UDP socket on the running event loop."""

    def __init__(self, sock: socket.socket, receiver: Receiver) -> None:
        self._sock = sock
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._unsent: deque[tuple[bytes, Address]] = deque()
        self._loop.add_reader(sock.fileno(), self._read)

    @classmethod
    def open(cls, host: str, port: int, receiver: Receiver, *, reuse_port: bool = False) -> UdpRoad:
        """Bind to ``host:port`` (0 chooses a port) and start to read.

        Raises:
            RoadError: the address is in use or is not of this machine.
        """
        return cls(bound_socket(host, port, reuse_port=reuse_port), receiver)

    @property
    def address(self) -> Address:
        """Where this road listens."""
        host, port = self._sock.getsockname()[:2]
        return Address("udp", host, port)

    def send(self, data: bytes, to: Address) -> None:
        """Send one datagram, at once if the kernel takes it."""
        if self._sock.fileno() < 0:
            return
        if self._unsent:
            self._queue(data, to)
        else:
            self._send_now(data, to)

    async def close(self) -> None:
        """Close the socket; datagrams still queued are dropped."""
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())
            self._loop.remove_writer(self._sock.fileno())
            self._sock.close()

    def _send_now(self, data: bytes, to: Address, *, again: bool = True) -> None:
        try:
            self._sock.sendto(data, (to.host, to.port))
        except (BlockingIOError, InterruptedError):
            self._queue(data, to)
        except OSError as error:
            # With IP_RECVERR an earlier peer's ICMP error can surface here: it is not this
            # datagram's, so read the queue and try once more.
            if again and error.errno in _UNREACHABLE and self._read_errors():
                self._send_now(data, to, again=False)
            else:
                self._loop.call_soon(self._receiver.failed, to)

    def _queue(self, data: bytes, to: Address) -> None:
        if len(self._unsent) >= _MAX_UNSENT:
            return  # UDP may lose; the transaction timers send again
        self._unsent.append((data, to))
        self._loop.add_writer(self._sock.fileno(), self._flush)

    def _flush(self) -> None:
        waiting, self._unsent = self._unsent, deque()
        self._loop.remove_writer(self._sock.fileno())
        for data, to in waiting:
            self.send(data, to)

    def _read(self) -> None:
        receive = self._sock.recvfrom
        for _ in range(_BURST):
            try:
                data, peer = receive(_MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self._read_errors()
                continue
            self._receiver.received(data, Address("udp", peer[0], peer[1]))
            if self._sock.fileno() < 0:
                return

    def _read_errors(self) -> bool:
        """Report every peer in the kernel's error queue; true if there was one."""
        if not _MSG_ERRQUEUE:
            return False
        found = False
        for _ in range(_BURST):
            try:
                _, _, _, peer = self._sock.recvmsg(2048, 512, _MSG_ERRQUEUE)
            except OSError:
                break
            found = True
            self._report(peer)
        return found

    def _report(self, peer: Any) -> None:
        if isinstance(peer, tuple) and len(peer) >= 2:
            self._loop.call_soon(self._receiver.failed, Address("udp", peer[0], peer[1]))


def bound_socket(host: str, port: int, *, reuse_port: bool = False) -> socket.socket:
    """Bind a socket that a ``UdpRoad`` can run, here or in another process that inherits it.

    Raises:
        RoadError: the address is in use or is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        _widen(sock)
        if reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        _ask_for_errors(sock)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise RoadError(
            f"UDP port {port} on {host} cannot be used ({why(error)}); "
            "is another centre running? Choose another port."
        ) from error
    return sock


def _widen(sock: socket.socket) -> None:
    """Ask for large buffers; with the right to (CAP_NET_ADMIN) beyond the system's limit."""
    for forced, asked in ((_SO_RCVBUFFORCE, socket.SO_RCVBUF), (_SO_SNDBUFFORCE, socket.SO_SNDBUF)):
        try:
            sock.setsockopt(socket.SOL_SOCKET, forced, _BUFFER)
        except OSError:
            sock.setsockopt(socket.SOL_SOCKET, asked, _BUFFER)


def _ask_for_errors(sock: socket.socket) -> None:
    """Have the kernel queue ICMP errors with the address that they are about (Linux)."""
    with contextlib.suppress(OSError):
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
