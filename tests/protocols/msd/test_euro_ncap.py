"""Euro NCAP TB 040 data: both ways, and whatever is wrong with them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError
from opensos.protocols.msd import (
    Addition,
    EuroNcap,
    ImpactLocation,
    decode_euro_ncap,
    encode_euro_ncap,
)
from opensos.protocols.msd.euro_ncap import _decode_slow, decode_plain
from tests.protocols.msd.samples import euro_ncaps

FRONT = EuroNcap(ImpactLocation.FRONT, None, 125, -45, 10)


def test_the_published_example_is_read_and_written() -> None:
    assert decode_euro_ncap(bytes.fromhex("0832D28480")) == (FRONT, ())
    assert encode_euro_ncap(FRONT) == bytes.fromhex("0832D28480")


@given(euro_ncaps())
def test_every_value_comes_back_by_both_ways(value: EuroNcap) -> None:
    data = encode_euro_ncap(value)
    assert len(data) == 5
    assert decode_plain(data) == value
    assert _decode_slow(data) == (value, ())


@given(st.binary(min_size=4, max_size=6))
@example(bytes.fromhex("0832D28481"))
@example(bytes.fromhex("1fffffffff"))
def test_the_quick_way_never_differs_from_the_slow_one(data: bytes) -> None:
    quick = decode_plain(data)
    if quick is not None:
        assert _decode_slow(data) == (quick, ())


@given(st.binary(max_size=12))
def test_any_bytes_give_a_value_or_a_problem(data: bytes) -> None:
    value, problems = decode_euro_ncap(data)
    assert value is not None or problems


def test_every_cut_keeps_what_came_before_it() -> None:
    whole = encode_euro_ncap(replace(FRONT, rollover_detected=True))
    expected = [
        (None, None, None),
        (ImpactLocation.FRONT, True, None),
        (ImpactLocation.FRONT, True, 125),
        (ImpactLocation.FRONT, True, 125),
        (ImpactLocation.FRONT, True, 125),
    ]
    for size, (location, rollover, limit) in enumerate(expected):
        value, problems = decode_euro_ncap(whole[:size])
        assert len(problems) == 1
        assert problems[0].text.startswith("The data ends inside")
        if value is None:
            assert (location, rollover, limit) == (None, None, None)
        else:
            seen = value.location_of_impact, value.rollover_detected, value.range_limit
            assert seen == (location, rollover, limit)


def test_a_location_of_a_later_version_is_a_problem_and_the_rest_is_read() -> None:
    # Extension bit of the location, then 7 bits of a small number: 2.
    bits = (0b001_0000010 << 27 | (25 << 18 | 210 << 9 | 265)) << 3
    value, problems = decode_euro_ncap(bits.to_bytes(5, "big"))
    assert value == replace(FRONT, location_of_impact=None)
    assert [one.text for one in problems] == ["Location of impact 2 is of a later version."]
    assert problems[0].bit == 2


def test_codes_that_do_not_exist_are_problems() -> None:
    bits = (0b0001110 << 26 | (1 << 26) - 1) << 7
    value, problems = decode_euro_ncap(bits.to_bytes(5, "big"))
    assert value is None
    assert [one.bit for one in problems] == [3, 7, 15, 24]


def test_what_follows_the_value_is_a_problem() -> None:
    data = encode_euro_ncap(FRONT)
    assert decode_euro_ncap(data + b"\0")[1][0].text == "1 more byte(s) follow the value."
    nonzero = data[:-1] + bytes([data[-1] | 1])
    assert decode_euro_ncap(nonzero) == (
        FRONT,
        ((33, "The bits that fill up the last byte are not zero."),),
    )


def test_fields_of_a_later_version_are_kept_and_written_again() -> None:
    value = replace(
        FRONT,
        additions=(Addition("deltaV", 0, b"\x01"), Addition("euroNcap", 1, b"\x02\x03")),
    )
    data = encode_euro_ncap(value)
    assert decode_euro_ncap(data) == (value, ())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"location_of_impact": None}, "locationOfImpact is missing"),
        ({"range_limit": 99}, "rangeLimit must be from 100 to 255"),
        ({"range_limit": None}, "rangeLimit must be from 100 to 255"),
        ({"delta_v_x": 256}, "deltaVX must be from -255 to 255"),
        ({"delta_v_y": -256}, "deltaVY must be from -255 to 255"),
        ({"additions": (Addition("elsewhere", 0, b""),)}, "belong to euroNcap or to deltaV"),
    ],
)
def test_what_cannot_be_said_is_refused(change: dict[str, object], sentence: str) -> None:
    value = EuroNcap(**{name: getattr(FRONT, name) for name in FRONT.__slots__} | change)
    with pytest.raises(LocalError, match=sentence):
        encode_euro_ncap(value)


def _packed(location: int, limit: int, x: int, y: int) -> bytes:
    """Put the codes in their places; extension bits, presence bits and fill bits are zero."""
    return (location << 34 | limit << 25 | x << 16 | y << 7).to_bytes(5, "big")


@pytest.mark.parametrize(
    ("location", "limit", "x", "y"),
    [(7, 0, 0, 0), (0, 156, 0, 0), (0, 0, 511, 0), (0, 0, 0, 511)],
)
def test_each_code_one_beyond_the_last_is_left_to_the_slow_way(
    location: int, limit: int, x: int, y: int
) -> None:
    data = _packed(location, limit, x, y)
    assert decode_plain(data) is None
    assert _decode_slow(data)[1] != ()


@pytest.mark.parametrize(
    ("location", "limit", "x", "y"),
    [(6, 0, 0, 0), (0, 155, 0, 0), (0, 0, 510, 0), (0, 0, 0, 510)],
)
def test_each_last_code_is_read_by_both_ways(location: int, limit: int, x: int, y: int) -> None:
    data = _packed(location, limit, x, y)
    value = decode_plain(data)
    assert value is not None
    assert value.location_of_impact is list(ImpactLocation)[location]
    assert (value.range_limit, value.delta_v_x, value.delta_v_y) == (limit + 100, x - 255, y - 255)
    assert _decode_slow(data) == (value, ())
