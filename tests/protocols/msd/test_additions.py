"""Fields of a later version are skipped by their length, kept, and written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError
from opensos.protocols.msd import Addition
from opensos.protocols.msd.additions import read_additions, write_additions
from opensos.protocols.msd.reader import BitReader, EndOfBitsError
from opensos.protocols.msd.writer import BitWriter


@given(st.dictionaries(st.integers(0, 63), st.binary(max_size=140), min_size=1, max_size=5))
def test_additions_come_back_in_order(fields: dict[int, bytes]) -> None:
    given_ = [Addition("there", number, data) for number, data in fields.items()]
    writer = BitWriter()
    write_additions(writer, "there", given_)
    found = read_additions(BitReader(writer.to_bytes()), "there")
    assert list(found) == sorted(given_, key=lambda one: one.number)


def test_more_than_sixty_four_additions_have_a_long_count() -> None:
    writer = BitWriter()
    writer.put(1, 1)
    writer.put_length(70, "count")
    writer.put(1, 70)
    writer.put_bytes(b"last", "data")
    found = read_additions(BitReader(writer.to_bytes()), "there")
    assert found == (Addition("there", 69, b"last"),)


def test_an_addition_that_is_cut_off_ends_the_reading() -> None:
    writer = BitWriter()
    write_additions(writer, "there", [Addition("there", 0, b"12345")])
    with pytest.raises(EndOfBitsError, match="addition0"):
        read_additions(BitReader(writer.to_bytes()[:-2]), "there")


@pytest.mark.parametrize("numbers", [(0, 0), (64,), (-1,)])
def test_impossible_numbers_are_refused(numbers: tuple[int, ...]) -> None:
    additions = [Addition("there", number, b"") for number in numbers]
    with pytest.raises(LocalError, match="different numbers from 0 to 63"):
        write_additions(BitWriter(), "there", additions)
