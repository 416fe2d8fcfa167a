"""One transaction of many changes, in at most ten statements however many they are.

Rows travel as multi-row VALUES: besides being quick, SQLite gives up and takes back the
interpreter's lock once per statement, and beside a busy event loop each time can cost
milliseconds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opensos.edges.store import tables
from opensos.rules.incident.log import Change, Event, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Table

# SQLite takes at most 32 766 values in a statement; an event has six.
MOST = 500
"""Changes in one transaction."""


class _Keys(NamedTuple):
    """A table of keys of incidents, and what its columns are called."""

    table: str
    key: str
    incident: str


_CALLS = _Keys("incident", "call_key", "id")
_STEPS = _Keys("step_once", "step_key", "incident_id")


class Batch:
    """Writes changes through a driver's cursor; the caller begins and commits."""

    def __init__(self, cursor: Any, placeholder: str) -> None:
        self._cursor = cursor
        self._mark = placeholder

    def write(self, changes: Sequence[Change]) -> list[Written]:
        """Put all changes in and say what became of each, in order."""
        last = self._take_the_end()
        known = self._known([c.opens for c in changes], _CALLS)
        done = self._known([c.once for c in changes], _STEPS)
        written: list[Written] = []
        fresh: list[Change] = []
        events: list[Event] = []
        for change in changes:
            if change.once is not None and change.once in done:
                written.append(Written(None, done[change.once], repeated=True))
                continue
            if change.opens is not None and change.opens in known:
                written.append(Written(None, known[change.opens]))
                continue
            last += 1
            event = Event(
                last, change.incident_id, change.at, change.kind, change.data, change.card
            )
            if change.opens is not None:
                known[change.opens] = event
            if change.once is not None:
                done[change.once] = event
            fresh.append(change)
            events.append(event)
            written.append(Written(event))
        if fresh:
            self._insert_all(fresh, events)
            self._run(_set_end_sql(self._mark), [last])
        return written

    def _take_the_end(self) -> int:
        self._run("UPDATE log_end SET last = last WHERE one = 1 RETURNING last", [])
        return int(self._cursor.fetchone()[0])

    def _known(self, wanted: Sequence[str | None], where: _Keys) -> dict[str, Event]:
        """Find which of these keys are there already, with the newest event of each incident."""
        keys = [key for key in wanted if key is not None]
        if not keys:
            return {}
        self._run(_known_sql(where, len(keys), self._mark), keys)
        return {row[0]: Event(*row[1:]) for row in self._cursor.fetchall()}

    def _insert_all(self, changes: Sequence[Change], events: Sequence[Event]) -> None:
        opened = [c for c in changes if c.opens is not None]
        if opened:
            self._insert(tables.incident, [(c.incident_id, c.opens, c.at) for c in opened])
        once = [(c.once, c.incident_id) for c in changes if c.once is not None]
        if once:
            self._insert(tables.step_once, once)
        self._insert(
            tables.event,
            [(e.event_id, e.incident_id, e.at, e.kind, e.data, e.card) for e in events],
        )
        messages = [
            (c.incident_id, c.at, m.kind, m.content_type, m.data)
            for c in changes
            for m in c.messages
        ]
        for start in range(0, len(messages), MOST):
            self._insert(tables.message, messages[start : start + MOST])
        # The last word of each incident in this batch decides whether its call is up.
        final = {c.incident_id: c for c in changes}
        up = [(c.incident_id, c.owner) for c in final.values() if c.up]
        self._hold(up, [c.incident_id for c in final.values() if not c.up])

    def _hold(self, up: Sequence[tuple[str, str]], down: Sequence[str]) -> None:
        if up:
            sql = _insert_sql(tables.held, len(up), self._mark)
            take = " ON CONFLICT (incident_id) DO UPDATE SET owner = excluded.owner"
            self._run(sql + take, [v for row in up for v in row])
        if down:
            marks = ",".join([self._mark] * len(down))
            self._run(f"DELETE FROM held WHERE incident_id IN ({marks})", down)  # noqa: S608  # see below

    def _insert(self, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
        self._run(_insert_sql(table, len(rows), self._mark), [v for row in rows for v in row])

    def _run(self, sql: str, values: Iterable[object]) -> None:
        self._cursor.execute(sql, tuple(values))


# In these texts only the driver's placeholders and our own tables' names are put together.


@lru_cache
def _set_end_sql(mark: str) -> str:
    return f"UPDATE log_end SET last = {mark} WHERE one = 1"  # noqa: S608  # see above


@lru_cache(maxsize=2048)
def _insert_sql(table: Table, rows: int, mark: str) -> str:
    """Return a multi-row INSERT with the table's own columns, less those it numbers itself."""
    names = [c.name for c in table.columns if c.autoincrement is not True]
    row = "(" + ",".join([mark] * len(names)) + ")"
    values = ",".join([row] * rows)
    return f"INSERT INTO {table.name} ({','.join(names)}) VALUES {values}"  # noqa: S608  # see above


@lru_cache(maxsize=512)
def _known_sql(where: _Keys, keys: int, mark: str) -> str:
    marks = ",".join([mark] * keys)
    return (
        f"SELECT k.{where.key}, e.event_id, e.incident_id, e.at, e.kind, e.data, e.card"  # noqa: S608  # see above
        f" FROM {where.table} k JOIN event e ON e.event_id ="
        f" (SELECT max(event_id) FROM event WHERE incident_id = k.{where.incident})"
        f" WHERE k.{where.key} IN ({marks})"
    )
