"""Whatever is wrong with a message: what could be read is there, and what was wrong is said."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.msd import AdditionalData, Decoded, Delta, Msd, decode, encode
from opensos.protocols.msd.tolerant import MAX_READ, decode_tolerant
from tests.protocols.msd.known import ALL, BARE_V2, EXAMPLE, V1, V2, V3
from tests.protocols.msd.samples import any_message

_NAMES = [field.name for field in fields(Msd) if field.name not in {"version", "additions"}]


def _codes(decoded: Decoded) -> list[str]:
    return [one.code for one in decoded.findings]


def _is_prefix(part: object, whole: object) -> bool:
    """True if the value is the whole one, absent, or its beginning."""
    if part is None or part == whole:
        return True
    if isinstance(part, str) and isinstance(whole, str):
        return all(a in {b, "?"} for a, b in zip(part, whole, strict=True))
    if isinstance(part, AdditionalData) and isinstance(whole, AdditionalData):
        return whole.data.startswith(part.data) and part.missing > 0
    if hasattr(part, "__slots__") and type(part) is type(whole):
        return all(_is_prefix(getattr(part, n), getattr(whole, n)) for n in part.__slots__)
    return False


@pytest.mark.parametrize("msd", [*ALL, replace(V1, additional_data=None)])
def test_a_message_cut_off_anywhere_keeps_every_field_before_the_cut(msd: Msd) -> None:
    whole = encode(msd)
    for size in range(1, len(whole)):
        decoded = decode(whole[:size])
        assert decoded.raw == whole[:size]
        codes = _codes(decoded)
        if decoded.msd is None:
            assert codes == ["unreadable"]
            assert size <= 4
            continue
        assert "truncated" in codes
        assert not decoded.read_whole
        place = next(one.bit for one in decoded.findings if one.code == "truncated")
        assert place is not None
        assert place <= 8 * size
        seen = [_is_prefix(getattr(decoded.msd, n), getattr(msd, n)) for n in _NAMES]
        assert all(seen), (size, _NAMES[seen.index(False)])


@given(any_message, st.data())
def test_no_cut_of_any_message_invents_a_field(msd: Msd, data: st.DataObject) -> None:
    whole = encode(msd)
    size = data.draw(st.integers(5, len(whole) - 1))
    decoded = decode(whole[:size])
    assert decoded.msd is not None
    assert "truncated" in _codes(decoded)
    for name in _NAMES:
        if name != "additional_data":
            assert _is_prefix(getattr(decoded.msd, name), getattr(msd, name))


def test_a_cut_after_a_complete_structure_keeps_the_whole_structure() -> None:
    whole = replace(V2, additional_data=None)
    announced = bytearray(encode(whole))
    announced[2] |= 0x40
    decoded = decode(bytes(announced))
    assert decoded.msd == whole
    assert _codes(decoded) == ["truncated"]
    assert "oid" in decoded.findings[0].text


def test_truncated_additional_data_are_kept_as_far_as_they_go() -> None:
    decoded = decode(encode(V2)[:-2])
    assert decoded.msd is not None
    kept = decoded.msd.additional_data
    assert kept is not None
    assert V2.additional_data is not None
    assert (kept.oid, kept.missing) == ("8.1", 2)
    assert V2.additional_data.data.startswith(kept.data)
    assert kept.decoded is not None
    assert "wrapper-length" in _codes(decoded)
    assert "truncated" in _codes(decoded)


def test_unknown_additional_data_that_are_cut_off_are_kept_too() -> None:
    decoded = decode(encode(replace(V2, additional_data=AdditionalData("1.2", b"12345")))[:-1])
    assert decoded.msd is not None
    assert decoded.msd.additional_data == AdditionalData("1.2", b"1234", None, 1)


@pytest.mark.parametrize("msd", ALL)
def test_zero_bytes_up_to_one_hundred_and_forty_are_padding(msd: Msd) -> None:
    data = encode(msd).ljust(140, b"\0")
    decoded = decode(data)
    assert decoded.msd == msd
    assert decoded.read_whole
    assert _codes(decoded) == ["trailing-padding"]
    assert decoded.findings[0].bit == 8 * len(encode(msd))
    assert decoded.findings[0].text.startswith(f"{140 - len(encode(msd))} zero")


def test_padding_inside_the_wrapper_is_padding_too() -> None:
    inner = encode(V2)[2:] + bytes(4)
    decoded = decode(bytes([2, len(inner)]) + inner)
    assert decoded.msd == V2
    assert _codes(decoded) == ["trailing-padding"]


@pytest.mark.parametrize("msd", ALL)
def test_other_bytes_behind_the_message_are_a_warning(msd: Msd) -> None:
    decoded = decode(encode(msd) + b"\0x")
    assert decoded.msd == msd
    assert _codes(decoded) == ["trailing-bytes"]
    assert decoded.findings[0].bit == 8 * len(encode(msd))
    assert decoded.findings[0].text.startswith("2 more byte(s)")
    assert not decoded.read_whole


def test_more_than_one_hundred_and_forty_bytes_are_a_warning() -> None:
    decoded = decode(encode(V2).ljust(141, b"\0"))
    assert decoded.msd == V2
    assert _codes(decoded) == ["trailing-padding", "too-long"]
    assert decoded.findings[1].bit == 8 * 140


def test_a_huge_input_is_kept_but_only_its_beginning_is_read() -> None:
    data = encode(V2) + b"\xff" * 1_000_000
    decoded = decode(data)
    assert decoded.msd == V2
    assert decoded.raw is data
    assert _codes(decoded) == ["trailing-bytes", "too-long"]
    assert str(MAX_READ - len(encode(V2))) in decoded.findings[0].text


def test_fill_bits_that_are_not_zero_are_a_warning() -> None:
    data = bytearray(encode(replace(V1, additional_data=None)))
    data[-1] |= 1
    decoded = decode(bytes(data))
    assert decoded.msd == replace(V1, additional_data=None)
    assert _codes(decoded) == ["padding-bits"]
    assert decoded.findings[0].bit == 292


def test_explicit_defaults_are_named_and_harmless() -> None:
    decoded = decode(
        bytes.fromhex(
            "02251C0680E30A51439E2955D43800800437F80A3105669023F8A71166932185B004150043C040"
        )
    )
    assert decoded.read_whole
    assert _codes(decoded) == ["explicit-default"]
    assert "dieselTankPresent" in decoded.findings[0].text


def test_a_message_without_its_wrapper_is_read() -> None:
    for msd, bare in ((V2, BARE_V2), (V3, encode(V3)[2:])):
        decoded = decode(bare)
        assert decoded.msd == msd
        assert decoded.layout == "bare"
        assert decoded.declared_version is None
        assert [(one.code, one.bit) for one in decoded.findings] == [("wrapper-missing", 0)]


def test_a_bare_message_of_version_one_is_read() -> None:
    bare = int.from_bytes(encode(V1), "big") & ((1 << 8 * (len(encode(V1)) - 1)) - 1)
    decoded = decode(bare.to_bytes(len(encode(V1)) - 1, "big"))
    assert decoded.msd == V1


def test_a_bare_message_that_looks_like_a_version_byte_is_read() -> None:
    # Number 64, nothing optional: the first byte is 1, as if it were version 1.
    lean = replace(
        V2,
        message_identifier=64,
        recent_n1=None,
        recent_n2=None,
        occupants=None,
        additional_data=None,
    )
    bare = encode(lean)[2:]
    assert bare[0] == 1
    decoded = decode(bare)
    assert decoded.msd == lean
    assert decoded.layout == "bare"


def test_a_bare_message_that_is_cut_off_is_read_as_far_as_it_goes() -> None:
    decoded = decode(BARE_V2[:30])
    assert decoded.msd is not None
    assert decoded.msd.vin == V2.vin
    assert decoded.msd.timestamp == V2.timestamp
    assert _codes(decoded) == ["wrapper-missing", "truncated"]


def test_an_unknown_version_is_tried() -> None:
    for msd in (V2, V3):
        decoded = decode(b"\x07" + encode(msd)[1:])
        assert decoded.msd == msd
        assert decoded.declared_version == 7
        assert [(one.code, one.bit) for one in decoded.findings] == [("version-unknown", 0)]


def test_a_wrong_version_byte_is_seen() -> None:
    decoded = decode(b"\x02" + encode(V3)[1:])
    assert decoded.msd == V3
    assert decoded.declared_version == 2
    assert [(one.code, one.bit) for one in decoded.findings] == [("version-mismatch", 0)]


def test_a_missing_length_is_seen() -> None:
    decoded = decode(b"\x02" + BARE_V2)
    assert decoded.msd == V2
    assert decoded.layout == "inline"
    assert _codes(decoded) == ["wrapper-missing"]
    assert decoded.findings[0].bit == 8


def test_a_length_that_is_too_short_does_not_hide_the_rest() -> None:
    data = bytearray(encode(V2))
    data[1] -= 9
    decoded = decode(bytes(data))
    assert decoded.msd == V2
    assert [(one.code, one.bit) for one in decoded.findings] == [("wrapper-length", 8)]
    assert f"into the {data[1]} bytes" in decoded.findings[0].text


def test_a_length_that_is_too_long_is_a_warning() -> None:
    data = bytearray(encode(V2))
    data[1] += 9
    decoded = decode(bytes(data))
    assert decoded.msd == V2
    assert [(one.code, one.bit) for one in decoded.findings] == [("wrapper-length", 8)]
    there = len(data) - 2
    assert f"that {there + 9} bytes follow; {there} do" in decoded.findings[0].text


def test_a_length_that_is_too_short_and_a_cut_are_both_said() -> None:
    data = bytearray(encode(V2)[:36])
    data[1] = 10
    decoded = decode(bytes(data))
    assert decoded.msd is not None
    assert decoded.msd.vin == V2.vin
    assert _codes(decoded) == ["wrapper-length", "truncated"]


def test_a_length_in_two_bytes_where_one_would_do_is_harmless() -> None:
    data = encode(V2)
    decoded = decode(data[:1] + b"\x80" + data[1:])
    assert decoded.msd == V2
    assert [(one.code, one.bit) for one in decoded.findings] == [("length-form", 8)]
    assert decoded.read_whole


def test_a_length_for_sixteen_kibibytes_stops_the_reading() -> None:
    decoded = decode(b"\x02\xc1" + bytes(50))
    assert decoded.msd is None
    assert _codes(decoded) == ["unreadable"]
    lean = replace(V2, additional_data=AdditionalData("1.2", b"1"))
    bits = int.from_bytes(encode(lean), "big")
    # The length of the identifier lies right behind the occupants.
    data = encode(lean)
    at = next(one.bit for one in decode_tolerant(data)[1] if one.name == "oid.length")
    bits |= 0xC0 << (8 * len(data) - at - 8)
    decoded = decode(bits.to_bytes(len(data), "big"))
    assert decoded.msd == replace(lean, additional_data=None)
    assert _codes(decoded) == ["length-fragmented"]


def test_a_bad_character_of_the_vin_is_replaced_and_said() -> None:
    bits = int.from_bytes(EXAMPLE, "big") | 0x3F << (8 * len(EXAMPLE) - 30 - 12)
    decoded = decode(bits.to_bytes(len(EXAMPLE), "big"))
    assert decoded.msd is not None
    assert decoded.msd.vin == "W?9VDSVDSYA123456"
    assert _codes(decoded) == ["vin-character"]
    assert decoded.findings[0].bit == 36
    assert decoded.msd.timestamp == 123_456_789


@pytest.mark.parametrize(
    ("change", "code", "name", "inside"),
    [
        ({"latitude_mas": 324_000_001}, "latitude-out-of-range", "positionLatitude", 0),
        ({"latitude_mas": -0x8000_0000}, "latitude-out-of-range", "positionLatitude", 0),
        ({"longitude_mas": -648_000_001}, "longitude-out-of-range", "positionLongitude", 0),
        ({"direction": 180}, "direction-reserved", "vehicleDirection", 0),
        ({"direction": 254}, "direction-reserved", "vehicleDirection", 0),
        ({"additional_data": AdditionalData("0x0881", b"1")}, "oid-broken", "oid", 0),
        ({"additional_data": AdditionalData("8.1", b"\x08")}, "additional-data-broken", "data", 7),
    ],
)
@pytest.mark.parametrize("msd", ALL)
def test_an_odd_value_is_kept_and_said_with_its_place(
    msd: Msd, change: dict[str, object], code: str, name: str, inside: int
) -> None:
    odd = Msd(**{one: getattr(msd, one) for one in Msd.__slots__} | change)
    data = encode(odd)
    decoded = decode(data)
    assert decoded.msd is not None
    for field, value in change.items():
        seen = getattr(decoded.msd, field)
        if isinstance(value, AdditionalData):
            assert (seen.oid, seen.data) == (value.oid, value.data)
        else:
            assert seen == value
    place = next(one.bit for one in decode_tolerant(data)[1] if one.name == name)
    assert [(one.code, one.bit) for one in decoded.findings] == [(code, place + inside)]


def test_a_vehicle_type_that_does_not_exist_is_said() -> None:
    bits = int.from_bytes(encode(V2), "big") | 0xF << (8 * len(encode(V2)) - 38)
    decoded = decode(bits.to_bytes(len(encode(V2)), "big"))
    assert decoded.msd == replace(V2, vehicle_type=None)
    assert [(one.code, one.bit) for one in decoded.findings] == [("vehicle-type-unknown", 33)]


def test_nothing_at_all_is_an_error() -> None:
    decoded = decode(b"")
    assert (decoded.msd, decoded.layout, decoded.declared_version) == (None, None, None)
    assert _codes(decoded) == ["empty"]
    assert decode_tolerant(b"")[1] == ()


@pytest.mark.parametrize(
    "data", [b"\x02", b"\x02\x20", bytes(60), b"\xff" * 60, b"GET / HTTP/1.1\r\n" * 9]
)
def test_what_is_no_msd_is_unreadable_and_kept(data: bytes) -> None:
    decoded = decode(data)
    assert decoded.msd is None
    assert _codes(decoded)[0] == "unreadable"
    assert decoded.findings[0].level == "error"
    assert decoded.raw == data


def test_earlier_positions_are_read_or_absent_never_half() -> None:
    lean = replace(V2, additional_data=None, occupants=None, recent_n2=None)
    decoded = decode(encode(lean)[:-2])
    assert decoded.msd is not None
    assert decoded.msd.recent_n1 is None
    assert decode(encode(lean)).msd == replace(lean, recent_n1=Delta(10, -10))
