"""The names of an incident, made from the key of its call.

Both are digests: a repeated INVITE has the same key, so it is the same incident in every worker
and after every restart, and a key as long or as strange as a stranger likes stays out of indexes.
"""

from __future__ import annotations

import hashlib

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: no i, l, o, u to be misread


def call_digest(call_key: str) -> str:
    """Return 32 hexadecimal digits for the key of a call, whatever characters it holds."""
    raw = call_key.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(raw, digest_size=16).hexdigest()


def data_digest(car: str, case: str) -> str:
    """Return the digest of a data-only emergency: the same for all that a car says of one case."""
    return call_digest(f"\0link\0{car}\0{case}")  # no Call-ID can be that


def message_digest(message_id: str, seq: int, *parts: bytes | None) -> str:
    """Return what a message is known by: its repetitions have the same, what differs another."""
    found = hashlib.blake2b(f"{message_id} {seq}".encode(), digest_size=16)
    for part in parts:
        found.update(b"-" if part is None else b"%d " % len(part) + part)
    return found.hexdigest()


def incident_id(digest: str) -> str:
    """Return the incident's name, 16 characters that are easy to read aloud, from the digest."""
    number = int(digest[:20], 16)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(75, -5, -5))
