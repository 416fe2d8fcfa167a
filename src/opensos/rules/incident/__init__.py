"""The life of a case at the centre: what is on its card, what changes it, what is written down.

``card`` is the value that screens show; ``reading`` turns an MSD and a location into its parts;
``case`` says what becomes of a card when something happens, by the table in ``_state``; ``log``
holds the values that a store keeps.

Deliberately absent: dispatch, hand-over and roles (a later issue), any way to discard a call, and
any probability that a call is false: marks inform, people decide.
"""

from opensos.rules.incident.card import (
    Buttons,
    Card,
    Crash,
    Finding,
    Place,
    Position,
    SeverityView,
    Vehicle,
    card_from_json,
)
from opensos.rules.incident.case import (
    Arrival,
    LocationReading,
    happened,
    noted,
    open_card,
    placed,
    same_vehicle,
    unreadable_card,
    with_msd,
)
from opensos.rules.incident.key import call_digest, incident_id
from opensos.rules.incident.log import (
    Change,
    Event,
    MessageLine,
    Overview,
    RawMessage,
    Record,
    TimelineLine,
    Written,
)
from opensos.rules.incident.reading import MsdReading, read_location, read_msd

__all__ = [
    "Arrival",
    "Buttons",
    "Card",
    "Change",
    "Crash",
    "Event",
    "Finding",
    "LocationReading",
    "MessageLine",
    "MsdReading",
    "Overview",
    "Place",
    "Position",
    "RawMessage",
    "Record",
    "SeverityView",
    "TimelineLine",
    "Vehicle",
    "Written",
    "call_digest",
    "card_from_json",
    "happened",
    "incident_id",
    "noted",
    "open_card",
    "placed",
    "read_location",
    "read_msd",
    "same_vehicle",
    "unreadable_card",
    "with_msd",
]
