"""Bits are written in order, and only what fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError
from opensos.protocols.msd.reader import BitReader
from opensos.protocols.msd.writer import BitWriter


def test_bits_are_filled_up_with_zeros_to_whole_bytes() -> None:
    writer = BitWriter()
    writer.put(0b101, 3)
    assert writer.to_bytes() == b"\xa0"
    writer.put(0b11111, 5)
    assert writer.to_bytes() == b"\xbf"
    assert BitWriter().to_bytes() == b""


@pytest.mark.parametrize("value", [None, 9, 21])
def test_a_number_out_of_its_range_is_refused(value: int | None) -> None:
    with pytest.raises(LocalError, match="speed must be from 10 to 20, not"):
        BitWriter().put_ranged(value, 10, 20, "speed")


@given(st.binary(max_size=200), st.integers(0, 7))
def test_bytes_come_back_from_any_place(data: bytes, shift: int) -> None:
    writer = BitWriter()
    writer.put(0, shift)
    writer.put_bytes(data, "data")
    reader = BitReader(writer.to_bytes())
    reader.take(shift, "shift")
    assert reader.take_length("length") == (len(data), True)
    assert reader.take_bytes(len(data), "data") == data


@given(st.integers(0, 100_000))
def test_small_numbers_come_back(value: int) -> None:
    writer = BitWriter()
    writer.put_small(value, "n")
    assert BitReader(writer.to_bytes()).take_small("n") == value


def test_more_bytes_than_a_length_can_say_are_refused() -> None:
    with pytest.raises(LocalError, match="note is too long for an MSD: 16384 bytes"):
        BitWriter().put_bytes(bytes(16_384), "note")
