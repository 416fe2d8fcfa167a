"""How additional data may end."""

from __future__ import annotations

from opensos.protocols.msd.problem import Problem, ending
from opensos.protocols.msd.reader import BitReader


def _after(data: bytes, bits: int) -> list[Problem]:
    reader = BitReader(data)
    reader.take(bits, "value")
    return ending(reader)


def test_up_to_seven_zero_bits_may_follow() -> None:
    assert _after(b"\x80", 1) == []
    assert _after(b"\x80", 8) == []


def test_other_bits_and_whole_bytes_may_not() -> None:
    assert _after(b"\x81", 1) == [Problem(1, "The bits that fill up the last byte are not zero.")]
    assert _after(b"\x80\x00", 8) == [Problem(8, "1 more byte(s) follow the value.")]
