"""What an operator may do with an incident: the verbs behind the console's buttons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from opensos.apps.centre.case import Case
from opensos.apps.centre.legs import choose_leg
from opensos.apps.centre.reader import read_address
from opensos.protocols.effects import LocalError, UserError
from opensos.rules.incident import card_from_json, related

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.apps.centre.exchange import Exchange
    from opensos.ports import IncidentStore
    from opensos.rules.incident import Related

VERBS = ("acknowledge", "request-data", "clear-down", "call-back")


class UnknownIncidentError(UserError):
    """There is no such incident."""


class Desk:
    """Carries out verbs on the incidents of one exchange."""

    def __init__(self, exchange: Exchange, store: IncidentStore) -> None:
        self._exchange = exchange
        self._store = store
        self._verbs: dict[str, Callable[[Case], None]] = {
            "acknowledge": self._acknowledge,
            "request-data": self._request_data,
            "clear-down": self._clear_down,
            "call-back": self._call_back,
        }

    async def act(self, verb: str, incident_id: str) -> None:
        """Do it.

        Raises UnknownIncidentError, UserError with the reason why it cannot be, RoadError.
        """
        case = await self._case(incident_id)
        try:
            self._verbs[verb](case)
        except LocalError as error:
            raise UserError(f"That cannot be done now: {error}") from error

    async def relate(self, incident_id: str, other: Related) -> None:
        """Write on a card that another incident is probably the same emergency.

        Raises UnknownIncidentError, RoadError.
        """
        case = await self._case(incident_id)
        card = related(case.card, other)
        if card is not case.card:
            case.card = card
            self._exchange.step(case, "incident.related", other.to_json())

    async def _case(self, incident_id: str) -> Case:
        case = self._exchange.cases.get(incident_id)
        if case is not None:
            return case
        record = await self._store.record(incident_id)
        # The call may have come again while we read.
        case = self._exchange.cases.get(incident_id)
        if case is not None:
            return case
        if record is None:
            raise UnknownIncidentError("There is no such incident.")
        return Case(card_from_json(json.loads(record.card)))

    def _acknowledge(self, case: Case) -> None:
        if case.card.acknowledged_at is not None:
            return  # two operators pressed at once: both see that it is done
        self._exchange.step(case, "incident.acknowledged")
        if case.call is not None and case.card.state == "ringing":
            self._exchange.answer(case)

    def _request_data(self, case: Case) -> None:
        if case.call is None or case.card.state != "connected":
            raise UserError("New data can be asked for only while the car is connected.")
        if case.card.requesting:
            raise UserError("New data has been asked for already; the car has not answered yet.")
        self._exchange.request_data(case)

    def _clear_down(self, case: Case) -> None:
        leg, call = case.leg, case.call
        if leg is None or call is None:
            raise UserError("There is no call to clear down.")
        ringing = case.card.state == "ringing" and not case.answered
        effects = leg.machine.clear_down(call, leg.now())
        if ringing:
            self._exchange.cases.disconnect(case)
            self._exchange.step(
                case, "call.cleared_down", {"why": "cleared_down"}, why="cleared_down"
            )
        leg.do(effects)

    def _call_back(self, case: Case) -> None:
        card = case.card
        if card.callback_uri is None:
            raise UserError("The car left no address to call back.")
        if card.up:
            raise UserError("The car is still in a call.")
        address = read_address(card.address)
        leg = choose_leg(self._exchange.legs, address.transport)
        call, effects = leg.machine.call_back(card.callback_uri, address, leg.now())
        self._exchange.cases.connect(case, leg, call)
        self._exchange.step(case, "callback.started", {"to": card.callback_uri[:200]})
        leg.do(effects)
