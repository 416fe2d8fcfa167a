"""The one thread that writes: it commits whatever waits as one transaction (group commit)."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from typing import TYPE_CHECKING, Any, TypeAlias

from opensos.edges.store.batch import MOST, Batch
from opensos.protocols.effects import LocalError, OpenSosError, RoadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine, PoolProxiedConnection

    from opensos.rules.incident.log import Change, Written

Job: TypeAlias = "tuple[Change, asyncio.Future[Written]]"
Outcome: TypeAlias = "Written | OpenSosError"

GATHER_S = 0.008
"""Least time between two commits under load. An idle writer commits at once; a busy one lets
changes gather, which costs a call at most this much and saves a commit for each that joined."""


class Writer:
    """Owns one connection and one thread; futures resolve on the loop that made them."""

    def __init__(self, engine: Engine, *, gather_s: float = GATHER_S) -> None:
        self._engine = engine
        self._gather_s = gather_s
        self._mark = "?" if engine.dialect.name == "sqlite" else "%s"
        self._connection: PoolProxiedConnection | None = None
        self.presence: str | None = None
        """Key of the shared lock that this writer's session holds (PostgreSQL only)."""
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="opensos-store", daemon=True)
        self._thread.start()

    def submit(self, change: Change) -> asyncio.Future[Written]:
        """Queue one change from the event loop's thread."""
        future: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        if self._closed:
            future.set_exception(RoadError("The incident store is closed."))
        else:
            self._jobs.put((change, future))
        return future

    def close(self) -> None:
        """Write what is queued, end the thread, give the connection back (blocks)."""
        self._closed = True
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        last = 0.0
        open_ = True
        while open_:
            job = self._jobs.get()
            wait = last + self._gather_s - time.monotonic()
            if wait > 0 and job is not None:
                time.sleep(wait)
            jobs, open_ = self._drain(job)
            if jobs:
                last = time.monotonic()
                outcomes = self._write([change for change, _ in jobs])
                _resolve(jobs, outcomes)
        self._let_go()

    def _drain(self, first: Job | None) -> tuple[list[Job], bool]:
        jobs: list[Job] = []
        job: Job | None = first
        while job is not None:
            jobs.append(job)
            if len(jobs) == MOST:
                return jobs, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

    def _write(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Try all as one transaction; if that fails each alone, so that none harms another."""
        outcome = self._transaction(changes)
        if isinstance(outcome, list):
            return outcome
        if len(changes) == 1:
            return [outcome]
        outcomes: list[Outcome] = []
        for change in changes:
            single = self._transaction([change])
            if isinstance(single, RoadError) and self._connection is None:
                # The database is away, not just this change unlucky: do not knock 500 times.
                return [*outcomes, *[single] * (len(changes) - len(outcomes))]
            outcomes.append(single[0] if isinstance(single, list) else single)
        return outcomes

    def _transaction(self, changes: Sequence[Change]) -> list[Written] | OpenSosError:
        try:
            connection = self._connect()
            cursor = connection.cursor()
            try:
                if self._mark == "?":
                    cursor.execute("BEGIN IMMEDIATE")
                written = Batch(cursor, self._mark).write(changes)
                if self._mark == "?":
                    cursor.execute("COMMIT")  # the driver's commit() is silent in autocommit mode
                else:
                    connection.commit()
            finally:
                cursor.close()
        except Exception as error:  # noqa: BLE001  # the thread must outlive every surprise
            return self._failed(error)
        return written

    @property
    def _driver(self) -> Any:
        return self._engine.dialect.dbapi

    def _connect(self) -> PoolProxiedConnection:
        if self._connection is None:
            connection = self._engine.raw_connection()
            if self.presence is not None:
                sql = "SELECT pg_advisory_lock_shared(hashtextextended(%s, 0))"
                connection.cursor().execute(sql, (self.presence,))
                connection.commit()
            self._connection = connection
        return self._connection

    def _failed(self, error: Exception) -> OpenSosError:
        """Undo, drop a connection that may be broken, and say who is to blame."""
        original = getattr(error, "orig", None) or error
        ours = (
            self._driver.IntegrityError,
            self._driver.DataError,
            self._driver.ProgrammingError,
            UnicodeError,
            TypeError,
        )
        blame_us = isinstance(original, ours) and self._roll_back()
        if not blame_us:
            self._let_go(broken=True)
        sentence = str(original).strip().split("\n", 1)[0] or type(original).__name__
        if blame_us:
            return LocalError(f"This change cannot be stored: {sentence}")
        return RoadError(f"The incident store cannot be written: {sentence}")

    def _roll_back(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.rollback()
        except self._driver.Error:
            return False
        return True

    def _let_go(self, *, broken: bool = False) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if broken:
            connection.invalidate()
        connection.close()


def _resolve(jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
    loop = jobs[0][1].get_loop()
    try:
        loop.call_soon_threadsafe(_set, jobs, outcomes)
    except RuntimeError:
        return  # the loop is gone: what was written stays written, nobody is left to be told


def _set(jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
    for (_, future), outcome in zip(jobs, outcomes, strict=True):
        if future.done():
            continue
        if isinstance(outcome, OpenSosError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
