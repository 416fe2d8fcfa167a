"""From an MSD to bytes: strict, canonical unaligned PER.

Canonical means: a FALSE that is the default is left out, lengths have their shortest form, fill
bits are zero (X.691, CANONICAL-PER). Whatever the ASN.1 types allow can be written, a reserved
direction as well; whether the content makes sense is :mod:`~opensos.protocols.msd.validating`'s
matter.

As in reading there are two ways: a whole message of usual parts is put together as one number in a
few steps; everything else, and every refusal, goes field by field through
:mod:`~opensos.protocols.msd.careful`. The tests prove that the two agree.
"""

from __future__ import annotations

from binascii import a2b_base64
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from opensos.protocols.msd.careful import encode_careful
from opensos.protocols.msd.message import MAX_ADDITIONAL_BYTES, MAX_BYTES
from opensos.protocols.msd.oid import oid_bytes
from opensos.protocols.msd.shape import CONTROL_CODES, PROPULSION_NAMES, SHAPES, VIN_TO_BASE64

if TYPE_CHECKING:
    from opensos.protocols.msd.message import AdditionalData, Delta, Msd

_ControlKey: TypeAlias = tuple[bool | None, bool | None, bool | None, str | None]
_StorageKey: TypeAlias = tuple[bool | None, ...]

_OFFSET: Final = 0x8000_0000
_32_BITS: Final = 0xFFFF_FFFF
_from_bytes: Final = int.from_bytes


class _Plan(NamedTuple):
    """The tables that one version is written with.

    ``root_bits`` counts the message up to the direction without the propulsion; ``presence``
    says how the presence of additional data, N1, N2 and occupants is told.
    """

    wrapped: bool
    control_bits: int
    root_bits: int
    presence: dict[tuple[bool, bool, bool, bool], int]
    controls: dict[_ControlKey, int]
    storages: dict[_StorageKey, tuple[int, int]]


def _plan(version: int) -> _Plan:
    shape = SHAPES[version]
    control_bits = 4 + shape.type_bits
    controls: dict[_ControlKey, int] = {
        (automatic, test, trusted, kind): (automatic << 2 | test << 1 | trusted)
        << (1 + shape.type_bits)
        | CONTROL_CODES[kind]
        for automatic, test, trusted in product((False, True), repeat=3)
        for kind in shape.vehicle_types
    }
    storages: dict[_StorageKey, tuple[int, int]] = {}
    for known in product((False, True), repeat=shape.propulsion):
        count = sum(known)
        bits = sum(flag << at for at, flag in enumerate(reversed(known))) << count
        row = bits | (1 << count) - 1, 1 + shape.propulsion + count
        if shape.propulsion == len(PROPULSION_NAMES):
            storages[known] = row
        else:
            storages[*known, None] = storages[*known, False] = row
    presence = {}
    for has_data, n1, n2, occupants in product((False, True), repeat=4):
        if not shape.recent_mandatory:
            code = has_data << 4 | n1 << 2 | n2 << 1 | occupants
        elif n1 and n2:
            code = has_data << 2 | occupants
        else:
            continue
        presence[has_data, n1, n2, occupants] = code
    front = 4 if shape.recent_mandatory else 6
    root_bits = front + 8 + control_bits + 102 + 104
    return _Plan(shape.wrapped, control_bits, root_bits, presence, controls, storages)


_PLANS: Final = {version: _plan(version) for version in SHAPES}


def encode(msd: Msd) -> bytes:
    """Write the message in the layout of its version.

    Raises:
        LocalError: A mandatory field is missing, a value is out of its range or not part of the
            version, or the result would be longer than 140 bytes.
    """
    try:
        message = None if msd.additions else encode_plain(msd)
    except (KeyError, ValueError):
        message = None
    return encode_careful(msd) if message is None else message


def encode_plain(msd: Msd) -> bytes | None:
    """Write a message of usual parts; ``None`` or an error for every other one.

    Raises:
        KeyError: Version, control, propulsion or presence have a value that does not exist.
        ValueError: The VIN has characters that no VIN has.
    """
    plan = _PLANS[msd.version]
    n1, n2, occupants, additional = msd.recent_n1, msd.recent_n2, msd.occupants, msd.additional_data
    bits = plan.presence[
        additional is not None, n1 is not None, n2 is not None, occupants is not None
    ]
    bits, width = _root(msd, plan, bits)
    if n1 is not None:
        bits, width = bits << 20 | _delta(n1), width + 20
    if n2 is not None:
        bits, width = bits << 20 | _delta(n2), width + 20
    if occupants is not None:
        bits, width = bits << 8 | occupants, width + 8
        if not 0 <= occupants <= 255:
            return None
    if additional is not None:
        tail = _additional(additional)
        bits, width = bits << 8 * len(tail) | _from_bytes(tail, "big"), width + 8 * len(tail)
    bits <<= -width & 7
    size = (width + 7) >> 3
    if not plan.wrapped:
        bits |= 1 << 8 * size
        size += 1
    elif size < 0x80:
        bits |= (msd.version << 8 | size) << 8 * size
        size += 2
    else:
        bits |= (msd.version << 16 | 0x8000 | size) << 8 * size
        size += 3
    return bits.to_bytes(size, "big") if size <= MAX_BYTES else None


def _root(msd: Msd, plan: _Plan, bits: int) -> tuple[int, int]:
    """Put everything up to the direction behind the presence bits; returns bits and width."""
    identifier, vin, propulsion = msd.message_identifier, msd.vin, msd.propulsion
    timestamp, direction = msd.timestamp, msd.direction
    latitude, longitude = msd.latitude_mas, msd.longitude_mas
    if (
        identifier is None
        or vin is None
        or propulsion is None
        or timestamp is None
        or latitude is None
        or longitude is None
        or direction is None
    ):
        raise ValueError
    latitude, longitude = latitude + _OFFSET, longitude + _OFFSET
    vin_bytes = a2b_base64(vin.encode("ascii").translate(VIN_TO_BASE64) + b"AAA")
    if not (
        len(vin) == 17
        and len(vin_bytes) == 15
        and 0 <= identifier <= 255
        and 0 <= timestamp <= _32_BITS
        and 0 <= latitude <= _32_BITS
        and 0 <= longitude <= _32_BITS
        and 0 <= direction <= 255
    ):
        raise ValueError
    control = plan.controls[
        msd.automatic_activation, msd.test_call, msd.position_can_be_trusted, msd.vehicle_type
    ]
    storage, storage_bits = plan.storages[
        propulsion.gasoline_tank_present,
        propulsion.diesel_tank_present,
        propulsion.compressed_natural_gas,
        propulsion.liquid_propane_gas,
        propulsion.electric_energy_storage,
        propulsion.hydrogen_storage,
        propulsion.other_storage,
    ]
    bits = ((bits << 8 | identifier) << plan.control_bits | control) << 102
    bits = (bits | _from_bytes(vin_bytes, "big") >> 18) << storage_bits | storage
    fixed = timestamp << 72 | latitude << 40 | longitude << 8 | direction
    return bits << 104 | fixed, plan.root_bits + storage_bits


def _delta(delta: Delta) -> int:
    north, east = delta
    if -512 <= north <= 511 and -512 <= east <= 511:
        return north + 512 << 10 | east + 512
    raise ValueError


def _additional(additional: AdditionalData) -> bytes:
    oid, data = oid_bytes(additional.oid), additional.data
    if len(data) > MAX_ADDITIONAL_BYTES or len(oid) > MAX_ADDITIONAL_BYTES:
        raise ValueError
    return b"%c%b%c%b" % (len(oid), oid, len(data), data)
