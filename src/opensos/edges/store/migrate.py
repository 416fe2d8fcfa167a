"""Brings a database to this version's tables before the first call is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from opensos.protocols.effects import RoadError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

HEAD = "0002"
"""The newest step; a database that is there already is left alone without loading Alembic."""

_POSTGRES_LOCK = 0x4F50454E534F53  # "OPENSOS": only one process migrates at a time


def migrate(engine: Engine) -> None:
    """Run the steps that are missing.

    Raises RoadError if the database cannot be reached or was made by a newer version.
    """
    try:
        with engine.begin() as connection:
            if _version(connection) == HEAD:
                return
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
            _upgrade(connection)
    except sa.exc.SQLAlchemyError as error:
        where = engine.url.render_as_string(hide_password=True)
        raise RoadError(f"The database {where} cannot be used: {_first_line(error)}") from error


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("select version_num from alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    # Loaded only when needed: Alembic doubles the time that a start takes.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "opensos.edges.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise RoadError(f"The database was made by another version of OpenSOS: {error}") from error


def _first_line(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return str(original).strip().split("\n", 1)[0]
