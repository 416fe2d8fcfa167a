"""Digest authentication as a client (RFC 7616, in SIP by RFC 3261 §22 and RFC 8760).

Pure: the client nonce and the nonce count are arguments. Deliberately absent: the server side,
``userhash`` (RFC 8760 §2.5 leaves it out of SIP) and Basic, which RFC 3261 forbids.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError, RemoteError

from .text import SPACE, TOKEN, Params, quote, split_commas

if TYPE_CHECKING:
    from collections.abc import Iterable

_HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are to a server; ``realm`` limits them to one realm, ``None`` means any."""

    username: str
    password: str
    realm: str | None = None

    def __repr__(self) -> str:
        """Hide the password: representations end up in logs."""
        return f"Credentials(username={self.username!r}, password=…, realm={self.realm!r})"


@dataclass(frozen=True, slots=True)
class Challenge:
    """One WWW-Authenticate or Proxy-Authenticate of the scheme Digest.

    ``algorithm`` is upper case (``MD5`` where the server names none), ``qop`` lower case and empty
    for servers of RFC 2069. ``proxy`` says which header the answer goes into.
    """

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: tuple[str, ...] = ()
    opaque: str | None = None
    stale: bool = False
    proxy: bool = False

    @property
    def answer_header(self) -> str:
        """The name of the header that carries our answer."""
        return "Proxy-Authorization" if self.proxy else "Authorization"

    @property
    def supported(self) -> bool:
        """Whether we know the algorithm and a quality of protection."""
        base = self.algorithm.removesuffix("-SESS")
        known = base in _HASHES and _HASHES[base] in hashlib.algorithms_available
        return known and (not self.qop or "auth" in self.qop or "auth-int" in self.qop)


def parse_challenge(text: str, *, proxy: bool = False) -> Challenge | None:
    """Read one challenge; ``None`` for schemes other than Digest.

    Raises:
        RemoteError: the challenge is malformed or lacks realm or nonce.
    """
    scheme, _, rest = text.strip(SPACE).partition(" ")
    if scheme.lower() != "digest":
        return None
    params = _auth_params(rest)
    realm, nonce = params.get("realm"), params.get("nonce")
    if realm is None or nonce is None:
        raise RemoteError("A digest challenge lacks its realm or its nonce.")
    qop = params.get("qop") or ""
    return Challenge(
        realm=realm,
        nonce=nonce,
        algorithm=(params.get("algorithm") or "MD5").upper(),
        qop=tuple(option.strip(SPACE).lower() for option in qop.split(",") if option.strip(SPACE)),
        opaque=params.get("opaque"),
        stale=(params.get("stale") or "").lower() == "true",
        proxy=proxy,
    )


def _auth_params(text: str) -> Params:
    items = []
    for piece in split_commas(text):
        if not piece:
            continue
        name, equal, value = piece.partition("=")
        name, value = name.strip(SPACE), value.strip(SPACE)
        if not equal or not TOKEN.match(name):
            raise RemoteError(f"{piece[:40]!r} is not a parameter of a digest.")
        items.append((name, value))
    return Params(items)


def choose_challenge(lines: Iterable[str], *, proxy: bool = False) -> Challenge | None:
    """Return the first challenge that we can answer, the server's order being its preference.

    RFC 8760 §2.4: the topmost supported one. Malformed lines and other schemes are overlooked.
    """
    for line in lines:
        try:
            challenge = parse_challenge(line, proxy=proxy)
        except RemoteError:
            continue
        if challenge is not None and challenge.supported:
            return challenge
    return None


@dataclass(frozen=True, slots=True)
class Target:
    """The request that the answer is for: its method, Request-URI and body."""

    method: str
    uri: str
    body: bytes = b""


def authorize(
    challenge: Challenge,
    credentials: Credentials,
    target: Target,
    cnonce: str,
    nonce_count: int = 1,
) -> str:
    """Return the value of the header that answers the challenge (RFC 7616 §3.4).

    ``nonce_count``, from 1, counts the requests made with this nonce. ``cnonce`` must be
    unguessable.

    Raises:
        LocalError: the challenge is not supported, or a value cannot be put into a header.
    """
    if not challenge.supported:
        raise LocalError(f"Digest with {challenge.algorithm} {challenge.qop} is not supported.")
    qop = ("auth" if "auth" in challenge.qop else "auth-int") if challenge.qop else ""
    count = f"{nonce_count:08x}"
    ha1, ha2 = _secrets(challenge, credentials, target, qop, cnonce)
    middle = (count, cnonce, qop) if qop else ()  # RFC 2069 servers know none of these
    response = _digest(challenge, ha1, challenge.nonce, *middle, ha2)
    fields = [
        f"username={quote(credentials.username)}",
        f"realm={quote(challenge.realm)}",
        f"nonce={quote(challenge.nonce)}",
        f"uri={quote(target.uri)}",
        f'response="{response}"',
        f"algorithm={_spelling(challenge.algorithm)}",
    ]
    if qop or challenge.algorithm.endswith("-SESS"):
        fields.append(f"cnonce={quote(cnonce)}")
    if challenge.opaque is not None:
        fields.append(f"opaque={quote(challenge.opaque)}")
    if qop:
        fields += (f"qop={qop}", f"nc={count}")
    return f"Digest {', '.join(fields)}"


def _spelling(algorithm: str) -> str:
    return algorithm.replace("-SESS", "-sess")


def _digest(challenge: Challenge, *fields: str) -> str:
    data = ":".join(fields).encode("utf-8", "surrogateescape")
    return _hash(challenge, data)


def _hash(challenge: Challenge, data: bytes) -> str:
    name = _HASHES[challenge.algorithm.removesuffix("-SESS")]
    return hashlib.new(name, data, usedforsecurity=False).hexdigest()


def _secrets(
    challenge: Challenge, credentials: Credentials, target: Target, qop: str, cnonce: str
) -> tuple[str, str]:
    """Return H(A1) and H(A2) (RFC 7616 §3.4.2, §3.4.3)."""
    ha1 = _digest(challenge, credentials.username, challenge.realm, credentials.password)
    if challenge.algorithm.endswith("-SESS"):
        ha1 = _digest(challenge, ha1, challenge.nonce, cnonce)
    if qop == "auth-int":
        body = _hash(challenge, target.body)
        return ha1, _digest(challenge, target.method, target.uri, body)
    return ha1, _digest(challenge, target.method, target.uri)
