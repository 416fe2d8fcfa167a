"""The status byte of a diagnostic trouble code (ISO 14229-1, annex D), and how its bits move.

The meaning of the bits is from the facts in ../shared; the transitions are from memory of the
standard and of AUTOSAR's DEM, with ageing and displacement taking "failed since clear" with them.
"""

from __future__ import annotations

from typing import Final

TEST_FAILED: Final = 0x01
FAILED_THIS_CYCLE: Final = 0x02
PENDING: Final = 0x04
CONFIRMED: Final = 0x08
NOT_COMPLETED_SINCE_CLEAR: Final = 0x10
FAILED_SINCE_CLEAR: Final = 0x20
NOT_COMPLETED_THIS_CYCLE: Final = 0x40
WARNING_REQUESTED: Final = 0x80

FRESH: Final = NOT_COMPLETED_SINCE_CLEAR | NOT_COMPLETED_THIS_CYCLE
"""After a clear: nothing has been tested."""
AVAILABLE: Final = 0xFF
"""Every bit is supported (DTCStatusAvailabilityMask)."""


def failed(status: int, *, confirmed: bool) -> int:
    """Return the byte after a completed test that failed."""
    status |= TEST_FAILED | FAILED_THIS_CYCLE | PENDING | FAILED_SINCE_CLEAR
    status &= ~FRESH
    return status | CONFIRMED if confirmed else status


def passed(status: int) -> int:
    """Return the byte after a completed test that passed; pending and confirmed stay."""
    return status & ~(TEST_FAILED | FRESH)


def cycle_ended(status: int) -> int:
    """Return the byte at the end of an operation cycle: pending heals if it was tested and well."""
    if status & (FAILED_THIS_CYCLE | NOT_COMPLETED_THIS_CYCLE):
        return status
    return status & ~PENDING


def cycle_began(status: int) -> int:
    """Return the byte at the start of an operation cycle: nothing was tested in it yet."""
    return (status & ~FAILED_THIS_CYCLE) | NOT_COMPLETED_THIS_CYCLE


def forgotten(status: int) -> int:
    """Return the byte after the entry aged out or was displaced; what is tested stays tested."""
    return status & ~(PENDING | CONFIRMED | FAILED_SINCE_CLEAR)
