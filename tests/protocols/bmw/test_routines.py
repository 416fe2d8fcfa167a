"""Routines of the telematics unit, and the requests that no program may send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols import bmw
from opensos.protocols.effects import LocalError, RemoteError


@pytest.mark.parametrize("antenna", list(bmw.Antenna))
def test_an_antenna_test_names_one_antenna(antenna: bmw.Antenna) -> None:
    assert bmw.decode_antenna_request(bmw.encode_antenna_request(antenna)) is antenna


def test_no_two_antennas_are_tested_at_once() -> None:
    with pytest.raises(LocalError):
        bmw.encode_antenna_request(bmw.Antenna.GPS | bmw.Antenna.BACKUP)
    with pytest.raises(RemoteError):
        bmw.decode_antenna_request(b"\x0c")


@given(st.sampled_from(bmw.AntennaFault), st.integers(0, 0xFFFF))
def test_an_antenna_fault_comes_back(fault: bmw.AntennaFault, millivolts: int) -> None:
    value = bmw.AntennaResult(bmw.Status.FAULT, fault, millivolts)
    assert bmw.decode_antenna_result(bmw.encode_antenna_result(value)) == value


def test_a_fault_of_zero_is_a_short_only_where_the_test_found_a_fault() -> None:
    assert bmw.decode_antenna_result(bytes.fromhex("02000b54")).fault is None
    found = bmw.decode_antenna_result(bytes.fromhex("03000b54"))
    assert found.fault == bmw.AntennaFault.SHORT_SUPPLY
    assert found.millivolts == 2900
    with pytest.raises(LocalError):
        bmw.encode_antenna_result(bmw.AntennaResult(bmw.Status.OK, bmw.AntennaFault.OPEN))


@given(st.integers(1, 0x3FF).map(bmw.Fit))
def test_a_fit_test_comes_back(fits: bmw.Fit) -> None:
    assert bmw.decode_fit_request(bmw.encode_fit_request(fits)) == fits
    value = bmw.FitResult(bmw.Status.OK, fits)
    assert bmw.decode_fit_result(bmw.encode_fit_result(value)) == value


def test_a_fit_test_without_parts_looks_for_all() -> None:
    assert bmw.decode_fit_request(b"") == bmw.ALL_FITS
    with pytest.raises(RemoteError):
        bmw.decode_fit_request(b"\x04\x00")
    with pytest.raises(LocalError):
        bmw.encode_fit_request(bmw.Fit(0))


@pytest.mark.parametrize("status", list(bmw.Status))
def test_a_status_is_one_byte(status: bmw.Status) -> None:
    assert bmw.decode_status(bmw.encode_status(status)) == status


@pytest.mark.parametrize(
    ("target", "request_"),
    [
        (bmw.Unit.TELEMATICS, "3101a079"),
        (bmw.Unit.TELEMATICS, "3103a07a"),
        (bmw.Unit.TELEMATICS, "3101a0b80102"),
        (bmw.Unit.TELEMATICS, "2ed34d00"),
        (bmw.Unit.TELEMATICS, "3101d34d"),
        (bmw.Unit.AIRBAG, "14ffffff"),
        (bmw.Unit.ALL, "14ffffff"),
        (bmw.Unit.AIRBAG, "14"),
    ],
)
def test_a_listed_request_is_never_automated(target: int, request_: str) -> None:
    assert bmw.never_automated(target, bytes.fromhex(request_))


@pytest.mark.parametrize(
    ("target", "request_"),
    [
        (bmw.Unit.TELEMATICS, "14ffffff"),
        (bmw.Unit.TELEMATICS, "3101a05e01"),
        (bmw.Unit.TELEMATICS, "22d34d"),
        (bmw.Unit.AIRBAG, "19020c"),
        (bmw.Unit.TELEMATICS, "1101"),
        (bmw.Unit.TELEMATICS, ""),
        (bmw.Unit.TELEMATICS, "3101a0"),
    ],
)
def test_an_ordinary_request_may_be_sent(target: int, request_: str) -> None:
    assert bmw.never_automated(target, bytes.fromhex(request_)) is None


@given(st.integers(0, 255), st.binary(max_size=8))
def test_any_request_is_judged(target: int, request_: bytes) -> None:
    why = bmw.never_automated(target, request_)
    assert why is None or why


def test_what_names_a_person_is_on_the_masked_list() -> None:
    assert set(bmw.MASKED_DIDS) == {0xD05A, 0xD06B, 0xD25F, 0xD0CE}


def test_the_variants_are_those_of_the_numbering() -> None:
    assert bmw.VARIANTS == ("ECALL", "TCB", "TCB4G", "ATM", "ATM02")
