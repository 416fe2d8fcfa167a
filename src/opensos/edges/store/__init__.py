"""The incident store: an append-only log of events in SQLite or PostgreSQL.

``open_store(url)`` brings the tables up to date and returns a ``SqlStore``, which keeps the ports
``IncidentStore`` and ``SignInStore``. ``EmergencySpool`` is where a centre puts what its database
will not take.

Deliberately absent: an ORM (one row shape, eight statements), updates of an event (the log only
grows; erasure on schedule comes with the privacy rules), and in-memory databases (durability is
the point).
"""

from opensos.edges.store.spool import EmergencySpool
from opensos.edges.store.store import SqlStore, open_store

__all__ = ["EmergencySpool", "SqlStore", "open_store"]
