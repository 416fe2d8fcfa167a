"""Stands in front of every page and interface: who may ask, from where, and how much.

Plain ASGI, since a framework's middleware would hold up live streams.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

from opensos.edges.web.cookie import cookie_name
from opensos.protocols.effects import RoadError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 64 * 1024

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = (
    # MapLibre runs its worker from a blob and draws with inline styles.
    (
        b"content-security-policy",
        (
            b"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            b"img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self'; "
            b"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), camera=(), payment=(), usb=()"),
)


@dataclass(frozen=True, slots=True)
class GuardRules:
    """What the guard asks for.

    Attributes:
        hosts: names under which we may be asked, besides loopback and plain IP addresses. A page
            of a stranger whose name was pointed at us (DNS rebinding) brings another name.
        private: path prefixes that need a session.
        machines: path prefixes for programs only: asked for under any name, but never by a browser
            (a page of a stranger could make a visitor's browser send what it likes).
    """

    hosts: tuple[str, ...] = ()
    private: tuple[str, ...] = ("/api",)
    machines: tuple[str, ...] = ()


class Guard:
    """The middleware; ``signed_in`` tells whether a session's secret is known."""

    def __init__(
        self,
        app: ASGIApp,
        rules: GuardRules,
        signed_in: Callable[[str | None], Awaitable[bool]],
    ) -> None:
        self._app = app
        self._rules = rules
        self._signed_in = signed_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = {k: v.decode("latin-1") for k, v in scope["headers"]}

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_headers_for(scope)]
            await send(message)

        refusal = await self._refusal(scope, headers)
        if refusal is not None:
            await _answer(guarded, *refusal)
            return
        await self._app(scope, _bounded(receive), guarded)

    async def _refusal(self, scope: Scope, headers: dict[bytes, str]) -> tuple[int, str] | None:
        host = headers.get(b"host", "")
        path = scope["path"]
        if _is_below(path, self._rules.machines):
            if b"origin" in headers or b"sec-fetch-site" in headers:
                return 403, "This is for programs, not for browsers."
        elif not self._is_ours(host):
            return (
                421,
                "This page does not go by that host name; a centre takes more by --trust-host.",
            )
        refusal = self._bad_writing(scope, headers, host)
        if refusal is not None or not _is_below(path, self._rules.private):
            return refusal
        try:
            known = await self._signed_in(_cookie(headers.get(b"cookie", ""), cookie_name(host)))
        except RoadError as error:
            return 503, str(error)
        return None if known else (401, "Sign in with the link that the centre printed.")

    @staticmethod
    def _bad_writing(scope: Scope, headers: dict[bytes, str], host: str) -> tuple[int, str] | None:
        """Refuse what would change something and comes from another site, or is too large."""
        if scope["method"] not in _SAFE_METHODS:
            if not _is_same_origin(headers, host):
                return 403, "Another site must not ask for this."
            length = headers.get(b"content-length", "0")
            if not length.isdigit() or int(length) > MOST_BODY:
                return 413, "The request is too large."
        return None

    def _is_ours(self, host: str) -> bool:
        name = _host_name(host)
        if name == "localhost" or name in self._rules.hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def _is_below(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == p or path.startswith(f"{p}/") for p in prefixes)


def _headers_for(scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
    if scope["path"].startswith("/static/"):
        return (*_HEADERS, (b"cache-control", b"no-cache"))
    return (*_HEADERS, (b"cache-control", b"no-store"))


def _host_name(host: str) -> str:
    """Return the name in a Host header, in lower case, without port and brackets."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_same_origin(headers: dict[bytes, str], host: str) -> bool:
    """Whether our own page asks, or a program that is no browser (no Origin, no Sec-Fetch-Site)."""
    origin = headers.get(b"origin")
    if origin is not None:
        return origin.partition("://")[2].lower() == host.strip().lower()
    return headers.get(b"sec-fetch-site", "none") in {"same-origin", "none"}


def _cookie(text: str, name: str) -> str | None:
    try:
        morsel = SimpleCookie(text[:8192]).get(name)
    except CookieError:
        return None
    return None if morsel is None else morsel.value


def _bounded(receive: Receive) -> Receive:
    """Pass on at most ``MOST_BODY`` bytes of a body, whatever its length was said to be."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > MOST_BODY:
                return {"type": "http.disconnect"}
        return message

    return bounded


async def _answer(send: Callable[[Any], Awaitable[None]], status: int, sentence: str) -> None:
    body = json.dumps({"error": sentence}).encode()
    start = {
        "type": "http.response.start",
        "status": status,
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})
