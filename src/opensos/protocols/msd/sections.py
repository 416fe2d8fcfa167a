"""The parts of an MSD, each read from bits in the standard's order into a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols.msd.additional import KIND_NAMES, KINDS
from opensos.protocols.msd.additions import read_additions
from opensos.protocols.msd.findings import Finding, finding
from opensos.protocols.msd.message import Addition, AdditionalData, Delta
from opensos.protocols.msd.oid import is_well_formed, oid_text
from opensos.protocols.msd.reader import EndOfBitsError
from opensos.protocols.msd.shape import (
    PROPULSION_NAMES,
    VIN_ALPHABET,
    VIN_LENGTH,
    VIN_PARTS,
    Shape,
    explicit_defaults,
    propulsion_value,
)
from opensos.protocols.msd.units import (
    MAX_DIRECTION,
    MAX_LATITUDE_MAS,
    MAX_LONGITUDE_MAS,
    UNKNOWN_DIRECTION,
    UNKNOWN_POSITION,
)

if TYPE_CHECKING:
    from opensos.protocols.msd.draft import MsdDraft
    from opensos.protocols.msd.reader import BitReader

STRUCTURE = "msdStructure"
MESSAGE = "msdMessage"
PROPULSION = "vehiclePropulsionStorageType"
VEHICLE_TYPE = "vehicleType"


def read_message(reader: BitReader, shape: Shape, draft: MsdDraft, findings: list[Finding]) -> None:
    """Read an MSDMessage: the structure, additional data, additions.

    Raises:
        EndOfBitsError: The bits end inside; the draft holds what came before.
    """
    extended = reader.take_flag("msdMessage.extension")
    has_data = reader.take_flag("optionalAdditionalData.present")
    _read_structure(reader, shape, draft, findings)
    if has_data:
        _read_additional(reader, draft, findings)
    if extended:
        _keep_additions(reader, MESSAGE, draft, findings)


def _read_structure(
    reader: BitReader, shape: Shape, draft: MsdDraft, findings: list[Finding]
) -> None:
    extended = reader.take_flag("msdStructure.extension")
    has_n1 = has_n2 = True
    if not shape.recent_mandatory:
        has_n1 = reader.take_flag("recentVehicleLocationN1.present")
        has_n2 = reader.take_flag("recentVehicleLocationN2.present")
    has_occupants = reader.take_flag(f"{shape.occupants_name}.present")
    draft.message_identifier = reader.take(8, "messageIdentifier")
    _read_control(reader, shape, draft, findings)
    _read_vin(reader, draft, findings)
    _read_propulsion(reader, shape, draft, findings)
    draft.timestamp = reader.take(32, "timestamp")
    _read_position(reader, draft, findings)
    if has_n1:
        draft.recent_n1 = _read_delta(reader, "recentVehicleLocationN1")
    if has_n2:
        draft.recent_n2 = _read_delta(reader, "recentVehicleLocationN2")
    if has_occupants:
        draft.occupants = reader.take(8, shape.occupants_name)
    if extended:
        _keep_additions(reader, STRUCTURE, draft, findings)


def _read_control(
    reader: BitReader, shape: Shape, draft: MsdDraft, findings: list[Finding]
) -> None:
    draft.automatic_activation = reader.take_flag("automaticActivation")
    draft.test_call = reader.take_flag("testCall")
    draft.position_can_be_trusted = reader.take_flag("positionCanBeTrusted")
    start = reader.at
    if reader.take_flag("vehicleType.extension"):
        code = reader.take_small(VEHICLE_TYPE)
        draft.additions += (Addition(VEHICLE_TYPE, code, b""),)
        text = f"The vehicle type is number {code} of a later version."
        findings.append(finding("vehicle-type-unknown", start, text))
        return
    code = reader.take(shape.type_bits, VEHICLE_TYPE)
    if code < len(shape.vehicle_types):
        draft.vehicle_type = shape.vehicle_types[code]
        reader.explain(draft.vehicle_type)
        return
    text = f"Version {shape.version} has no vehicle type with the code {code}."
    findings.append(finding("vehicle-type-unknown", start, text))


def _read_vin(reader: BitReader, draft: MsdDraft, findings: list[Finding]) -> None:
    """Read the VIN character by character, so that a cut one keeps its maker."""
    text = ""
    for part, length in VIN_PARTS:
        for _ in range(length):
            text += _read_vin_character(reader, part, findings)
            draft.vin = text.ljust(VIN_LENGTH, "?")


def _read_vin_character(reader: BitReader, part: str, findings: list[Finding]) -> str:
    code = reader.take(6, part)
    if code < len(VIN_ALPHABET):
        reader.explain(VIN_ALPHABET[code])
        return VIN_ALPHABET[code]
    reader.explain("?")
    text = f"The code {code} in {part} is no character of a VIN."
    findings.append(finding("vin-character", reader.at - 6, text))
    return "?"


def _read_propulsion(
    reader: BitReader, shape: Shape, draft: MsdDraft, findings: list[Finding]
) -> None:
    names = PROPULSION_NAMES[: shape.propulsion]
    extended = reader.take_flag("vehiclePropulsionStorageType.extension")
    present = [reader.take_flag(f"{name}.present") for name in names]
    known: list[bool | None] = [None if there else False for there in present]
    explicit: list[tuple[str, int]] = []
    try:
        for at, name in enumerate(names):
            if present[at]:
                known[at] = reader.take_flag(name)
                if not known[at]:
                    explicit.append((name, reader.at - 1))
    finally:
        draft.propulsion = propulsion_value(known, shape.propulsion)
        if explicit:
            findings += explicit_defaults([name for name, _ in explicit], explicit[0][1])
    if extended:
        _keep_additions(reader, PROPULSION, draft, findings)


def _read_position(reader: BitReader, draft: MsdDraft, findings: list[Finding]) -> None:
    draft.latitude_mas = _read_angle(reader, "positionLatitude")
    if _is_beyond(draft.latitude_mas, MAX_LATITUDE_MAS):
        text = f"The latitude {draft.latitude_mas} mas is beyond 90 degrees."
        findings.append(finding("latitude-out-of-range", reader.at - 32, text))
    draft.longitude_mas = _read_angle(reader, "positionLongitude")
    if _is_beyond(draft.longitude_mas, MAX_LONGITUDE_MAS):
        text = f"The longitude {draft.longitude_mas} mas is beyond 180 degrees."
        findings.append(finding("longitude-out-of-range", reader.at - 32, text))
    draft.direction = reader.take(8, "vehicleDirection")
    if MAX_DIRECTION < draft.direction < UNKNOWN_DIRECTION:
        text = f"The direction {draft.direction} is reserved; 0 to 179 and 255 have a meaning."
        findings.append(finding("direction-reserved", reader.at - 8, text))


def _read_angle(reader: BitReader, name: str) -> int:
    value = reader.take(32, name) - 0x8000_0000
    reader.explain(value)
    return value


def _is_beyond(mas: int, limit: int) -> bool:
    return mas != UNKNOWN_POSITION and not -limit <= mas <= limit


def _read_delta(reader: BitReader, name: str) -> Delta:
    north = reader.take(10, f"{name}.latitudeDelta") - 512
    reader.explain(north)
    east = reader.take(10, f"{name}.longitudeDelta") - 512
    reader.explain(east)
    return Delta(north, east)


def _read_additional(reader: BitReader, draft: MsdDraft, findings: list[Finding]) -> None:
    size = _read_length(reader, "oid.length", findings)
    start = reader.at
    oid = oid_text(reader.take_bytes(size, "oid"))
    reader.explain(oid)
    if not is_well_formed(oid):
        text = f"The object identifier {oid} of the additional data is malformed."
        findings.append(finding("oid-broken", start, text))
    size = _read_length(reader, "data.length", findings)
    start, there = reader.at, reader.rest_bytes()
    if size > there:
        data = reader.take_bytes(there, "data")
        value = KINDS[oid](data)[0] if oid in KINDS else None
        draft.additional_data = AdditionalData(oid, data, value, size - there)
        raise EndOfBitsError("the additional data", start)
    data = reader.take_bytes(size, "data")
    value = None
    if oid in KINDS:
        value, problems = KINDS[oid](data)
        for problem in problems:
            text = f"Inside the {KIND_NAMES[oid]} data: {problem.text}"
            findings.append(finding("additional-data-broken", start + problem.bit, text))
    draft.additional_data = AdditionalData(oid, data, value)


def _read_length(reader: BitReader, name: str, findings: list[Finding]) -> int:
    start = reader.at
    length, shortest = reader.take_length(name)
    if not shortest:
        text = f"The length {length} was written in two bytes."
        findings.append(finding("length-form", start, text))
    return length


def _keep_additions(
    reader: BitReader, where: str, draft: MsdDraft, findings: list[Finding]
) -> None:
    start = reader.at
    kept = read_additions(reader, where)
    draft.additions += kept
    text = f"{len(kept)} field(s) of a later version in {where} were skipped and kept as bytes."
    findings.append(finding("extension-addition", start, text))
