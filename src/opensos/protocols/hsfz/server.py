"""The gateway's side of HSFZ: one tester's connection, acknowledgements, discovery."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opensos.protocols.effects import RemoteError, Send, Tell, WakeAt

from ._states import TABLE, On, State
from .framer import Framer
from .frames import (
    ACK_ECHO,
    HEADER_BYTES,
    Control,
    Diagnostic,
    Frame,
    Identity,
    decode_diagnostic,
    encode,
    encode_diagnostic,
    encode_identity,
)

if TYPE_CHECKING:
    from opensos.protocols.effects import Address, Effect

_TERMINAL_15_ON = 0x04  # from memory, one source: bits 2 and 3 of the answer's only byte


@dataclass(frozen=True, slots=True)
class HsfzSettings:
    """What a gateway knows; times in seconds."""

    identity: Identity
    targets: frozenset[int]
    functional: frozenset[int] = frozenset({0xDF})
    testers: frozenset[int] = frozenset(range(0xF0, 0xFF))
    idle_s: float = 5.0
    alive_s: float = 0.5
    most: int = 70_000  # bytes of one frame's body


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
class _Connection:
    framer: Framer
    state: State = State.NEW
    heard: float = 0.0
    checked: float = 0.0
    tester: int = 0
    early: list[Frame] = field(default_factory=list)  # what came while it waited for the seat


class HsfzServer:
    """One gateway. The edge reports connections and bytes, and closes what is ``Cut``."""

    def __init__(self, settings: HsfzSettings) -> None:
        self._settings = settings
        self._connections: dict[Address, _Connection] = {}
        self.terminal_15 = True

    def connected(self, peer: Address, now: float) -> list[Effect]:
        """Take note of a new connection."""
        connection = _Connection(Framer(self._settings.most), heard=now)
        self._connections[peer] = connection
        first = self._in((State.SEATED, State.CHECKED))
        if first is None:
            self._happened(peer, On.SEAT_FREE)
            return self._timed([])
        if self._in((State.WAITING,)) is not None:
            return self._timed(self._end(peer, On.NO_ROOM))
        self._happened(peer, On.SEAT_TAKEN)
        self._happened(first, On.RIVAL)
        seated = self._connections[first]
        seated.checked = now
        body = bytes((0, seated.tester))  # gallia answers with its own address in two bytes
        return self._timed([Send(encode(Frame(Control.ALIVE_CHECK, body)), first)])

    def closed(self, peer: Address, now: float) -> list[Effect]:
        """Take note that the tester hung up."""
        if peer not in self._connections:
            return []
        return self._timed(self._end(peer, On.HUNG_UP, now=now, tell=False))

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        """Take in bytes of a connection."""
        connection = self._connections.get(source)
        if connection is None:
            return []
        effects: list[Effect] = []
        for frame in connection.framer.feed(data):
            if connection.state is State.WAITING:
                connection.early.append(frame)
            else:
                effects += self._seated_says(source, connection, frame, now)
        crowded = len(connection.early) > 4
        if connection.framer.too_large or crowded:
            word = Control.OUT_OF_MEMORY if crowded else Control.TOO_LARGE
            effects.append(Send(encode(Frame(word)), source))
            effects += self._end(source, On.BROKEN, now=now)
        return self._timed(effects)

    def discover(self, data: bytes, source: Address) -> list[Effect]:
        """Answer a datagram (UDP 6811) that asks who is there; all others are ignored."""
        header = Frame(int.from_bytes(data[4:HEADER_BYTES], "big"), data[HEADER_BYTES:])
        if len(data) < HEADER_BYTES or header.control != Control.IDENTIFICATION or header.body:
            return []
        return [Send(self._identification(), source)]

    def answer(self, peer: Address, unit: int, response: bytes, now: float) -> list[Effect]:
        """Send a unit's response to the tester who asked.

        Nothing where the tester has gone, or the unit has no address of 8 bits.
        """
        connection = self._connections.get(peer)
        if connection is None or connection.state is State.WAITING or unit > 0xFF:
            return []
        connection.heard = now  # a tester that waits for us is not idle
        message = Diagnostic(unit, connection.tester, response)
        return self._timed([Send(encode_diagnostic(message), peer)])

    def wake(self, now: float) -> list[Effect]:
        """Cut who is idle; give the seat to who waits when its owner gives no sign of life."""
        effects: list[Effect] = []
        for peer, connection in list(self._connections.items()):
            due = self._due(connection)
            if due is not None and now >= due:
                why = On.IDLE if connection.state is State.SEATED else On.NO_LIFE
                effects += self._end(peer, why, now=now)
        return self._timed(effects)

    # --- what a frame asks

    def _seated_says(
        self, peer: Address, connection: _Connection, frame: Frame, now: float
    ) -> list[Effect]:
        effects: list[Effect] = []
        asked_for_life = connection.state is State.CHECKED
        connection.heard = now
        self._happened(peer, On.FRAME)
        rival = self._in((State.WAITING,))
        if asked_for_life and rival is not None:
            effects += self._end(rival, On.FIRST_LIVES)
            if frame.control == Control.ALIVE_CHECK:
                return effects  # the answer to ours: an echo of it would never end
        match frame.control:
            case Control.DATA:
                effects += self._data(peer, connection, frame.body)
            case Control.ALIVE_CHECK:
                effects.append(Send(encode(frame), peer))
            case Control.IDENTIFICATION:
                effects.append(Send(self._identification(), peer))
            case Control.TERMINAL_15:
                body = bytes((_TERMINAL_15_ON if self.terminal_15 else 0,))
                effects.append(Send(encode(Frame(Control.TERMINAL_15, body)), peer))
            case Control.STATUS:  # what a real gateway's answer holds is not known to us
                effects.append(Send(encode(Frame(Control.STATUS, b"\x00")), peer))
            case Control.ACK:
                pass
            case _:
                effects.append(Send(encode(Frame(Control.BAD_CONTROL)), peer))
        return effects

    def _data(self, peer: Address, connection: _Connection, body: bytes) -> list[Effect]:
        try:
            message = decode_diagnostic(body)
        except RemoteError:
            return [Send(encode(Frame(Control.BAD_FORMAT)), peer)]
        settings, addresses = self._settings, body[:2]
        if message.source not in settings.testers:
            # scapy: the expected and the received address.
            expected = bytes((connection.tester or min(settings.testers, default=0), body[0]))
            return [Send(encode(Frame(Control.BAD_TESTER, expected)), peer)]
        functional = message.target in settings.functional
        if not functional and message.target not in settings.targets:
            return [Send(encode(Frame(Control.BAD_TARGET, addresses)), peer)]
        connection.tester = message.source
        echo = Diagnostic(message.source, message.target, message.data[:ACK_ECHO])
        return [
            Send(encode_diagnostic(echo, Control.ACK), peer),
            Tell(Asked(peer, message.source, message.target, message.data, functional)),
        ]

    def _identification(self) -> bytes:
        return encode(Frame(Control.IDENTIFICATION, encode_identity(self._settings.identity)))

    # --- connections

    def _in(self, states: tuple[State, ...]) -> Address | None:
        return next((p for p, c in self._connections.items() if c.state in states), None)

    def _happened(self, peer: Address, on: On) -> None:
        connection = self._connections[peer]
        connection.state = TABLE[connection.state][on]

    def _end(self, peer: Address, why: On, *, now: float = 0.0, tell: bool = True) -> list[Effect]:
        """Forget a connection; who waits gets its seat, or its owner is left in peace."""
        before = self._connections[peer].state
        self._happened(peer, why)
        del self._connections[peer]
        effects: list[Effect] = [Tell(Cut(peer, why))] if tell else []
        if before is State.WAITING:
            checked = self._in((State.CHECKED,))
            if checked is not None:
                self._happened(checked, On.RIVAL_GONE)
        elif before is not State.NEW:
            effects += self._seat_next(now)
        return effects

    def _seat_next(self, now: float) -> list[Effect]:
        rival = self._in((State.WAITING,))
        if rival is None:
            return []
        self._happened(rival, On.FIRST_GONE)
        connection = self._connections[rival]
        connection.heard = now
        early, connection.early = connection.early, []
        return [
            effect for frame in early for effect in self._seated_says(rival, connection, frame, now)
        ]

    def _due(self, connection: _Connection) -> float | None:
        match connection.state:
            case State.SEATED:
                return connection.heard + self._settings.idle_s
            case State.CHECKED:
                return connection.checked + self._settings.alive_s
            case _:
                return None

    def _timed(self, effects: list[Effect]) -> list[Effect]:
        due = [at for c in self._connections.values() if (at := self._due(c)) is not None]
        return [*effects, WakeAt(min(due))] if due else effects
