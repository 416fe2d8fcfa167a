"""The parts of the message, where only reading them shows what they do."""

from __future__ import annotations

from dataclasses import replace

from opensos.protocols.msd import AdditionalData, Propulsion, bit_map, decode, encode
from opensos.protocols.msd.draft import MsdDraft
from opensos.protocols.msd.findings import Finding
from opensos.protocols.msd.reader import BitReader, EndOfBitsError
from opensos.protocols.msd.sections import read_message
from opensos.protocols.msd.shape import SHAPES
from tests.protocols.msd.known import BARE_V2, V1, V2


def _cut(bits: int) -> MsdDraft:
    """Read the bare message up to that bit."""
    draft = MsdDraft(2)
    findings: list[Finding] = []
    try:
        read_message(BitReader(BARE_V2, end=bits), SHAPES[2], draft, findings)
    except EndOfBitsError as end:
        assert end.bit <= bits  # noqa: PT017 - the end must come, and only where the bits end
    return draft


def test_a_vin_that_is_cut_off_keeps_its_beginning() -> None:
    assert _cut(21).vin is None
    assert _cut(22).vin is None
    assert _cut(28).vin == "W????????????????"
    assert _cut(22 + 18 + 5).vin == "WBA??????????????"
    assert _cut(22 + 102).vin == V2.vin


def test_a_propulsion_that_is_cut_off_knows_what_is_absent_and_not_what_is_there() -> None:
    assert _cut(124 + 7).propulsion is None
    nothing_read = Propulsion(diesel_tank_present=None, electric_energy_storage=None)
    assert _cut(124 + 8).propulsion == nothing_read
    assert _cut(124 + 9).propulsion == replace(nothing_read, diesel_tank_present=True)
    assert _cut(124 + 10).propulsion == V2.propulsion


def test_an_explicit_default_before_a_cut_is_still_said() -> None:
    explicit = bytes.fromhex(
        "02251C0680E30A51439E2955D43800800437F80A3105669023F8A71166932185B004150043C040"
    )
    codes = [one.code for one in decode(explicit[:19]).findings]
    assert codes == ["wrapper-length", "explicit-default", "truncated"]


def test_a_long_form_of_a_length_inside_is_harmless() -> None:
    msd = replace(V1, additional_data=AdditionalData("1.2", b""))
    data = encode(msd)
    at = next(one.bit for one in bit_map(data) if one.name == "data.length")
    # The length, 0, is the last field: write it in two bytes.
    width = at + 16
    bits = int.from_bytes(data, "big") >> (8 * len(data) - at) << 16 | 0x8000
    longer = (bits << (-width % 8)).to_bytes((width + 7) // 8, "big")
    decoded = decode(longer)
    assert decoded.msd == msd
    assert [(one.code, one.bit) for one in decoded.findings] == [("length-form", at)]


def test_a_position_or_direction_without_meaning_is_found_at_its_first_bit() -> None:
    at = {one.name.rpartition(".")[2]: one.bit for one in bit_map(BARE_V2)}
    wrong = {
        "positionLatitude": (32, 0x8000_0000 + 324_000_001, "latitude-out-of-range"),
        "positionLongitude": (32, 0x8000_0000 - 648_000_001, "longitude-out-of-range"),
        "vehicleDirection": (8, 180, "direction-reserved"),
    }
    for name, (width, value, code) in wrong.items():
        bits = int.from_bytes(BARE_V2, "big")
        shift = 8 * len(BARE_V2) - at[name] - width
        bits = bits & ~((1 << width) - 1 << shift) | value << shift
        draft, findings = MsdDraft(2), list[Finding]()
        read_message(BitReader(bits.to_bytes(len(BARE_V2), "big")), SHAPES[2], draft, findings)
        assert [(one.code, one.bit) for one in findings] == [(code, at[name])]
