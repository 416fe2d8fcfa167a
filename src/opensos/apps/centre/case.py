"""What the centre holds in memory of an incident whose call it has, or had a moment ago."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from json import dumps
from typing import TYPE_CHECKING

from pydantic_core import PydanticSerializationError, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opensos.apps.centre.legs import Leg
    from opensos.rules.incident import Card

_KEPT = 2_000
"""Ended incidents that stay in memory; older ones are read from the store when needed."""


@dataclass(slots=True)
class Case:
    """One incident: its card and, while there is one, its call.

    Attributes:
        received: what the acknowledgement says of the MSD; None if there was none.
        durable: the opening is stored (or was given up), so the call may be answered.
        refuse: the status that the call gets although it is an incident; None if it is answered.
    """

    card: Card
    leg: Leg | None = None
    call: str | None = None
    received: bool | None = None
    durable: bool = False
    answered: bool = False
    refuse: int | None = None
    _lasting: str = ""
    _written: Card | None = None

    def card_text(self) -> str:
        """Write the card as JSON; its big part anew only if something in it changed."""
        card = self.card
        if self._written is None or not card.lasts(self._written):
            self._lasting = json_text(card.lasting_json())[1:]
        self._written = card
        return f"{json_text(card.passing_json())[:-1]},{self._lasting}"


class Cases:
    """All cases in memory, by incident and by call."""

    def __init__(self) -> None:
        self._up: dict[str, Case] = {}
        self._over: OrderedDict[str, Case] = OrderedDict()
        self._calls: dict[tuple[int, str], str] = {}

    def __len__(self) -> int:
        return len(self._up)

    def get(self, incident_id: str) -> Case | None:
        """Return the case of an incident, None if it is not in memory."""
        return self._up.get(incident_id) or self._over.get(incident_id)

    def of_call(self, leg: Leg, call: str) -> Case | None:
        """Return the case that a call belongs to."""
        incident_id = self._calls.get((id(leg), call))
        return None if incident_id is None else self.get(incident_id)

    def hold(self, case: Case) -> None:
        """Keep a case where its card says that it belongs."""
        incident_id = case.card.id
        if case.card.up:
            self._over.pop(incident_id, None)
            self._up[incident_id] = case
        else:
            self._up.pop(incident_id, None)
            self._over[incident_id] = case
            self._over.move_to_end(incident_id)
            if len(self._over) > _KEPT:
                self._over.popitem(last=False)

    def connect(self, case: Case, leg: Leg, call: str) -> None:
        """Give a case a call; an earlier one of the same incident is forgotten."""
        self.disconnect(case)
        case.leg, case.call = leg, call
        self._calls[id(leg), call] = case.card.id

    def disconnect(self, case: Case) -> None:
        """Take the call away: it is over."""
        if case.leg is not None and case.call is not None:
            self._calls.pop((id(case.leg), case.call), None)
        case.leg = case.call = None


def iso(utc: float) -> str:
    """Write seconds UTC as ISO 8601 with milliseconds and Z."""
    return datetime.fromtimestamp(utc, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def json_text(value: Mapping[str, object]) -> str:
    """Write JSON without spaces and without line breaks; never with NaN, which browsers refuse."""
    try:
        # Four times as quick as the standard library's, and every event of every call is written.
        return to_json(value, inf_nan_mode="null").decode()
    except PydanticSerializationError:
        # A stranger's bytes that are no text (surrogates): the standard library escapes them.
        return dumps(value, separators=(",", ":"))
