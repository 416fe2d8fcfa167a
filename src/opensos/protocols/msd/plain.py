"""Reading a well-formed MSD in a few large steps.

Real messages are nearly all well-formed (apart from explicit defaults, which are at home here), so
this is the way that they take; anything else is answered with ``None`` and goes to
:mod:`~opensos.protocols.msd.tolerant`, which would have given the very same value here: the tests
prove that the two agree.

The whole message is one number. Groups of fields are shifted out of it together and split by
tables. A shift by a negative count, which is what a message that is too short comes to, and a
VIN character outside the alphabet both raise ``ValueError``.
"""

from __future__ import annotations

from binascii import b2a_base64
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from opensos.protocols.msd import era_glonass, euro_ncap
from opensos.protocols.msd.draft import draft_of
from opensos.protocols.msd.message import MAX_BYTES, AdditionalData, Decoded, Delta, Msd
from opensos.protocols.msd.oid import is_well_formed, oid_bytes, oid_text
from opensos.protocols.msd.shape import (
    SHAPES,
    VIN_FROM_BASE64,
    Control,
    StorageRow,
    control_table,
    storage_table,
)

if TYPE_CHECKING:
    from opensos.protocols.msd.message import VersionLayout

# Additional data, N1, N2, occupants; how many bits the last three take, and a mask of that width.
_Flags: TypeAlias = tuple[bool, bool, bool, bool, int, int]

_SHORTEST: Final = 31
_120_BITS: Final = (1 << 120) - 1
_104_BITS: Final = (1 << 104) - 1
# The two angles are coded as offset from -2^31: flipping their first bits makes them two's
# complement, which `struct` reads.
_SIGNS: Final = 0x00000000_80000000_80000000_00
_FIXED: Final = Struct(">IiiB").unpack
_UNKNOWN: Final = 0x7FFF_FFFF
_FILL_BITS: Final = tuple((1 << width) - 1 for width in range(8))
# Looked up once: these names are on the path of every call.
_from_bytes: Final = int.from_bytes
_MsdDraft: Final = draft_of(Msd)
_DecodedDraft: Final = draft_of(Decoded)
_new_tuple: Final = tuple.__new__
_AdditionalDraft: Final = draft_of(AdditionalData)
# The kinds of additional data whose well-formed content is read here, by the coded identifier.
_PLAIN_KINDS: Final = {
    oid_bytes(kind.OID): (kind.OID, kind.decode_plain) for kind in (euro_ncap, era_glonass)
}


# Plain tuples throughout: taking apart a named one is several times as slow.
_Plan: TypeAlias = tuple[
    int,  # version
    "VersionLayout",
    int,  # where the VIN starts, in bits
    int,  # width of the control sequence
    tuple["Control | None", ...],  # by its bits
    int,  # mask of the presence bits
    tuple["_Flags | None", ...],  # what they announce
    int,  # mask of the propulsion at its widest
    tuple["StorageRow | None", ...],  # by its bits and those after it
    int,  # from the start of the VIN to the end of the widest propulsion, in bits
    int,  # how many kinds of storage there are: a row says how many are not there
]


def _presence_table(*, recent_mandatory: bool) -> tuple[_Flags | None, ...]:
    """What the first bits of a message announce, by their value; ``None`` if extended."""
    rows: list[_Flags | None] = []
    for bits in range(1 << (4 if recent_mandatory else 6)):
        occupants = bool(bits & 1)
        if recent_mandatory:
            n1 = n2 = True
            head = bits >> 1
        else:
            n1, n2 = bool(bits & 4), bool(bits & 2)
            head = bits >> 3
        # What is left: extension of the message, additional data, extension of the structure.
        width = 20 * (n1 + n2) + 8 * occupants
        flags = bool(head & 2), n1, n2, occupants, width, (1 << width) - 1
        rows.append(None if head & 0b101 else flags)
    return tuple(rows)


def _plan(version: int, front: int) -> _Plan:
    shape = SHAPES[version]
    control_bits = 4 + shape.type_bits
    presence = _presence_table(recent_mandatory=shape.recent_mandatory)
    presence_mask = len(presence) - 1
    vin_at = front + presence_mask.bit_length() + 8 + control_bits
    storage_bits = 1 + 2 * shape.propulsion
    return (
        version,
        "wrapped" if shape.wrapped else "inline",
        vin_at,
        control_bits,
        control_table(shape.type_bits),
        presence_mask,
        presence,
        (1 << storage_bits) - 1,
        storage_table(shape.propulsion, vin_at + 102),
        102 + storage_bits,
        shape.propulsion,
    )


_INLINE: Final = _plan(1, 8)
_SHORT: Final = {2: _plan(2, 16), 3: _plan(3, 16)}
_LONG: Final = {2: _plan(2, 24), 3: _plan(3, 24)}


