"""From JSON: what was written comes back, a short form is enough, nonsense is explained."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.effects import UserError
from opensos.protocols.msd import (
    Addition,
    AdditionalData,
    EraGlonass,
    EuroNcap,
    ImpactLocation,
    Msd,
    additional_data,
    decode,
    encode,
    from_json,
    to_json,
)
from tests.protocols.msd.known import ALL, V2
from tests.protocols.msd.samples import any_message

SHORT: dict[str, Any] = {
    "version": 2,
    "msd": {
        "messageIdentifier": 1,
        "control": {
            "automaticActivation": True,
            "testCall": True,
            "positionCanBeTrusted": False,
            "vehicleType": "M1",
        },
        "vin": "WBA8E9G50GNT12345",
        "vehiclePropulsionStorageType": {"dieselTankPresent": True},
        "timestamp_utc": "2023-11-14T22:13:20Z",
        "latitude": 48.5,
        "longitude": None,
        "direction_deg": 90,
        "occupants": 2,
    },
}


@settings(max_examples=200)
@given(any_message)
def test_every_message_comes_back_from_its_json(msd: Msd) -> None:
    document = json.loads(json.dumps(to_json(decode(encode(msd)))))
    assert from_json(document) == msd


@pytest.mark.parametrize("msd", ALL)
def test_a_message_that_was_cut_off_comes_back_as_it_was_read(msd: Msd) -> None:
    whole = encode(msd)
    for size in range(5, len(whole)):
        decoded = decode(whole[:size])
        assert from_json(json.loads(json.dumps(to_json(decoded)))) == decoded.msd


def test_additions_come_back() -> None:
    more = replace(
        V2,
        additions=(Addition("msdStructure", 0, b"\x01"),),
        additional_data=additional_data(
            EraGlonass(3, {"micFailure": True}, None, (Addition("eraGlonass", 1, b"\x02"),))
        ),
    )
    assert from_json(to_json(decode(encode(more)))) == more


def test_a_short_form_is_enough() -> None:
    msd = from_json(SHORT)
    assert msd.vin == "WBA8E9G50GNT12345"
    assert msd.timestamp == 1_700_000_000
    assert (msd.latitude, msd.longitude) == (48.5, None)
    assert msd.longitude_mas == 0x7FFF_FFFF
    assert msd.direction == 45
    assert msd.occupants == 2
    assert msd.recent_n1 is None
    assert decode(encode(msd)).msd == msd


def test_what_is_not_given_is_absent() -> None:
    msd = from_json({"version": 1, "msd": {}})
    assert msd == Msd(version=1)


def test_the_coded_field_counts_where_both_are_given() -> None:
    both = {**SHORT["msd"], "vehicleDirection": 7, "timestamp": 5}
    both["vehicleLocation"] = {"positionLatitude": 36, "positionLongitude": -36}
    both["vehicleIdentificationNumber"] = {"isowmi": "WM9", "isovds": "VDSVDS"}
    msd = from_json({"version": 3, "msd": both})
    assert (msd.direction, msd.timestamp) == (7, 5)
    assert (msd.latitude_mas, msd.longitude_mas) == (36, -36)
    assert msd.vin == "WM9VDSVDS"


def test_a_time_without_a_zone_is_taken_as_utc() -> None:
    body = {"timestamp_utc": "2023-11-14T22:13:20"}
    assert from_json({"version": 2, "msd": body}).timestamp == 1_700_000_000
    body = {"timestamp_utc": "2023-11-14T23:13:20+01:00"}
    assert from_json({"version": 2, "msd": body}).timestamp == 1_700_000_000


def test_additional_data_can_be_given_as_fields() -> None:
    impact = {
        "locationOfImpact": "front",
        "deltaV": {"rangeLimit": 125, "deltaVX": -45, "deltaVY": 10},
    }
    document = {**SHORT, "additional_data": {"oid": "8.1", "decoded": impact}}
    expected = additional_data(EuroNcap(ImpactLocation.FRONT, None, 125, -45, 10))
    assert from_json(document).additional_data == expected
    faults = {"crashSeverity": 9, "diagnosticResult": {"micFailure": False, "uimFailure": None}}
    document = {**SHORT, "additional_data": {"oid": "0x010401", "decoded": faults}}
    expected = additional_data(EraGlonass(9, {"micFailure": False}))
    assert from_json(document).additional_data == expected


def test_unknown_additional_data_are_given_as_hex() -> None:
    document = {**SHORT, "additional_data": {"oid": "1.2", "data": "30304646"}}
    assert from_json(document).additional_data == AdditionalData("1.2", b"00FF")


def _with(**fields: object) -> dict[str, Any]:
    return {"version": 2, "msd": fields}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ([], "an MSD in JSON is an object"),
        ({}, "version must be 1, 2 or 3, not None"),
        ({"version": 4}, "version must be 1, 2 or 3, not 4"),
        ({"version": "2"}, "version must be a whole number, not '2'"),
        ({"version": True}, "version must be a whole number, not True"),
        ({"version": 2}, 'key "msd" with the fields of the message is missing'),
        ({"version": 2, "msd": []}, r"msd must be an object, not \[\]"),
        (_with(messageIdentifier=1.5), "messageIdentifier must be a whole number"),
        (_with(control={"testCall": 1}), "testCall must be true or false, not 1"),
        (_with(control={"vehicleType": "ship"}), "vehicleType must be one of m1, m2"),
        (_with(vin=7), "vin must be a text, not 7"),
        (_with(latitude="x"), "latitude must be a number, not 'x'"),
        (_with(latitude=91), "beyond the limit of 90 degrees"),
        (_with(longitude=181.5), "beyond the limit of 180 degrees"),
        (_with(direction_deg=1e12), "makes no sense"),
        (_with(timestamp_utc="yesterday"), "timestamp_utc must be like"),
        (_with(vehiclePropulsionStorageType={"coal": True}), "'coal' is no propulsion storage"),
        (_with(recentVehicleLocationN1={"latitudeDelta": 1}), "needs latitudeDelta and longitude"),
        (_with(recentVehicleLocationN2={"longitudeDelta": 1}), "needs latitudeDelta and longitude"),
        (_with(additions=[1]), "additions must be objects"),
        (_with(additions=[{"where": "msdStructure"}]), "needs where and number"),
        (_with(additions=[{"number": 1}]), "needs where and number"),
        ({**SHORT, "additional_data": {}}, "additional_data needs an oid"),
        ({**SHORT, "additional_data": {"oid": "8.1"}}, "needs data .hex. or decoded"),
        ({**SHORT, "additional_data": {"oid": "x", "data": ""}}, "no object identifier"),
        ({**SHORT, "additional_data": {"oid": "1.2", "data": "0"}}, "pairs of hex digits"),
        ({**SHORT, "additional_data": {"oid": "1.2", "decoded": {}}}, "is not known here"),
        (
            {**SHORT, "additional_data": {"oid": "8.1", "decoded": {}}},
            "locationOfImpact is missing",
        ),
        (
            {**SHORT, "additional_data": {"oid": "8.1", "decoded": {"locationOfImpact": "roof"}}},
            "locationOfImpact must be one of unknown, none",
        ),
    ],
)
def test_nonsense_is_explained(document: object, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        from_json(document)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(st.data())
def test_a_document_with_anything_in_it_gives_a_message_or_a_sentence(data: st.DataObject) -> None:
    document = json.loads(json.dumps(to_json(decode(encode(V2)))))
    key = data.draw(st.sampled_from(sorted(document["msd"])))
    document["msd"][key] = data.draw(_JSON)
    try:
        from_json(document)
    except UserError as error:
        assert str(error)  # noqa: PT017 - either is right, nothing else is
