from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.promises.incident_store import IncidentStorePromises

if TYPE_CHECKING:
    from pathlib import Path


class TestSqlite(IncidentStorePromises):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path}/centre.db"


@pytest.mark.postgres
class TestPostgres(IncidentStorePromises):
    @pytest.fixture
    def url(self, postgres: str) -> str:
        engine = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            number = connection.execute(sa.text("select count(*) from pg_database")).scalar()
            connection.execute(sa.text(f"create database centre{number}"))
        engine.dispose()
        return postgres.removesuffix("/postgres") + f"/centre{number}"
