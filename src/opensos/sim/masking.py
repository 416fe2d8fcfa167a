"""Which bytes of a diagnostic conversation name a car, a card or a person, and how they are hidden.

The length stays the same, so a codec still reads what is left. Hidden are: data that are known to
identify (by DID), vehicle numbers, and long runs of digits (ICCID, IMEI, telephone numbers)
wherever they stand as text; network addresses become zeros. What a maker keeps in binary under a
DID that is not listed cannot be recognised; ``docs/how-to/play-a-recording.md`` says so.
"""

from __future__ import annotations

import re

from opensos.protocols.bmw import MASKED_DIDS

STAR = 0x2A

VIN_DID, SERIAL_DID = 0xF190, 0xF18C  # ISO 14229-1 annex C
IDENTITY_DIDS = frozenset({VIN_DID, SERIAL_DID, *MASKED_DIDS})

_VIN_CHARACTERS = rb"[A-HJ-NPR-Z0-9]"
_VIN = re.compile(_VIN_CHARACTERS + rb"{17,}")
_HIDDEN_VIN = re.compile(_VIN_CHARACTERS + rb"{3}\*{11,}" + _VIN_CHARACTERS + rb"{3}")
_NUMBER = re.compile(rb"\+[0-9]{6,}|[0-9]{10,}")
_NETWORK = re.compile(rb"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])")
_PADDING = b"\x00\xff"
_KEPT = 3  # first and last characters of a VIN that stay, as everywhere in the house
_READ, _WRITE = 0x22, 0x2E
_POSITIVE = 0x40


def mask_request(request: bytes) -> bytes:
    """Return a tester's request with every identifier hidden."""
    if len(request) > 3 and request[0] == _WRITE and _did(request, 1) in IDENTITY_DIDS:
        return request[:3] + _starred(request[3:])
    return _by_pattern(request)


def mask_answer(request: bytes, answer: bytes) -> bytes:
    """Return a unit's answer to ``request`` with every identifier hidden."""
    masked = _by_pattern(answer)
    if request[:1] != bytes((_READ,)) or answer[:1] != bytes((_READ + _POSITIVE,)):
        return masked
    # Of several DIDs in one answer the lengths are the unit's secret: from the first identifying
    # one on everything is hidden, but for the markers of the DIDs that were asked for.
    asked = [_did(request, i) for i in range(1, len(request) - 1, 2)]
    for k, did in enumerate(asked):
        if did in IDENTITY_DIDS:
            at = _marker(answer, asked[: k + 1])
            if at is not None:
                return masked[: at + 2] + _starred(answer[at + 2 :])
    return masked


def _did(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _marker(answer: bytes, dids: list[int]) -> int | None:
    """Where the last of these DIDs stands in an answer that holds them in this order."""
    at = 1
    for i, did in enumerate(dids):
        found = answer.find(did.to_bytes(2, "big"), at)
        if found < 0:
            return None
        at = found if i == len(dids) - 1 else found + 2
    return at


def _starred(data: bytes) -> bytes:
    """Hide every byte but the padding at the end; a VIN keeps its outer three characters."""
    text = data.rstrip(_PADDING)
    if _HIDDEN_VIN.fullmatch(text):
        return data
    hidden = _vin(text) if _VIN.fullmatch(text) else bytes((STAR,)) * len(text)
    return hidden + data[len(text) :]


def _vin(text: bytes) -> bytes:
    return text[:_KEPT] + bytes((STAR,)) * (len(text) - 2 * _KEPT) + text[-_KEPT:]


def _by_pattern(data: bytes) -> bytes:
    data = _NETWORK.sub(lambda m: re.sub(rb"[0-9]", b"0", m[0]), data)
    data = _VIN.sub(lambda m: _vin(m[0]) if not m[0].isdigit() else m[0], data)
    return _NUMBER.sub(lambda m: bytes((STAR,)) * len(m[0]), data)
