"""Writing field by field: what only this way can do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opensos.protocols.effects import LocalError
from opensos.protocols.msd import Addition, decode, encode
from tests.protocols.msd.known import ALL, V2

_EVERYWHERE = (
    Addition("vehiclePropulsionStorageType", 0, b"\x01"),
    Addition("vehiclePropulsionStorageType", 2, b""),
    Addition("msdStructure", 5, b"\x02\x03"),
    Addition("msdMessage", 0, b"\x04"),
)


@pytest.mark.parametrize("msd", ALL)
def test_additions_in_every_place_come_back(msd: object) -> None:
    assert isinstance(msd, type(V2))
    more = replace(msd, additions=_EVERYWHERE)
    decoded = decode(encode(more))
    assert decoded.msd == more
    assert [one.level for one in decoded.findings] == ["info"] * 3
    assert {one.code for one in decoded.findings} == {"extension-addition"}


@pytest.mark.parametrize("code", [0, 63, 64, 300])
def test_a_vehicle_type_of_a_later_version_comes_back(code: int) -> None:
    later = replace(V2, vehicle_type=None, additions=(Addition("vehicleType", code, b""),))
    decoded = decode(encode(later))
    assert decoded.msd == later
    assert [one.code for one in decoded.findings] == ["vehicle-type-unknown"]


def test_a_vehicle_type_is_either_known_or_of_a_later_version() -> None:
    later = Addition("vehicleType", 1, b"")
    for wrong in (
        replace(V2, additions=(later,)),
        replace(V2, vehicle_type=None, additions=(later, later)),
    ):
        with pytest.raises(LocalError, match="vehicleType"):
            encode(wrong)


def test_an_addition_without_a_place_is_refused() -> None:
    with pytest.raises(LocalError, match="'glovebox' has no place for additions"):
        encode(replace(V2, additions=(Addition("glovebox", 0, b""),)))
