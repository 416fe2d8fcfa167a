"""The card of an emergency that came as data, without a voice call: opened, and brought up to date.

Nobody can be heard, so nothing here waits for a call; the one thing that an operator can do at once
is to acknowledge and to send help by what the data says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from opensos.rules.incident.card import Finding, Link
from opensos.rules.incident.case import (
    Arrival,
    data_kind,
    located,
    noted,
    open_card,
    unreadable_card,
    with_msd,
)
from opensos.rules.incident.vin import masked

if TYPE_CHECKING:
    from opensos.rules.incident.card import Card
    from opensos.rules.incident.case import LocationReading, Nearest
    from opensos.rules.incident.reading import MsdReading

_VIN = 17
_MOST = 10


@dataclass(frozen=True, slots=True)
class DataArrival:
    """A message as it came in, before anything in it is believed.

    Attributes:
        incident_id: the name that its key gives.
        at: ISO UTC.
        car: the car's name on the link, empty if not even that could be read.
        link: the rest of how it came.
        test: what the car said; None = not said, which is taken for an emergency.
        source: where it came from, for people.
        problems: sentences about what could not be read.
    """

    incident_id: str
    at: str
    car: str
    link: Link
    test: bool | None
    source: str
    problems: tuple[str, ...] = ()


def open_data_card(
    arrival: DataArrival,
    msd: MsdReading | None,
    location: LocationReading | None,
    nearest: Nearest,
) -> Card:
    """Return the card of a new incident; ``msd`` is None if the message brought none."""
    if _urgent(arrival, msd):
        arrival = replace(arrival, test=False)
    card = open_card(_as_call(arrival), None, location, nearest)
    card = replace(
        card, state="data_only", link=arrival.link, findings=(*_problems(arrival), *card.findings)
    )
    if msd is None:
        return replace(card, findings=(*_without(card.findings, "msd.absent"), _NO_MSD))
    card = replace(card, findings=_without(card.findings, "msd.absent"))
    return _with_data(card, msd, nearest)


def updated_card(
    card: Card,
    arrival: DataArrival,
    msd: MsdReading | None,
    location: LocationReading | None,
    nearest: Nearest,
) -> Card:
    """Return the card after a further message of the same emergency.

    A message that is older than the newest one is counted and kept, but changes nothing: the roads
    of a link overtake each other. That nobody is in danger must be said by every message, and by
    the data in it.
    """
    link = card.link
    if card.test and _urgent(arrival, msd):
        # Who acknowledged it, acknowledged a test: let it ring again.
        card = replace(card, test=False, acknowledged_at=None)
    if link is not None and arrival.link.seq < link.seq:
        card = replace(card, msd_count=card.msd_count + (msd is not None))
        return noted(card, _OLDER)
    findings = (*_without(card.findings, "link.problem"), *_problems(arrival))
    card = replace(card, link=arrival.link, findings=findings)
    if location is not None:
        card = located(card, location, nearest)
    if msd is None:
        return card
    if msd.msd is not None:
        card = replace(card, findings=_without(card.findings, _NO_MSD.code))
    return _with_data(card, msd, nearest)


def unreadable_data_card(arrival: DataArrival, reason: str) -> Card:
    """Return the card of a message that could not be read at all; its bytes are kept."""
    card = unreadable_card(_as_call(arrival), reason)
    text = f"The message could not be read: {reason}"
    return replace(card, link=arrival.link, findings=(Finding("link.unreadable", "error", text),))


_NO_MSD = Finding("link.no_msd", "warning", "The message brought no data of the car.")
_OLDER = Finding("link.older", "info", "An older message came later; it is kept, not shown.")


def _with_data(card: Card, msd: MsdReading, nearest: Nearest) -> Card:
    """Take the MSD in; if it cannot be read, say so where what arrived is said."""
    if msd.msd is None and card.msd is None:
        findings = (*(f for f in card.findings if not f.code.startswith("msd.")), *msd.findings)
        return replace(card, findings=findings, msd_count=card.msd_count + 1)
    # What is an emergency stays one, whatever a later message says: nobody can be asked by voice.
    return replace(with_msd(card, msd, nearest), test=card.test)


def _urgent(arrival: DataArrival, msd: MsdReading | None) -> bool:
    """Whether a message, or the data in it, does not say that it is a test."""
    return arrival.test is not True or (msd is not None and msd.msd is not None and not msd.test)


def _as_call(arrival: DataArrival) -> Arrival:
    test = arrival.test is True
    return Arrival(
        incident_id=arrival.incident_id,
        at=arrival.at,
        kind=data_kind(arrival.link.cause, test=test),
        urn="",
        test=test,
        caller=shown_car(arrival.car),
        callback_uri=None,
        source=arrival.source,
        address="",
    )


def shown_car(car: str) -> str:
    """Return a car's name as it may be shown: masked if it is a vehicle's number."""
    return masked(car) or "" if len(car) == _VIN else car


def _problems(arrival: DataArrival) -> tuple[Finding, ...]:
    return tuple(Finding("link.problem", "warning", p) for p in arrival.problems[:_MOST])


def _without(findings: tuple[Finding, ...], code: str) -> tuple[Finding, ...]:
    return tuple(f for f in findings if f.code != code)
