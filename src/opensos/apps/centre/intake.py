"""Takes in what cars say by data when they cannot call: durable first, then acknowledged.

A car repeats its message, over every road that it has, until it hears our acknowledgement; here
every repetition finds the same incident and gets the same answer. There is no limit to how often.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opensos.apps.centre.case import Case, iso, json_text
from opensos.apps.centre.reader import LOCATION_TYPE, MSD_TYPE
from opensos.protocols import link
from opensos.protocols.effects import RemoteError
from opensos.rules.incident import (
    DataArrival,
    Link,
    LocationReading,
    MsdReading,
    RawMessage,
    data_digest,
    incident_id,
    message_digest,
    open_data_card,
    shown_car,
    unreadable_data_card,
    updated_card,
)

if TYPE_CHECKING:
    from opensos.apps.centre.exchange import Exchange
    from opensos.rules.incident import Card, Written

log = logging.getLogger(__name__)

_REMEMBERED = 10_000
"""Messages that are answered again without asking the store."""

_OURS = "The centre failed to read it; its bytes are kept."


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one message.

    Attributes:
        incident: its incident's name.
        ack: the acknowledgement to send; None if it is not durable, or says not whom to answer.
        durable: whether it is on the disk.
    """

    incident: str
    ack: bytes | None
    durable: bool


@dataclass(frozen=True, slots=True)
class _Message:
    """One message, read as far as it goes."""

    digest: str
    once: str
    envelope: link.Envelope | None
    arrival: DataArrival
    msd: MsdReading | None
    location: LocationReading | None
    raw: tuple[RawMessage, ...]
    reason: str | None = None


class NoSosError(RemoteError):
    """The message is well-formed, but something else than an SOS."""


