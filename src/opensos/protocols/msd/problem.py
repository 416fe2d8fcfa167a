"""What is wrong inside additional data, and the check of how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opensos.protocols.msd.reader import BitReader


class Problem(NamedTuple):
    """One thing that is wrong; ``bit`` counts from the start of the additional data."""

    bit: int
    text: str


def ending(reader: BitReader) -> list[Problem]:
    """Complain about anything but up to seven zero bits behind the value."""
    left = reader.end - reader.at
    if left > 7:
        return [Problem(reader.at, f"{left // 8} more byte(s) follow the value.")]
    if not reader.peek_zero(reader.at, reader.end):
        return [Problem(reader.at, "The bits that fill up the last byte are not zero.")]
    return []
