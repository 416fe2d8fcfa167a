"""An MSD as JSON: the standard's names, degrees, and null for everything unknown."""

from __future__ import annotations

import json
from dataclasses import replace

from opensos.protocols.msd import (
    Addition,
    AdditionalData,
    EraGlonass,
    Msd,
    additional_data,
    decode,
    encode,
    to_json,
    value_to_json,
)
from tests.protocols.msd.known import EXAMPLE, V1, V2, V3
from tests.protocols.msd.samples import vectors
from tests.shared import needs_vectors


def test_the_example_of_the_standard_as_json() -> None:
    document = to_json(decode(EXAMPLE))
    assert document["version"] == 1
    assert document["layout"] == "inline"
    assert document["raw"] == EXAMPLE.hex()
    assert document["findings"] == []
    msd = document["msd"]
    assert msd["vin"] == "WM9VDSVDSYA123456"
    assert msd["latitude"] == 48.300333333333334
    assert msd["longitude"] == 11.617366666666667
    assert msd["direction_deg"] == 28
    assert msd["timestamp_utc"] == "1973-11-29T21:33:09Z"
    assert msd["numberOfPassengers"] == 2
    assert "otherStorage" not in msd["vehiclePropulsionStorageType"]
    assert document["additional_data"] == {
        "oid": "1.2.125",
        "oid_hex": "01027d",
        "kind": None,
        "data": "30304646",
        "missing_bytes": 0,
        "decoded": None,
    }


@needs_vectors
def test_the_fields_of_others_messages_are_there_under_the_standards_names() -> None:
    for one in vectors():
        if "version" not in one:
            continue
        document = to_json(decode(bytes.fromhex(one["hex"])))
        assert document["version"] == one["version"]
        expected = one["decoded"]["msdStructure"]
        assert {name: document["msd"][name] for name in expected} == expected
        theirs = one["decoded"].get("optionalAdditionalData")
        ours = document["additional_data"]
        assert (ours is None) == (theirs is None)
        if theirs is not None:
            assert (ours["oid_hex"], ours["data"]) == (theirs["oid"], theirs["data"])
        for name, value in one.get("euroncap_tb040", {}).items():
            assert ours["decoded"][name] == value


def test_unknown_is_null_and_the_keys_stay() -> None:
    unknown = replace(
        V2,
        latitude_mas=0x7FFF_FFFF,
        longitude_mas=0x7FFF_FFFF,
        direction=255,
        timestamp=0,
        occupants=255,
        recent_n1=None,
        additional_data=None,
    )
    document = to_json(decode(encode(unknown)))
    msd = document["msd"]
    for key in ("latitude", "longitude", "direction_deg", "timestamp_utc", "occupants"):
        assert msd[key] is None
    assert msd["recentVehicleLocationN1"] is None
    assert msd["vehicleLocation"]["positionLatitude"] == 0x7FFF_FFFF
    assert msd["timestamp"] == 0
    assert document["additional_data"] is None
    assert set(msd) == set(to_json(decode(encode(V2)))["msd"])


def test_what_was_cut_off_is_null() -> None:
    msd = to_json(decode(encode(V3)[:6]))["msd"]
    assert msd["messageIdentifier"] == 1
    assert msd["vehiclePropulsionStorageType"] is None
    assert msd["numberOfOccupants"] is None
    assert msd["vin"].endswith("???")
    assert msd["make"] is None
    early = to_json(decode(encode(V3)[:4]))["msd"]
    assert early["vehicleIdentificationNumber"] is None
    assert early["control"]["vehicleType"] is None


def test_nothing_readable_is_null_with_its_bytes() -> None:
    document = to_json(decode(b"\xff\xff"))
    assert (document["msd"], document["additional_data"]) == (None, None)
    assert document["version"] == 0xFF
    assert document["raw"] == "ffff"
    assert to_json(decode(b""))["version"] is None


def test_a_bare_message_has_the_version_that_it_was_read_as() -> None:
    document = to_json(decode(encode(V2)[2:]))
    assert (document["version"], document["read_as_version"]) == (2, 2)
    document = to_json(decode(b"\x09" + encode(V3)[1:]))
    assert (document["version"], document["read_as_version"]) == (9, 3)


def test_content_and_additions_are_there() -> None:
    value = EraGlonass(7, {"micFailure": True}, None, (Addition("eraGlonass", 0, b"\x01"),))
    assert value_to_json(value) == {
        "crashSeverity": 7,
        "diagnosticResult": {"micFailure": True},
        "crashInfo": None,
        "additions": [{"where": "eraGlonass", "number": 0, "data": "01"}],
    }
    assert value_to_json(EraGlonass(crash={"crashRear": False}))["crashInfo"] == {
        "crashRear": False
    }
    document = to_json(decode(encode(replace(V1, additional_data=additional_data(value)))))
    assert document["additional_data"]["kind"] == "ERA-GLONASS"
    euro = replace(V1, additional_data=AdditionalData("8.1", bytes.fromhex("2832D28480")))
    decoded = to_json(decode(encode(euro)))["additional_data"]["decoded"]
    assert decoded["locationOfImpact"] is None


def test_every_document_is_json() -> None:
    for msd in (V1, V2, V3, Msd(version=2, message_identifier=3)):
        data = encode(msd) if msd.vin else b"\x02\x05\x00\x0c"
        assert json.loads(json.dumps(to_json(decode(data))))["raw"] == data.hex()
