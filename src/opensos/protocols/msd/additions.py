"""Extension additions (X.691 §19.7): fields of a later version, skipped by length and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError
from opensos.protocols.msd.message import Addition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opensos.protocols.msd.reader import BitReader
    from opensos.protocols.msd.writer import BitWriter

MAX_INDEX = 63


def read_additions(reader: BitReader, where: str) -> tuple[Addition, ...]:
    """Read the bitmap of additions and the open types that it announces.

    Raises:
        EndOfBitsError: The message ends inside; nothing is returned then.
    """
    count = _read_count(reader, f"{where}.additions")
    present = reader.take(count, f"{where}.additionsPresent")
    found = []
    for index in range(count):
        if present >> (count - 1 - index) & 1:
            name = f"{where}.addition{index}"
            size, _ = reader.take_length(f"{name}.length")
            found.append(Addition(where, index, reader.take_bytes(size, name)))
    return tuple(found)


def _read_count(reader: BitReader, name: str) -> int:
    # A normally small *length* (X.691 §11.9.3.4): up to 64 as count - 1, else a general length.
    if reader.take(1, name):
        return reader.take_length(name)[0]
    count = reader.take(6, name) + 1
    reader.explain(count)
    return count


def write_additions(writer: BitWriter, where: str, additions: Sequence[Addition]) -> None:
    """Write the additions; the bitmap is as long as the highest number needs.

    Raises:
        LocalError: A number is out of range or used twice.
    """
    numbers = [addition.number for addition in additions]
    if len(set(numbers)) < len(numbers) or not all(0 <= at <= MAX_INDEX for at in numbers):
        raise LocalError(f"additions of {where} need different numbers from 0 to {MAX_INDEX}")
    count = max(numbers) + 1
    writer.put(count - 1, 7)
    writer.put(sum(1 << (count - 1 - at) for at in numbers), count)
    for addition in sorted(additions, key=lambda one: one.number):
        writer.put_bytes(addition.data, f"{where}.addition{addition.number}")
