"""The first tables: incidents, their log and raw messages, calls that are up, sign-in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of the first version."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "incident",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("call_key", sa.String(32), nullable=False, unique=True),
        sa.Column("opened_at", sa.String(24), nullable=False, index=True),
    )
    op.create_table(
        "event",
        sa.Column("event_id", number, primary_key=True, autoincrement=False),
        sa.Column("incident_id", sa.String(16), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("card", sa.Text, nullable=False),
    )
    op.create_index("event_of_incident", "event", ["incident_id", "event_id"])
    op.create_table(
        "message",
        sa.Column("message_id", number, primary_key=True, autoincrement=True),
        sa.Column("incident_id", sa.String(16), nullable=False, index=True),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    _create_small_tables(number)


def _create_small_tables(number: sa.types.TypeEngine[int]) -> None:
    op.create_table(
        "held",
        sa.Column("incident_id", sa.String(16), primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False, index=True),
    )
    log_end = op.create_table(
        "log_end",
        sa.Column("one", sa.Integer, primary_key=True),
        sa.Column("last", number, nullable=False),
    )
    op.bulk_insert(log_end, [{"one": 1, "last": 0}])
    op.create_table(
        "sign_in_link",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("expires", sa.Float, nullable=False),
        sa.Column("used", sa.Boolean, nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("expires", sa.Float, nullable=False),
    )
