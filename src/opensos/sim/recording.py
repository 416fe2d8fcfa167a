"""A recording of a car's control units: requests and answers with their times, as JSON lines.

The first line says what the file is::

    {"format": "opensos-recording", "version": 1, "generation": "g", "started_utc": 1767225600.0,
     "masked": true, "note": "warning on, before the repair"}

every other line is one exchange, in the order in which it happened::

    {"t": 0.31, "to": "61", "ask": "22F101", "answers": [{"from": "61", "after": 0.02,
     "data": "62F101..."}]}

``t`` counts seconds from the start, ``after`` from the request. ``functional`` true means that all
units were asked (address DF). No answers means that nobody answered. Unknown keys are ignored, so
later versions may add some; what changes meaning gets a new version.

Export hides identifiers (``sim/masking.py``) and leaves certificates out. Import believes nothing:
it is bounded, keeps every line that can be read, and says what it left out.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import UserError
from opensos.sim.masking import mask_answer, mask_request

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT = "opensos-recording"
VERSION = 1

MAX_BYTES = 32 * 1024 * 1024
MAX_EXCHANGES = 100_000
MAX_LINE = 512 * 1024
MAX_MESSAGE = 65_535
MAX_ANSWERS = 64
LONGEST_WAIT_S = 600.0
MAX_WARNINGS = 20
MAX_NOTE = 500

GENERATIONS = ("e", "f", "g", "new", "unknown")
FUNCTIONAL = 0xDF

_AUTHENTICATION = 0x29  # certificates name the car; they are never exported


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: who gave it, how many seconds after the request, and its bytes."""

    source: int
    data: bytes
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and all answers to it; ``at`` is seconds since the recording began."""

    at: float
    target: int
    request: bytes
    answers: tuple[Reply, ...] = ()
    functional: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """What was asked of a car and what it answered.

    Attributes:
        exchanges: In the order in which they happened.
        generation: e, f, g, new or unknown.
        started_utc: When it began, seconds since 1970; None = not known.
        masked: Whether identifiers are hidden in it.
        note: A person's own words.
    """

    exchanges: tuple[Exchange, ...]
    generation: str = "unknown"
    started_utc: float | None = None
    masked: bool = False
    note: str = ""

    def units(self) -> tuple[int, ...]:
        """Return the addresses of all units that ever answered or were asked, in order."""
        asked = {e.target for e in self.exchanges if not e.functional}
        return tuple(sorted(asked | {r.source for e in self.exchanges for r in e.answers}))


@dataclass(frozen=True, slots=True)
class Imported:
    """What could be read of a file, and sentences about what could not."""

    recording: Recording
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Recorder:
    """Collects exchanges while a car is asked. ``start`` is steady seconds."""

    start: float
    generation: str = "unknown"
    started_utc: float | None = None
    note: str = ""
    _exchanges: list[Exchange] = field(default_factory=list)

    def add(
        self, target: int, request: bytes, answers: Iterable[Reply], now: float, *, functional: bool
    ) -> None:
        """Add one exchange.

        Raises:
            UserError: The recording is as long as a recording may be.
        """
        if len(self._exchanges) >= MAX_EXCHANGES:
            raise UserError(f"A recording ends after {MAX_EXCHANGES} exchanges.")
        at = max(0.0, now - self.start)
        self._exchanges.append(Exchange(at, target, request, tuple(answers), functional))

    def recording(self) -> Recording:
        """Return what was collected so far, identifiers still in it."""
        return Recording(
            tuple(self._exchanges), self.generation, self.started_utc, note=self.note[:MAX_NOTE]
        )


def masked(recording: Recording) -> Recording:
    """Return a copy without identifiers and certificates; twice is the same as once."""
    kept = [
        replace(
            exchange,
            request=mask_request(exchange.request),
            answers=tuple(
                replace(reply, data=mask_answer(exchange.request, reply.data))
                for reply in exchange.answers
            ),
        )
        for exchange in recording.exchanges
        if exchange.request[:1] != bytes((_AUTHENTICATION,))
    ]
    return replace(recording, exchanges=tuple(kept), masked=True)


def export(recording: Recording) -> str:
    """Return the file's text; identifiers are always hidden."""
    hidden = masked(recording)
    head: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "generation": hidden.generation,
        "started_utc": hidden.started_utc,
        "masked": True,
        "note": hidden.note,
    }
    lines = [head, *(_exchange_json(exchange) for exchange in hidden.exchanges)]
    return "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)


def load(data: bytes) -> Imported:
    """Read a recording; bad lines are left out and named.

    Raises:
        UserError: In one sentence, why this is no recording at all.
    """
    if len(data) > MAX_BYTES:
        raise UserError(f"A recording has at most {MAX_BYTES // 2**20} MiB; this is larger.")
    lines = data.split(b"\n")
    head = _head(lines[0])
    reader = _Reader()
    for number, line in enumerate(lines[1:], start=2):
        if line.strip() and not reader.take(number, line):
            break
    recording = replace(head, exchanges=tuple(reader.exchanges))
    return Imported(recording, reader.said())


