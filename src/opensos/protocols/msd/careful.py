"""Writing an MSD field by field: slow, with additions, and with a sentence for every refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opensos.protocols.effects import LocalError
from opensos.protocols.msd.additions import write_additions
from opensos.protocols.msd.message import MAX_ADDITIONAL_BYTES, MAX_BYTES
from opensos.protocols.msd.oid import oid_bytes
from opensos.protocols.msd.sections import MESSAGE, PROPULSION, STRUCTURE, VEHICLE_TYPE
from opensos.protocols.msd.shape import (
    CONTROL_CODES,
    PROPULSION_FIELDS,
    PROPULSION_NAMES,
    SHAPES,
    VIN_ALPHABET,
    VIN_LENGTH,
    Shape,
)
from opensos.protocols.msd.writer import BitWriter

if TYPE_CHECKING:
    from opensos.protocols.msd.message import Addition, AdditionalData, Delta, Msd

_MAX_UNSIGNED: Final = 0xFFFF_FFFF
_MIN_ANGLE: Final = -0x8000_0000
_MAX_ANGLE: Final = 0x7FFF_FFFF


def encode_careful(msd: Msd) -> bytes:
    """Write the message in the layout of its version.

    Raises:
        LocalError: See :func:`~opensos.protocols.msd.encoding.encode`.
    """
    shape = SHAPES.get(msd.version)
    if shape is None:
        raise LocalError(f"version {msd.version} of the MSD does not exist; use 1, 2 or 3")
    additions = _sorted_additions(msd)
    writer = BitWriter()
    if not shape.wrapped:
        writer.put(shape.version, 8)
    writer.put(bool(additions[MESSAGE]), 1)
    writer.put(msd.additional_data is not None, 1)
    _write_structure(writer, msd, shape, additions)
    if msd.additional_data is not None:
        _write_additional(writer, msd.additional_data, shape)
    if additions[MESSAGE]:
        write_additions(writer, MESSAGE, additions[MESSAGE])
    message = writer.to_bytes()
    if shape.wrapped:
        message = _wrap(shape.version, message)
    if len(message) > MAX_BYTES:
        raise LocalError(f"the message would have {len(message)} bytes; at most {MAX_BYTES} fit")
    return message


def _wrap(version: int, message: bytes) -> bytes:
    writer = BitWriter()
    writer.put(version, 8)
    writer.put_bytes(message, "msd")
    return writer.to_bytes()


def _sorted_additions(msd: Msd) -> dict[str, list[Addition]]:
    """Put the additions where they belong."""
    places: dict[str, list[Addition]] = {
        place: [] for place in (MESSAGE, STRUCTURE, PROPULSION, VEHICLE_TYPE)
    }
    for addition in msd.additions:
        if addition.where not in places:
            raise LocalError(f"{addition.where!r} has no place for additions")
        places[addition.where].append(addition)
    return places


def _write_structure(
    writer: BitWriter, msd: Msd, shape: Shape, additions: dict[str, list[Addition]]
) -> None:
    writer.put(bool(additions[STRUCTURE]), 1)
    if not shape.recent_mandatory:
        writer.put(msd.recent_n1 is not None, 1)
        writer.put(msd.recent_n2 is not None, 1)
    writer.put(msd.occupants is not None, 1)
    writer.put_ranged(msd.message_identifier, 0, 255, "messageIdentifier")
    _write_control(writer, msd, shape, additions[VEHICLE_TYPE])
    _write_vin(writer, msd.vin)
    _write_propulsion(writer, msd, shape, additions[PROPULSION])
    writer.put_ranged(msd.timestamp, 0, _MAX_UNSIGNED, "timestamp")
    writer.put_ranged(msd.latitude_mas, _MIN_ANGLE, _MAX_ANGLE, "positionLatitude")
    writer.put_ranged(msd.longitude_mas, _MIN_ANGLE, _MAX_ANGLE, "positionLongitude")
    writer.put_ranged(msd.direction, 0, 255, "vehicleDirection")
    _write_delta(writer, msd.recent_n1, "recentVehicleLocationN1", shape)
    _write_delta(writer, msd.recent_n2, "recentVehicleLocationN2", shape)
    if msd.occupants is not None:
        writer.put_ranged(msd.occupants, 0, 255, shape.occupants_name)
    if additions[STRUCTURE]:
        write_additions(writer, STRUCTURE, additions[STRUCTURE])


def _write_control(
    writer: BitWriter, msd: Msd, shape: Shape, unknown_types: list[Addition]
) -> None:
    for value, name in (
        (msd.automatic_activation, "automaticActivation"),
        (msd.test_call, "testCall"),
        (msd.position_can_be_trusted, "positionCanBeTrusted"),
    ):
        if value not in {True, False}:
            raise LocalError(f"{name} must be true or false, not {value}")
        writer.put(value is True, 1)
    if msd.vehicle_type is None and len(unknown_types) == 1:
        writer.put(1, 1)
        writer.put_small(unknown_types[0].number, VEHICLE_TYPE)
        return
    if msd.vehicle_type not in shape.vehicle_types or unknown_types:
        raise LocalError(
            f"vehicleType {msd.vehicle_type} does not exist in version {shape.version};"
            f" use one of {', '.join(shape.vehicle_types)}"
        )
    writer.put(CONTROL_CODES[msd.vehicle_type], 1 + shape.type_bits)


def _write_vin(writer: BitWriter, vin: str | None) -> None:
    if vin is None or len(vin) != VIN_LENGTH or not set(vin) <= set(VIN_ALPHABET):
        raise LocalError(
            f"vehicleIdentificationNumber must be {VIN_LENGTH} capitals and digits"
            f" without I, O and Q, not {vin}"
        )
    for character in vin:
        writer.put(VIN_ALPHABET.index(character), 6)


def _write_propulsion(writer: BitWriter, msd: Msd, shape: Shape, additions: list[Addition]) -> None:
    if msd.propulsion is None:
        raise LocalError(f"{PROPULSION} is missing; Propulsion() says that nothing is marked")
    known = [getattr(msd.propulsion, name) for name in PROPULSION_FIELDS]
    if any(known[shape.propulsion :]):
        raise LocalError(f"{PROPULSION_NAMES[-1]} does not exist in version {shape.version}")
    writer.put(bool(additions), 1)
    present = [bool(flag) for flag in known[: shape.propulsion]]
    for flag in present:
        writer.put(flag, 1)
    count = sum(present)
    writer.put((1 << count) - 1, count)
    if additions:
        write_additions(writer, PROPULSION, additions)


def _write_delta(writer: BitWriter, delta: Delta | None, name: str, shape: Shape) -> None:
    if delta is None:
        if shape.recent_mandatory:
            raise LocalError(f"{name} is mandatory in version {shape.version}; use 0, 0 if unknown")
        return
    writer.put_ranged(delta[0], -512, 511, f"{name}.latitudeDelta")
    writer.put_ranged(delta[1], -512, 511, f"{name}.longitudeDelta")


def _write_additional(writer: BitWriter, additional: AdditionalData, shape: Shape) -> None:
    size = len(additional.data)
    if shape.wrapped and size > MAX_ADDITIONAL_BYTES:
        raise LocalError(
            f"the additional data has {size} bytes of content; at most {MAX_ADDITIONAL_BYTES} fit"
        )
    writer.put_bytes(oid_bytes(additional.oid), "oid")
    writer.put_bytes(additional.data, "data")
