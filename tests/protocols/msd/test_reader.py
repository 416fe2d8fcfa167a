"""Bits are read in order, and never beyond the end."""

from __future__ import annotations

import pytest

from opensos.protocols.msd.reader import BitField, BitReader, EndOfBitsError, FragmentedError


def test_numbers_are_read_from_the_first_bit_on() -> None:
    reader = BitReader(b"\xa5\xf0")
    assert reader.take(4, "a") == 0xA
    assert reader.take_flag("b") is False
    assert reader.take(3, "c") == 5
    assert reader.take(8, "d") == 0xF0
    assert reader.map[1] == BitField(4, 1, "b", "false")


def test_reading_beyond_the_end_names_the_field_and_reads_nothing() -> None:
    reader = BitReader(b"\xff", end=5)
    reader.take(3, "first")
    with pytest.raises(EndOfBitsError) as caught:
        reader.take(3, "second")
    assert (caught.value.name, caught.value.bit) == ("second", 3)
    assert reader.at == 3


def test_lengths_have_one_or_two_bytes() -> None:
    assert BitReader(b"\x7f").take_length("n") == (127, True)
    assert BitReader(b"\x80\x80").take_length("n") == (128, True)
    assert BitReader(b"\xbf\xff").take_length("n") == (16383, True)
    assert BitReader(b"\x80\x05").take_length("n") == (5, False)


def test_a_length_for_sixteen_kibibytes_is_refused() -> None:
    with pytest.raises(FragmentedError):
        BitReader(b"\xc1").take_length("n")


def test_small_numbers_have_seven_bits_or_a_length_of_their_own() -> None:
    assert BitReader(b"\x7e").take_small("n") == 63
    reader = BitReader(bytes([0x80 | 0x01 >> 1, 0x80 | 0x40 >> 1, 0x00]))
    assert reader.take_small("n") == 64


def test_whole_bytes_may_start_anywhere() -> None:
    reader = BitReader(b"\x0a\xbc\xd0")
    reader.take(4, "skip")
    assert reader.take_bytes(2, "two") == b"\xab\xcd"
    assert reader.map[-1].value == "abcd"
    assert reader.rest_bytes() == 0


def test_zero_bits_are_told_from_others() -> None:
    reader = BitReader(b"\xf0\x0f")
    assert reader.peek_zero(4, 12)
    assert not reader.peek_zero(3, 12)
    assert not reader.peek_zero(4, 13)
    assert reader.peek_zero(7, 7)
