"""The tester's side of DoIP: one connection, routing activation, acknowledgements, alive checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError, Send, Tell, WakeAt

from ._states import CLIENT, ClientOn, ClientState
from .framer import Framer
from .header import VERSION_2012, VERSION_ANY, Message, PayloadType, encode
from .payloads import (
    Activation,
    ActivationCode,
    Diagnostic,
    decode_ack,
    decode_activation_answer,
    decode_diagnostic,
    encode_activation,
    encode_diagnostic,
)

if TYPE_CHECKING:
    from opensos.protocols.effects import Address, Effect


@dataclass(frozen=True, slots=True)
class DoipClientSettings:
    """The tester's address, how it activates, how long answers may take (s, A_Processing_Time)."""

    tester: int = 0x0EF3
    activation_type: int = 0x00
    answer_s: float = 2.0
    most: int = 70_000
    version: int = VERSION_2012


@dataclass(frozen=True, slots=True)
class Active:
    """Routing is active; ``entity`` is the gateway's address."""

    entity: int


@dataclass(frozen=True, slots=True)
class Denied:
    """Routing is refused (``ActivationCode``); 0x07: the car wants TLS and a certificate."""

    code: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A unit answered."""

    unit: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The entity has taken the request for this unit."""

    target: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The entity does not take the request: a ``DiagnosticNack``, or a ``HeaderNack``."""

    code: int
    header: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is over; close it."""

    why: str


def vehicle_identification(eid: bytes | None = None, vin: str | None = None) -> bytes:
    """Return the datagram that asks who is there: all, the one with this EID, or this VIN."""
    if eid is not None:
        return encode(Message(PayloadType.IDENTIFY_EID, eid, VERSION_ANY))
    if vin is not None:
        return encode(Message(PayloadType.IDENTIFY_VIN, vin.encode("ascii"), VERSION_ANY))
    return encode(Message(PayloadType.IDENTIFY, b"", VERSION_ANY))


class DoipClient:
    """One connection to the entity at ``peer``."""

    def __init__(self, peer: Address, settings: DoipClientSettings | None = None) -> None:
        self._peer = peer
        self._settings = settings or DoipClientSettings()
        self._state = ClientState.CLOSED
        self._framer = Framer(self._settings.most)
        self._target = 0
        self._deadline: float | None = None

    @property
    def free(self) -> bool:
        """Whether a request may be sent."""
        return self._state is ClientState.FREE

    def connected(self, now: float) -> list[Effect]:
        """Begin: the connection stands; ask for routing activation."""
        self._on(ClientOn.CONNECTED)
        self._framer = Framer(self._settings.most)
        self._deadline = now + self._settings.answer_s
        asked = Activation(self._settings.tester, self._settings.activation_type)
        said = self._say(PayloadType.ACTIVATION, encode_activation(asked))
        return [said, WakeAt(self._deadline)]

    def ask(self, target: int, request: bytes, now: float) -> list[Effect]:
        """Send a request to a unit, or to a group of them.

        Raises:
            LocalError: routing is not active, the request before is not acknowledged yet, or the
                request is empty.
        """
        if not self.free or not request:
            raise LocalError(f"DoIP cannot send now: {self._state}, {len(request)} bytes.")
        self._on(ClientOn.ASK)
        self._target = target
        self._deadline = now + self._settings.answer_s
        message = Diagnostic(self._settings.tester, target, request)
        said = self._say(PayloadType.DIAGNOSTIC, encode_diagnostic(message))
        return [said, WakeAt(self._deadline)]

    def receive(self, data: bytes) -> list[Effect]:
        """Take in bytes of the connection."""
        effects: list[Effect] = []
        if not self._open:
            return effects
        for found in self._framer.feed(data):
            if isinstance(found, Message) and self._open:
                effects += self._hear(found)
        if self._framer.broken and self._open:
            effects += self._lost(ClientOn.BROKEN)
        return effects

    def wake(self, now: float) -> list[Effect]:
        """Give up a connection whose entity does not answer."""
        if self._deadline is None:
            return []
        if now < self._deadline:
            return [WakeAt(self._deadline)]
        return self._lost(ClientOn.TIMEOUT)

    def closed(self) -> list[Effect]:
        """Learn that the entity hung up."""
        return self._lost(ClientOn.HUNG_UP) if self._open else []

    @property
    def _open(self) -> bool:
        return self._state is not ClientState.CLOSED

    def _hear(self, message: Message) -> list[Effect]:
        match message.type:
            case PayloadType.ALIVE_CHECK:
                tester = self._settings.tester.to_bytes(2, "big")
                return [self._say(PayloadType.ALIVE_ANSWER, tester)]
            case PayloadType.ACTIVATION_ANSWER if self._state is ClientState.ACTIVATING:
                return self._activation(message.payload)
            case PayloadType.DIAGNOSTIC:
                answer = decode_diagnostic(message.payload)
                ours = answer.target == self._settings.tester
                return [Tell(Heard(answer.source, answer.data))] if ours else []
            case PayloadType.DIAGNOSTIC_ACK | PayloadType.DIAGNOSTIC_NACK:
                return self._acknowledged(message)
            case PayloadType.NACK if self._state is ClientState.UNACKNOWLEDGED:
                self._on(ClientOn.NACK)
                self._deadline = None
                return [Tell(Refused(message.payload[0], header=True))]
            case _:
                return []

    def _activation(self, payload: bytes) -> list[Effect]:
        answer = decode_activation_answer(payload)
        if answer.tester != self._settings.tester:
            return []
        self._deadline = None
        if answer.code == ActivationCode.SUCCESS:
            self._on(ClientOn.ACTIVATED)
            return [Tell(Active(answer.entity))]
        self._on(ClientOn.DENIED)
        return [Tell(Denied(answer.code))]

    def _acknowledged(self, message: Message) -> list[Effect]:
        ack = decode_ack(message.payload)
        ours = (ack.source, ack.target) == (self._target, self._settings.tester)
        if self._state is not ClientState.UNACKNOWLEDGED or not ours:
            return []
        self._deadline = None
        if message.type == PayloadType.DIAGNOSTIC_ACK:
            self._on(ClientOn.ACK)
            return [Tell(Acknowledged(self._target))]
        self._on(ClientOn.NACK)
        return [Tell(Refused(ack.code))]

    def _lost(self, why: ClientOn) -> list[Effect]:
        self._on(why)
        self._deadline = None
        return [Tell(Lost(why))]

    def _say(self, payload_type: PayloadType, payload: bytes) -> Send:
        return Send(encode(Message(payload_type, payload, self._settings.version)), self._peer)

    def _on(self, happened: ClientOn) -> None:
        self._state = CLIENT[self._state][happened]
