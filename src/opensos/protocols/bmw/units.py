"""Addresses of BMW's control units, and what must never be sent to one without a person.

All from public tables; nothing here was tried on a car.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Unit(IntEnum):
    """Diagnostic addresses."""

    AIRBAG = 0x01
    GATEWAY = 0x10
    ENGINE = 0x12
    TELEMATICS_MOST = 0x36  # E60, E90: on the MOST ring
    BODY = 0x40
    ROOF_CONSOLE = 0x56
    CLUSTER = 0x60
    TELEMATICS = 0x61  # emergency call: every series from the F01 on
    HEAD_UNIT = 0x63
    ALL = 0xDF  # functional
    TESTER = 0xF4


VARIANTS: Final = ("ECALL", "TCB", "TCB4G", "ATM", "ATM02")
"""What stands at 0x61, told apart by DID F150."""

MASKED_DIDS: Final = {0xD05A: "ICCID", 0xD06B: "IMEI", 0xD25F: "private", 0xD0CE: "private"}
"""Never shown unmasked."""

NEVER_ROUTINES: Final = {
    0xA079: "erases the data of updates over the air",
    0xA07A: "is on the list of routines that only a person may start",
    0xA0B8: "is on the list of routines that only a person may start",
    0xD34D: "is on the list of identifiers that only a person may use",
}

_CLEAR = 0x14
_ROUTINE = 0x31
_BY_IDENTIFIER = (0x2E, 0x2F, 0x31)


def never_automated(target: int, request: bytes) -> str | None:
    """Return why this request may never be sent by a program of its own accord, None if it may.

    A functional clear reaches the airbag unit too. Whatever merely begins like a listed request
    counts as one: too careful is harmless here.
    """
    if len(request) < 1:
        return None
    service = request[0]
    if service == _CLEAR and target in (Unit.AIRBAG, Unit.ALL):
        return "clears the airbag unit, which is evidence after a crash"
    if service not in _BY_IDENTIFIER:
        return None
    at = 2 if service == _ROUTINE else 1
    if len(request) < at + 2:
        return None
    return NEVER_ROUTINES.get(int.from_bytes(request[at : at + 2], "big"))
