"""Who the unit is, and its info memory: F150, F101, 100B, 2000 and 20nn.

What the public tables do not give is assumed, as in :mod:`opensos.protocols.bmw.data`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from opensos.protocols.bmw.data import fits, need
from opensos.protocols.effects import LocalError, RemoteError

IDENT: Final = 0xF150
VERSIONS: Final = 0xF101
I_LEVEL: Final = 0x100B  # at the gateway
INFO_MEMORY: Final = 0x2000


@dataclass(frozen=True, slots=True, order=True)
class ILevel:
    """The car's integration level, compared as year, month, number: 19-11-570.

    Attributes:
        year: 0..99.
        month: 1..12.
        number: 0..999.
        series: ``S15A``, empty where only the number is known; does not count in comparing.
    """

    year: int
    month: int
    number: int
    series: str = ""

    def __str__(self) -> str:
        """Return it as BMW writes it."""
        short = f"{self.year:02d}-{self.month:02d}-{self.number:03d}"
        return f"{self.series}-{short}" if self.series else short

    def is_at_least(self, other: ILevel) -> bool:
        """Return whether this is as new as the other, of whatever series."""
        mine = (self.year, self.month, self.number)
        return mine >= (other.year, other.month, other.number)


_I_LEVEL = re.compile(r"(?:([A-Z0-9]{1,8})-)?([0-9]{2})-([0-9]{2})-([0-9]{3})")


def i_level_of(text: str) -> ILevel:
    """Read ``S15A-19-11-570`` or ``19-11-570``.

    Raises:
        RemoteError: it is neither.
    """
    found = _I_LEVEL.fullmatch(text.strip())
    if found is None or not 1 <= int(found[3]) <= 12:
        raise RemoteError(f"{text!r} is no I-level")
    return ILevel(int(found[2]), int(found[3]), int(found[4]), found[1] or "")


def encode_i_level(value: ILevel) -> bytes:
    """Write 100B as text (assumed).

    Raises:
        LocalError: it could not be read back.
    """
    try:
        if i_level_of(str(value)) != value:
            raise LocalError(f"{value} is no I-level")
    except RemoteError:
        raise LocalError(f"{value} is no I-level") from None
    return str(value).encode("ascii")


def decode_i_level(data: bytes) -> ILevel:
    """Read 100B: the first I-level in the text.

    Raises:
        RemoteError: there is none.
    """
    found = _I_LEVEL.search(data.decode("latin-1"))
    if found is None:
        raise RemoteError("the answer to 100B holds no I-level")
    return i_level_of(found[0])


@dataclass(frozen=True, slots=True)
class Part:
    """One line of F101: a software or hardware part.

    Attributes:
        kind: process class, 0..255 (1 hardware, 6 boot loader, 8 software…, from memory).
        number: 0..2^32-1.
        version: three numbers of 0..255.
    """

    kind: int
    number: int
    version: tuple[int, int, int]


_PART_BYTES = 8


def encode_versions(parts: tuple[Part, ...]) -> bytes:
    """Write F101: a format byte, a count, then eight bytes a part (layout from memory, assumed).

    Raises:
        LocalError: a field is out of its range.
    """
    out = bytes([1, fits(len(parts), 0, 0xFF, "count")])
    for part in parts:
        out += bytes([fits(part.kind, 0, 0xFF, "kind")])
        out += fits(part.number, 0, 0xFFFFFFFF, "number").to_bytes(4, "big")
        out += bytes(fits(one, 0, 0xFF, "version") for one in part.version)
    return out


def decode_versions(data: bytes) -> tuple[Part, ...]:
    """Read F101.

    Raises:
        RemoteError: it is shorter than it says.
    """
    need(data, 2, "versions (F101)")
    need(data, 2 + _PART_BYTES * data[1], "versions (F101)")
    starts = range(2, 2 + _PART_BYTES * data[1], _PART_BYTES)
    return tuple(
        Part(
            data[at],
            int.from_bytes(data[at + 1 : at + 5], "big"),
            (data[at + 5], data[at + 6], data[at + 7]),
        )
        for at in starts
    )


def encode_ident(variant_index: int) -> bytes:
    """Write F150: the index by which a tester picks its description (three bytes, from memory).

    Raises:
        LocalError: it does not fit.
    """
    return fits(variant_index, 0, 0xFFFFFF, "index").to_bytes(3, "big")


def decode_ident(data: bytes) -> int:
    """Read F150.

    Raises:
        RemoteError: it is too short.
    """
    need(data, 3, "ident (F150)")
    return int.from_bytes(data[:3], "big")


# --- info memory (before SP2018) ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InfoEntry:
    """One entry of the info memory: ``code`` of 24 bits and its status byte."""

    code: int
    status: int


def encode_info_memory(entries: tuple[InfoEntry, ...]) -> bytes:
    """Write the list of DID 2000: four bytes an entry, as 19 02 has them (assumed).

    Raises:
        LocalError: a field is out of its range.
    """
    return b"".join(
        fits(one.code, 0, 0xFFFFFF, "code").to_bytes(3, "big")
        + bytes([fits(one.status, 0, 0xFF, "status")])
        for one in entries
    )


def decode_info_memory(data: bytes) -> tuple[InfoEntry, ...]:
    """Read the list of DID 2000.

    Raises:
        RemoteError: an entry is cut off.
    """
    if len(data) % 4:
        raise RemoteError("the info memory (2000) ends inside an entry")
    return tuple(
        InfoEntry(int.from_bytes(data[at : at + 3], "big"), data[at + 3])
        for at in range(0, len(data), 4)
    )


@dataclass(frozen=True, slots=True)
class InfoDetail:
    """DID 20nn: one entry with how often it appeared (0..255)."""

    code: int
    status: int
    occurrences: int


def info_detail_did(number: int) -> int:
    """Return the DID of the entry of this number, 1..255.

    Raises:
        LocalError: there is no such number.
    """
    return INFO_MEMORY + fits(number, 1, 0xFF, "entry")


def encode_info_detail(value: InfoDetail) -> bytes:
    """Write DID 20nn (layout assumed).

    Raises:
        LocalError: a field is out of its range.
    """
    entry = encode_info_memory((InfoEntry(value.code, value.status),))
    return entry + bytes([fits(value.occurrences, 0, 0xFF, "occurrences")])


def decode_info_detail(data: bytes) -> InfoDetail:
    """Read DID 20nn.

    Raises:
        RemoteError: it is too short.
    """
    need(data, 5, "info memory entry (20nn)")
    return InfoDetail(int.from_bytes(data[:3], "big"), data[3], data[4])
