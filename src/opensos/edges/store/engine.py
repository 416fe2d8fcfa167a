"""How each kind of database is opened: SQLite for one machine, PostgreSQL for many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from opensos.protocols.effects import UserError

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

# A server that has gone silent must become an error, not a wait: all in the units libpq wants.
_POSTGRES = {
    "connect_timeout": 3,  # s
    "options": "-c statement_timeout=5000 -c synchronous_commit=on",  # ms
    "tcp_user_timeout": 5000,  # ms
    "keepalives_idle": 5,  # s
}


def database_url(text: str) -> URL:
    """Read a ``--db`` value: an SQLAlchemy URL, or the path of an SQLite file.

    Raises UserError for anything but an SQLite file or PostgreSQL through psycopg.
    """
    if "://" not in text:
        return sa.URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except sa.exc.ArgumentError as error:
        raise UserError(f"{text!r} is not a database URL.") from error
    if url.get_backend_name() == "sqlite":
        if url.database in {None, "", ":memory:"}:
            raise UserError("An SQLite database needs a file: sqlite:///PATH.")
        return url.set(drivername="sqlite")
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise UserError(
        "The database is SQLite (sqlite:///PATH) or PostgreSQL (postgresql+psycopg://)."
    )


def open_engine(url: URL) -> Engine:
    """Make an engine; nothing is connected yet. Raises UserError if psycopg is not installed."""
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    try:
        return sa.create_engine(url, connect_args=_POSTGRES, pool_size=4, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise UserError("PostgreSQL needs psycopg: pip install 'opensos[postgres]'.") from error


def _open_sqlite(url: URL) -> Engine:
    path = Path(str(url.database))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = sa.create_engine(
        url,
        connect_args={"timeout": 5.0, "check_same_thread": False, "cached_statements": 512},
        pool_size=4,
    )

    def prepare(connection: Any, _record: object) -> None:
        # The driver's own BEGIN would come too late (before the first write); we say it ourselves.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # a commit is on the disk when it returns
        cursor.execute("PRAGMA journal_size_limit=67108864")
        cursor.close()

    sa.event.listen(engine, "connect", prepare)
    sa.event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN"))
    return engine
