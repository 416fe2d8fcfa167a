"""The tester's side of HSFZ: one connection, acknowledgements, alive checks, announcements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError, RemoteError, Send, Tell, WakeAt

from ._states import CLIENT, ClientOn, ClientState
from .framer import Framer
from .frames import (
    Control,
    Diagnostic,
    Frame,
    Identity,
    decode_diagnostic,
    decode_identity,
    encode,
    encode_diagnostic,
)

if TYPE_CHECKING:
    from opensos.protocols.effects import Address, Effect

_ANNOUNCES = (Control.IDENTIFICATION, 0x04, Control.ALIVE_CHECK, Control.DATA)


@dataclass(frozen=True, slots=True)
class HsfzClientSettings:
    """The tester's address; how long an acknowledgement may take (s); the longest frame."""

    tester: int = 0xF4
    ack_s: float = 1.0
    most: int = 70_000


@dataclass(frozen=True, slots=True)
class Heard:
    """A unit answered."""

    unit: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The gateway has taken the request for this unit."""

    target: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The gateway does not take it; ``control`` 0x40 to 0x45 or 0xFF says why."""

    control: int


@dataclass(frozen=True, slots=True)
class Announced:
    """The gateway said who it is."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is over; close it."""

    why: str


class HsfzClient:
    """One connection to the gateway at ``peer``."""

    def __init__(self, peer: Address, settings: HsfzClientSettings | None = None) -> None:
        self._peer = peer
        self._settings = settings or HsfzClientSettings()
        self._state = ClientState.CLOSED
        self._framer = Framer(self._settings.most)
        self._asked = Diagnostic(0, 0, b"")
        self._deadline: float | None = None

    @property
    def free(self) -> bool:
        """Whether a request may be sent."""
        return self._state is ClientState.FREE

    def connected(self) -> None:
        """Begin: the connection stands."""
        self._on(ClientOn.CONNECTED)
        self._framer = Framer(self._settings.most)

    def ask(self, target: int, request: bytes, now: float) -> list[Effect]:
        """Send a request to a unit, or to all of them at 0xDF.

        Raises:
            LocalError: no connection, or the request before is not acknowledged yet.
        """
        if not self.free:
            raise LocalError(f"HSFZ cannot send now: {self._state}.")
        self._asked = Diagnostic(self._settings.tester, target, request)
        data = encode_diagnostic(self._asked)
        self._on(ClientOn.ASK)
        self._deadline = now + self._settings.ack_s
        return [Send(data, self._peer), WakeAt(self._deadline)]

    def identify(self) -> list[Effect]:
        """Ask the gateway who it is; also what goes to UDP 6811 for discovery."""
        return [Send(encode(Frame(Control.IDENTIFICATION)), self._peer)]

    def receive(self, data: bytes) -> list[Effect]:
        """Take in bytes of the connection."""
        if self._state is ClientState.CLOSED:
            return []
        effects = [effect for frame in self._framer.feed(data) for effect in self._hear(frame)]
        if self._framer.too_large:
            effects += self._lost(ClientOn.BROKEN)
        return effects

    def wake(self, now: float) -> list[Effect]:
        """Give up a connection whose gateway does not acknowledge."""
        if self._deadline is None:
            return []
        if now < self._deadline:
            return [WakeAt(self._deadline)]
        return self._lost(ClientOn.NO_ACK)

    def closed(self) -> list[Effect]:
        """Learn that the gateway hung up."""
        return [] if self._state is ClientState.CLOSED else self._lost(ClientOn.HUNG_UP)

    def _hear(self, frame: Frame) -> list[Effect]:  # noqa: PLR0911  # one each
        if frame.control in _ANNOUNCES and frame.body[:4] == b"DIAG":
            identity = decode_identity(frame.body)
            return [] if identity is None else [Tell(Announced(identity))]
        match frame.control:
            case Control.ALIVE_CHECK if len(frame.body) == 2:
                body = bytes((0, self._settings.tester))
                return [Send(encode(Frame(Control.ALIVE_CHECK, body)), self._peer)]
            case Control.DATA:
                return self._answer(frame.body)
            case Control.ACK:
                return self._acknowledged(frame.body)
            case control if Control.BAD_TESTER <= control <= Control.NOT_READY:
                return self._refused(control)
            case Control.OUT_OF_MEMORY:
                return self._refused(frame.control)
            case _:
                return []

    def _answer(self, body: bytes) -> list[Effect]:
        try:
            message = decode_diagnostic(body)
        except RemoteError:
            return []
        ours = message.target == self._settings.tester
        return [Tell(Heard(message.source, message.data))] if ours else []

    def _acknowledged(self, body: bytes) -> list[Effect]:
        """Take an acknowledgement that repeats our addresses and the request's beginning."""
        asked = self._asked
        echo = body[2:]
        same = body[:2] == bytes((asked.source, asked.target)) and asked.data.startswith(echo)
        if self._state is not ClientState.UNACKNOWLEDGED or not same:
            return []
        self._on(ClientOn.ACK)
        self._deadline = None
        return [Tell(Acknowledged(asked.target))]

    def _refused(self, control: int) -> list[Effect]:
        self._on(ClientOn.REFUSED)
        self._deadline = None
        return [Tell(Refused(control))]

    def _lost(self, why: ClientOn) -> list[Effect]:
        self._on(why)
        self._deadline = None
        return [Tell(Lost(why))]

    def _on(self, happened: ClientOn) -> None:
        self._state = CLIENT[self._state][happened]
