"""The name of a session's cookie."""

from __future__ import annotations

_COOKIE = "opensos_session"


def cookie_name(host: str) -> str:
    """Return the name of the session's cookie at this Host header (``127.0.0.1:8113``).

    Browsers send a host's cookies to each of its ports (RFC 6265 §8.5), so the port is in the
    name: otherwise a demo and a centre on one machine would sign each other out.
    """
    port = host.strip().rpartition(":")[2]
    known = len(port) <= 5 and port.isascii() and port.isdigit()
    return f"{_COOKIE}_{int(port)}" if known else _COOKIE
