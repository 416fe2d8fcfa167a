"""The values: frozen, and unknown never looks like zero."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from opensos.protocols.msd import Delta, Msd, VehicleType, decode
from tests.protocols.msd.known import EXAMPLE, V2


def test_a_message_without_anything_says_nothing() -> None:
    empty = Msd(version=3)
    assert empty.latitude is None
    assert empty.longitude is None
    assert empty.direction_deg is None
    assert empty.timestamp_utc is None
    assert empty.occupant_count is None
    assert empty.recent_positions == ()


def test_the_properties_turn_codes_into_what_people_use() -> None:
    assert V2.latitude == pytest.approx(48.30033333)
    assert V2.longitude == pytest.approx(11.61736666)
    assert V2.direction_deg == 28
    assert V2.timestamp_utc is not None
    assert V2.timestamp_utc.isoformat() == "2023-11-14T22:13:20+00:00"
    assert V2.occupant_count == 2
    assert len(V2.recent_positions) == 2
    assert V2.recent_positions[0] == pytest.approx((48.30061111, 11.61708888))


def test_unknown_codes_are_none_and_zero_is_zero() -> None:
    assert replace(V2, occupants=255).occupant_count is None
    assert replace(V2, occupants=0).occupant_count == 0
    assert replace(V2, longitude_mas=None).recent_positions == ()
    assert replace(V2, latitude_mas=0, longitude_mas=0, recent_n1=Delta(0, 0)).latitude == 0.0


def test_what_was_decoded_cannot_be_changed() -> None:
    decoded = decode(EXAMPLE)
    assert decoded.msd is not None
    with pytest.raises(FrozenInstanceError):
        decoded.msd.occupants = 7  # type: ignore[misc]  # that is what is tested
    with pytest.raises(FrozenInstanceError):
        decoded.raw = b""  # type: ignore[misc]  # that is what is tested
    assert hash(decoded.msd) == hash(replace(decoded.msd))


def test_read_whole_means_that_nothing_is_worse_than_info() -> None:
    assert decode(EXAMPLE).read_whole
    assert decode(EXAMPLE + b"\0").read_whole
    assert not decode(EXAMPLE + b"\1").read_whole
    assert not decode(b"").read_whole


def test_vehicle_types_are_their_names() -> None:
    assert VehicleType("sc") is VehicleType.SC
    assert [str(kind) for kind in VehicleType][:3] == ["m1", "m2", "m3"]
    assert len(VehicleType) == 23
