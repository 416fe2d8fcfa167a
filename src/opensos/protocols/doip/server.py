"""The entity's side of DoIP: tester sockets, routing activation, acknowledgements, discovery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.effects import Send, Tell, WakeAt

from ._states import TABLE, On, State
from .framer import Framer
from .header import (
    VERSION_2012,
    VERSION_ANY,
    HeaderNack,
    Message,
    PayloadType,
    decode_datagram,
    encode,
)
from .payloads import (
    Activation,
    ActivationAnswer,
    ActivationCode,
    Announcement,
    Diagnostic,
    DiagnosticAck,
    DiagnosticNack,
    EntityStatus,
    PowerMode,
    decode_activation,
    decode_diagnostic,
    encode_ack,
    encode_activation_answer,
    encode_announcement,
    encode_diagnostic,
    encode_entity_status,
)

if TYPE_CHECKING:
    from opensos.protocols.effects import Address, Effect

_GATEWAY = 0


@dataclass(frozen=True, slots=True)
class DoipSettings:
    """What an entity knows; times in seconds (table 12, from memory)."""

    identity: Announcement
    targets: frozenset[int]
    functional: frozenset[int] = frozenset({0xE400})
    testers: frozenset[int] = frozenset(range(0x0E00, 0x1000))
    activation_types: frozenset[int] = frozenset({0x00, 0x01})
    max_sockets: int = 4
    most: int = 70_000  # bytes of one payload
    initial_s: float = 2.0
    general_s: float = 300.0
    alive_s: float = 0.5
    version: int = VERSION_2012


@dataclass(frozen=True, slots=True)
class Asked:
    """A tester asks a unit, or all of them where ``functional``."""

    peer: Address
    tester: int
    target: int
    request: bytes
    functional: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """Close this connection once what was sent is out."""

    peer: Address
    why: str


@dataclass(slots=True)
class _Socket:
    framer: Framer
    since: float
    version: int
    state: State = State.INITIALIZED
    tester: int | None = None
    wanted: Activation | None = None  # while it waits for the others


class DoipServer:
    """One entity. The edge reports connections and bytes, and closes what is ``Cut``."""

    def __init__(self, settings: DoipSettings) -> None:
        self._settings = settings
        self._sockets: dict[Address, _Socket] = {}
        self.power_mode = PowerMode.READY

    # --- connections

    def connected(self, peer: Address, now: float) -> list[Effect]:
        """Take note of a new connection."""
        framer = Framer(self._settings.most)
        self._sockets[peer] = _Socket(framer, now, self._settings.version)
        return self._timed([])

    def closed(self, peer: Address, now: float) -> list[Effect]:
        """Take note that the tester hung up."""
        if peer not in self._sockets:
            return []
        return self._timed(self._end(peer, On.CLOSED, now, tell=False))

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        """Take in bytes of a connection."""
        socket = self._sockets.get(source)
        if socket is None:
            return []
        effects: list[Effect] = []
        for found in socket.framer.feed(data):
            if source not in self._sockets:
                break  # an earlier message ended it
            if isinstance(found, HeaderNack):
                effects.append(self._say(source, PayloadType.NACK, bytes((found,))))
            else:
                effects += self._hear(source, socket, found, now)
        if socket.framer.broken and source in self._sockets:
            effects += self._end(source, On.BAD_HEADER, now)
        return self._timed(effects)

    def answer(self, peer: Address, unit: int, response: bytes, now: float) -> list[Effect]:
        """Send a unit's response to the tester who asked; nothing if it has gone."""
        socket = self._sockets.get(peer)
        if socket is None or socket.tester is None:
            return []
        if socket.state is State.ACTIVE:
            socket.since = now
        message = Diagnostic(unit, socket.tester, response)
        said = self._say(peer, PayloadType.DIAGNOSTIC, encode_diagnostic(message))
        return self._timed([said])

    def wake(self, now: float) -> list[Effect]:
        """End sockets whose time is over."""
        effects: list[Effect] = []
        for peer, socket in list(self._sockets.items()):
            due, why = self._due(socket)
            if due is not None and now >= due and peer in self._sockets:
                effects += self._end(peer, why, now)
        return self._timed(effects)

    # --- datagrams

    def datagram(self, data: bytes, source: Address) -> list[Effect]:
        """Answer a datagram (UDP 13400)."""
        found = decode_datagram(data)
        if isinstance(found, HeaderNack):
            return [self._datagram(PayloadType.NACK, bytes((found,)), source)]
        identity = self._settings.identity
        version = self._settings.version if found.version == VERSION_ANY else found.version
        match found.type:
            case PayloadType.IDENTIFY_EID if found.payload != identity.eid:
                return []
            case PayloadType.IDENTIFY_VIN if found.payload != identity.vin.encode("ascii"):
                return []
            case PayloadType.IDENTIFY | PayloadType.IDENTIFY_EID | PayloadType.IDENTIFY_VIN:
                answer = Message(PayloadType.ANNOUNCEMENT, encode_announcement(identity), version)
            case PayloadType.ENTITY_STATUS:
                status = encode_entity_status(self._status())
                answer = Message(PayloadType.ENTITY_STATUS_ANSWER, status, version)
            case PayloadType.POWER_MODE:
                mode = bytes((self.power_mode,))
                answer = Message(PayloadType.POWER_MODE_ANSWER, mode, version)
            case _:
                return []  # answers and announcements of others, and what belongs on a socket
        return [Send(encode(answer), source)]

    def announce(self, to: Address) -> list[Effect]:
        """Tell the network who is there; the standard says it three times, 500 ms apart."""
        payload = encode_announcement(self._settings.identity)
        return [self._datagram(PayloadType.ANNOUNCEMENT, payload, to)]

    def _datagram(self, payload_type: PayloadType, payload: bytes, to: Address) -> Send:
        return Send(encode(Message(payload_type, payload, self._settings.version)), to)

    def _status(self) -> EntityStatus:
        settings = self._settings
        return EntityStatus(_GATEWAY, settings.max_sockets, len(self._sockets), settings.most)

    # --- what a message asks

    def _hear(self, peer: Address, socket: _Socket, message: Message, now: float) -> list[Effect]:
        socket.version = message.version
        effects: list[Effect] = []
        if socket.state in {State.ACTIVE, State.CHECKED}:
            checked = socket.state is State.CHECKED
            socket.since = now
            self._happened(peer, On.ALIVE)
            if checked:
                effects += self._decide(now)
        match message.type:
            case PayloadType.ACTIVATION:
                effects += self._activation(peer, socket, message.payload, now)
            case PayloadType.DIAGNOSTIC:
                effects += self._diagnostic(peer, socket, message.payload, now)
            case PayloadType.ALIVE_CHECK:
                # Only entities should ask; doipclient does too. We name who uses the socket.
                who = socket.tester if socket.tester is not None else self._entity
                effects.append(self._say(peer, PayloadType.ALIVE_ANSWER, who.to_bytes(2, "big")))
            case PayloadType.ALIVE_ANSWER | PayloadType.NACK:
                pass
            case _:  # known, but no matter of a socket
                nack = bytes((HeaderNack.UNKNOWN_PAYLOAD_TYPE,))
                effects.append(self._say(peer, PayloadType.NACK, nack))
        return effects

    def _diagnostic(
        self, peer: Address, socket: _Socket, payload: bytes, now: float
    ) -> list[Effect]:
        message, settings = decode_diagnostic(payload), self._settings
        functional = message.target in settings.functional
        if socket.state is not State.ACTIVE or message.source != socket.tester:
            refused = self._refuse(peer, message, DiagnosticNack.INVALID_SOURCE)
            return [refused, *self._end(peer, On.WRONG_SOURCE, now)]
        if not functional and message.target not in settings.targets:
            return [self._refuse(peer, message, DiagnosticNack.UNKNOWN_TARGET)]
        ack = encode_ack(DiagnosticAck(message.target, message.source, 0))
        asked = Asked(peer, message.source, message.target, message.data, functional)
        return [self._say(peer, PayloadType.DIAGNOSTIC_ACK, ack), Tell(asked)]

    def _refuse(self, peer: Address, message: Diagnostic, why: DiagnosticNack) -> Send:
        nack = encode_ack(DiagnosticAck(message.target, message.source, why))
        return self._say(peer, PayloadType.DIAGNOSTIC_NACK, nack)

    # --- routing activation (clause 9.2.2 and figures 11, 12)

    def _activation(
        self, peer: Address, socket: _Socket, payload: bytes, now: float
    ) -> list[Effect]:
        asked, settings = decode_activation(payload), self._settings
        if socket.state is State.WAITING:
            return []  # its answer comes when the alive checks are over
        if asked.tester not in settings.testers:
            return self._deny(peer, asked, ActivationCode.UNKNOWN_SOURCE, now)
        if asked.type not in settings.activation_types:
            return self._deny(peer, asked, ActivationCode.UNSUPPORTED_TYPE, now)
        if socket.tester is not None:
            if socket.tester != asked.tester:
                return self._deny(peer, asked, ActivationCode.OTHER_SOURCE_ON_SOCKET, now)
            return self._activate(peer, asked, now)
        socket.wanted = asked
        return self._check_rivals(peer, asked, now)

    def _check_rivals(self, peer: Address, asked: Activation, now: float) -> list[Effect]:
        """Let the tester in where nobody is in the way; else ask those whether they live."""
        rivals = self._rivals(peer, asked.tester)
        if not rivals:
            return self._activate(peer, asked, now)
        self._happened(peer, On.COLLISION)
        effects: list[Effect] = []
        for rival in rivals:
            if self._sockets[rival].state is State.ACTIVE:
                self._happened(rival, On.ALIVE_CHECK)
                self._sockets[rival].since = now
                effects.append(self._say(rival, PayloadType.ALIVE_CHECK, b""))
        return effects

    def _rivals(self, peer: Address, tester: int) -> list[Address]:
        """Return the sockets in the way: that of the same tester, or all when none is free."""
        active = [
            other
            for other, socket in self._sockets.items()
            if other != peer and socket.state in {State.ACTIVE, State.CHECKED}
        ]
        same = [other for other in active if self._sockets[other].tester == tester]
        if same:
            return same
        return active if len(active) >= self._settings.max_sockets else []

    def _decide(self, now: float) -> list[Effect]:
        """Let those who wait in, or send them away, once no check is pending in their way."""
        effects: list[Effect] = []
        for peer, socket in list(self._sockets.items()):
            asked = socket.wanted
            if socket.state is not State.WAITING or asked is None:
                continue
            rivals = self._rivals(peer, asked.tester)
            if not rivals:
                effects += self._activate(peer, asked, now)
            elif all(self._sockets[rival].state is State.ACTIVE for rival in rivals):
                same = self._sockets[rivals[0]].tester == asked.tester
                code = ActivationCode.SOURCE_ON_OTHER_SOCKET
                code = code if same else ActivationCode.ALL_SOCKETS_BUSY
                effects.append(self._activation_answer(peer, asked, code))
                effects += self._end(peer, On.OTHERS_LIVE, now)
        return effects

    def _activate(self, peer: Address, asked: Activation, now: float) -> list[Effect]:
        socket = self._sockets[peer]
        self._happened(peer, On.ACTIVATED)
        socket.tester, socket.wanted, socket.since = asked.tester, None, now
        return [self._activation_answer(peer, asked, ActivationCode.SUCCESS)]

    def _deny(
        self, peer: Address, asked: Activation, code: ActivationCode, now: float
    ) -> list[Effect]:
        said = self._activation_answer(peer, asked, code)
        return [said, *self._end(peer, On.DENIED, now)]

    def _activation_answer(self, peer: Address, asked: Activation, code: ActivationCode) -> Send:
        answer = ActivationAnswer(asked.tester, self._entity, code)
        return self._say(peer, PayloadType.ACTIVATION_ANSWER, encode_activation_answer(answer))

    # --- sockets

    @property
    def _entity(self) -> int:
        return self._settings.identity.address

    def _say(self, peer: Address, payload_type: PayloadType, payload: bytes) -> Send:
        version = self._sockets[peer].version
        return Send(encode(Message(payload_type, payload, version)), peer)

    def _happened(self, peer: Address, on: On) -> None:
        socket = self._sockets[peer]
        socket.state = TABLE[socket.state][on]

    def _end(self, peer: Address, why: On, now: float, *, tell: bool = True) -> list[Effect]:
        self._happened(peer, why)
        del self._sockets[peer]
        effects: list[Effect] = [Tell(Cut(peer, why))] if tell else []
        return effects + self._decide(now)

    def _due(self, socket: _Socket) -> tuple[float | None, On]:
        match socket.state:
            case State.INITIALIZED:
                return socket.since + self._settings.initial_s, On.INITIAL_OVER
            case State.ACTIVE:
                return socket.since + self._settings.general_s, On.GENERAL_OVER
            case State.CHECKED:
                return socket.since + self._settings.alive_s, On.NOT_ALIVE
            case _:
                return None, On.CLOSED

    def _timed(self, effects: list[Effect]) -> list[Effect]:
        due = [at for socket in self._sockets.values() if (at := self._due(socket)[0]) is not None]
        return [*effects, WakeAt(min(due))] if due else effects
