from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from opensos.edges.store import SqlStore, open_store
from opensos.edges.store.engine import database_url
from opensos.edges.store.migrate import HEAD, migrate
from opensos.edges.store.tables import metadata
from opensos.protocols.effects import RoadError, UserError
from opensos.rules.incident import Change, RawMessage, Written
from tests.promises.incident_store import opening

if TYPE_CHECKING:
    from pathlib import Path


def test_a_full_disk_is_a_road_error_and_the_store_works_again_afterwards(tmp_path: Path) -> None:
    async def main() -> None:
        store = await asyncio.to_thread(open_store, str(tmp_path / "centre.db"))
        await store.write(opening("before"))
        await _limit_pages(store, small=True)
        with pytest.raises(RoadError, match="full"):
            await store.write(_big(opening("during")))
        await _limit_pages(store, small=False)
        assert isinstance(await store.write(_big(opening("during"))), Written)
        assert len((await store.overview(10)).cards) == 2
        await store.close()

    asyncio.run(main())


def test_a_directory_in_the_way_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "centre.db").mkdir()
    with pytest.raises(RoadError, match="cannot be used"):
        open_store(str(tmp_path / "centre.db"))


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(RoadError, match="cannot be used"):
        open_store("postgresql+psycopg://opensos@127.0.0.1:1/nowhere")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://x/y", "x://", "://"])
def test_a_database_that_cannot_be_is_refused_before_anything_is_opened(url: str) -> None:
    with pytest.raises(UserError):
        database_url(url)


def test_a_path_and_a_plain_postgres_url_are_understood() -> None:
    assert database_url("/data/x.db").render_as_string() == "sqlite:////data/x.db"
    assert database_url("postgresql://u@h/d").drivername == "postgresql+psycopg"


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "centre.db")

    async def age(store: SqlStore) -> None:
        with store._engine.begin() as connection:
            connection.exec_driver_sql("update alembic_version set version_num = '9999'")
        await store.close()

    asyncio.run(age(open_store(path)))
    with pytest.raises(RoadError, match="another version"):
        open_store(path)


def test_the_migrations_make_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    async def compare(store: SqlStore) -> None:
        migrate(store._engine)  # a second time changes nothing
        with store._engine.connect() as connection:
            context = MigrationContext.configure(connection)
            assert context.get_current_revision() == HEAD
            assert compare_metadata(context, metadata) == []
        await store.close()

    asyncio.run(compare(open_store(str(tmp_path / "centre.db"))))


def _big(change: Change) -> Change:
    return Change(
        incident_id=change.incident_id,
        at=change.at,
        kind=change.kind,
        data=change.data,
        card=change.card,
        up=change.up,
        owner=change.owner,
        opens=change.opens,
        messages=(RawMessage("invite", "message/sip", bytes(400_000)),),
    )


async def _limit_pages(store: SqlStore, *, small: bool) -> None:
    """Set the writer's own limit: SQLite then says that the disk is full."""
    writer = store._writer
    if writer._connection is None:
        writer._connect()
    connection = writer._connection
    assert connection is not None
    connection.cursor().execute(f"PRAGMA max_page_count={60 if small else 1_000_000}")
