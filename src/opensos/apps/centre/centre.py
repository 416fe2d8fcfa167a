"""``Centre``: everything of one call centre on one event loop, or with worker processes."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
from typing import TYPE_CHECKING, Any

from opensos.apps.centre.case import iso
from opensos.apps.centre.desk import Desk
from opensos.apps.centre.exchange import Exchange
from opensos.apps.centre.feed import Feed
from opensos.apps.centre.intake import Intake
from opensos.apps.centre.keeper import Keeper
from opensos.apps.centre.kin import Kin
from opensos.apps.centre.link_roads import MqttRoad
from opensos.apps.centre.workers import Workers
from opensos.edges.clock import SystemClock
from opensos.edges.lock import FileLock
from opensos.edges.places import WorldPlaces
from opensos.edges.store import EmergencySpool, open_store
from opensos.edges.web.sign_in import SignIn
from opensos.protocols.effects import LocalError, OpenSosError, RoadError

if TYPE_CHECKING:
    from opensos.apps.centre.intake import Answer
    from opensos.apps.centre.settings import CentreSettings
    from opensos.edges.store import SqlStore
    from opensos.ports import Clock
    from opensos.protocols.effects import Address
    from opensos.rules.incident import Change, Event, RawMessage, Record, Related

log = logging.getLogger(__name__)

_LOOK_BACK = 500
"""Events that are looked at after a start for vehicles that may be heard of again."""

_OTHERS_S = 0.5
"""How often the log is looked at for what other machines wrote to a shared database."""


class Centre:
    """A call centre.

    ``await start()`` opens the store and the SIP addresses; ``await stop()`` gives them back.
    Between the two, ``create_app(centre)`` serves its consoles.
    """

    def __init__(self, settings: CentreSettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.feed: Feed
        self.sign_in: SignIn
        self._store: SqlStore
        self._keeper: Keeper | None = None
        self._exchange: Exchange | None = None
        self._desk: Desk | None = None
        self._workers: Workers | None = None
        self._intake: Intake | None = None
        self._mqtt: MqttRoad | None = None
        self._kin = Kin(self._related)
        self._outlet: _Outlet
        self._relating: set[asyncio.Task[None]] = set()
        self._places = WorldPlaces()
        self._watching: asyncio.Task[None] | None = None
        self._locks = tuple(FileLock(path) for path in settings.lock_files)

    # --- life -----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start to take calls.

        Raises RoadError if the database or a port cannot be used, UserError for settings that
        cannot be.
        """
        settings = self.settings
        try:
            # Before anything else: to recover what another centre holds would end its live calls.
            for lock in self._locks:
                lock.take("Another centre")
            self._store = await asyncio.to_thread(open_store, settings.database_url)
            await asyncio.to_thread(self._store.claim, settings.name)
            self.feed = Feed(self._store)
            self.sign_in = SignIn(self._store, self.clock)
            await self.feed.start()
            self._outlet = _Outlet(self.feed)
            self.feed.watch = self._seen
            if settings.workers:
                await self._recover_all()
                self._workers = Workers(settings, self.feed)
                await self._workers.start()
                # Data is little work: the parent does it, under a name of its own.
                await self._start_exchange(f"{settings.name}/link", "emergency-link.spool", ())
            else:
                await self._start_exchange(settings.name, "emergency.spool", settings.sip)
            await self._remember_kin()
            if settings.broker is not None and self._intake is not None:
                self._mqtt = MqttRoad(settings, self._intake)
                await self._mqtt.start()
            if settings.workers or self._store.is_shared:
                self._watching = asyncio.get_running_loop().create_task(self._watch())
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop: consoles first, then the sockets, then what is still to be written."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        if self._mqtt is not None:
            await self._mqtt.close()
        if hasattr(self, "feed"):
            self.feed.watch = None
            await self.feed.close()
        await asyncio.gather(*self._relating, return_exceptions=True)
        if self._workers is not None:
            await self._workers.stop()
        if self._exchange is not None:
            await self._exchange.close()
        if self._keeper is not None:
            await self._keeper.close()
        if hasattr(self, "_store"):
            await self._store.close()
        for lock in self._locks:
            lock.release()

    async def _start_exchange(self, owner: str, spool: str, sip: tuple[Address, ...]) -> None:
        settings = self.settings
        exchange, keeper = await build_exchange(
            settings,
            self._store,
            self._outlet,
            self.clock,
            owner=owner,
            spool=spool,
            places=self._places,
        )
        self._exchange, self._keeper = exchange, keeper
        self._desk = Desk(exchange, self._store)
        self._intake = Intake(exchange)
        await exchange.listen(sip)

    async def _remember_kin(self) -> None:
        """Look at the newest incidents, so that what belongs to them is seen after a restart."""
        last = self.feed.last_event_id
        for event in await self._store.events_after(max(0, last - _LOOK_BACK), _LOOK_BACK):
            self._kin.heard(event)

    def _seen(self, event: Event) -> None:
        """Take one event of the log, whoever wrote it."""
        if not self._outlet.wrote(event) and self._exchange is not None:
            self._exchange.heard(event)
        self._kin.heard(event)

    def _related(self, incident_id: str, other: Related) -> None:
        task = asyncio.get_running_loop().create_task(self._relate(incident_id, other))
        self._relating.add(task)
        task.add_done_callback(self._relating.discard)

    async def _relate(self, incident_id: str, other: Related) -> None:
        try:
            if self._workers is None or self._holds(incident_id):
                await self._some_desk().relate(incident_id, other)
            else:
                await self._workers.relate(incident_id, other)
        except OpenSosError as error:
            log.warning("Incident %s does not name %s: %s", incident_id, other.id, error)

    def _holds(self, incident_id: str) -> bool:
        exchange = self._exchange
        return exchange is not None and exchange.cases.get(incident_id) is not None

    def _some_desk(self) -> Desk:
        if self._desk is None:
            raise LocalError("The centre has not been started.")
        return self._desk

    async def places_loaded(self) -> None:
        """Wait until positions are named; calls need not wait, their cards get the name later."""
        if self.settings.places and self._exchange is not None:
            await asyncio.to_thread(self._places.wait)

    async def _recover_all(self) -> None:
        """Close what an earlier run left, however many workers it had."""
        exchange, keeper = await build_exchange(
            dataclasses.replace(self.settings, places=False),
            self._store,
            self.feed,
            self.clock,
            owner=self.settings.name,
            spool="emergency.spool",
        )
        await exchange.close()
        await keeper.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_OTHERS_S)
            self.feed.look()

    # --- what the web interface asks ------------------------------------------------------------

    @property
    def sip_addresses(self) -> tuple[Address, ...]:
        """Where calls arrive, with the ports that the system chose."""
        if self._workers is not None:
            return self._workers.addresses
        return () if self._exchange is None else tuple(leg.address for leg in self._exchange.legs)

    @property
    def mode(self) -> str:
        """``live`` or ``test``."""
        return "live" if self.settings.live else "test"

    @property
    def trouble(self) -> str | None:
        """Why incidents are not stored at the moment; None while all is well."""
        if self._workers is not None and self._workers.trouble is not None:
            return self._workers.trouble
        return None if self._keeper is None else self._keeper.trouble

    async def act(self, verb: str, incident_id: str) -> None:
        """Do what an operator asks (``desk.VERBS``). Raises UserError, RoadError."""
        if self._workers is not None and not self._holds(incident_id):
            await self._workers.act(verb, incident_id)
        else:
            await self._some_desk().act(verb, incident_id)

    async def take_data(self, data: bytes, road: str, source: str) -> Answer:
        """Take one message in that a car sent by data; return when it is durable, or cannot be.

        Raises NoSosError if it is something else.
        """
        if self._intake is None:
            raise LocalError("The centre has not been started.")
        return await self._intake.take(data, road, source)

    @property
    def broker(self) -> tuple[str, str | None] | None:
        """Where data-only SOS are heard over MQTT, and why they are not; None = nowhere."""
        return None if self._mqtt is None else (self._mqtt.url, self._mqtt.trouble)

    async def overview(self, limit: int) -> str:
        """Return the newest incidents as the API's JSON text."""
        unsaved = {} if self._keeper is None else self._keeper.unsaved_cards
        try:
            stored = await self._store.overview(limit)
            cards, last = stored.cards, stored.last_event_id
        except RoadError:
            if not unsaved:
                raise
            cards, last = (), self.feed.last_event_id
        if unsaved:
            cards = _with_unsaved(cards, unsaved)[:limit]
        now = iso(self.clock.utc())
        return (
            f'{{"incidents":[{",".join(cards)}],"last_event_id":{last},'
            f'"mode":"{self.mode}","server_time":"{now}"}}'
        )

    async def record(self, incident_id: str) -> str | None:
        """Return one incident as the API's JSON text, None if there is none."""
        unsaved = {} if self._keeper is None else self._keeper.unsaved_cards
        try:
            record = await self._store.record(incident_id)
        except RoadError:
            if incident_id not in unsaved:
                raise
            record = None
        card = unsaved.get(incident_id)
        if record is None and card is None:
            return None
        return _record_json(record, card)

    async def message(self, incident_id: str, message_id: int) -> RawMessage | None:
        """Return the bytes of one message, exactly as they came."""
        return await self._store.message(incident_id, message_id)


