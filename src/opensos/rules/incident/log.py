"""What is written down about an incident: the values that go into a store and come out of it.

An incident is a log of *events*. Each event carries the whole card as it was after it, so that any
screen can be drawn from one event alone, and the newest event is the state of the case.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawMessage:
    """Bytes exactly as they came, kept whatever could be read in them.

    ``kind`` is ``invite``, ``msd``, ``location``, ``info``, ``part``, ``envelope``, ``unreadable``;
    ``content_type`` is what the sender called them, empty if nothing.
    """

    kind: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """One step of one incident, to be made durable as a whole or not at all.

    ``opens`` is the digest of the call's key for the step that opens the incident, None for every
    later one. ``at`` is ISO UTC with milliseconds; ``data`` and ``card`` are JSON on one line;
    ``up`` says whether after this step a process holds a call of the incident, and ``owner`` which,
    so that a restart finds the calls that it broke off. ``once`` names (as a digest) what may be
    written down only once, however often it comes; None = as often as it comes.
    """

    incident_id: str
    at: str
    kind: str
    data: str
    card: str
    up: bool
    owner: str
    opens: str | None = None
    messages: tuple[RawMessage, ...] = ()
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One durable line of the log; ``event_id`` rises strictly in the order of the commits."""

    event_id: int
    incident_id: str
    at: str
    kind: str
    data: str
    card: str


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a change.

    Either ``event`` is the line that is now durable, or the change wanted to open an incident
    that was already there, or (``repeated``) was written down before: then nothing was written and
    ``known`` is the incident's newest event.
    """

    event: Event | None
    known: Event | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A raw message in a list: what it is, without its bytes; ``size`` is in bytes."""

    message_id: int
    at: str
    kind: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One event without its card; ``data`` is JSON text."""

    event_id: int
    at: str
    kind: str
    data: str


@dataclass(frozen=True, slots=True)
class Record:
    """Everything about one incident but the raw bytes: newest card first read, then its log."""

    card: str
    timeline: tuple[TimelineLine, ...]
    messages: tuple[MessageLine, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The newest cards (JSON texts, newest incident first) and the last event they include."""

    cards: tuple[str, ...]
    last_event_id: int
