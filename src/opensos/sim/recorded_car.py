"""A car that answers from a recording: what was asked then is answered as it was then.

A request is looked up whole. Asked again, it walks through the answers that were recorded for it
and stays at the last. A request that changes the unit (clear, reset, write, routine, ...) opens a
new *chapter*: what is read after it is looked up among what was recorded after it, then in earlier
chapters; never in later ones, where the car was another one already, but for identification
(22 F1xx), which no repair changes. What was never recorded gets a negative response: a recording
does not invent.

Two manners are the player's own, so that any tester stays connected: tester present (3E) and the
change into the default or extended session (10 01, 10 03).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from opensos.protocols.uds import NEGATIVE, SILENT_WHEN_FUNCTIONAL, Answer, Nrc, Sid
from opensos.sim.masking import mask_request
from opensos.sim.recording import FUNCTIONAL, Exchange, Recording, Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opensos.protocols.effects import Effect

_CHANGING = frozenset(
    {
        Sid.ECU_RESET,
        Sid.CLEAR_DIAGNOSTIC_INFORMATION,
        Sid.WRITE_DATA_BY_IDENTIFIER,
        Sid.INPUT_OUTPUT_CONTROL_BY_IDENTIFIER,
        Sid.ROUTINE_CONTROL,
        Sid.REQUEST_TRANSFER_EXIT,
    }
)
_RESULTS = 0x03  # sub-function of 0x31 that only asks
_IDENTIFICATION = 0xF1  # first byte of the DIDs that identify hardware and software
_SUPPRESS = 0x80
_SESSIONS = {0x01, 0x03}
_TIMINGS = bytes.fromhex("003201F4")  # P2 50 ms, P2* 5 s, in the standard's units
_LONGEST_WAIT_S = 10.0


_Heard: TypeAlias = tuple[bytes, bool, tuple[Answer, ...]]
"""A request, whether all units were asked, and one unit's answers."""


@dataclass(slots=True)
class _Told:
    """All that was recorded for one request, by chapter."""

    answers: dict[int, list[tuple[Answer, ...]]] = field(default_factory=dict)
    heard: dict[int, int] = field(default_factory=dict)  # how far each chapter's list is played

    def next_in(self, chapter: int) -> tuple[Answer, ...]:
        told = self.answers[chapter]
        i = min(self.heard.get(chapter, 0), len(told) - 1)
        self.heard[chapter] = i + 1
        return told[i]


class RecordedUnit:
    """One control unit of a recording; asked like a ``UdsServer``.

    Args:
        exchanges: What was recorded with this unit, in order; whether all units were asked, the
            request, and the answers.
        speed: 1 answers as slowly as the real unit did, 0 at once.
    """

    def __init__(self, exchanges: Iterable[_Heard], speed: float) -> None:
        self._told: dict[tuple[bytes, bool], _Told] = {}
        self._chapter = 0
        self._services: set[int] = set()
        chapter = 0
        for request, functional, answers in exchanges:
            self._services.add(request[0])
            chapter += _changes(request)
            told = self._told.setdefault((request, functional), _Told())
            told.answers.setdefault(chapter, []).append(_slowed(answers, speed))

    def ask(self, request: bytes, now: float, *, functional: bool = False) -> list[Answer]:
        """Answer as recorded; unknown requests are refused, silently if all units were asked."""
        del now  # a recording counts requests, not seconds
        if not request:
            return []
        found = self._find(request, functional)
        if found is not None:
            return list(found)
        own = _manners(request)
        if own is not None:
            return [Answer(own)] if own else []
        nrc = self._refusal(request)
        if functional and nrc in SILENT_WHEN_FUNCTIONAL:
            return []
        return [Answer(bytes((NEGATIVE, request[0], nrc)))]

    @property
    def due(self) -> float | None:
        """Nothing is ever due."""
        return None

    def wake(self, now: float) -> list[Effect]:
        """Do nothing, since nothing is ever due."""
        del now
        return []

    def _find(self, request: bytes, functional: bool) -> tuple[Answer, ...] | None:  # noqa: FBT001
        hidden = mask_request(request)
        for key in ((request, functional), (hidden, functional)):
            if key in self._told:
                return self._play(request, self._told[key])
        # Asked the other way than it was recorded: good enough if there was an answer at all.
        other = self._told.get((request, not functional)) or self._told.get(
            (hidden, not functional)
        )
        found = self._play(request, other) if other is not None else None
        return found or None

    def _play(self, request: bytes, told: _Told) -> tuple[Answer, ...] | None:
        chapters = sorted(told.answers)
        if _changes(request):
            # Its chapter is the one that it opened when it was recorded; the first one not yet
            # reached, else (it is asked more often than it was) the last one again.
            self._chapter = next((c for c in chapters if c > self._chapter), chapters[-1])
            return told.next_in(self._chapter)
        i = bisect_right(chapters, self._chapter)
        if i:
            return told.next_in(chapters[i - 1])
        if request[:2] == bytes((Sid.READ_DATA_BY_IDENTIFIER, _IDENTIFICATION)):
            return told.next_in(chapters[0])
        return None

    def _refusal(self, request: bytes) -> Nrc:
        if request[0] not in self._services:
            return Nrc.SERVICE_NOT_SUPPORTED
        return Nrc.REQUEST_OUT_OF_RANGE


