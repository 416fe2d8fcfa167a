"""Unguessable words without a random source: a secret seed, counted up.

The pure floors may not ask for randomness, so the caller hands in a secret seed once and every
branch, tag, Call-ID and handle of an endpoint is derived from it.
"""

from __future__ import annotations

from hashlib import blake2b


class Tokens:
    """An endless row of unguessable words (RFC 3261 §19.3 asks for 32 random bits; these have 64).

    Two endpoints must never share a seed: give each at least 16 bytes from the system's random
    source. The same seed gives the same row, which is what the tests want.
    """

    __slots__ = ("_count", "_key")

    def __init__(self, seed: bytes) -> None:
        self._key = blake2b(seed, digest_size=32).digest()
        self._count = 0

    def next(self) -> str:
        """Return the next word: 16 hexadecimal digits."""
        self._count += 1
        return blake2b(b"%d" % self._count, digest_size=8, key=self._key).hexdigest()

    def number(self, limit: int) -> int:
        """Return a number from 1 up to and including ``limit`` (below 2**63)."""
        return 1 + int(self.next(), 16) % limit

    def stamp(self, text: str) -> str:
        """Return the word that belongs to this text and no other, the same at every call.

        The tag of an answer that leaves no state behind comes from here (RFC 3261 §8.2.7).
        """
        return self.stamp_bytes(text.encode("utf-8", "surrogateescape"))

    def stamp_bytes(self, data: bytes) -> str:
        """Return the word that belongs to these bytes and no others."""
        return blake2b(data, digest_size=8, key=self._key, person=b"stamp").hexdigest()
