"""The tables say the same as the rules that they were made from."""

from __future__ import annotations

import pytest

from opensos.protocols.msd import Propulsion
from opensos.protocols.msd.shape import (
    PROPULSION_FIELDS,
    PROPULSION_NAMES,
    SHAPES,
    VIN_ALPHABET,
    VIN_PARTS,
    control_table,
    storage_table,
)


def test_the_vin_has_seventeen_characters_of_an_alphabet_of_thirty_three() -> None:
    assert sum(length for _, length in VIN_PARTS) == 17
    assert len(VIN_ALPHABET) == 33
    assert not set("IOQ") & set(VIN_ALPHABET)
    assert sorted(VIN_ALPHABET) == list(VIN_ALPHABET)


def test_names_and_fields_of_the_propulsion_belong_together() -> None:
    assert len(PROPULSION_NAMES) == len(PROPULSION_FIELDS) == 7
    for name, field in zip(PROPULSION_NAMES, PROPULSION_FIELDS, strict=True):
        assert field == "".join(f"_{one.lower()}" if one.isupper() else one for one in name)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_control_code_is_right(version: int) -> None:
    shape = SHAPES[version]
    table = control_table(shape.type_bits)
    assert len(table) == 1 << (4 + shape.type_bits)
    for code, row in enumerate(table):
        kind = code & ((2 << shape.type_bits) - 1)
        if kind >= len(shape.vehicle_types):
            assert row is None
        else:
            flags = code >> (shape.type_bits + 1)
            expected = (bool(flags & 4), bool(flags & 2), bool(flags & 1))
            assert row == (*expected, shape.vehicle_types[kind])


@pytest.mark.parametrize("count", [6, 7])
def test_a_propulsion_is_the_same_whatever_bits_follow_it(count: int) -> None:
    table = storage_table(count, 100)
    assert len(table) == 1 << (2 * count + 1)
    assert all(row is None for row in table[1 << (2 * count) :])
    # Diesel present and true, hydrogen present and false, then other bits.
    presence = 1 << (count - 2) | 1 << (count - 6)
    rows = {table[presence << count | 0b10 << (count - 2) | rest] for rest in range(1 << count - 2)}
    ((propulsion, width, findings),) = [row for row in rows if row is not None]
    other = None if count == 6 else False
    assert propulsion == Propulsion(diesel_tank_present=True, other_storage=other)
    assert width == 2
    assert [(one.code, one.bit) for one in findings] == [("explicit-default", 102 + count)]
    assert "hydrogenStorage" in findings[0].text
