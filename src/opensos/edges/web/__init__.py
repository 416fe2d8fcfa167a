"""What every page of ours shares: signing in, the guard in front, live streams, static files.

``vendor/`` holds other people's libraries as they are (hashes and licences beside them), ``ui/``
the parts that all our pages use.

Deliberately absent: passwords and roles (a later issue), TLS (a proxy's work), templates (pages
are static files that read the JSON interface).
"""

from opensos.edges.web.guard import Guard, GuardRules
from opensos.edges.web.sign_in import SignIn, add_sign_in
from opensos.edges.web.sse import HEARTBEAT_S, sse_event, sse_response
from opensos.edges.web.static import add_static

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
