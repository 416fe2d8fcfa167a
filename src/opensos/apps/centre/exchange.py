"""The exchange: what a centre does with each thing that its calls tell it.

The order is the promise: what arrived is durable first, then the car is told so.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from opensos.apps.centre.case import Case, Cases, iso, json_text
from opensos.apps.centre.legs import open_leg
from opensos.apps.centre.reader import Reader, raw_messages, transport_address
from opensos.protocols.effects import LocalError
from opensos.protocols.ngecall import events as ecall
from opensos.rules.incident import (
    Arrival,
    Change,
    RawMessage,
    call_digest,
    happened,
    incident_id,
    placed,
    same_vehicle,
    unreadable_card,
    with_msd,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from opensos.apps.centre.keeper import Keeper, Then
    from opensos.apps.centre.legs import Leg
    from opensos.apps.centre.settings import CentreSettings
    from opensos.ports import Clock, IncidentStore, Places
    from opensos.protocols.effects import Address
    from opensos.rules.incident import Card, Event, Written
    from opensos.rules.incident.card import EndedWhy

log = logging.getLogger(__name__)

_VEHICLES = 10_000
"""Vehicles that are remembered so that a second call of the same one is marked."""


@dataclass(frozen=True, slots=True)
class _Incoming:
    """A call that has arrived, until it is durable."""

    call: str
    arrival: Arrival
    data: dict[str, Any]
    messages: tuple[RawMessage, ...]


class Exchange:
    """Takes calls on its legs, and keeps a case for each."""

    def __init__(
        self, settings: CentreSettings, keeper: Keeper, clock: Clock, places: Places, owner: str
    ) -> None:
        self.cases = Cases()
        self.legs: list[Leg] = []
        self.noise = 0
        self.settings = settings
        self._keeper = keeper
        self._clock = clock
        self.reader = Reader(places)
        self._owner = owner
        self._vehicles: dict[str, str] = {}
        self._handlers: dict[type[Any], Callable[[Leg, Any], None]] = {
            ecall.CallArrived: self._arrived,
            ecall.CallUnreadable: self._unreadable,
            ecall.CallEstablished: self._established,
            ecall.CallAbandoned: self._abandoned,
            ecall.MsdArrived: self._msd,
            ecall.MsdRefused: self._msd_refused,
            ecall.DataRequestFailed: self._request_failed,
            ecall.CallEnded: self._ended,
            ecall.CallBackAnswered: self._back_answered,
            ecall.CallBackFailed: self._back_failed,
            ecall.NoiseArrived: self._noise,
        }

    async def listen(
        self,
        addresses: tuple[Address, ...],
        *,
        reuse_port: bool = False,
        sockets: Sequence[socket.socket] = (),
    ) -> None:
        """Open the legs; UDP ones take the ``sockets``, if given. Raises RoadError, UserError."""
        bound = iter(sockets)
        for address in addresses:
            sock = next(bound, None) if address.transport == "udp" else None
            leg = await open_leg(
                address, self.settings, self._clock, self.told, reuse_port=reuse_port, sock=sock
            )
            self.legs.append(leg)

    async def recover(self, store: IncidentStore, owner: str) -> int:
        """Mark the calls that an earlier run of ``owner`` held when it was killed."""
        left = await store.left_open(owner)
        for event in left:
            case = Case(self.reader.card(event.card))
            case.card = replace(case.card, calling_back=False)
            self.step(case, "call.ended", {"why": "lost_at_restart"}, why="lost_at_restart")
        return len(left)

    async def close(self) -> None:
        """Give the sockets back."""
        for leg in self.legs:
            await leg.close()

    def told(self, leg: Leg, event: object) -> None:
        """Take one event of a leg's machine."""
        handler = self._handlers.get(type(event))
        if handler is None:
            return
        try:
            handler(leg, event)
        except Exception:
            # The border between strangers' bytes and our process: one call's surprise must
            # neither end the process nor reach another call.
            log.exception("An event could not be handled: %s", type(event).__name__)

    # --- a call comes in ------------------------------------------------------------------------

    def _arrived(self, leg: Leg, event: ecall.CallArrived) -> None:
        digest = call_digest(event.call_key)
        arrival = self._arrival(event, incident_id(digest))
        card, received = self.reader.open(arrival, event)
        known = self.cases.get(card.id)
        case = Case(self._same_vehicle(card)) if known is None else known
        case.received = received
        case.refuse = event.refuse_status
        case.durable = case.answered = False
        self.cases.connect(case, leg, event.call)
        if not self.settings.auto_answer and event.refuse_status is None:
            leg.do(leg.machine.ring(event.call, leg.now()))
        data = {"kind": event.kind, "received": received}
        incoming = _Incoming(event.call, arrival, data, raw_messages(event))
        if known is not None:
            self._come_again(case, incoming)
            return

        def opened(written: Written | None) -> None:
            if written is None or written.known is None:
                self._may_answer(case, incoming.call)
                return
            # The incident is from before a restart: its card knows more than ours.
            case.card = self.reader.card(written.known.card)
            self._come_again(case, incoming)

        self.step(
            case, "incident.opened", data, opens=digest, messages=incoming.messages, then=opened
        )

    def _come_again(self, case: Case, incoming: _Incoming) -> None:
        """Take the same call in again: it never heard our answer, or we were started anew."""
        arrival = incoming.arrival
        case.card = replace(
            case.card,
            source=arrival.source,
            address=arrival.address,
            callback_uri=arrival.callback_uri or case.card.callback_uri,
        )
        self.step(
            case,
            "incident.opened",
            {**incoming.data, "repeated": True},
            messages=incoming.messages,
            then=lambda _: self._may_answer(case, incoming.call),
        )

    def _may_answer(self, case: Case, call: str) -> None:
        if case.call != call:
            return  # given up, or come again, in the meantime
        case.durable = True
        if self.settings.auto_answer or case.refuse is not None or case.card.acknowledged_at:
            self.answer(case)

    def answer(self, case: Case) -> None:
        """Answer the call of a case, with the acknowledgement of its MSD."""
        leg, call = case.leg, case.call
        if leg is None or call is None or case.answered or not case.durable:
            return
        case.answered = True
        data: dict[str, Any] = {"received": case.received}
        try:
            effects = leg.machine.answer(call, case.received, None, leg.now())
        except LocalError as error:
            log.error("Incident %s cannot be answered: %s", case.card.id, error)  # noqa: TRY400  # the sentence says it all
            self._apologise(leg, call)
            self.cases.disconnect(case)
            self.step(case, "call.abandoned", {"why": str(error)}, why="abandoned")
            return
        if case.refuse is not None:
            data["status"] = case.refuse
            self.step(case, "call.refused", data, why="refused")
        else:
            self.step(case, "call.answered", data)
        leg.do(effects)

    def _apologise(self, leg: Leg, call: str) -> None:
        """Send a final status where no answer could be made: a caller must not wait for nothing."""
        try:
            leg.do(leg.machine.refuse(call, 500, None, leg.now()))
        except LocalError:
            log.warning("A call that could not be answered could not be refused either.")

    def _unreadable(self, leg: Leg, event: ecall.CallUnreadable) -> None:
        key = event.call_key
        if key is None:
            key = f"unreadable {event.source} {hashlib.blake2b(event.raw).hexdigest()}"
        digest = call_digest(key)
        known = self.cases.get(incident_id(digest))
        data = {"status": event.status, "reason": event.reason}
        messages = (RawMessage("unreadable", "message/sip", event.raw),)
        if known is not None:
            if known.card.state != "unreadable":
                self.step(known, "incident.unreadable", data, messages=messages)
            return
        arrival = Arrival(
            incident_id=incident_id(digest),
            at=self.at(),
            kind="other",
            urn="",
            test=False,
            caller="",
            callback_uri=None,
            source=str(event.source),
            address=transport_address(event.source),
        )
        del leg
        case = Case(unreadable_card(arrival, event.reason))
        self.step(case, "incident.unreadable", data, opens=digest, messages=messages)

    # --- a call goes on -------------------------------------------------------------------------

    def _established(self, leg: Leg, event: ecall.CallEstablished) -> None:
        case = self.cases.of_call(leg, event.call)
        if case is None:
            return
        self.step(case, "call.established")
        if self.settings.request_on_answer:
            self.request_data(case)

    def request_data(self, case: Case) -> None:
        """Ask the car for a fresh MSD."""
        leg, call = case.leg, case.call
        if leg is None or call is None:
            return
        effects = leg.machine.request_msd(call, leg.now())
        self.step(case, "msd.requested")
        leg.do(effects)

    def _msd(self, leg: Leg, event: ecall.MsdArrived) -> None:
        token = event.token

        def confirm(_: Written | None) -> None:
            leg.do(leg.machine.confirm(token, leg.now()))

        case = self.cases.of_call(leg, event.call)
        if case is None:
            confirm(None)
            return
        reading = self.reader.msd(event.msd)
        case.card = with_msd(case.card, reading, self.reader.nearest)
        messages = [RawMessage("info", "message/sip", event.raw)]
        if event.msd is not None:
            messages.append(RawMessage("msd", "application/EmergencyCallData.eCall.MSD", event.msd))
        data = {"received": reading.received, "count": case.card.msd_count}
        self.step(case, "msd.received", data, messages=tuple(messages), then=confirm)

    def _msd_refused(self, leg: Leg, event: ecall.MsdRefused) -> None:
        self._step_of(leg, event.call, "msd.unavailable", {"reason": event.reason[:100]})

    def _request_failed(self, leg: Leg, event: ecall.DataRequestFailed) -> None:
        self._step_of(leg, event.call, "msd.request_failed", {"status": event.status})

    def _noise(self, leg: Leg, event: ecall.NoiseArrived) -> None:
        del leg, event
        self.noise += 1

    # --- a call ends ----------------------------------------------------------------------------

    def _abandoned(self, leg: Leg, event: ecall.CallAbandoned) -> None:
        case = self.cases.of_call(leg, event.call)
        if case is None:
            return
        self.cases.disconnect(case)
        if case.card.state == "ringing":
            self.step(case, "call.abandoned", {"why": event.why[:200]}, why="abandoned")

    def _ended(self, leg: Leg, event: ecall.CallEnded) -> None:
        case = self.cases.of_call(leg, event.call)
        if case is None:
            return
        self.cases.disconnect(case)
        kind = "call.cleared_down" if event.why == "cleared_down" else "call.ended"
        self.step(case, kind, {"why": event.why}, why=event.why)

    def _back_answered(self, leg: Leg, event: ecall.CallBackAnswered) -> None:
        self._step_of(leg, event.call, "callback.answered")

    def _back_failed(self, leg: Leg, event: ecall.CallBackFailed) -> None:
        case = self.cases.of_call(leg, event.call)
        if case is not None:
            self.cases.disconnect(case)
            self.step(case, "callback.failed", {"status": event.status})

    # --- writing down ---------------------------------------------------------------------------

    def heard(self, event: Event) -> None:
        """Take in what another process wrote about an incident that we have in memory.

        Not while we hold its call: nobody knows more of it than we do then.
        """
        case = self.cases.get(event.incident_id)
        if case is not None and case.call is None:
            case.card = self.reader.card(event.card)
            self.cases.hold(case)

    def stored_again(self, incident_ids: set[str]) -> None:
        """Close the log of incidents whose steps were stored late, with their present card."""
        for name in incident_ids:
            case = self.cases.get(name)
            if case is not None:
                self.step(case, "incident.stored", {"late": True})

    def _step_of(self, leg: Leg, call: str, kind: str, data: dict[str, Any] | None = None) -> None:
        case = self.cases.of_call(leg, call)
        if case is not None:
            self.step(case, kind, data)

    def step(
        self,
        case: Case,
        kind: str,
        data: dict[str, Any] | None = None,
        *,
        why: EndedWhy | None = None,
        opens: str | None = None,
        messages: tuple[RawMessage, ...] = (),
        once: str | None = None,
        then: Then | None = None,
    ) -> None:
        """Write down that something happened; ``then`` is called when it is durable, or given up.

        ``opens``, ``messages`` and ``once`` are those of ``Change``.
        """
        at = self.at()
        if opens is None:
            case.card = placed(happened(case.card, kind, at, why), self.reader.nearest)
        self.cases.hold(case)
        change = Change(
            incident_id=case.card.id,
            at=at,
            kind=kind,
            data="{}" if data is None else json_text(data),
            card=case.card_text(),
            up=case.card.up,
            owner=self._owner,
            opens=opens,
            messages=messages,
            once=once,
        )
        self._keeper.keep(change, then)

    @property
    def trouble(self) -> str | None:
        """Why incidents are not stored at the moment; None while all is well."""
        return self._keeper.trouble

    def utc(self) -> float:
        """Return civil time, seconds since 1970."""
        return self._clock.utc()

    def at(self) -> str:
        """Return the present time as it is written down."""
        return iso(self._clock.utc())

    def _arrival(self, event: ecall.CallArrived, name: str) -> Arrival:
        return Arrival(
            incident_id=name,
            at=self.at(),
            kind=event.kind,
            urn=event.urn,
            test=event.test,
            caller=event.caller,
            callback_uri=event.callback_uri,
            source=str(event.source),
            address=transport_address(event.source),
            problems=event.problems,
        )

    def _same_vehicle(self, card: Card) -> Card:
        vin = None if card.vehicle is None else card.vehicle.vin
        if vin is None or "?" in vin or len(set(vin)) == 1:
            return card
        other = self._vehicles.pop(vin, None)
        self._vehicles[vin] = card.id
        if len(self._vehicles) > _VEHICLES:
            del self._vehicles[next(iter(self._vehicles))]
        return card if other is None or other == card.id else same_vehicle(card, other)
