"""The four transaction machines of RFC 3261 §17, with RFC 6026.

A machine owns a state, the message that it repeats and its timers; its table (`_states`) says the
rest. It sends and arms timers through its `Host` and returns what its user must be told.

Deliberately absent: timer C (it belongs to proxies), and the UPDATE of RFC 6026 §7.3 to proxies.
"""

from ._states import TABLES, Do, Notice, On, Rule, State, Table
from .base import MAGIC_COOKIE, Host, Times, Transaction
from .client_invite import ClientInvite
from .client_other import ClientOther
from .server_invite import ServerInvite
from .server_other import ServerOther

__all__ = [
    "MAGIC_COOKIE",
    "TABLES",
    "ClientInvite",
    "ClientOther",
    "Do",
    "Host",
    "Notice",
    "On",
    "Rule",
    "ServerInvite",
    "ServerOther",
    "State",
    "Table",
    "Times",
    "Transaction",
]
