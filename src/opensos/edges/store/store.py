"""``SqlStore``: the ports ``IncidentStore`` and ``SignInStore`` over SQLAlchemy Core."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

from opensos.edges.store import tables
from opensos.edges.store.engine import database_url, open_engine
from opensos.edges.store.migrate import migrate
from opensos.edges.store.writer import GATHER_S, Writer
from opensos.protocols.effects import RoadError
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

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine, PoolProxiedConnection

T = TypeVar("T")

_CLAIM_TRIES = 10
_CLAIM_PAUSE_S = 0.3

_event = tables.event.c
_EVENT = sa.select(
    _event.event_id, _event.incident_id, _event.at, _event.kind, _event.data, _event.card
)
_NEWEST = (
    sa.select(sa.func.max(_event.event_id))
    .where(_event.incident_id == sa.bindparam("incident"))
    .scalar_subquery()
)


def writers_key(name: str) -> str:
    """Name the lock that every writing session of a centre shares while it lives."""
    return f"opensos {name} writes"


def open_store(url: str, *, gather_s: float = GATHER_S) -> SqlStore:
    """Connect, bring the tables up to date, and return a store that is ready (blocks).

    ``url`` is an SQLAlchemy URL or the path of an SQLite file.

    Raises UserError for a URL that cannot be, RoadError if the database cannot be used.
    """
    engine = open_engine(database_url(url))
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine, gather_s=gather_s)


class SqlStore:
    """One writer thread with group commit; readers on connections of their own."""

    def __init__(self, engine: Engine, *, gather_s: float = GATHER_S) -> None:
        self._engine = engine
        self._writer = Writer(engine, gather_s=gather_s)
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="opensos-read")
        self._claimed: PoolProxiedConnection | None = None

    @property
    def is_shared(self) -> bool:
        """Tell whether other machines may write to the same database."""
        return self._engine.dialect.name != "sqlite"

    def claim(self, name: str) -> None:
        """Hold a centre's name on a shared database until ``close``, or until we die (blocks).

        Two centres of one name would each end the other's calls when they start.

        Raises:
            RoadError: a centre of this name is at work on this database, or the server is away.
        """
        if not self.is_shared:
            return
        try:
            connection = self._engine.raw_connection()
            connection.detach()  # a lock of this session must not go back into the pool
            # A killed centre's sessions live on for a moment, and may still be committing.
            if self._locked(connection, f"opensos {name}") and self._locked(
                connection, writers_key(name)
            ):
                sql = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"
                connection.cursor().execute(sql, (writers_key(name),))
                connection.commit()
                self._claimed = connection
                self.write_as(name)
                return
            connection.close()
        except sa.exc.DBAPIError as error:
            raise RoadError(f"The incident store cannot be used: {error.orig}") from error
        raise RoadError(
            f"A centre named {name!r} already works on this database; choose another --name."
        )

    def write_as(self, name: str) -> None:
        """Say for which centre this store writes; to be called before the first write."""
        if self.is_shared:
            self._writer.presence = writers_key(name)

    def _locked(self, connection: PoolProxiedConnection, key: str) -> bool:
        cursor = connection.cursor()
        for _ in range(_CLAIM_TRIES):
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (key,))
            row = cursor.fetchone()
            connection.commit()
            if row is not None and row[0]:
                return True
            time.sleep(_CLAIM_PAUSE_S)
        return False

    # --- incidents

    def write(self, change: Change) -> asyncio.Future[Written]:
        """Queue one change; see ``IncidentStore``."""
        return self._writer.submit(change)

    async def overview(self, limit: int) -> Overview:
        """Return the newest cards and the last event that they include."""

        def read(connection: Connection) -> Overview:
            newest = (
                sa.select(tables.incident.c.id)
                .order_by(tables.incident.c.opened_at.desc(), tables.incident.c.id)
                .limit(limit)
                .subquery()
            )
            last = (
                sa.select(sa.func.max(_event.event_id))
                .where(_event.incident_id == newest.c.id)
                .correlate(newest)
                .scalar_subquery()
            )
            end = connection.execute(sa.select(tables.log_end.c.last)).scalar_one()
            rows = connection.execute(
                sa.select(_event.card)
                .join(newest, _event.event_id == last)
                .join(tables.incident, tables.incident.c.id == newest.c.id)
                .order_by(tables.incident.c.opened_at.desc(), tables.incident.c.id)
            ).scalars()
            return Overview(tuple(rows), end)

        return await self._read(read)

    async def record(self, incident_id: str) -> Record | None:
        """Return one incident with its log."""
        if not _is_name(incident_id):
            return None

        def read(connection: Connection) -> Record | None:
            card = connection.execute(
                sa.select(_event.card).where(_event.event_id == _NEWEST), {"incident": incident_id}
            ).scalar()
            if card is None:
                return None
            lines = connection.execute(
                sa.select(_event.event_id, _event.at, _event.kind, _event.data)
                .where(_event.incident_id == incident_id)
                .order_by(_event.event_id)
            )
            m = tables.message.c
            messages = connection.execute(
                sa.select(m.message_id, m.at, m.kind, m.content_type, sa.func.length(m.data))
                .where(m.incident_id == incident_id)
                .order_by(m.message_id)
            )
            return Record(
                card,
                tuple(TimelineLine(*row) for row in lines),
                tuple(MessageLine(*row) for row in messages),
            )

        return await self._read(read)

    async def message(self, incident_id: str, message_id: int) -> RawMessage | None:
        """Return the bytes of one message of that incident."""

        def read(connection: Connection) -> RawMessage | None:
            m = tables.message.c
            row = connection.execute(
                sa.select(m.kind, m.content_type, m.data)
                .where(m.message_id == message_id)
                .where(m.incident_id == incident_id)
            ).first()
            return None if row is None else RawMessage(row[0], row[1], bytes(row[2]))

        if not _is_name(incident_id) or not 0 <= message_id < 2**63:
            return None
        return await self._read(read)

    async def events_after(self, event_id: int, limit: int) -> tuple[Event, ...]:
        """Return the next events in order."""

        def read(connection: Connection) -> tuple[Event, ...]:
            query = _EVENT.where(_event.event_id > event_id).order_by(_event.event_id)
            return tuple(Event(*row) for row in connection.execute(query.limit(limit)))

        return await self._read(read)

    async def last_event_id(self) -> int:
        """Return the newest event's id, 0 when there is none."""

        def read(connection: Connection) -> int:
            return int(connection.execute(sa.select(tables.log_end.c.last)).scalar_one())

        return await self._read(read)

    async def left_open(self, owner: str) -> tuple[Event, ...]:
        """Return the newest event of each incident whose call ``owner`` still held.

        ``owner`` matches itself and, as a prefix with a slash, its workers.
        """

        def read(connection: Connection) -> tuple[Event, ...]:
            h = tables.held.c
            newest = (
                sa.select(sa.func.max(_event.event_id))
                .where(_event.incident_id == h.incident_id)
                .correlate(tables.held)
                .scalar_subquery()
            )
            mine = sa.or_(h.owner == owner, h.owner.startswith(f"{owner}/", autoescape=True))
            query = _EVENT.join(tables.held, _event.event_id == newest).where(mine)
            return tuple(Event(*row) for row in connection.execute(query.order_by("event_id")))

        return await self._read(read)

    async def close(self) -> None:
        """Write what is queued, then let go of the database."""
        await asyncio.to_thread(self._writer.close)
        self._readers.shutdown(wait=True)
        if self._claimed is not None:
            self._claimed.close()
        self._engine.dispose()

    # --- sign-in

    async def add_link(self, digest: str, expires: float) -> None:
        """Remember a link that may be used once before ``expires`` (seconds UTC)."""
        row = {"digest": digest, "expires": expires, "used": False}
        await self._change(sa.insert(tables.sign_in_link).values(row))

    async def use_link(self, digest: str, now: float) -> bool:
        """Use up a link; true exactly once, and only before it expires."""
        link = tables.sign_in_link
        query = (
            sa.update(link)
            .where(link.c.digest == digest, link.c.expires > now, link.c.used.is_(False))
            .values(used=True)
        )
        return await self._change(query) == 1

    async def add_session(self, digest: str, expires: float) -> None:
        """Remember a session until ``expires`` (seconds UTC)."""
        await self._change(sa.insert(tables.session).values(digest=digest, expires=expires))

    async def session(self, digest: str, now: float) -> bool:
        """Tell whether a session is known and has not expired."""
        s = tables.session.c

        def read(connection: Connection) -> bool:
            query = sa.select(s.digest).where(s.digest == digest, s.expires > now)
            return connection.execute(query).first() is not None

        return await self._read(read)

    async def end_session(self, digest: str) -> None:
        """Forget a session."""
        await self._change(sa.delete(tables.session).where(tables.session.c.digest == digest))

    async def any_session(self, now: float) -> bool:
        """Tell whether there is a session that has not expired."""
        s = tables.session.c

        def read(connection: Connection) -> bool:
            return (
                connection.execute(sa.select(s.digest).where(s.expires > now)).first() is not None
            )

        return await self._read(read)

    # ---

    async def _change(self, query: sa.Insert | sa.Update | sa.Delete) -> int:
        return await self._read(lambda connection: connection.execute(query).rowcount)

    async def _read(self, read: Callable[[Connection], T]) -> T:
        def run() -> T:
            try:
                with self._engine.begin() as connection:
                    return read(connection)
            except sa.exc.SQLAlchemyError as error:
                sentence = str(getattr(error, "orig", None) or error).strip().split("\n", 1)[0]
                raise RoadError(f"The incident store cannot be read: {sentence}") from error

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)


def _is_name(incident_id: str) -> bool:
    """Whether this can be an incident's name; a database may choke on other text (NUL)."""
    return len(incident_id) == 16 and incident_id.isascii() and incident_id.isalnum()