def decode_plain(data: bytes) -> Decoded | None:
    """Read a well-formed message; ``None`` for every other one. Never raises."""
    size = len(data)
    if not _SHORTEST <= size <= MAX_BYTES:
        return None
    plan: _Plan | None = None
    if data[0] == 1:
        plan = _INLINE
    elif data[1] == size - 2 < 0x80:
        plan = _SHORT.get(data[0])
    elif data[1] == 0x80 and data[2] == size - 3 >= 0x80:
        plan = _LONG.get(data[0])
    if plan is None:
        return None
    try:
        return _decode(data, plan)
    except (ValueError, IndexError):
        return None


def _decode(data: bytes, plan: _Plan) -> Decoded | None:
    """Take the message apart from front to back; ``left`` counts the bits behind the last part."""
    # fmt: off
    (version, layout, vin_at, control_bits, controls, presence_mask, presence,
     storage_mask, storage, storage_end, storage_count) = plan
    # fmt: on
    bits = _from_bytes(data, "big")
    left = 8 * len(data) - vin_at
    head = bits >> left
    flags = presence[head >> (control_bits + 8) & presence_mask]
    control = controls[head & (len(controls) - 1)]
    row = storage[bits >> (left - storage_end) & storage_mask]
    if flags is None or control is None or row is None:
        return None
    draft = _MsdDraft()
    draft.version = version
    draft.message_identifier = head >> control_bits & 0xFF
    automatic, test_call, trusted, draft.vehicle_type = control
    draft.automatic_activation, draft.test_call = automatic, test_call
    draft.position_can_be_trusted = trusted
    vin = b2a_base64((bits >> (left - 120) & _120_BITS).to_bytes(15, "big"))[:17]
    draft.vin = vin.translate(VIN_FROM_BASE64).decode()
    draft.propulsion, width, findings = row
    left -= storage_end - storage_count + width + 104
    draft.timestamp, latitude, longitude, direction = _FIXED(
        ((bits >> left & _104_BITS) ^ _SIGNS).to_bytes(13, "big")
    )
    if (
        not (-324_000_000 <= latitude <= 324_000_000 or latitude == _UNKNOWN)
        or not (-648_000_000 <= longitude <= 648_000_000 or longitude == _UNKNOWN)
        or 179 < direction < 255
    ):
        return None
    draft.latitude_mas, draft.longitude_mas, draft.direction = latitude, longitude, direction
    if not _read_optional(bits, left, flags, draft):
        return None
    draft.__class__ = Msd
    decoded = _DecodedDraft()
    decoded.raw, decoded.findings, decoded.layout = data, findings, layout
    decoded.declared_version = version
    decoded.msd = draft
    decoded.__class__ = Decoded
    result: Decoded = decoded
    return result


def _read_optional(bits: int, left: int, flags: _Flags, draft: Any) -> bool:
    """Read what may be absent; false if the message does not end as it should."""
    has_data, has_n1, has_n2, has_occupants, width, mask = flags
    draft.recent_n1 = draft.recent_n2 = draft.occupants = draft.additional_data = None
    draft.additions = ()
    left -= width
    # One small number from here on, taken apart from its end.
    optional = bits >> left & mask
    if has_occupants:
        draft.occupants = optional & 0xFF
        optional >>= 8
    if has_n2:
        north, east = optional >> 10 & 0x3FF, optional & 0x3FF
        draft.recent_n2 = _new_tuple(Delta, (north - 512, east - 512))
        optional >>= 20
    if has_n1:
        draft.recent_n1 = _new_tuple(Delta, ((optional >> 10) - 512, (optional & 0x3FF) - 512))
    if has_data:
        draft.additional_data = _read_additional(bits, left)
        return draft.additional_data is not None
    return left < 8 and not bits & _FILL_BITS[left]


def _read_additional(bits: int, left: int) -> AdditionalData | None:
    """Read the additional data, which is all that is left but for fill bits."""
    size, fill = left >> 3, left & 7
    if size < 2 or bits & _FILL_BITS[fill]:
        return None
    rest = (bits >> fill & ((1 << 8 * size) - 1)).to_bytes(size, "big")
    data_at = 2 + rest[0]
    end = data_at + rest[data_at - 1]
    if end != size:
        return None
    oid, data = rest[1 : data_at - 1], rest[data_at:end]
    draft = _AdditionalDraft()
    draft.data, draft.missing = data, 0
    known = _PLAIN_KINDS.get(oid)
    if known is None:
        draft.oid, draft.decoded = oid_text(oid), None
        if not is_well_formed(draft.oid):
            return None
    else:
        draft.oid, decode_content = known
        draft.decoded = decode_content(data)
        if draft.decoded is None:
            return None
    draft.__class__ = AdditionalData
    additional: AdditionalData = draft
    return additional
