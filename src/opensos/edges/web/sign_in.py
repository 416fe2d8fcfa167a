"""Signing in without passwords: a link that works once becomes a session in a cookie.

Whoever can read the terminal that the centre was started in may use it. Only digests are stored,
so a stolen database opens no session.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from opensos.edges.web.cookie import cookie_name

if TYPE_CHECKING:
    from fastapi import FastAPI

    from opensos.ports import Clock, SignInStore

LINK_S = 24 * 3600.0
SESSION_S = 7 * 24 * 3600.0
_TRUST_S = 30.0
_MOST_TRUSTED = 10_000


def session_secret(request: Request) -> str | None:
    """Return the secret in the request's session cookie."""
    return request.cookies.get(_cookie_of(request))


class SignIn:
    """Makes links, turns them into sessions, and knows who has one."""

    def __init__(self, store: SignInStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        # Sessions seen a moment ago: a console's every request need not ask the database.
        self._trusted: dict[str, float] = {}

    async def new_token(self) -> str:
        """Make a token for a link that works once within a day. Raises RoadError."""
        token = secrets.token_urlsafe(32)
        await self._store.add_link(_digest(token), self._clock.utc() + LINK_S)
        return token

    async def redeem(self, token: str) -> str | None:
        """Turn a token into a session's secret; None if it was used, expired or never made."""
        if not await self._store.use_link(_digest(token), self._clock.utc()):
            return None
        secret = secrets.token_urlsafe(32)
        await self._store.add_session(_digest(secret), self._clock.utc() + SESSION_S)
        return secret

    async def check(self, secret: str | None) -> bool:
        """Tell whether this is a session's secret."""
        if not secret or len(secret) > 200:
            return False
        digest = _digest(secret)
        now = self._clock.now()
        if self._trusted.get(digest, now) > now:
            return True
        known = await self._store.session(digest, self._clock.utc())
        if known:
            if len(self._trusted) >= _MOST_TRUSTED:
                self._trusted.clear()
            self._trusted[digest] = now + _TRUST_S
        return known

    async def end(self, secret: str) -> None:
        """End a session."""
        digest = _digest(secret)
        self._trusted.pop(digest, None)
        await self._store.end_session(digest)

    async def anyone(self) -> bool:
        """Tell whether anybody has a session now."""
        return await self._store.any_session(self._clock.utc())


def add_sign_in(app: FastAPI, sign_in: SignIn, *, home: str) -> None:
    """Add ``GET /sign-in?token=`` and ``POST /sign-out``; ``home`` is where a sign-in leads."""

    async def enter(request: Request, token: str = "") -> Response:
        secret = await sign_in.redeem(token)
        if secret is None:
            if await sign_in.check(session_secret(request)):
                return RedirectResponse(home, status_code=303)
            return HTMLResponse(_USED, status_code=403)
        answer = RedirectResponse(home, status_code=303)
        answer.set_cookie(
            _cookie_of(request),
            secret,
            max_age=int(SESSION_S),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    async def leave(request: Request) -> Response:
        secret = session_secret(request)
        if secret:
            await sign_in.end(secret)
        answer = Response(status_code=204)
        answer.delete_cookie(_cookie_of(request))
        return answer

    app.add_api_route("/sign-in", enter, methods=["GET"], include_in_schema=False)
    app.add_api_route("/sign-out", leave, methods=["POST"], include_in_schema=False)


_USED = """<!doctype html><html lang="en"><meta charset="utf-8"><title>OpenSOS</title>
<h1>This link no longer works</h1>
<p>A sign-in link works once and for one day. Make a new one where the centre runs:
<code>opensos centre sign-in-link</code></p>
"""


def _cookie_of(request: Request) -> str:
    return cookie_name(request.headers.get("host", ""))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
