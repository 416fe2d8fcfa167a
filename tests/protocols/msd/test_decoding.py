"""Decoding never raises, whatever the bytes; the bit map says where everything lies."""

from __future__ import annotations

import itertools
import json
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.msd import CODES, Msd, bit_map, decode, diff, encode, to_json, validate
from tests.protocols.msd.known import ALL, BARE_V2, EXAMPLE, V2
from tests.protocols.msd.samples import any_message, vectors
from tests.shared import needs_vectors


def _survives(data: bytes) -> None:
    decoded = decode(data)
    assert decoded.raw == data
    assert decoded.msd is not None or decoded.findings
    for one in validate(decoded):
        assert CODES[one.code][0] == one.level
        assert one.bit is None or 0 <= one.bit <= 8 * max(len(data), 140)
    json.dumps(to_json(decoded))
    assert diff(decoded, decoded) == ()
    bit_map(data)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data: bytes) -> None:
    _survives(data)


@settings(max_examples=200)
@given(
    st.sampled_from([b"\x01", b"\x02\x40", b"\x03\x40", b"\x02\x81\x00"]), st.binary(max_size=150)
)
def test_any_bytes_behind_a_good_beginning_are_survived(front: bytes, data: bytes) -> None:
    _survives(front + data)


@needs_vectors
def test_thousands_of_damaged_messages_are_survived() -> None:
    seeds = [bytes.fromhex(one["hex"]) for one in vectors()] + [encode(msd) for msd in ALL]
    chance = random.Random(112)
    for _ in range(4_000):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            _damage(chance, data)
        _survives(bytes(data))


def _damage(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data) + 1)
    kind = chance.randrange(5)
    if kind == 0 and at < len(data):
        data[at] ^= 1 << chance.randrange(8)
    elif kind == 1 and at < len(data):
        data[at] = chance.choice([0, 0x7F, 0x80, 0xBF, 0xC0, 0xFF])
    elif kind == 2:
        del data[at:]
    elif kind == 3:
        data[at:at] = chance.randbytes(chance.randint(1, 20))
    else:
        del data[at : at + chance.randint(1, 8)]


def test_a_huge_input_takes_no_longer_than_a_small_one() -> None:
    start = time.perf_counter()
    for data in (b"\x02" * 4_000_000, b"\xff" * 4_000_000, bytes(4_000_000)):
        decode(data)
    assert time.perf_counter() - start < 2


def test_the_bits_of_a_message_are_mapped_without_gaps() -> None:
    for data in (EXAMPLE, *[encode(msd) for msd in ALL], BARE_V2):
        fields = bit_map(data)
        assert fields[0].bit == 0
        for before, after in itertools.pairwise(fields):
            assert before.bit + before.width == after.bit
        assert fields[-1].bit + fields[-1].width == 8 * len(data)


@pytest.mark.parametrize(
    ("name", "bit", "width", "value"),
    [
        ("id", 0, 8, "1"),
        ("messageIdentifier", 14, 8, "1"),
        ("vehicleType", 26, 4, "m1"),
        ("isowmi", 30, 18, "WM9"),
        ("isovisSeqPlant", 90, 42, "A123456"),
        ("positionLatitude", 173, 32, "173881200"),
        ("numberOfPassengers", 285, 8, "2"),
    ],
)
def test_the_map_says_what_lies_where(name: str, bit: int, width: int, value: str) -> None:
    (field,) = [one for one in bit_map(EXAMPLE) if one.name == name]
    assert (field.bit, field.width, field.value) == (bit, width, value)


def test_what_cannot_be_read_has_no_map() -> None:
    assert bit_map(b"") == ()
    assert bit_map(b"hello, world") == ()


@given(any_message)
def test_reading_twice_gives_the_same(msd: Msd) -> None:
    data = encode(msd)
    assert decode(data) == decode(data)
    assert decode(bytes(bytearray(data))).msd == msd


def test_bytes_of_other_kinds_are_read_too() -> None:
    assert decode(bytes(memoryview(encode(V2)))).msd == V2


@pytest.mark.parametrize(
    ("text", "version", "layout"),
    [
        ("0eb715159e6d97036c97167dc1c0799410000000c93eef268e5b3b47497d04ce4b", 1, "bare"),
        ("ff151ba460d94da58238029041009c51010000000011d150b954b1c44eccb97ea940", 1, "inline"),
        ("230f982b4c0e6b671c7389c0f3e0b1018181744735570279039f3effff4aae4a8ee09ae0", 3, "inline"),
    ],
)
def test_a_reading_that_reaches_the_end_beats_a_less_odd_one_that_is_cut_off(
    text: str, version: int, layout: str
) -> None:
    decoded = decode(bytes.fromhex(text))
    assert decoded.msd is not None
    assert (decoded.msd.version, decoded.layout) == (version, layout)
    assert "truncated" not in [one.code for one in decoded.findings]
