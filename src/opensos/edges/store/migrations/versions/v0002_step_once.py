"""What is written down only once: data-only messages, which a car repeats until it is answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table of keys."""
    op.create_table(
        "step_once",
        sa.Column("step_key", sa.String(32), primary_key=True),
        sa.Column("incident_id", sa.String(16), nullable=False),
    )