class RecordedCar:
    """All units of a recording on one network.

    Args:
        recording: What to play.
        speed: 1 answers as slowly as the real units did, 0 at once; between is faster.
    """

    def __init__(self, recording: Recording, *, speed: float = 1.0) -> None:
        self.generation = recording.generation
        heard: dict[int, list[_Heard]] = {
            address: [] for address in recording.units() if address != FUNCTIONAL
        }
        for exchange in recording.exchanges:
            for address, answers in _by_unit(exchange, heard):
                everyone = exchange.functional or exchange.target == FUNCTIONAL
                heard[address].append((exchange.request, everyone, answers))
        self.servers = {a: RecordedUnit(told, speed) for a, told in heard.items()}
        """Every unit by its address: what a gateway routes to."""

    @property
    def units(self) -> tuple[int, ...]:
        """Addresses of the units that are in the recording."""
        return tuple(self.servers)

    def ask(
        self, target: int, request: bytes, now: float, *, functional: bool = False
    ) -> list[Reply]:
        """Ask one unit, or all of them (``functional``, or the address DF)."""
        if functional or target == FUNCTIONAL:
            return [
                Reply(address, answer.data, answer.after_s)
                for address, unit in self.servers.items()
                for answer in unit.ask(request, now, functional=True)
            ]
        unit = self.servers.get(target)
        answers = unit.ask(request, now) if unit is not None else []
        return [Reply(target, answer.data, answer.after_s) for answer in answers]

    def wake(self, now: float) -> list[Effect]:
        """Nothing is ever due."""
        del now
        return []


def _by_unit(exchange: Exchange, known: Iterable[int]) -> list[tuple[int, tuple[Answer, ...]]]:
    """Whom an exchange concerns, with what each answered; silence is an answer too."""
    if not exchange.functional and exchange.target != FUNCTIONAL:
        answers = tuple(Answer(reply.data, reply.after_s) for reply in exchange.answers)
        return [(exchange.target, answers)]
    return [
        (address, tuple(Answer(r.data, r.after_s) for r in exchange.answers if r.source == address))
        for address in known
    ]


def _changes(request: bytes) -> bool:
    """Whether a request may have made another car of it."""
    if request[0] == Sid.ROUTINE_CONTROL and request[1:2] == bytes((_RESULTS,)):
        return False
    return request[0] in _CHANGING


def _slowed(answers: tuple[Answer, ...], speed: float) -> tuple[Answer, ...]:
    factor = min(1.0, max(0.0, speed))
    return tuple(Answer(a.data, min(a.after_s * factor, _LONGEST_WAIT_S)) for a in answers)


def _manners(request: bytes) -> bytes | None:
    """The player's own answer; empty = none is wanted, None = not its business."""
    if len(request) != 2:
        return None
    service, sub = request
    quiet, kind = bool(sub & _SUPPRESS), sub & ~_SUPPRESS
    if service == Sid.TESTER_PRESENT and kind == 0:
        return b"" if quiet else bytes((0x7E, 0x00))
    if service == Sid.DIAGNOSTIC_SESSION_CONTROL and kind in _SESSIONS:
        return b"" if quiet else bytes((0x50, kind)) + _TIMINGS
    return None
