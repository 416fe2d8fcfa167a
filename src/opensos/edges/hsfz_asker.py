"""Asks a gateway's units over HSFZ, one request at a time; for programs that may wait.

Deliberately absent: discovery, reconnecting, guarding of what may be asked: the doctor's clients
bring them.
"""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING, NamedTuple, Self

from opensos.edges.why import why
from opensos.protocols.effects import RemoteError, RoadError
from opensos.protocols.hsfz import (
    Control,
    Diagnostic,
    Frame,
    Framer,
    decode_diagnostic,
    encode,
    encode_diagnostic,
)
from opensos.protocols.uds import NEGATIVE, Nrc

if TYPE_CHECKING:
    from types import TracebackType

TESTER = 0xF4
PORT = 6801

_MOST = 70_000
_CONNECT_S = 3.0
_ACK_S = 2.0
_PENDING_S = 6.0  # a unit that needs time says so again within P2*
_LONGEST_S = 60.0
_FUNCTIONAL_S = 0.5  # nobody knows how many will answer
_REFUSED = {
    Control.BAD_TESTER: "it does not take our tester address",
    Control.BAD_CONTROL: "it does not know the control word",
    Control.BAD_FORMAT: "it cannot read the message",
    Control.BAD_TARGET: "it knows no such unit",
    Control.TOO_LARGE: "the message is too large",
    Control.NOT_READY: "it is not ready",
    Control.OUT_OF_MEMORY: "it has no memory left",
}


class Heard(NamedTuple):
    """One answer: who gave it, its bytes, and how many seconds after the request."""

    source: int
    data: bytes
    after_s: float


class HsfzAsker:
    """One connection to a gateway.

    Args:
        host: Where the gateway is.
        port: TCP port.
        timeout_s: How long a unit may take for its first answer.

    Raises:
        RoadError: Nobody listens there.
    """

    def __init__(self, host: str, port: int = PORT, *, timeout_s: float = 2.0) -> None:
        self._name = f"{host}:{port}"
        self._timeout_s = timeout_s
        self._framer = Framer(_MOST)
        self._frames: list[Frame] = []
        try:
            self._socket = socket.create_connection((host, port), timeout=_CONNECT_S)
        except OSError as error:
            raise RoadError(f"No gateway answers at {self._name}: {why(error)}.") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def ask(self, target: int, request: bytes, *, functional: bool = False) -> list[Heard]:
        """Ask one unit, or all; no answers means that none came in time.

        Raises:
            RemoteError: The gateway refuses the request.
            RoadError: The connection is gone.
        """
        self._send(encode_diagnostic(Diagnostic(TESTER, target, request)))
        asked = time.monotonic()
        until = asked + _ACK_S
        heard: list[Heard] = []
        while True:
            frame = self._next(min(until, asked + _LONGEST_S))
            if frame is None:
                return heard
            if frame.control == Control.ACK:
                until = time.monotonic() + (_FUNCTIONAL_S if functional else self._timeout_s)
                continue
            answer = self._answer(frame, target, functional=functional)
            if answer is None:
                continue
            heard.append(Heard(answer.source, answer.data, time.monotonic() - asked))
            pending = answer.data[:1] == bytes((NEGATIVE,)) and answer.data[2:3] == bytes(
                (Nrc.REQUEST_CORRECTLY_RECEIVED_RESPONSE_PENDING,)
            )
            if pending:
                until = time.monotonic() + _PENDING_S
            elif not functional:
                return heard

    def _answer(self, frame: Frame, target: int, *, functional: bool) -> Diagnostic | None:
        if frame.control in _REFUSED:
            why = _REFUSED[Control(frame.control)]
            raise RemoteError(f"The gateway at {self._name} refuses: {why}.")
        if frame.control == Control.ALIVE_CHECK:
            self._send(encode(frame))
            return None
        if frame.control != Control.DATA:
            return None
        message = decode_diagnostic(frame.body)
        wanted = functional or message.source == target
        return message if wanted and message.target == TESTER else None

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise RoadError(f"The gateway at {self._name} is gone: {why(error)}.") from None

    def _next(self, until: float) -> Frame | None:
        """Return the next frame, None when the time is over."""
        while not self._frames:
            left = until - time.monotonic()
            if left <= 0:
                return None
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(65_536)
            except TimeoutError:
                return None
            except OSError as error:
                raise RoadError(f"The gateway at {self._name} is gone: {why(error)}.") from None
            if not data:
                raise RoadError(f"The gateway at {self._name} hung up.")
            self._frames += self._framer.feed(data)
            if self._framer.too_large:
                with contextlib.suppress(OSError):
                    self._socket.close()
                raise RemoteError(f"The gateway at {self._name} sends a message too large.")
        return self._frames.pop(0)
