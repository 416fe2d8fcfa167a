"""The tables (``docs/reference/database.md`` draws them); migrations bring a database to this.

A new version only ever *adds* nullable columns or tables, so a migration is quick, an older
process goes on writing beside it, and no call waits for it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

# SQLite numbers rows by itself only for INTEGER; PostgreSQL wants 64 bits.
_Id = BigInteger().with_variant(Integer, "sqlite")

incident = Table(
    "incident",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("call_key", String(32), nullable=False, unique=True),  # digest: see rules/incident/key
    Column("opened_at", String(24), nullable=False, index=True),  # ISO UTC, sorts as text
)

event = Table(
    "event",
    metadata,
    Column("event_id", _Id, primary_key=True, autoincrement=False),
    Column("incident_id", String(16), nullable=False),
    Column("at", String(24), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("data", Text, nullable=False),  # JSON
    Column("card", Text, nullable=False),  # JSON: the card after this event
    Index("event_of_incident", "incident_id", "event_id"),
)

message = Table(
    "message",
    metadata,
    Column("message_id", _Id, primary_key=True, autoincrement=True),
    Column("incident_id", String(16), nullable=False, index=True),
    Column("at", String(24), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("content_type", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# Calls that are up: what a restart must look at. A row goes when its call ends.
held = Table(
    "held",
    metadata,
    Column("incident_id", String(16), primary_key=True),
    Column("owner", String(80), nullable=False, index=True),
)

# One row. Every writer takes it first, so events are numbered without gaps in commit order even
# with many writers: a reader that has seen n has seen all below n.
log_end = Table(
    "log_end",
    metadata,
    Column("one", Integer, primary_key=True),
    Column("last", _Id, nullable=False),
)

# What may be written down only once, however often a car sends it (rules/incident/key).
step_once = Table(
    "step_once",
    metadata,
    Column("step_key", String(32), primary_key=True),
    Column("incident_id", String(16), nullable=False),
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("expires", Float, nullable=False),
    Column("used", Boolean, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("expires", Float, nullable=False),
)