class _Outlet:
    """Where our own exchange's events go on their way to the feed, so that we know them again."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._ours: set[int] = set()

    def publish(self, event: Event) -> None:
        """Pass on an event of our own."""
        self._ours.add(event.event_id)
        self._feed.publish(event)

    def publish_unsaved(self, change: Change) -> None:
        """Pass on what the store would not take."""
        self._feed.publish_unsaved(change)

    def wrote(self, event: Event) -> bool:
        """Whether an event, which the feed gives each once, is our own."""
        if event.event_id not in self._ours:
            return False
        self._ours.discard(event.event_id)
        return True


async def build_exchange(
    settings: CentreSettings,
    store: SqlStore,
    feed: Any,
    clock: Clock,
    *,
    owner: str,
    spool: str,
    places: WorldPlaces | None = None,
) -> tuple[Exchange, Keeper]:
    """Build what takes calls, bring in what an earlier run left, and start to load the cities.

    ``feed`` is a ``Feed``, or in a worker process what carries events to the parent's.
    """
    places = places or WorldPlaces()
    if settings.places:
        places.load()
    keeper = Keeper(
        store,
        EmergencySpool(settings.data / spool),
        feed.publish,
        feed.publish_unsaved,
        lambda names: exchange.stored_again(names),  # noqa: PLW0108  # it is made only below
    )
    exchange = Exchange(settings, keeper, clock, places, owner)
    await keeper.recover()
    lost = await exchange.recover(store, owner)
    if lost:
        log.warning(
            "%d calls were up when this centre last stopped; they can be called back.", lost
        )
    return exchange, keeper


def _with_unsaved(cards: tuple[str, ...], unsaved: dict[str, str]) -> tuple[str, ...]:
    """Put cards that are in memory only into the list, newest first."""
    by_id = {json.loads(card)["id"]: card for card in cards} | unsaved
    return tuple(
        sorted(by_id.values(), key=lambda card: str(json.loads(card)["opened_at"]), reverse=True)
    )


def _record_json(record: Record | None, unsaved: str | None) -> str:
    timeline = messages = ""
    card = unsaved
    if record is not None:
        card = card or record.card
        timeline = ",".join(
            f'{{"event_id":{t.event_id},"at":"{t.at}","kind":"{t.kind}","data":{t.data}}}'
            for t in record.timeline
        )
        messages = json.dumps(
            [
                {
                    "id": m.message_id,
                    "at": m.at,
                    "kind": m.kind,
                    "content_type": m.content_type,
                    "size": m.size,
                }
                for m in record.messages
            ]
        )[1:-1]
    return f'{{"card":{card},"timeline":[{timeline}],"messages":[{messages}]}}'