def _exchange_json(exchange: Exchange) -> dict[str, Any]:
    line: dict[str, Any] = {
        "t": round(exchange.at, 6),
        "to": f"{exchange.target:02X}",
        "ask": exchange.request.hex().upper(),
        "answers": [
            {
                "from": f"{reply.source:02X}",
                "after": round(reply.after_s, 6),
                "data": reply.data.hex().upper(),
            }
            for reply in exchange.answers
        ],
    }
    if exchange.functional:
        line["functional"] = True
    return line


class _Reader:
    """Reads lines one after the other and remembers what was wrong."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self._warnings: list[str] = []
        self._unsaid = 0

    def take(self, number: int, line: bytes) -> bool:
        """Read one line; return False when no more can be taken."""
        if len(self.exchanges) >= MAX_EXCHANGES:
            self._warn(f"Line {number} and all after it are left out: {MAX_EXCHANGES} is the most.")
            return False
        try:
            exchange = _exchange(_object(line))
        except ValueError as error:
            self._warn(f"Line {number} is left out: {error}.")
            return True
        if self.exchanges and exchange.at < self.exchanges[-1].at:
            self._warn(f"Line {number} is earlier than the one before it; its time is raised.")
            exchange = replace(exchange, at=self.exchanges[-1].at)
        self.exchanges.append(exchange)
        return True

    def said(self) -> tuple[str, ...]:
        more = (f"{self._unsaid} more lines have faults.",) if self._unsaid else ()
        return (*self._warnings, *more)

    def _warn(self, text: str) -> None:
        if len(self._warnings) < MAX_WARNINGS:
            self._warnings.append(text)
        else:
            self._unsaid += 1


def _head(line: bytes) -> Recording:
    try:
        head = _object(line)
    except ValueError as error:
        raise UserError(f"This is no recording: its first line cannot be read ({error}).") from None
    if head.get("format") != FORMAT:
        raise UserError(f'This is no recording: its first line lacks "format": "{FORMAT}".')
    if head.get("version") != VERSION or isinstance(head.get("version"), bool):
        raise UserError(
            f"This recording has version {str(head.get('version'))[:20]}; only {VERSION} is known."
        )
    generation, note, started = head.get("generation"), head.get("note"), head.get("started_utc")
    return Recording(
        (),
        generation if isinstance(generation, str) and generation in GENERATIONS else "unknown",
        _number(started),
        masked=head.get("masked") is True,
        note=_printable(note) if isinstance(note, str) else "",
    )


def _object(line: bytes) -> dict[str, Any]:
    """Parse one line. Raises ValueError with words that fit after a colon."""
    if len(line) > MAX_LINE:
        raise ValueError(f"it is longer than {MAX_LINE} bytes")
    try:
        value = json.loads(line.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError:
        raise ValueError("it is not JSON") from None
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")  # noqa: TRY004  one kind of blame for a file
    return value


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _exchange(line: dict[str, Any]) -> Exchange:
    answers = line.get("answers")
    if not isinstance(answers, list) or len(answers) > MAX_ANSWERS:
        raise ValueError(f'"answers" is no list of at most {MAX_ANSWERS}')
    functional = line.get("functional", False)
    if not isinstance(functional, bool):
        raise ValueError('"functional" is neither true nor false')  # noqa: TRY004  as above
    at = _number(line.get("t"))
    if at is None or at < 0:
        raise ValueError('"t" is no time')
    request = _message(line.get("ask"), "ask")
    return Exchange(
        at,
        _address(line.get("to"), "to"),
        request,
        tuple(_reply(answer) for answer in answers),
        functional,
    )


def _reply(answer: object) -> Reply:
    if not isinstance(answer, dict):
        raise ValueError("an answer is no JSON object")  # noqa: TRY004  as above
    after = _number(answer.get("after", 0.0))
    if after is None or not 0 <= after <= LONGEST_WAIT_S:
        raise ValueError(f'"after" is no time up to {LONGEST_WAIT_S:.0f} s')
    return Reply(_address(answer.get("from"), "from"), _message(answer.get("data"), "data"), after)


def _address(value: object, key: str) -> int:
    if not isinstance(value, str) or not 1 <= len(value) <= 4:
        raise ValueError(f'"{key}" is no address in hexadecimal')
    if not all(c in "0123456789abcdefABCDEF" for c in value):
        raise ValueError(f'"{key}" is no address in hexadecimal')
    return int(value, 16)


def _message(value: object, key: str) -> bytes:
    if not isinstance(value, str) or not value.isascii() or not 2 <= len(value) <= 2 * MAX_MESSAGE:
        raise ValueError(f'"{key}" is no message in hexadecimal')
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise ValueError(f'"{key}" is no message in hexadecimal') from None


def _number(value: object) -> float | None:
    """Return a finite number, None for anything else; true and false are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isprintable())[:MAX_NOTE]
