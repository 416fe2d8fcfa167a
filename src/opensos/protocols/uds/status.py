"""The DTC status byte (ISO 14229-1 annex D.2; from memory, compared with udsoncan in the tests)."""

from __future__ import annotations

from enum import IntFlag


class Status(IntFlag):
    """The eight bits; "cycle" is the operation cycle, for us one ignition cycle."""

    TEST_FAILED = 0x01
    TEST_FAILED_THIS_OPERATION_CYCLE = 0x02
    PENDING_DTC = 0x04
    CONFIRMED_DTC = 0x08
    TEST_NOT_COMPLETED_SINCE_LAST_CLEAR = 0x10
    TEST_FAILED_SINCE_LAST_CLEAR = 0x20
    TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE = 0x40
    WARNING_INDICATOR_REQUESTED = 0x80


CLEARED = (
    Status.TEST_NOT_COMPLETED_SINCE_LAST_CLEAR | Status.TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE
)
"""What the byte is right after a clear: 0x50, nothing has been tested yet."""
