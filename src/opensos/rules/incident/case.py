"""What becomes of a card when something happens: pure functions from card to card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from opensos.protocols.ngecall import kind_of
from opensos.rules.incident._state import TRANSITIONS
from opensos.rules.incident.card import Card, Finding, Related
from opensos.rules.incident.reading import UNREAD_MSD, choose, disagreement
from opensos.rules.incident.triage import marks, trigger_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.rules.incident.card import EndedWhy, Place, Position
    from opensos.rules.incident.reading import MsdReading

Nearest: TypeAlias = "Callable[[float, float], Place | None]"

_LONGEST = 300  # characters of a stranger's text on a card; the raw bytes hold all of it
_MOST = 20
_OF_LOCATIONS = ("location.", "position.differs")
_LASTING = ("call.", "location.", "link.")  # findings that a newer MSD does not replace


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call as it came in, before anything in it is believed.

    ``kind`` is the URN's (``automatic``, ``manual``, ``test``, ``sos``, ``other``), ``at`` ISO UTC,
    ``source`` for people and ``address`` for the machine; ``problems`` are sentences.
    """

    incident_id: str
    at: str
    kind: str
    urn: str
    test: bool
    caller: str
    callback_uri: str | None
    source: str
    address: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocationReading:
    """What the network's location document says."""

    position: Position | None
    findings: tuple[Finding, ...] = ()


def open_card(
    arrival: Arrival,
    msd: MsdReading | None,
    location: LocationReading | None,
    nearest: Nearest,
) -> Card:
    """Return the card of a new incident. ``msd`` is None if the call carried none."""
    findings = [_sentence("call.problem", p) for p in arrival.problems[:_MOST]]
    positions: tuple[Position, ...] = ()
    if location is not None:
        findings += location.findings
        positions = () if location.position is None else (location.position,)
    if msd is None and arrival.kind != "other":
        findings.append(Finding("msd.absent", "warning", "The call brought no data of the car."))
    card = Card(
        id=arrival.incident_id,
        opened_at=arrival.at,
        urn=_short(arrival.urn),
        caller=_short(arrival.caller),
        callback_uri=arrival.callback_uri,
        source=arrival.source,
        address=arrival.address,
        test=arrival.test,
        trigger=trigger_of(arrival.kind, None),
        positions=positions,
        findings=tuple(findings),
    )
    if msd is not None:
        return _with_reading(card, msd, nearest, arrival.kind)
    more = marks(arrival.kind, card.trigger, None)
    return _placed(card, nearest, (*findings, *more))


def unreadable_card(arrival: Arrival, reason: str) -> Card:
    """Return the card of a call whose SIP is so broken that no voice can be set up."""
    return Card(
        id=arrival.incident_id,
        opened_at=arrival.at,
        urn=_short(arrival.urn),
        caller=_short(arrival.caller),
        callback_uri=arrival.callback_uri,
        source=arrival.source,
        address=arrival.address,
        state="unreadable",
        ended_at=arrival.at,
        test=arrival.test,
        findings=(Finding("call.unreadable", "error", f"The call could not be read: {reason}"),),
    )


def with_msd(card: Card, msd: MsdReading, nearest: Nearest) -> Card:
    """Return the card after a further MSD; one that cannot be read takes nothing away."""
    if msd.msd is None:
        card = replace(card, msd_count=card.msd_count + 1, requesting=False)
        return noted(card, UNREAD_MSD)
    return _with_reading(card, msd, nearest, _kind(card))


def happened(card: Card, kind: str, at: str, why: EndedWhy | None = None) -> Card:
    """Return the card after an event of this kind (``_state.TRANSITIONS``).

    ``at`` is ISO UTC; ``why`` says how a call ended, for the kinds that end one.
    """
    if kind == "incident.acknowledged":
        return card if card.acknowledged_at else replace(card, acknowledged_at=at)
    flags = _FLAGS.get(kind, {})
    state = TRANSITIONS.get((card.state, kind))
    if state is None:
        return replace(card, **flags) if flags else card
    if state == "ended":
        over = {"established": False, "requesting": False, "ended_why": why, "ended_at": at}
        return replace(card, **{**flags, **over, "state": state})
    return replace(card, **{**flags, "state": state, "ended_why": None, "ended_at": None})


