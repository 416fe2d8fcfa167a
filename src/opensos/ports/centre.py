"""What the centre asks of the world: a store that never forgets, and names of places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio

    from opensos.rules.incident.card import Place
    from opensos.rules.incident.log import (
        Change,
        Event,
        Overview,
        RawMessage,
        Record,
        Written,
    )


class IncidentStore(Protocol):
    """Keeps incidents: nothing that it has confirmed is ever lost, not even to SIGKILL.

    Two adapters pass the same suite (``tests/promises/incident_store.py``): SQLite and PostgreSQL.
    """

    def write(self, change: Change) -> asyncio.Future[Written]:
        """Queue one change at once; the future resolves when it is durable, in queue order.

        The future fails with RoadError when the store cannot be written (disk full, server away)
        and with LocalError when this change can never be; neither touches its neighbours.
        """
        ...

    async def overview(self, limit: int) -> Overview:
        """Return the newest ``limit`` cards. Raises RoadError."""
        ...

    async def record(self, incident_id: str) -> Record | None:
        """Return one incident with its log, None if there is none. Raises RoadError."""
        ...

    async def message(self, incident_id: str, message_id: int) -> RawMessage | None:
        """Return the bytes of one message of that incident. Raises RoadError."""
        ...

    async def events_after(self, event_id: int, limit: int) -> tuple[Event, ...]:
        """Return the next events in order. Raises RoadError."""
        ...

    async def last_event_id(self) -> int:
        """Return the newest event's id, 0 when there is none. Raises RoadError."""
        ...

    async def left_open(self, owner: str) -> tuple[Event, ...]:
        """Return the newest event of each incident whose call ``owner`` still held."""
        ...

    async def close(self) -> None:
        """Write what is queued, then let go of the database."""
        ...


class SignInStore(Protocol):
    """Keeps digests of sign-in links and sessions; the secrets themselves are never stored."""

    async def add_link(self, digest: str, expires: float) -> None:
        """Remember a link that may be used once before ``expires`` (seconds UTC)."""
        ...

    async def use_link(self, digest: str, now: float) -> bool:
        """Use up a link; true exactly once, and only before it expires."""
        ...

    async def add_session(self, digest: str, expires: float) -> None:
        """Remember a session until ``expires`` (seconds UTC)."""
        ...

    async def session(self, digest: str, now: float) -> bool:
        """Tell whether a session is known and has not expired."""
        ...

    async def end_session(self, digest: str) -> None:
        """Forget a session."""
        ...

    async def any_session(self, now: float) -> bool:
        """Tell whether there is a session that has not expired."""
        ...


class Places(Protocol):
    """Names the inhabited place nearest to a position."""

    def nearest(self, latitude: float, longitude: float) -> Place | None:
        """Return the nearest place, None while the list is not loaded yet; never waits."""
        ...
