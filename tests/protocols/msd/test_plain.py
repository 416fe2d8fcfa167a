"""The quick way of reading takes the well-formed, and never differs from the tolerant one."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.msd import AdditionalData, Msd, encode
from opensos.protocols.msd.plain import decode_plain
from opensos.protocols.msd.tolerant import decode_tolerant
from tests.protocols.msd.known import ALL, EXAMPLE, V1, V2, V3
from tests.protocols.msd.samples import any_message, random_msd, vectors
from tests.shared import needs_vectors


def _agree(data: bytes) -> bool:
    quick = decode_plain(data)
    if quick is not None:
        assert quick == decode_tolerant(data)[0]
    return quick is not None


@settings(max_examples=300)
@given(any_message)
def test_both_ways_give_the_same_for_any_message(msd: Msd) -> None:
    _agree(encode(msd))


@settings(max_examples=300)
@given(any_message, st.data())
def test_both_ways_give_the_same_for_a_message_with_flipped_bits(
    msd: Msd, data: st.DataObject
) -> None:
    message = bytearray(encode(msd))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, 8 * len(message) - 1))
        message[at // 8] ^= 0x80 >> at % 8
    _agree(bytes(message))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_valid_messages_never_need_the_slow_way(version: int) -> None:
    chance = random.Random(400 + version)
    assert all(_agree(encode(random_msd(chance, version))) for _ in range(300))


@needs_vectors
def test_what_cars_really_send_goes_the_quick_way() -> None:
    messages = [bytes.fromhex(one["hex"]) for one in vectors() if "version" in one]
    assert len(messages) > 20
    # One published message has a zero byte too many behind it.
    assert sum(_agree(data) for data in messages) >= len(messages) - 1


def test_two_byte_lengths_are_at_home_too() -> None:
    for msd in (V2, V3):
        for size in (88, 90, 91):
            long = replace(msd, additional_data=AdditionalData("1.2", bytes(size)))
            assert _agree(encode(long))
    assert len(encode(replace(V2, additional_data=AdditionalData("1.2", bytes(91))))) > 130


@pytest.mark.parametrize(
    "data",
    [
        b"",
        EXAMPLE[:30],
        EXAMPLE[:33],
        EXAMPLE + bytes(1),
        EXAMPLE + bytes(200),
        b"\x04" + encode(V2)[1:],
        b"\x04\x80" + bytes([134]) + bytes(134),
        b"\x02\x80" + bytes([133]) + bytes(134),
        encode(V2)[:-1],
        encode(V2)[:1] + b"\x80" + encode(V2)[1:],
    ],
)
def test_everything_else_is_left_to_the_tolerant_way(data: bytes) -> None:
    assert decode_plain(data) is None


@pytest.mark.parametrize("msd", ALL)
def test_odd_values_are_left_to_the_tolerant_way(msd: Msd) -> None:
    for odd in (
        replace(msd, latitude_mas=324_000_001),
        replace(msd, latitude_mas=-324_000_001),
        replace(msd, longitude_mas=648_000_001),
        replace(msd, longitude_mas=-648_000_001),
        replace(msd, direction=180),
        replace(msd, direction=254),
        replace(msd, additional_data=AdditionalData("8.1", b"\xff")),
        replace(msd, additional_data=AdditionalData("1.4.1", b"\xff")),
        replace(msd, additional_data=AdditionalData("0x81", b"")),
    ):
        assert decode_plain(encode(odd)) is None
    assert decode_plain(encode(replace(msd, direction=179))) is not None
    assert decode_plain(encode(replace(msd, direction=255))) is not None


def test_bad_characters_and_bad_ends_are_left_to_the_tolerant_way() -> None:
    bare = encode(replace(V1, additional_data=None))
    assert decode_plain(bare) is not None
    assert decode_plain(bare[:-1] + bytes([bare[-1] | 1])) is None
    vin = bytearray(bare)
    vin[5] = 0xFF
    vin[6] = 0xFF
    assert decode_plain(bytes(vin)) is None
    # Additional data announced, and too few or too many bits there for it.
    whole = encode(V1)
    assert decode_plain(whole[:-7]) is None
    assert decode_plain(bytes([bare[0], bare[1] | 0x40]) + bare[2:]) is None
    with_data = encode(replace(V1, additional_data=AdditionalData("1.2", b"123")))
    assert decode_plain(with_data[:-1]) is None
    assert decode_plain(with_data[:-1] + bytes([with_data[-1] | 1])) is None
