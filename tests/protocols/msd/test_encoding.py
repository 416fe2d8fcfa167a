"""Writing is strict and canonical, and what is written can be read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from opensos.protocols.effects import LocalError
from opensos.protocols.msd import AdditionalData, Delta, Msd, Propulsion, decode, encode
from opensos.protocols.msd.careful import encode_careful
from opensos.protocols.msd.encoding import encode_plain
from tests.protocols.msd.known import ALL, EXAMPLE, V1, V2, V3
from tests.protocols.msd.samples import any_message, vectors
from tests.shared import needs_vectors


@settings(max_examples=300)
@given(any_message)
def test_every_message_comes_back(msd: Msd) -> None:
    data = encode(msd)
    assert encode_plain(msd) == data == encode_careful(msd)
    assert len(data) <= 140
    assert decode(data).msd == msd


@needs_vectors
def test_messages_of_others_are_written_as_their_canonical_form() -> None:
    messages = [one for one in vectors() if "version" in one]
    assert len(messages) > 20
    for one in messages:
        msd = decode(bytes.fromhex(one["hex"])).msd
        assert msd is not None
        assert encode(msd).hex().upper() == one["canonical_reencode"]


def test_the_example_of_the_standard_is_canonical_already() -> None:
    msd = decode(EXAMPLE).msd
    assert msd is not None
    assert encode(msd) == EXAMPLE


def test_storage_that_was_not_read_is_left_out() -> None:
    nothing = replace(V2, propulsion=Propulsion(*[None] * 7))
    assert encode(nothing) == encode(replace(V2, propulsion=Propulsion()))
    assert encode(replace(V1, propulsion=Propulsion(other_storage=False))) == encode(
        replace(V1, propulsion=Propulsion(other_storage=None))
    )


def test_the_longest_message_has_one_hundred_and_forty_bytes() -> None:
    longest = replace(
        V2, propulsion=Propulsion(), additional_data=AdditionalData("1.1.1.1.1", bytes(94))
    )
    assert len(encode(longest)) == 140
    with pytest.raises(LocalError, match="would have 141 bytes; at most 140"):
        encode(replace(longest, additional_data=AdditionalData("1.1.1.1.1.1", bytes(94))))


def test_version_one_has_no_limit_for_additional_data_but_the_message_itself() -> None:
    much = replace(V1, additional_data=AdditionalData("1", bytes(95)))
    assert encode(much) == encode_careful(much)


def test_more_additional_data_than_the_version_allows_are_refused() -> None:
    short = replace(V2, recent_n1=None, recent_n2=None, occupants=None)
    with pytest.raises(LocalError, match="95 bytes of content; at most 94"):
        encode(replace(short, additional_data=AdditionalData("1.2", bytes(95))))


_SENTENCES = {
    "message_identifier": "messageIdentifier must be from 0 to 255",
    "automatic_activation": "automaticActivation must be true or false",
    "test_call": "testCall must be true or false",
    "position_can_be_trusted": "positionCanBeTrusted must be true or false",
    "vehicle_type": "vehicleType None does not exist in version",
    "vin": "must be 17 capitals and digits without I, O and Q",
    "propulsion": "vehiclePropulsionStorageType is missing",
    "timestamp": "timestamp must be from 0 to 4294967295",
    "latitude_mas": "positionLatitude must be from",
    "longitude_mas": "positionLongitude must be from",
    "direction": "vehicleDirection must be from 0 to 255",
}


@pytest.mark.parametrize("msd", ALL)
@pytest.mark.parametrize(("name", "sentence"), _SENTENCES.items())
def test_a_missing_field_is_named(msd: Msd, name: str, sentence: str) -> None:
    missing = Msd(**{one: getattr(msd, one) for one in Msd.__slots__} | {name: None})
    with pytest.raises(LocalError, match=sentence):
        encode(missing)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": 4}, "version 4 of the MSD does not exist"),
        ({"message_identifier": 256}, "messageIdentifier must be from 0 to 255, not 256"),
        ({"message_identifier": -1}, "messageIdentifier must be"),
        ({"timestamp": 1 << 32}, "timestamp must be"),
        ({"timestamp": -1}, "timestamp must be"),
        ({"latitude_mas": 1 << 31}, "positionLatitude must be"),
        ({"latitude_mas": -(1 << 31) - 1}, "positionLatitude must be"),
        ({"longitude_mas": 1 << 31}, "positionLongitude must be"),
        ({"longitude_mas": -(1 << 31) - 1}, "positionLongitude must be"),
        ({"direction": 256}, "vehicleDirection must be"),
        ({"direction": -1}, "vehicleDirection must be"),
        ({"occupants": 256}, "must be from 0 to 255, not 256"),
        ({"occupants": -1}, "must be from 0 to 255, not -1"),
        ({"recent_n1": Delta(-513, 0)}, "recentVehicleLocationN1.latitudeDelta must be"),
        ({"recent_n2": Delta(0, 512)}, "recentVehicleLocationN2.longitudeDelta must be"),
        ({"vin": "WBA8E9G50GNT1234"}, "17 capitals"),
        ({"vin": "WBA8E9G50GNT123456"}, "17 capitals"),
        ({"vin": "WBA8E9G50GNTI2345"}, "17 capitals"),
        ({"vin": "IIII8E9G50GNT2345"}, "17 capitals"),
        ({"vin": "WBA8E9G50GNT1234é"}, "17 capitals"),
        ({"vin": "WBA??????????????"}, "17 capitals"),
        ({"test_call": 2}, "testCall must be true or false"),
        ({"vehicle_type": "spaceship"}, "vehicleType spaceship does not exist"),
        ({"additional_data": AdditionalData("eight", b"")}, "no object identifier"),
        ({"additional_data": AdditionalData("0x" + "01" * 120, b"")}, "at most 140"),
    ],
)
def test_a_value_out_of_its_range_is_refused_with_a_sentence(
    change: dict[str, object], sentence: str
) -> None:
    wrong = Msd(**{one: getattr(V2, one) for one in Msd.__slots__} | change)
    with pytest.raises(LocalError, match=sentence):
        encode(wrong)


def test_a_value_of_another_version_is_refused() -> None:
    with pytest.raises(LocalError, match="vehicleType sc does not exist in version 2"):
        encode(replace(V3, version=2))
    with pytest.raises(LocalError, match="otherStorage does not exist in version 1"):
        encode(replace(V1, propulsion=Propulsion(other_storage=True)))


def test_version_three_needs_both_earlier_positions() -> None:
    for missing in ("recent_n1", "recent_n2"):
        msd = Msd(**{one: getattr(V3, one) for one in Msd.__slots__} | {missing: None})
        with pytest.raises(LocalError, match="mandatory in version 3; use 0, 0 if unknown"):
            encode(msd)
