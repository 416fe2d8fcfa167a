"""The SOS call from trigger to clear-down: when to dial, redial, answer, send data, stop.

Read ``_state`` (the one table) and ``events`` (the words) first; ``Procedure`` walks the table.

Deliberately absent: what an MSD holds and how a call travels (``apps/vehicle`` and a bearer do
that), the ladder of several bearers, registration to a network, detection of a stuck button,
sound and lamps.
"""

from opensos.rules.emergency._state import TABLE, Action, Guard, Happening, Row, State
from opensos.rules.emergency.events import (
    AnswerCallback,
    Answered,
    CalledBack,
    Cause,
    ClearedDown,
    DataDelivered,
    DataRefused,
    DataRequested,
    Decline,
    Dial,
    Dropped,
    HangUp,
    Note,
    Order,
    Refused,
    Remember,
    Report,
    Ringing,
    SendData,
    Unreached,
)
from opensos.rules.emergency.notes import TEXT_KEYS
from opensos.rules.emergency.procedure import Procedure
from opensos.rules.emergency.record import Kept, Record, record_from_json
from opensos.rules.emergency.settings import Settings, urn_for

__all__ = [
    "TABLE",
    "TEXT_KEYS",
    "Action",
    "AnswerCallback",
    "Answered",
    "CalledBack",
    "Cause",
    "ClearedDown",
    "DataDelivered",
    "DataRefused",
    "DataRequested",
    "Decline",
    "Dial",
    "Dropped",
    "Guard",
    "HangUp",
    "Happening",
    "Kept",
    "Note",
    "Order",
    "Procedure",
    "Record",
    "Refused",
    "Remember",
    "Report",
    "Ringing",
    "Row",
    "SendData",
    "Settings",
    "State",
    "Unreached",
    "record_from_json",
    "urn_for",
]
