"""Additional data 8.1: Euro NCAP TB 040, what the car knows of the impact; both ways.

A field is ``None`` if the data ended before it (or, for rollover, if the car did not say).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from opensos.protocols.effects import LocalError
from opensos.protocols.msd.additions import read_additions, write_additions
from opensos.protocols.msd.draft import draft_of
from opensos.protocols.msd.problem import Problem, ending
from opensos.protocols.msd.reader import BitReader, EndOfBitsError
from opensos.protocols.msd.writer import BitWriter

if TYPE_CHECKING:
    from opensos.protocols.msd.message import Addition

OID: Final = "8.1"
_DELTA_V = "deltaV"
_WHOLE = "euroNcap"


class ImpactLocation(StrEnum):
    """Where the first impact was, in coding order."""

    UNKNOWN = "unknown"
    NONE = "none"
    FRONT = "front"
    REAR = "rear"
    DRIVER_SIDE = "driverSide"
    NON_DRIVER_SIDE = "nonDriverSide"
    OTHER = "other"


LOCATIONS: Final = tuple(ImpactLocation)
_CODES: Final = {location: code for code, location in enumerate(LOCATIONS)}


@dataclass(frozen=True, slots=True)
class EuroNcap:
    """What the car knows of the impact.

    Attributes:
        location_of_impact: ``None`` if a later version's location was sent.
        rollover_detected: ``None`` if the car did not say.
        range_limit: Largest change of velocity that the car can measure, 100..255 km/h.
        delta_v_x: Change of velocity along the car, -255..255 km/h.
        delta_v_y: Change of velocity across the car, -255..255 km/h.
        additions: Fields of a later version, kept.
    """

    location_of_impact: ImpactLocation | None
    rollover_detected: bool | None
    range_limit: int | None
    delta_v_x: int | None
    delta_v_y: int | None
    additions: tuple[Addition, ...] = ()


_ValueDraft: Final = draft_of(EuroNcap)


def decode_euro_ncap(data: bytes) -> tuple[EuroNcap | None, tuple[Problem, ...]]:
    """Read the value as far as it goes; the problems' bits count from the start of ``data``."""
    value = decode_plain(data)
    return _decode_slow(data) if value is None else (value, ())


def decode_plain(data: bytes) -> EuroNcap | None:
    """Read well-formed data without extensions, 33 or 34 bits, at once; ``None`` for all other."""
    bits = int.from_bytes(data, "big")
    # The extension bits of the whole and of the location must be 0.
    if len(data) != 5 or bits & 0xA0_0000_0000:
        return None
    draft = _ValueDraft()
    draft.rollover_detected = None
    if bits >> 38:
        draft.rollover_detected = bits & 0x2_0000_0000 != 0
        # From here on as if it were not there; what moves in behind is a fill bit.
        bits = bits & ~0x3_FFFF_FFFF | bits << 1 & 0x3_FFFF_FFFF
    location, limit = bits >> 34 & 7, bits >> 25 & 0xFF
    x, y = bits >> 16 & 0x1FF, bits >> 7 & 0x1FF
    if bits & 0x2_0000_007F or location > 6 or limit > 155 or x > 510 or y > 510:
        return None
    draft.location_of_impact = LOCATIONS[location]
    draft.range_limit, draft.delta_v_x, draft.delta_v_y = limit + 100, x - 255, y - 255
    draft.additions = ()
    draft.__class__ = EuroNcap
    value: EuroNcap = draft
    return value


@dataclass(slots=True)
class _Draft:
    location_of_impact: ImpactLocation | None = None
    rollover_detected: bool | None = None
    range_limit: int | None = None
    delta_v_x: int | None = None
    delta_v_y: int | None = None
    additions: tuple[Addition, ...] = ()


def _decode_slow(data: bytes) -> tuple[EuroNcap | None, tuple[Problem, ...]]:
    reader = BitReader(data)
    draft = _Draft()
    problems: list[Problem] = []
    try:
        _read(reader, draft, problems)
    except EndOfBitsError as end:
        problems.append(Problem(end.bit, f"The data ends inside {end.name}."))
    else:
        problems += ending(reader)
    if draft == _Draft():
        return None, tuple(problems)
    return (
        EuroNcap(
            draft.location_of_impact,
            draft.rollover_detected,
            draft.range_limit,
            draft.delta_v_x,
            draft.delta_v_y,
            draft.additions,
        ),
        tuple(problems),
    )


def _read(reader: BitReader, draft: _Draft, problems: list[Problem]) -> None:
    extended = reader.take_flag("extension")
    has_rollover = reader.take_flag("rolloverDetected.present")
    _read_location(reader, draft, problems)
    if has_rollover:
        draft.rollover_detected = reader.take_flag("rolloverDetected")
    delta_v_extended = reader.take_flag("deltaV.extension")
    draft.range_limit = _ranged(reader, 8, 100, "deltaV.rangeLimit", problems)
    draft.delta_v_x = _ranged(reader, 9, -255, "deltaV.deltaVX", problems)
    draft.delta_v_y = _ranged(reader, 9, -255, "deltaV.deltaVY", problems)
    if delta_v_extended:
        draft.additions += read_additions(reader, _DELTA_V)
    if extended:
        draft.additions += read_additions(reader, _WHOLE)


def _read_location(reader: BitReader, draft: _Draft, problems: list[Problem]) -> None:
    start = reader.at
    if reader.take_flag("locationOfImpact.extension"):
        code = reader.take_small("locationOfImpact")
        problems.append(Problem(start, f"Location of impact {code} is of a later version."))
        return
    code = reader.take(3, "locationOfImpact")
    if code < len(LOCATIONS):
        draft.location_of_impact = LOCATIONS[code]
        reader.explain(LOCATIONS[code])
    else:
        problems.append(Problem(start + 1, f"Location of impact {code} does not exist."))


def _ranged(
    reader: BitReader, width: int, low: int, name: str, problems: list[Problem]
) -> int | None:
    value = reader.take(width, name) + low
    reader.explain(value)
    if value <= 255:
        return value
    problems.append(Problem(reader.at - width, f"{name} {value} is beyond 255."))
    return None


def encode_euro_ncap(value: EuroNcap) -> bytes:
    """Write the value.

    Raises:
        LocalError: A field is missing or out of its range.
    """
    if value.location_of_impact is None:
        raise LocalError("locationOfImpact is missing; say unknown where it is not known")
    outer = [one for one in value.additions if one.where == _WHOLE]
    inner = [one for one in value.additions if one.where == _DELTA_V]
    if len(outer) + len(inner) < len(value.additions):
        raise LocalError(f"additions of Euro NCAP data belong to {_WHOLE} or to {_DELTA_V}")
    writer = BitWriter()
    writer.put(bool(outer) << 1 | (value.rollover_detected is not None), 2)
    writer.put(_CODES[value.location_of_impact], 4)
    if value.rollover_detected is not None:
        writer.put(value.rollover_detected, 1)
    writer.put(bool(inner), 1)
    writer.put_ranged(value.range_limit, 100, 255, "rangeLimit")
    writer.put_ranged(value.delta_v_x, -255, 255, "deltaVX")
    writer.put_ranged(value.delta_v_y, -255, 255, "deltaVY")
    if inner:
        write_additions(writer, _DELTA_V, inner)
    if outer:
        write_additions(writer, _WHOLE, outer)
    return writer.to_bytes()
