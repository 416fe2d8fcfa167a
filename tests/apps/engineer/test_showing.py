"""The message in plain words, unknown said as unknown."""

from __future__ import annotations

from dataclasses import replace

from opensos.apps.engineer.showing import bit_lines, finding_lines, message_lines
from opensos.protocols.msd import Addition, AdditionalData, Propulsion, bit_map, decode, encode
from opensos.protocols.msd.findings import finding
from tests.protocols.msd.known import V2, V3


def _shown(data: bytes) -> dict[str, str]:
    lines = message_lines(decode(data))
    return {line[:20].strip(): line[20:] for line in lines}


def test_a_whole_message_in_words() -> None:
    shown = _shown(encode(V2))
    assert shown["call"] == "automatic"
    assert shown["test call"] == "yes"
    assert shown["energy"] == "dieselTankPresent, electricEnergyStorage"
    assert shown["VIN"].startswith("WBA8E9G50GNT12345 (make BMW, model year 1986 or 2016")
    assert shown["time"] == "2023-11-14 22:13:20 UTC"
    assert shown["direction"] == "28°"
    assert V2.additional_data is not None
    assert shown["additional data"] == f"8.1: {V2.additional_data.data.hex()}"
    lines = message_lines(decode(encode(V2)))
    assert any(line.strip() == "locationOfImpact = front" for line in lines)
    assert any(line.strip() == "rolloverDetected = True" for line in lines)
    assert any(line.strip() == "deltaVX = -45" for line in lines)


def test_a_message_cut_off_says_unknown() -> None:
    shown = _shown(encode(V2)[:4])
    assert shown["message number"] == "1"
    assert shown["test call"] == "yes"
    assert shown["version"] == "2"
    for name in ("VIN", "energy", "time", "direction", "occupants", "vehicle type"):
        assert shown[name] == "unknown"
    assert shown["position"] == "unknown (unknown)"
    assert _shown(bytes.fromhex("015c06"))["call"] == "automatic"


def test_manual_calls_and_untrusted_positions_are_said() -> None:
    other = replace(V2, automatic_activation=False, test_call=False, position_can_be_trusted=False)
    shown = _shown(encode(replace(other, propulsion=Propulsion())))
    assert (shown["call"], shown["test call"]) == ("manual", "no")
    assert shown["position"].endswith("(cannot be trusted)")
    assert shown["energy"] == "none marked"


def test_odd_versions_and_layouts_are_said() -> None:
    assert _shown(encode(V2)[2:])["version"] == "2, without its wrapper"
    assert _shown(b"\x09" + encode(V3)[1:])["version"] == "9, read as 3"
    assert message_lines(decode(b"")) == []


def test_parts_of_a_later_version_and_missing_bytes_are_shown() -> None:
    later = replace(
        V2,
        additional_data=AdditionalData("1.2", b""),
        additions=(Addition("msdStructure", 1, b""),),
    )
    lines = message_lines(decode(encode(later)))
    assert f"{'later version':20}msdStructure addition 1: -" in lines
    assert f"{'additional data':20}1.2: -" in lines
    cut = encode(replace(V2, additional_data=AdditionalData("1.2", b"12345")))[:-2]
    assert any("2 more byte(s) were promised" in line for line in message_lines(decode(cut)))


def test_a_vin_that_says_nothing_says_unknown() -> None:
    odd = encode(replace(V2, vin="00000000000000000"))
    assert "(make unknown, model year unknown, check digit not applicable)" in _shown(odd)["VIN"]


def test_findings_and_bits_are_lines() -> None:
    assert finding_lines([finding("empty", None, "Nothing."), finding("too-long", 9, "Long.")]) == [
        "error: Nothing. [empty]",
        "warning: bit 9: Long. [too-long]",
    ]
    lines = bit_lines(bit_map(encode(V2)))
    assert lines[1].split() == ["0", "8", "msdVersion", "2"]
    assert bit_lines([]) == ["  bit width  field  value"]
