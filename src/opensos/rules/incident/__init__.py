"""The life of a case at the centre: what is on its card, what changes it, what is written down.

``card`` is the value that screens show; ``reading`` turns an MSD and a location into its parts;
``case`` says what becomes of a card when something happens, by the table in ``_state``;
``data_only`` does so for a message without a call; ``log`` holds the values that a store keeps.

Deliberately absent: dispatch, hand-over and roles (a later issue), any way to discard a call, and
any probability that a call is false: marks inform, people decide.
"""

from opensos.rules.incident.card import (
    Buttons,
    Card,
    Crash,
    Finding,
    Link,
    Place,
    Position,
    Related,
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
    related,
    same_vehicle,
    unreadable_card,
    with_msd,
)
from opensos.rules.incident.data_only import (
    DataArrival,
    open_data_card,
    shown_car,
    unreadable_data_card,
    updated_card,
)
from opensos.rules.incident.key import call_digest, data_digest, incident_id, message_digest
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
    "DataArrival",
    "Event",
    "Finding",
    "Link",
    "LocationReading",
    "MessageLine",
    "MsdReading",
    "Overview",
    "Place",
    "Position",
    "RawMessage",
    "Record",
    "Related",
    "SeverityView",
    "TimelineLine",
    "Vehicle",
    "Written",
    "call_digest",
    "card_from_json",
    "data_digest",
    "happened",
    "incident_id",
    "message_digest",
    "noted",
    "open_card",
    "open_data_card",
    "placed",
    "read_location",
    "read_msd",
    "related",
    "same_vehicle",
    "shown_car",
    "unreadable_card",
    "unreadable_data_card",
    "updated_card",
    "with_msd",
]
