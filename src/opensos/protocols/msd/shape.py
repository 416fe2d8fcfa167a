"""The layouts of the three versions as data, and the tables that make reading and writing quick.

Field order and widths are those of EN 15722 as ``facts/msd.md`` has them; encoding is ASN.1
unaligned PER (ITU-T X.691) with automatic tags.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from opensos.protocols.msd.findings import Finding, finding
from opensos.protocols.msd.message import Propulsion, VehicleType

if TYPE_CHECKING:
    from collections.abc import Sequence

VIN_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
VIN_PARTS: Final = (
    ("isowmi", 3),
    ("isovds", 6),
    ("isovisModelyear", 1),
    ("isovisSeqPlant", 7),
)
VIN_LENGTH: Final = 17

# A VIN is 17 groups of 6 bits, and base64 is groups of 6 bits: the C code of `binascii` does the
# splitting, one translation turns its alphabet into the VIN's. 0xFF makes a bad group an error.
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
VIN_FROM_BASE64: Final = bytes.maketrans(
    _BASE64, VIN_ALPHABET.encode() + b"\xff" * (64 - len(VIN_ALPHABET))
)
VIN_TO_BASE64: Final = bytes.maketrans(
    bytes(range(256)),
    bytes(
        _BASE64[VIN_ALPHABET.index(chr(code))] if chr(code) in VIN_ALPHABET else 0x2D
        for code in range(256)
    ),
)

PROPULSION_NAMES: Final = (
    "gasolineTankPresent",
    "dieselTankPresent",
    "compressedNaturalGas",
    "liquidPropaneGas",
    "electricEnergyStorage",
    "hydrogenStorage",
    "otherStorage",
)
PROPULSION_FIELDS: Final = tuple(field.name for field in fields(Propulsion))

VERSIONS: Final = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Shape:
    """What distinguishes the versions.

    Attributes:
        version: 1, 2 or 3.
        wrapped: The message lies in an octet string behind the version byte.
        recent_mandatory: N1 and N2 are always there.
        vehicle_types: The root of the enumeration, in coding order.
        type_bits: Width of a root value of it.
        propulsion: How many kinds of storage there are.
        occupants_name: What the standard calls the last field.
    """

    version: int
    wrapped: bool
    recent_mandatory: bool
    vehicle_types: tuple[VehicleType, ...]
    type_bits: int
    propulsion: int
    occupants_name: str


_TYPES: Final = tuple(VehicleType)
SHAPES: Final = {
    1: Shape(1, False, False, _TYPES[:13], 4, 6, "numberOfPassengers"),
    2: Shape(2, True, False, _TYPES[:13], 4, 7, "numberOfPassengers"),
    3: Shape(3, True, True, _TYPES, 5, 7, "numberOfOccupants"),
}


Control: TypeAlias = tuple[bool, bool, bool, VehicleType]
"""The control sequence: automaticActivation, testCall, positionCanBeTrusted, vehicleType."""


@cache
def control_table(type_bits: int) -> tuple[Control | None, ...]:
    """Every value of the control bits: three booleans, extension bit 0, vehicle type.

    ``None`` stands for a type that the root does not have, or for the extension bit.
    """
    types = _TYPES[:13] if type_bits == 4 else _TYPES
    rows: list[Control | None] = []
    for flags in range(8):
        three = bool(flags & 4), bool(flags & 2), bool(flags & 1)
        rows += [(*three, kind) for kind in types]
        rows += [None] * ((2 << type_bits) - len(types))
    return tuple(rows)


CONTROL_CODES: Final = {kind: code for code, kind in enumerate(_TYPES)}


StorageRow: TypeAlias = tuple[Propulsion, int, tuple[Finding, ...]]
"""One way to send the propulsion: the value, how many bits follow the presence bits, findings."""


def propulsion_value(known: Sequence[bool | None], count: int) -> Propulsion:
    """Build the value; a version with six kinds says nothing about the seventh."""
    flags = (*known, None) if count == 6 else tuple(known)
    return Propulsion(*flags)


def explicit_defaults(names: Sequence[str], bit: int) -> tuple[Finding, ...]:
    """Build the finding for FALSE values that were sent although they are the default."""
    listed = ", ".join(names)
    return (finding("explicit-default", bit, f"FALSE was sent explicitly for {listed}."),)


@cache
def storage_table(count: int, bit: int) -> tuple[StorageRow | None, ...]:
    """Every value of the extension bit, ``count`` presence bits and the ``count`` bits after them.

    ``bit`` is where the extension bit lies in the input: findings speak of the places of the
    explicit values. ``None`` where the extension bit is set. Later bits that belong to other
    fields do not matter to a row, so each row is repeated for all of their values.
    """
    rows: list[StorageRow | None] = []
    for presence in range(1 << count):
        present = [at for at in range(count) if presence >> (count - 1 - at) & 1]
        for values in range(1 << len(present)):
            row = _storage_row(count, present, values, bit + 1 + count)
            rows += [row] * (1 << (count - len(present)))
    return tuple(rows + [None] * (1 << (2 * count)))


def _storage_row(count: int, present: list[int], values: int, bit: int) -> StorageRow:
    width = len(present)
    known = [False] * count
    falses = []
    for order, at in enumerate(present):
        known[at] = bool(values >> (width - 1 - order) & 1)
        if not known[at]:
            falses.append(order)
    names = [PROPULSION_NAMES[present[order]] for order in falses]
    found = explicit_defaults(names, bit + falses[0]) if falses else ()
    return propulsion_value(known, count), width, found
