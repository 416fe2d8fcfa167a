"""Sees which incidents are probably the same emergency: a call and data of one vehicle.

They are never merged: each stays an incident of its own, and both cards name the other. It listens
to the log, so it sees what every worker and every other centre of the same database takes in.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from opensos.rules.incident import Related

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.rules.incident import Event

WINDOW = timedelta(hours=2)
"""A call and a message of one vehicle that lie further apart are two emergencies."""

_VEHICLES = 10_000
_EACH = 4
"""Incidents of one vehicle that are remembered: one that calls without end must cost little."""

_KINDS = frozenset({"incident.opened", "incident.data_only", "data.received", "msd.received"})


@dataclass(frozen=True, slots=True)
class _Seen:
    id: str
    data_only: bool
    at: datetime

    @property
    def related(self) -> Related:
        return Related(self.id, "data_only" if self.data_only else "voice")


class Kin:
    """``relate(incident_id, other)`` is called for both sides of each pair that is found."""

    def __init__(self, relate: Callable[[str, Related], None]) -> None:
        self._relate = relate
        self._vehicles: OrderedDict[str, list[_Seen]] = OrderedDict()

    def heard(self, event: Event) -> None:
        """Take one event of the log."""
        if event.kind not in _KINDS:
            return
        vin = _vin(event.card)
        if vin is None:
            return
        seen = self._vehicles.setdefault(vin, [])
        self._vehicles.move_to_end(vin)
        if len(self._vehicles) > _VEHICLES:
            self._vehicles.popitem(last=False)
        if any(other.id == event.incident_id for other in seen):
            return
        # In JSON, quotes within a text are escaped: this is the card's own key and nothing else.
        one = _Seen(event.incident_id, '"link":{' in event.card, datetime.fromisoformat(event.at))
        for other in seen:
            if one.data_only != other.data_only and abs(one.at - other.at) <= WINDOW:
                self._relate(one.id, other.related)
                self._relate(other.id, one.related)
        seen.append(one)
        del seen[:-_EACH]


def _vin(card: str) -> str | None:
    """Return the vehicle's number from a card's JSON text; parsing each card whole is too slow."""
    start = card.find('"vin":"')
    if start < 0:
        return None
    vin = card[start + 7 :].partition('"')[0]
    if "?" in vin or "\\" in vin or len(set(vin)) <= 1:
        return None  # damaged, or a filler
    return vin
