"""What every page of ours shares: signing in, the guard in front, live streams, static files.

``vendor/`` holds other people's libraries as they are (hashes and licences beside them), ``ui/``
the parts that all our pages use.

Deliberately absent: passwords and roles (a later issue), TLS (a proxy's work), templates (pages
are static files that read the JSON interface).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from opensos.edges.web.guard import Guard, GuardRules
from opensos.edges.web.sse import HEARTBEAT_S, sse_event, sse_response
from opensos.edges.web.static import add_static

if TYPE_CHECKING:
    from opensos.edges.web.sign_in import SignIn, add_sign_in

__all__ = [
    "HEARTBEAT_S",
    "Guard",
    "GuardRules",
    "SignIn",
    "add_sign_in",
    "add_static",
    "sse_event",
    "sse_response",
]


def __getattr__(name: str) -> Any:
    """Load signing in when it is asked for: the unit in the car needs none of it."""
    if name in {"SignIn", "add_sign_in"}:
        return getattr(importlib.import_module("opensos.edges.web.sign_in"), name)
    raise AttributeError(name)
