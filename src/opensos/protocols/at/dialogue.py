"""The dialogue with a modem: one command at a time, unasked news in between, and never stuck.

The machine's states: *starting* and *lost* (a probe is out: is anybody there, and at rest?), *calm*
(settling after a probe was answered, so that late results of the past are not taken for answers),
*idle*, *asking* (a command is out). A command that is not answered in time fails, is aborted (V.250
§5.6.1: any character does; ESC at a prompt), and the line is probed again until it answers. So
every command that was taken ends in exactly one ``Answered`` or ``Failed``.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING

from opensos.protocols.at.commands import CTRL_Z, ESC, Command, may_call_for_help
from opensos.protocols.at.lines import Line, LineReader, Prompt, Rubbish
from opensos.protocols.at.results import Final, final_of
from opensos.protocols.effects import Address, Effect, LocalError, Send, Tell, WakeAt

if TYPE_CHECKING:
    from opensos.protocols.at.lines import Heard

SERIAL = Address("serial", "", 0)
"""The one address of a dialogue: the line itself."""

PROBE = Command("ATE0V1", timeout_s=2.0)
"""Echo off, results as words (V.250 §6.2.4, §6.2.6): heals a modem that has just been reset."""


# A modem at its prompt swallows all that follows as data until ESC (27.005 §3.5.1). Elsewhere the
# carriage return makes of it a line that is no command.
_LEAVE_PROMPT = Send(ESC + b"\r", SERIAL)


@dataclass(frozen=True, slots=True)
class Answered:
    """A command's final result has come; ``lines`` is its information text."""

    ticket: int
    command: Command
    final: Final
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """A command has no result: ``why`` is timeout, full, lost (the line went) or reset.

    ``forbidden`` stands for one that was never sent: who asks on a line hears the refusal so.
    """

    ticket: int
    command: Command
    why: str


@dataclass(frozen=True, slots=True)
class Unasked:
    """One line that no command asked for."""

    text: str


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that are no text: a wrong speed, a broken line; ``count`` of them in a row."""

    count: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The modem answers (again), and nothing of the past is on the line: set it up now."""


