"""Which reads make up a recording: what every unit is asked, and what only some are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols import bmw
from opensos.sim.ecus.generations import TCU

if TYPE_CHECKING:
    from collections.abc import Iterator

_EVERYONE = ("22F150", "22F101", "19020C")
_INFO = "19170C01"  # 19 17: status mask, memory 1
_ONLY: dict[int, tuple[str, ...]] = {
    bmw.Unit.GATEWAY: ("22100B", "22F190"),
    bmw.Unit.BODY: ("22DAD6",),
    bmw.Unit.TELEMATICS: (
        _INFO,
        "222000",
        "22D108",
        "22D029",
        "22D035",
        "22D0E1",
        "22D09B",
        "22D0D7",
    ),
    TCU: (_INFO, "22D108"),
}


def reads(address: int) -> Iterator[bytes]:
    """Return the requests for one unit; all of them only read."""
    for text in (*_EVERYONE, *_ONLY.get(address, ())):
        yield bytes.fromhex(text)


def details(answer: bytes) -> Iterator[bytes]:
    """Return the requests for the details of the codes that 19 02 answered with."""
    if answer[:2] != b"\x59\x02":
        return
    for at in range(3, len(answer) - 3, 4):
        code = answer[at : at + 3]
        yield b"\x19\x04" + code + b"\xff"
        yield b"\x19\x06" + code + b"\xff"
