"""Relative object identifiers: bytes (X.690 §8.20) to the dotted form and back.

One that has no dotted form, or more than one encoding, is written ``0x`` and its bytes in hex, so
that nothing is lost.
"""

from __future__ import annotations

from functools import lru_cache

from opensos.protocols.effects import LocalError

_MAX_ARC_BYTES = 9
_HEX = "0x"


@lru_cache(maxsize=256)
def oid_text(data: bytes) -> str:
    """Turn the bytes into ``8.1``, or into ``0x…`` where there is no such form."""
    arcs: list[int] = []
    value = size = 0
    for byte in data:
        if size == 0 and byte == 0x80:
            return _HEX + data.hex()
        value, size = value << 7 | byte & 0x7F, size + 1
        if size > _MAX_ARC_BYTES:
            return _HEX + data.hex()
        if byte < 0x80:
            arcs.append(value)
            value = size = 0
    if size or not arcs:
        return _HEX + data.hex()
    return ".".join(map(str, arcs))


@lru_cache(maxsize=256)
def oid_bytes(text: str) -> bytes:
    """Turn ``8.1`` or ``0x0801`` into bytes.

    Raises:
        LocalError: The text is of neither form.
    """
    try:
        if text.startswith(_HEX):
            return bytes.fromhex(text[len(_HEX) :])
        if text.isascii():
            return b"".join(_arc(int(arc)) for arc in text.split(".") if _is_arc(arc))
    except ValueError:
        pass
    raise LocalError(f"{text!r} is no object identifier; write it like 8.1 or 0x0801")


def _is_arc(arc: str) -> bool:
    if not arc.isdigit() or int(arc) >= 1 << (7 * _MAX_ARC_BYTES):
        raise ValueError(arc)
    return True


def _arc(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F | 0x80)
    return bytes(reversed(groups))


def is_well_formed(text: str) -> bool:
    """True for a dotted identifier; false for one that could only be kept as hex."""
    return not text.startswith(_HEX)