@dataclass(frozen=True, slots=True)
class Silent:
    """The modem does not answer, since ``since`` (steady seconds); told once a silence."""

    since: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds and bounds. ``probe_again_s`` is the pause between probes of a dead line."""

    queue: int = 32
    answer_lines: int = 64
    probe_again_s: tuple[float, ...] = (0.0, 1.0, 2.0, 5.0, 10.0)
    calm_s: float = 0.3
    calm_at_most_s: float = 3.0


@unique
class _State(Enum):
    CLOSED = "closed"
    PROBING = "probing"
    WAITING = "waiting"
    CALM = "calm"
    IDLE = "idle"
    ASKING = "asking"


class Dialogue:
    """One modem's command line. Every method takes ``now`` (steady seconds); see the module."""

    def __init__(self, limits: Limits | None = None, *, live: bool = False) -> None:
        """Start closed; ``live`` False refuses every command that could call for help."""
        self._limits = limits or Limits()
        self._live = live
        self._reader = LineReader()
        self._state = _State.CLOSED
        self._queue: deque[tuple[int, Command]] = deque()
        self._now: tuple[int, Command] | None = None
        self._lines: list[str] = []
        self._prompted = False
        self._echo = ""
        self._due: float | None = None
        self._calm_until = 0.0
        self._probes = 0
        self._silent_since: float | None = None
        self._last_ticket = 0

    # --- what can be seen

    @property
    def ready(self) -> bool:
        """Whether the modem answers."""
        return self._state in {_State.IDLE, _State.ASKING}

    @property
    def waiting(self) -> int:
        """How many commands wait or are out."""
        return len(self._queue) + (self._now is not None)

    # --- what can happen

    def opened(self, now: float) -> list[Effect]:
        """Learn that the line is there; the modem is probed."""
        self._reader.clear()
        self._probes = 0
        self._silent_since = now
        return self._probe(now)

    def ask(self, command: Command, now: float) -> tuple[int, list[Effect]]:
        """Queue a command and return the ticket that its result will bear.

        Raises:
            LocalError: the command could call emergency services and the dialogue is not live.
        """
        if not self._live and may_call_for_help(command):
            raise LocalError(
                f"{command.name} could reach emergency services and is never sent in test mode"
            )
        self._last_ticket += 1
        ticket = self._last_ticket
        effects: list[Effect] = []
        if self._state is _State.CLOSED:
            return ticket, [Tell(Failed(ticket, command, "lost"))]
        if len(self._queue) >= self._limits.queue:
            crowded = self._make_room(ticket, command)
            effects.append(Tell(crowded))
            if crowded.ticket == ticket:
                return ticket, effects
        self._enqueue(ticket, command)
        return ticket, [*effects, *self._go_on(now)]

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        """Take bytes from the line."""
        del source
        if self._state is _State.CLOSED:
            return []
        effects: list[Effect] = []
        for heard in self._reader.feed(data):
            effects += self._take(heard, now)
        return effects

    def wake(self, now: float) -> list[Effect]:
        """Do what has become due; waking up too early is harmless."""
        if self._due is None or now < self._due:
            return self._wake_at()
        self._due = None
        match self._state:
            case _State.ASKING:
                return self._timed_out(now)
            case _State.PROBING:
                return self._probe_later(now)
            case _State.WAITING:
                return self._probe(now)
            case _State.CALM:
                return self._settled(now)
            case _:
                return []

    def road_failed(self, to: Address, now: float) -> list[Effect]:
        """Learn that the line has gone; all that waits fails."""
        del to, now
        self._state = _State.CLOSED
        self._reader.clear()
        self._due = None
        return self._fail_all("lost")

    def restarted(self, now: float) -> list[Effect]:
        """Learn that the modem has started anew by itself: all is forgotten there, probe again."""
        if self._state is _State.CLOSED:
            return []
        at_prompt = self._now is not None and self._now[1].payload is not None
        effects = self._fail_all("reset")
        if at_prompt:
            effects.append(_LEAVE_PROMPT)
        self._probes = 0
        return effects + self._probe(now)

    # --- commands

    def _enqueue(self, ticket: int, command: Command) -> None:
        if not command.urgent:
            self._queue.append((ticket, command))
            return
        place = next((i for i, (_, c) in enumerate(self._queue) if not c.urgent), len(self._queue))
        self._queue.insert(place, (ticket, command))

    def _make_room(self, ticket: int, command: Command) -> Failed:
        """Return who has to go: the newest ordinary command, or this one."""
        if command.urgent:
            for i in range(len(self._queue) - 1, -1, -1):
                if not self._queue[i][1].urgent:
                    old, loser = self._queue[i]
                    del self._queue[i]
                    return Failed(old, loser, "full")
        return Failed(ticket, command, "full")

    def _go_on(self, now: float) -> list[Effect]:
        if self._state is not _State.IDLE or not self._queue:
            return []
        ticket, command = self._queue.popleft()
        self._state = _State.ASKING
        self._now = (ticket, command)
        self._begin(command)
        self._due = now + command.timeout_s
        return [Send(command.wire, SERIAL), *self._wake_at()]

    def _begin(self, command: Command) -> None:
        self._lines = []
        self._prompted = False
        self._echo = command.text.upper()
        self._reader.expect_prompt = command.payload is not None

    def _timed_out(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        if self._now is not None:
            ticket, command = self._now
            self._now = None
            effects.append(Tell(Failed(ticket, command, "timeout")))
            if command.payload is not None:
                effects.append(_LEAVE_PROMPT)
        self._probes = 0
        self._silent_since = now if self._silent_since is None else self._silent_since
        return effects + self._probe(now)

    def _fail_all(self, why: str) -> list[Effect]:
        waiting = ([self._now] if self._now else []) + list(self._queue)
        self._now = None
        self._queue.clear()
        return [Tell(Failed(ticket, command, why)) for ticket, command in waiting]

    # --- finding the modem

    def _probe(self, now: float) -> list[Effect]:
        self._state = _State.PROBING
        self._begin(PROBE)
        self._due = now + PROBE.timeout_s
        # The first probe may have been swallowed by a prompt that nobody here remembers.
        leave = [_LEAVE_PROMPT] if self._probes else []
        return [*leave, Send(PROBE.wire, SERIAL), *self._wake_at()]

    def _probe_later(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        pauses = self._limits.probe_again_s
        pause = pauses[min(self._probes, len(pauses) - 1)]
        self._probes += 1
        if self._probes == 1:
            since = now if self._silent_since is None else self._silent_since
            effects.append(Tell(Silent(since)))
        if self._probes > 1:
            # Nothing that was asked meanwhile may wait for an hour and then be done.
            effects += self._fail_all("timeout")
        self._state = _State.WAITING
        self._due = now + pause
        return effects + self._wake_at()

    def _settle(self, now: float) -> list[Effect]:
        if self._state is not _State.CALM:
            self._state = _State.CALM
            self._calm_until = now + self._limits.calm_at_most_s
        self._due = min(now + self._limits.calm_s, self._calm_until)
        return self._wake_at()

    def _settled(self, now: float) -> list[Effect]:
        self._state = _State.IDLE
        self._silent_since = None
        return [Tell(Ready()), *self._go_on(now)]

    # --- what is heard

    def _take(self, heard: Heard, now: float) -> list[Effect]:
        match heard:
            case Rubbish(count):
                return [Tell(Noise(count))]
            case Prompt():
                return self._answer_prompt()
            case Line(text):
                return self._take_line(text, now)

    def _answer_prompt(self) -> list[Effect]:
        if self._now is None or self._now[1].payload is None or self._prompted:
            return []
        self._prompted = True
        payload = self._now[1].payload
        self._echo = payload.decode("latin-1").upper().strip()
        return [Send(payload + CTRL_Z, SERIAL)]

    def _take_line(self, text: str, now: float) -> list[Effect]:
        if self._is_echo(text):
            return []
        command = self._now[1] if self._now is not None else None
        final = final_of(text, call=command is not None and command.call)
        if final is not None:
            return self._finish(final, now)
        if self._state is _State.ASKING and command is not None and _belongs(text, command):
            if len(self._lines) < self._limits.answer_lines:
                self._lines.append(text)
            return []
        return [Tell(Unasked(text))]

    def _finish(self, final: Final, now: float) -> list[Effect]:
        if self._state in {_State.PROBING, _State.CALM}:
            return self._settle(now)
        if self._state is not _State.ASKING or self._now is None:
            return []  # a result that nobody waits for: late, or of a command that was given up
        ticket, command = self._now
        self._now = None
        self._state = _State.IDLE
        self._due = None
        self._reader.expect_prompt = False
        told = Tell(Answered(ticket, command, final, tuple(self._lines)))
        return [told, *self._go_on(now)]

    def _is_echo(self, text: str) -> bool:
        """Tell whether a line is what we have just sent (V.250 §6.2.4: echo is on by default)."""
        upper = text.upper().strip().strip("\x1a")
        if self._echo and upper == self._echo:
            self._echo = ""
            return True
        return False

    def _wake_at(self) -> list[Effect]:
        return [] if self._due is None else [WakeAt(self._due)]


def _belongs(text: str, command: Command) -> bool:
    """Tell whether a line is part of a command's answer and not news in its middle."""
    upper = text.upper()
    if command.prefix:
        return upper.startswith(command.prefix.upper())
    own_name = command.name[2:]
    return (bool(own_name) and upper.startswith(own_name + ":")) or not _is_news(text)


_NEWS_HEADS = ("+", "#", "^", "$", "*", "%", "&")
_NEWS_WORDS = frozenset(
    {"RING", "NO CARRIER", "BUSY", "NO ANSWER", "RDY", "SMS READY", "CALL READY", "PB DONE"}
)


def _is_news(text: str) -> bool:
    """Tell news from free text: ``+NAME:`` and the like never begin a model's or maker's name."""
    upper = text.upper()
    name, colon, _ = upper.partition(":")
    named = bool(colon) and name[:1] in _NEWS_HEADS and " " not in name
    return named or upper in _NEWS_WORDS or upper.startswith(("VOICE CALL:", "RING"))
