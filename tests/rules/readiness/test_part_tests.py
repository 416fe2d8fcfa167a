from __future__ import annotations

import pytest

from opensos.protocols import bmw
from opensos.protocols.uds import Nrc, RoutineKind
from opensos.rules.readiness.part_tests import TEST_S, PartTests
from opensos.rules.readiness.readings import (
    AntennaReading,
    BackupReading,
    ButtonReading,
    Circuit,
    Readings,
)

SEEN = Readings(
    at=0.0,
    antennas=(AntennaReading("main", Circuit.OK, 1500), AntennaReading("gnss", Circuit.OPEN, 3200)),
    button=ButtonReading(circuit=Circuit.OK, fitted=True),
    backup=BackupReading(fitted=False, circuit=Circuit.OK),
)


def asked(rid: int, data: bytes, seen: Readings | None = SEEN) -> bytes:
    """Begin a test, let its second pass, and return the result."""
    tests = PartTests()
    begun = tests.ask(RoutineKind.START, rid, data, 10.0, seen)
    assert isinstance(begun, bytes)
    assert begun[0] == bmw.Status.RUNNING
    result = tests.ask(RoutineKind.RESULTS, rid, b"", 10.0 + TEST_S, seen)
    assert isinstance(result, bytes)
    return result


def test_an_antenna_is_tested_by_its_line() -> None:
    whole = bmw.decode_antenna_result(asked(bmw.ANTENNA_TEST, b"\x01"))
    assert (whole.status, whole.fault, whole.millivolts) == (bmw.Status.OK, None, 1500)
    broken = bmw.decode_antenna_result(asked(bmw.ANTENNA_TEST, b"\x04"))
    assert (broken.status, broken.fault) == (bmw.Status.FAULT, bmw.AntennaFault.OPEN)


def test_an_antenna_without_a_line_and_a_unit_that_sees_nothing_abort_the_test() -> None:
    assert bmw.decode_antenna_result(asked(bmw.ANTENNA_TEST, b"\x08")).status == bmw.Status.ABORTED
    nothing = asked(bmw.ANTENNA_TEST, b"\x01", None)
    assert bmw.decode_antenna_result(nothing).status == bmw.Status.ABORTED
    assert bmw.decode_fit_result(asked(bmw.FIT_TEST, b"", None)).status == bmw.Status.ABORTED


def test_a_fit_test_names_what_is_there_and_what_is_not_plugged_in_is_not() -> None:
    wanted = bmw.Fit.ANTENNA_1 | bmw.Fit.BUTTON
    there = bmw.decode_fit_result(asked(bmw.FIT_TEST, bmw.encode_fit_request(wanted)))
    assert (there.status, there.fitted) == (bmw.Status.OK, wanted)
    battery = bmw.decode_fit_result(
        asked(bmw.FIT_TEST, bmw.encode_fit_request(wanted | bmw.Fit.BATTERY))
    )
    assert (battery.status, battery.fitted) == (bmw.Status.FAULT, wanted)


@pytest.mark.parametrize("rid", [bmw.ANTENNA_TEST, bmw.FIT_TEST])
def test_a_test_that_was_not_begun_says_so(rid: int) -> None:
    answer = PartTests().ask(RoutineKind.RESULTS, rid, b"", 0.0, SEEN)
    assert isinstance(answer, bytes)
    assert answer[0] == bmw.Status.NOT_STARTED


@pytest.mark.parametrize(
    ("kind", "rid", "data"),
    [
        (RoutineKind.STOP, bmw.ANTENNA_TEST, b"\x01"),
        (RoutineKind.START, bmw.ANTENNA_TEST, b"\x03"),
        (RoutineKind.START, bmw.FIT_TEST, b"\x01"),
        (RoutineKind.START, 0xF030, b""),
    ],
)
def test_what_is_no_test_of_a_part_is_out_of_range(kind: int, rid: int, data: bytes) -> None:
    assert PartTests().ask(kind, rid, data, 0.0, SEEN) is Nrc.REQUEST_OUT_OF_RANGE