class Intake:
    """Adds messages to the incidents of one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._aside: dict[str, Answer] = {}
        self._pending: dict[str, list[asyncio.Future[Answer]]] = {}
        self._busy: dict[str, deque[_Message]] = {}
        """What waits behind the message that each incident is being given; one at a time, so that
        a repetition can leave no trace on the card of the next one."""

    def take(
        self, data: bytes, road: str, source: str, car: str | None = None
    ) -> asyncio.Future[Answer]:
        """Take one message in; the future resolves when it is durable, or cannot be made so.

        ``car`` is who sent it by the road's own word (the topic), None if the road does not know.

        Raises:
            NoSosError: it is no SOS.
        """
        message = self._read_safely(data, road, source, car)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        known = self._answers.get(message.once)
        if known is None and self._exchange.trouble is not None:
            known = self._aside.get(message.once)  # it waits for the store already
        if known is not None:
            future.set_result(known)
            return future
        waiting = self._pending.get(message.once)
        if waiting is not None:
            waiting.append(future)
            return future
        self._pending[message.once] = [future]
        incident = message.arrival.incident_id
        if incident in self._busy:
            self._busy[incident].append(message)
        else:
            self._busy[incident] = deque()
            self._begin(message)
        return future

    # --- an incident ----------------------------------------------------------------------------

    def _begin(self, message: _Message) -> None:
        try:
            if self._exchange.cases.get(message.arrival.incident_id) is None:
                self._open(message)
            else:
                self._update(message)
        except Exception:
            # What waits behind it would wait for ever, and so would the car's next try.
            log.exception("A message of incident %s is not stored", message.arrival.incident_id)
            if message.once in self._pending:
                self._answer(message, durable=False)

    def _open(self, message: _Message) -> None:
        case = Case(self._new_card(message))

        def opened(written: Written | None) -> None:
            if written is not None and written.known is not None:
                # From before a restart, or by way of another centre: that card knows more.
                try:
                    case.card = self._exchange.reader.card(written.known.card)
                except Exception:
                    log.exception("The stored card of incident %s is not read", case.card.id)
                self._exchange.cases.hold(case)
                if not written.repeated:
                    self._update(message)
                    return
            self._answer(message, durable=written is not None)

        kind = "incident.data_only" if message.reason is None else "incident.unreadable"
        self._exchange.step(
            case,
            kind,
            _event_data(message),
            opens=message.digest,
            messages=message.raw,
            once=message.once,
            then=opened,
        )

    def _update(self, message: _Message) -> None:
        case = self._exchange.cases.get(message.arrival.incident_id)
        if case is None:  # so many since that it is in the store only
            self._open(message)
            return
        before = case.card
        case.card = self._newer_card(before, message)
        after = case.card

        def added(written: Written | None) -> None:
            if written is not None and written.repeated and case.card is after:
                case.card = before
            self._answer(message, durable=written is not None)

        kind = "data.received" if message.reason is None else "data.unreadable"
        self._exchange.step(
            case,
            kind,
            _event_data(message),
            messages=message.raw,
            once=message.once,
            then=added,
        )

    def _answer(self, message: _Message, *, durable: bool) -> None:
        envelope, incident = message.envelope, message.arrival.incident_id
        ack = None
        if durable and envelope is not None:
            received = None if message.msd is None else message.msd.received
            if message.reason is not None:
                received = False
            ack = link.encode(link.acknowledge(envelope, incident, received, self._exchange.utc()))
        answer = Answer(incident, ack, durable)
        if self._exchange.trouble is None:
            self._aside.clear()
        if not durable:
            self._aside[message.once] = answer
        else:
            self._answers[message.once] = answer
            if len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        for future in self._pending.pop(message.once, []):
            if not future.done():
                future.set_result(answer)
        waiting = self._busy[incident]
        if waiting:
            self._begin(waiting.popleft())
        else:
            del self._busy[incident]

    def _new_card(self, message: _Message) -> Card:
        arrival = message.arrival
        if message.reason is not None:
            return unreadable_data_card(arrival, message.reason)
        nearest = self._exchange.reader.nearest
        try:
            return open_data_card(arrival, message.msd, message.location, nearest)
        except Exception:
            log.exception("The card of incident %s is bare", arrival.incident_id)
            return unreadable_data_card(arrival, _OURS)

    def _newer_card(self, card: Card, message: _Message) -> Card:
        if message.reason is not None:
            return card
        nearest = self._exchange.reader.nearest
        try:
            return updated_card(card, message.arrival, message.msd, message.location, nearest)
        except Exception:
            log.exception("The card of incident %s stays as it was", card.id)
            return card

    # --- reading --------------------------------------------------------------------------------

    def _read_safely(self, data: bytes, road: str, source: str, car: str | None) -> _Message:
        try:
            return self._read(data, road, source, car)
        except NoSosError:
            raise
        except Exception:
            # The border to strangers' bytes: our mistake must not cost anybody an incident.
            log.exception("A message could not be read; its bytes are kept")
            return self._unreadable(data, road, source, car, _OURS)

    def _read(self, data: bytes, road: str, source: str, car: str | None) -> _Message:
        try:
            envelope = link.decode(data)
        except RemoteError as error:
            return self._unreadable(data, road, source, car, str(error))
        if envelope.kind != link.SOS:
            raise NoSosError(f"This is no SOS but {envelope.kind!r}.")
        sos = link.read_sos(envelope.body)
        problems = sos.problems
        sender = car or envelope.car
        if sender != envelope.car:
            problems = (*problems, "The message names another car than the road that it came on.")
        reader = self._exchange.reader
        digest = data_digest(sender, sos.case or envelope.id)
        arrival = DataArrival(
            incident_id=incident_id(digest),
            at=self._exchange.at(),
            car=sender,
            link=Link(
                car=shown_car(sender),
                case=sos.case,
                road=road,
                seq=envelope.seq,
                cause=sos.cause,
                attempt=sos.attempt,
                sent_at=_time(envelope.sent_utc),
            ),
            test=sos.test,
            source=source,
            problems=problems,
        )
        raw = [RawMessage("envelope", link.MEDIA_TYPE, data)]
        if sos.msd is not None:
            raw.append(RawMessage("msd", MSD_TYPE, sos.msd))
        if sos.location is not None:
            raw.append(RawMessage("location", LOCATION_TYPE, sos.location))
        claims_msd = envelope.body.get("msd") is not None
        return _Message(
            digest=digest,
            once=message_digest(f"{sender} {envelope.id}", envelope.seq, _said(envelope)),
            envelope=link.Envelope(envelope.id, sender, envelope.seq, envelope.kind),
            arrival=arrival,
            msd=reader.msd(sos.msd) if claims_msd else None,
            location=None if sos.location is None else reader.location(sos.location),
            raw=tuple(raw),
        )

    def _unreadable(
        self, data: bytes, road: str, source: str, car: str | None, reason: str
    ) -> _Message:
        kept = data[: link.MOST_BYTES]
        once = message_digest("unreadable", 0, (car or "").encode(), kept)
        found = link.salvage(data)
        sender = car or found.car
        digest = once
        envelope = None
        if found.id is not None and sender is not None:
            digest = data_digest(sender, found.id)
            envelope = link.Envelope(found.id, sender, found.seq, link.SOS)
        arrival = DataArrival(
            incident_id=incident_id(digest),
            at=self._exchange.at(),
            car=sender or "",
            link=Link(shown_car(sender or ""), None, road, found.seq),
            test=None,
            source=source,
        )
        raw = (RawMessage("unreadable", link.MEDIA_TYPE, kept),)
        return _Message(digest, once, envelope, arrival, None, None, raw, reason)


def _said(envelope: link.Envelope) -> bytes:
    """Return all of a message that is the same in each of its repetitions."""
    said = {name: value for name, value in envelope.body.items() if name != "attempt"}
    return json_text(said).encode("utf-8", "surrogatepass")


def _event_data(message: _Message) -> dict[str, Any]:
    received = None if message.msd is None else message.msd.received
    data: dict[str, Any] = {"road": message.arrival.link.road, "received": received}
    if message.reason is not None:
        data["reason"] = message.reason
    else:
        data |= {"seq": message.arrival.link.seq, "attempt": message.arrival.link.attempt}
    return data


def _time(utc: float | None) -> str | None:
    if utc is None:
        return None
    try:
        return iso(utc)
    except (ValueError, OverflowError, OSError):
        return None
