"""ERA-GLONASS data: both ways, both forms, and whatever is wrong with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError
from opensos.protocols.msd import Addition, EraGlonass, decode_era_glonass, encode_era_glonass
from opensos.protocols.msd.era_glonass import CRASHES, DIAGNOSTICS, _decode, decode_plain
from opensos.protocols.msd.writer import BitWriter
from tests.protocols.msd.samples import era_glonasses

FRONT = EraGlonass(700, {"batteryFailure": True, "micFailure": False}, {"crashFront": True})


def test_the_vocabulary_is_whole() -> None:
    assert len(set(DIAGNOSTICS)) == 21
    assert len(set(CRASHES)) == 8


@given(era_glonasses())
def test_every_value_comes_back_by_both_ways(value: EraGlonass) -> None:
    data = encode_era_glonass(value)
    assert decode_plain(data) == value
    assert _decode(data, inner_bits=False) == (value, ())
    assert decode_era_glonass(data) == (value, ())


@given(st.binary(max_size=10))
def test_the_quick_way_never_differs_from_the_slow_one(data: bytes) -> None:
    quick = decode_plain(data)
    if quick is not None:
        assert _decode(data, inner_bits=False) == (quick, ())


@given(st.binary(max_size=12))
def test_any_bytes_give_a_value_or_a_problem(data: bytes) -> None:
    value, problems = decode_era_glonass(data)
    assert value is not None or problems


def test_extension_bits_of_the_inner_parts_are_accepted_where_the_length_decides() -> None:
    writer = BitWriter()
    writer.put(0b0011, 4)
    writer.put(0, 1)
    writer.put(0b111 << 18, 21)
    writer.put(0b101, 3)
    writer.put(0, 1)
    writer.put(0xFF, 8)
    writer.put(0x81, 8)
    data = writer.to_bytes()
    assert decode_plain(data) is None
    value, problems = decode_era_glonass(data)
    assert problems == ()
    assert value is not None
    assert value.inner_extension_bits
    assert value.diagnostics == {
        "micConnectionFailure": True,
        "micFailure": False,
        "rightSpeakerFailure": True,
    }
    assert value.crash == {name: name in {"crashFront", "crashAnother"} for name in CRASHES}


def test_an_extended_inner_part_is_a_problem() -> None:
    value, problems = _decode(b"\x28", inner_bits=True)
    assert value == EraGlonass(diagnostics={})
    assert problems == ((4, "The data ends inside an extended inner sequence."),)


def test_a_cut_keeps_what_came_before_it() -> None:
    data = encode_era_glonass(FRONT)
    assert decode_era_glonass(b"")[0] is None
    value, problems = decode_era_glonass(data[:2])
    assert value == EraGlonass(700, {})
    assert len(problems) == 1
    value, _ = decode_era_glonass(data[:-1])
    assert value is not None
    assert value.diagnostics == FRONT.diagnostics


def test_what_follows_the_value_is_a_problem() -> None:
    data = encode_era_glonass(FRONT)
    assert decode_era_glonass(data + b"\0\0")[1] != ()


def test_fields_of_the_second_version_are_kept_and_written_again() -> None:
    value = EraGlonass(5, None, None, (Addition("eraGlonass", 0, b"\x80"),))
    assert decode_era_glonass(encode_era_glonass(value)) == (value, ())


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (EraGlonass(2048), "crashSeverity must be from 0 to 2047"),
        (EraGlonass(diagnostics={"coffee": True}), "'coffee' is no field of ERA-GLONASS"),
        (EraGlonass(additions=(Addition("x", 0, b""),)), "belong to eraGlonass"),
    ],
)
def test_what_cannot_be_said_is_refused(value: EraGlonass, sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        encode_era_glonass(value)
