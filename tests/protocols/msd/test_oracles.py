"""Ours against two ASN.1 compilers: thousands of messages, byte for byte and field for field."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from opensos.protocols.msd import (
    Addition,
    EraGlonass,
    EuroNcap,
    decode,
    decode_era_glonass,
    decode_euro_ncap,
    encode,
    encode_era_glonass,
    encode_euro_ncap,
)
from opensos.protocols.msd.careful import encode_careful
from opensos.protocols.msd.plain import decode_plain
from opensos.protocols.msd.tolerant import decode_tolerant
from tests.protocols.msd import oracles
from tests.protocols.msd.samples import random_additional, random_msd, without_content

MESSAGES = 2_000


@pytest.mark.parametrize("version", [1, 2, 3])
def test_asn1tools_and_ours_agree_on_thousands_of_random_messages(version: int) -> None:
    chance = random.Random(version)
    for _ in range(MESSAGES):
        msd = random_msd(chance, version)
        data = encode(msd)
        assert data == oracles.asn1tools_encode(version, oracles.to_asn1(msd))
        decoded = decode(data)
        assert decoded.msd == msd
        assert decoded.findings == ()
        theirs = oracles.from_asn1(version, oracles.asn1tools_decode(version, data))
        assert theirs == without_content(msd)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_pycrate_and_ours_agree_on_thousands_of_random_messages(version: int) -> None:
    chance = random.Random(100 + version)
    for _ in range(MESSAGES):
        msd = random_msd(chance, version)
        data = encode(msd)
        assert data == oracles.pycrate_encode(version, oracles.to_asn1(msd))
        theirs = oracles.from_asn1(version, oracles.pycrate_decode(version, data))
        assert theirs == without_content(msd)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_the_quick_and_the_careful_way_agree_on_random_messages(version: int) -> None:
    chance = random.Random(200 + version)
    for _ in range(MESSAGES // 4):
        msd = random_msd(chance, version)
        data = encode(msd)
        assert data == encode_careful(msd)
        plain = decode_plain(data)
        assert plain is not None
        assert plain == decode_tolerant(data)[0]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_additions_of_a_later_version_are_skipped_kept_and_written_again(version: int) -> None:
    chance = random.Random(300 + version)
    for _ in range(300):
        msd = random_msd(chance, version)
        if msd.additional_data is not None and len(msd.additional_data.data) > 40:
            msd = replace(msd, additional_data=random_additional(chance))
        message = oracles.to_asn1(msd)
        expected: list[Addition] = []
        structure = message["msdStructure"]
        propulsion = structure["vehiclePropulsionStorageType"]
        if chance.random() < 0.5:
            kind = chance.randrange(2)
            structure["control"]["vehicleType"] = ["hovercraft", "walker"][kind]
            msd = replace(msd, vehicle_type=None)
            expected.append(Addition("vehicleType", kind, b""))
        if chance.random() < 0.5:
            propulsion["solarPanel"] = True
            expected.append(Addition("vehiclePropulsionStorageType", 0, b"\x80"))
        if chance.random() < 0.5:
            propulsion["batteryCapacity"] = 1000
            expected.append(Addition("vehiclePropulsionStorageType", 1, b"\xfa\x00"))
        if chance.random() < 0.5:
            structure["note"] = b"hi"
            expected.append(Addition("msdStructure", 1, b"\x02hi"))
        if chance.random() < 0.5:
            message["signature"] = b"ok"
            expected.append(Addition("msdMessage", 0, b"\x02ok"))
        data = oracles.asn1tools_encode(version, message, later=True)
        decoded = decode(data)
        if len(data) > 140:
            continue
        assert decoded.msd is not None
        assert replace(decoded.msd, additions=()) == msd
        assert decoded.msd.additions == tuple(expected)
        if len(expected) == len({(one.where) for one in expected}):
            assert decode(encode(decoded.msd)).msd == decoded.msd


def test_euro_ncap_data_are_as_asn1tools_has_them() -> None:
    module = oracles.asn1tools_modules()["OpenSosMsdAdditions"]
    chance = random.Random(8)
    count = 0
    while count < MESSAGES:
        value = random_additional(chance).decoded
        if not isinstance(value, EuroNcap):
            continue
        count += 1
        assert value.location_of_impact is not None
        theirs: dict[str, object] = {
            "locationOfImpact": str(value.location_of_impact),
            "deltaV": {
                "rangeLimit": value.range_limit,
                "deltaVX": value.delta_v_x,
                "deltaVY": value.delta_v_y,
            },
        }
        if value.rollover_detected is not None:
            theirs["rolloverDetected"] = value.rollover_detected
        data = encode_euro_ncap(value)
        assert data == module.encode("EuroNcap", theirs)
        assert decode_euro_ncap(data) == (value, ())


def test_era_glonass_data_are_as_asn1tools_has_them() -> None:
    module = oracles.asn1tools_modules()["OpenSosMsdAdditions"]
    chance = random.Random(9)
    count = 0
    while count < MESSAGES:
        value = random_additional(chance).decoded
        if not isinstance(value, EraGlonass):
            continue
        count += 1
        parts = {
            "crashSeverity": value.crash_severity,
            "diagnosticResult": value.diagnostics,
            "crashInfo": value.crash,
        }
        theirs = {name: part for name, part in parts.items() if part is not None}
        data = encode_era_glonass(value)
        assert data == module.encode("EraGlonass", theirs)
        assert decode_era_glonass(data) == (value, ())