_FLAGS: dict[str, dict[str, Any]] = {
    "msd.requested": {"requesting": True},
    "msd.unavailable": {"requesting": False},
    "msd.request_failed": {"requesting": False},
    "call.established": {"established": True},
    "callback.started": {"calling_back": True},
    "callback.answered": {"calling_back": False, "established": True},
    "callback.failed": {"calling_back": False},
    "call.cleared_down": {"calling_back": False},
    "call.ended": {"calling_back": False},
}


def noted(card: Card, note: Finding) -> Card:
    """Return the card with a note; the same note is kept once, and only the newest notes stay."""
    notes = (*(n for n in card.notes if n.code != note.code), note)
    return replace(card, notes=notes[-_MOST:])


def same_vehicle(card: Card, other_id: str) -> Card:
    """Mark that another incident of the same vehicle is known: perhaps the same emergency."""
    text = f"The same vehicle has called before: incident {other_id}."
    return noted(card, Finding("triage.same_vehicle", "info", text))


def located(card: Card, location: LocationReading, nearest: Nearest) -> Card:
    """Return the card with a newer location document in the place of the earlier one."""
    positions = tuple(p for p in card.positions if p.source != "pidf")
    if location.position is not None:
        positions = (*positions, location.position)
    kept = (f for f in card.findings if not f.code.startswith(_OF_LOCATIONS))
    return _placed(card, nearest, (*kept, *location.findings), positions=positions)


def _kind(card: Card) -> str:
    """Return the kind of emergency that the car named: by its URN, or in its message."""
    if card.link is None:
        return kind_of(card.urn)
    return data_kind(card.link.cause, test=card.test)


def data_kind(cause: str | None, *, test: bool) -> str:
    """Return the kind of a message without a call; what does not say is an emergency."""
    if test:
        return "test"
    return cause if cause in {"automatic", "manual"} else "sos"


def related(card: Card, other: Related) -> Card:
    """Return the card beside another one that is probably the same emergency; kept once."""
    if other.id == card.id or any(r.id == other.id for r in card.related):
        return card
    return replace(card, related=(*card.related, other)[-_MOST:])


def _with_reading(card: Card, msd: MsdReading, nearest: Nearest, kind: str) -> Card:
    trigger = trigger_of(kind, msd.automatic)
    kept = tuple(f for f in card.findings if f.code.startswith(_LASTING))
    positions = tuple(p for p in card.positions if p.source != "msd")
    if msd.position is not None:
        positions = (msd.position, *positions)
    findings = (*kept, *msd.findings, *marks(kind, trigger, msd))
    return _placed(
        card,
        nearest,
        findings,
        test=card.test or bool(msd.test),
        trigger=trigger,
        positions=positions,
        recent_positions=msd.recent,
        vehicle=msd.vehicle,
        crash=msd.crash or card.crash,
        msd=msd.msd,
        msd_count=card.msd_count + 1,
        requesting=False,
    )


def _placed(card: Card, nearest: Nearest, findings: tuple[Finding, ...], **changes: Any) -> Card:
    """Return the card with changes, and with what follows from its positions."""
    positions = changes.get("positions", card.positions)
    position = choose(positions)
    differs = disagreement(positions)
    return replace(
        card,
        **changes,
        position=position,
        place=None if position is None else nearest(position.lat, position.lon),
        findings=findings if differs is None else (*findings, differs),
    )


def placed(card: Card, nearest: Nearest) -> Card:
    """Return the card with its place, if that could not be told when the position came."""
    position = card.position
    if card.place is not None or position is None:
        return card
    place = nearest(position.lat, position.lon)
    return card if place is None else replace(card, place=place)


def _sentence(code: str, text: str) -> Finding:
    return Finding(code, "warning", _short(text))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
