"""A close look at the content of a message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opensos.protocols.msd import (
    AdditionalData,
    EuroNcap,
    ImpactLocation,
    Msd,
    Propulsion,
    additional_data,
    decode,
    encode,
    validate,
)
from tests.protocols.msd.known import ALL, V1, V2

UNKNOWN = 0x7FFF_FFFF


def _codes(msd: Msd) -> list[str]:
    return [one.code for one in validate(decode(encode(msd)))]


@pytest.mark.parametrize("msd", ALL)
def test_there_is_nothing_to_say_against_a_good_message(msd: Msd) -> None:
    assert _codes(msd) == []


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"message_identifier": 0}, ["message-identifier-zero"]),
        ({"timestamp": 0}, ["timestamp-failure"]),
        ({"timestamp": 1_262_303_999}, ["timestamp-implausible"]),
        ({"timestamp": 1_262_304_000}, []),
        ({"propulsion": Propulsion()}, ["propulsion-none"]),
        ({"occupants": None}, ["occupants-unknown"]),
        ({"occupants": 255}, ["occupants-unknown"]),
        ({"vin": "00000000000000000"}, ["vin-placeholder"]),
        ({"vin": "1M8GDM9A1KP042788"}, ["vin-check-digit"]),
        ({"vin": "1M8GDM9AXKP042788"}, []),
        ({"latitude_mas": UNKNOWN}, ["position-unknown", "position-trust"]),
        ({"longitude_mas": UNKNOWN, "position_can_be_trusted": False}, ["position-unknown"]),
        ({"direction": 255}, ["direction-unknown"]),
        ({"direction": 200}, ["direction-reserved"]),
        ({"additional_data": None}, []),
        ({"additional_data": AdditionalData("1.2", b"")}, []),
        (
            {"additional_data": additional_data(EuroNcap(ImpactLocation.REAR, None, 100, 101, 0))},
            ["delta-v-range"],
        ),
        (
            {"additional_data": additional_data(EuroNcap(ImpactLocation.REAR, None, 100, 100, 0))},
            [],
        ),
    ],
)
def test_what_deserves_a_second_look_is_said(change: dict[str, object], codes: list[str]) -> None:
    assert _codes(Msd(**{one: getattr(V2, one) for one in Msd.__slots__} | change)) == codes


def test_both_speeds_beyond_the_range_are_named() -> None:
    value = EuroNcap(ImpactLocation.REAR, None, 100, -101, 102)
    (one,) = validate(decode(encode(replace(V2, additional_data=additional_data(value)))))
    assert one.text == "deltaVX -101 and deltaVY 102 km/h is beyond the range of 100 km/h."


def test_findings_of_the_content_say_where_it_lies() -> None:
    (one,) = validate(decode(encode(replace(V1, timestamp=0))))
    assert one.bit == 8 + 22 + 102 + 8


def test_a_message_that_is_not_canonical_is_shown_its_canonical_form() -> None:
    padded = encode(V2) + b"\0"
    findings = validate(decode(padded))
    assert [one.code for one in findings] == ["trailing-padding", "not-canonical"]
    assert encode(V2).hex() in findings[-1].text


def test_a_message_without_a_canonical_form_is_told_why() -> None:
    findings = validate(decode(encode(V2)[:20]))
    assert [one.code for one in findings][-2:] == ["not-canonical", "occupants-unknown"]
    assert "timestamp must be" in findings[-2].text


def test_a_message_cut_off_early_has_no_findings_about_what_is_missing() -> None:
    codes = [one.code for one in validate(decode(encode(V2)[:6]))]
    assert codes == ["wrapper-length", "truncated", "not-canonical", "occupants-unknown"]


def test_what_cannot_be_read_has_only_that_to_say() -> None:
    assert [one.code for one in validate(decode(b""))] == ["empty"]


def test_too_much_additional_data_are_said() -> None:
    lean = replace(V1, recent_n1=None, recent_n2=None)
    much = replace(lean, additional_data=AdditionalData("1.2", bytes(96)))
    assert _codes(much) == ["additional-data-size"]


def test_euro_ncap_data_cut_off_early_are_not_judged() -> None:
    cut = decode(encode(V2)[:-4])
    assert "delta-v-range" not in [one.code for one in validate(cut)]
    assert cut.msd is not None
    assert cut.msd.additional_data is not None
    assert isinstance(cut.msd.additional_data.decoded, EuroNcap)
    assert cut.msd.additional_data.decoded.range_limit is None
