"""Answering digest challenges (RFC 3261 §22.2, §22.3), once for each nonce."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .digest import Target, authorize, choose_challenge

if TYPE_CHECKING:
    from .client import Outgoing
    from .core import Core
    from .message import Response

MOST_CHALLENGES = 4
"""A server that goes on challenging with ever new nonces is not answered more often."""

_HEADERS = {401: "www-authenticate", 407: "proxy-authenticate"}


def answer_challenge(core: Core, outgoing: Outgoing, response: Response) -> bool:
    """Put the answer to a 401 or 407 into the request; says whether it may be sent again.

    A nonce that we have answered already means that the credentials were wrong, unless the server
    says ``stale`` with a new one (RFC 7616 §3.3). Both kinds of answer may stand side by side.
    """
    credentials = core.profile.credentials
    name = _HEADERS.get(response.status)
    if credentials is None or name is None or len(outgoing.nonces) >= MOST_CHALLENGES:
        return False
    challenge = choose_challenge(response.headers.all(name), proxy=response.status == 407)
    if challenge is None or challenge.nonce in outgoing.nonces:
        return False
    if credentials.realm not in {None, challenge.realm}:
        return False
    target = Target(outgoing.method, outgoing.uri, outgoing.body)
    value = authorize(challenge, credentials, target, core.tokens.next())
    outgoing.nonces |= {challenge.nonce}
    header = challenge.answer_header
    kept = [
        line
        for line in outgoing.authorization.splitlines(keepends=True)
        if not line.startswith(f"{header}:")
    ]
    outgoing.authorization = f"{''.join(kept)}{header}: {value}\r\n"
    return True
