"""From bytes to an MSD: the quick way for what is well-formed, the tolerant one for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opensos.protocols.msd.plain import decode_plain
from opensos.protocols.msd.reader import BitField
from opensos.protocols.msd.shape import VIN_PARTS
from opensos.protocols.msd.tolerant import decode_tolerant

if TYPE_CHECKING:
    from opensos.protocols.msd.message import Decoded

_VIN_PARTS: Final = frozenset(name for name, _ in VIN_PARTS)


def decode(data: bytes) -> Decoded:
    """Read an MSD as far as it can be read, with findings about everything that is odd.

    Never raises, whatever the bytes are. A result with ``msd is None`` means that nothing could
    be read; the bytes are in ``raw`` in any case.
    """
    return decode_plain(data) or decode_tolerant(data)[0]


def bit_map(data: bytes) -> tuple[BitField, ...]:
    """Say which bits of the message hold which field, in order; empty if nothing can be read."""
    merged: list[BitField] = []
    for one in decode_tolerant(data)[1]:
        # The characters of one part of the VIN are read one by one and shown together.
        if merged and one.name == merged[-1].name and one.name in _VIN_PARTS:
            first = merged.pop()
            width, value = first.width + one.width, first.value + one.value
            merged.append(BitField(first.bit, width, one.name, value))
        else:
            merged.append(one)
    return tuple(merged)
