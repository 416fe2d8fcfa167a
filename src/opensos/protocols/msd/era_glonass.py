"""Additional data 1.4.1: ERA-GLONASS (GOST 33464), severity, faults and kind of crash; both ways.

The open encoders write no extension bit in front of the two inner sequences, though the standard
may well want one. Both forms are read; where the length of the data does not decide, the form
without the bit wins. What is written has no such bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from opensos.protocols.effects import LocalError
from opensos.protocols.msd.additions import read_additions, write_additions
from opensos.protocols.msd.draft import draft_of
from opensos.protocols.msd.problem import Problem, ending
from opensos.protocols.msd.reader import BitReader, EndOfBitsError
from opensos.protocols.msd.writer import BitWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opensos.protocols.msd.message import Addition

OID: Final = "1.4.1"
_WHOLE = "eraGlonass"

DIAGNOSTICS: Final = (
    "micConnectionFailure",
    "micFailure",
    "rightSpeakerFailure",
    "leftSpeakerFailure",
    "speakersFailure",
    "ignitionLineFailure",
    "uimFailure",
    "statusIndicatorFailure",
    "batteryFailure",
    "batteryVoltageLow",
    "crashSensorFailure",
    "firmwareImageCorruption",
    "commModuleInterfaceFailure",
    "gnssReceiverFailure",
    "raimProblem",
    "gnssAntennaFailure",
    "commModuleFailure",
    "eventsMemoryOverflow",
    "crashProfileMemoryOverflow",
    "otherCriticalFailures",
    "otherNotCriticalFailures",
)
CRASHES: Final = (
    "crashFront",
    "crashLeft",
    "crashRight",
    "crashRear",
    "crashRollover",
    "crashSide",
    "crashFrontOrSide",
    "crashAnother",
)


@dataclass(frozen=True, slots=True)
class EraGlonass:
    """What the unit knows of the crash and of itself.

    Attributes:
        crash_severity: 0..2047; ``None`` if not sent.
        diagnostics: Fault by name of :data:`DIAGNOSTICS`, only those that were sent; ``None`` if
            the whole part was not sent.
        crash: Kind of crash by name of :data:`CRASHES`, likewise.
        additions: Fields of the second version or later, kept.
        inner_extension_bits: The data had extension bits in front of the inner sequences.
    """

    crash_severity: int | None = None
    diagnostics: Mapping[str, bool] | None = None
    crash: Mapping[str, bool] | None = None
    additions: tuple[Addition, ...] = ()
    inner_extension_bits: bool = field(default=False, compare=False)


def _names_by_bits(names: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """For every value of the presence bits, the names that are present."""
    last = len(names) - 1
    return tuple(
        tuple(name for at, name in enumerate(names) if bits >> (last - at) & 1)
        for bits in range(1 << len(names))
    )


_DIAGNOSTIC_NAMES: Final = tuple(_names_by_bits(DIAGNOSTICS[at : at + 7]) for at in (0, 7, 14))
_CRASH_NAMES: Final = _names_by_bits(CRASHES)
_ValueDraft: Final = draft_of(EraGlonass)


def decode_era_glonass(data: bytes) -> tuple[EraGlonass | None, tuple[Problem, ...]]:
    """Read the value as far as it goes; the problems' bits count from the start of ``data``."""
    value = decode_plain(data)
    if value is not None:
        return value, ()
    plain = _decode(data, inner_bits=False)
    if not plain[1]:
        return plain
    with_bits = _decode(data, inner_bits=True)
    return plain if with_bits[1] else with_bits


def decode_plain(data: bytes) -> EraGlonass | None:
    """Read well-formed data without extensions in a few steps; ``None`` for all other."""
    bits = int.from_bytes(data, "big")
    left = 8 * len(data) - 4
    draft = _ValueDraft()
    draft.crash_severity = draft.diagnostics = draft.crash = None
    try:
        presence = bits >> left
        if presence & 4:
            left -= 11
            draft.crash_severity = bits >> left & 2047
        if presence & 2:
            left -= 21
            present = bits >> left & 0x1F_FFFF
            first, second, third = _DIAGNOSTIC_NAMES
            names = first[present >> 14] + second[present >> 7 & 127] + third[present & 127]
            left -= len(names)
            draft.diagnostics = _flags(names, bits >> left)
        if presence & 1:
            left -= 8
            names = _CRASH_NAMES[bits >> left & 255]
            left -= len(names)
            draft.crash = _flags(names, bits >> left)
        if presence > 7 or left > 7 or bits & ((1 << left) - 1):
            return None
    except ValueError:
        # A shift by a negative count: the data ends too early.
        return None
    draft.additions, draft.inner_extension_bits = (), False
    draft.__class__ = EraGlonass
    value: EraGlonass = draft
    return value


def _flags(names: tuple[str, ...], values: int) -> dict[str, bool]:
    """Give the names the last bits of ``values``, in order."""
    at = len(names)
    found = {}
    for name in names:
        at -= 1
        found[name] = values >> at & 1 == 1
    return found


def _decode(data: bytes, *, inner_bits: bool) -> tuple[EraGlonass | None, tuple[Problem, ...]]:
    reader = BitReader(data)
    draft = _Draft()
    try:
        _read(reader, draft, inner_bits=inner_bits)
    except EndOfBitsError as end:
        problems = [Problem(end.bit, f"The data ends inside {end.name}.")]
    else:
        problems = ending(reader)
    if not draft.started:
        return None, tuple(problems)
    value = EraGlonass(
        draft.crash_severity, draft.diagnostics, draft.crash, draft.additions, inner_bits
    )
    return value, tuple(problems)


@dataclass(slots=True)
class _Draft:
    started: bool = False
    crash_severity: int | None = None
    diagnostics: dict[str, bool] | None = None
    crash: dict[str, bool] | None = None
    additions: tuple[Addition, ...] = ()


def _read(reader: BitReader, draft: _Draft, *, inner_bits: bool) -> None:
    extended = reader.take_flag("extension")
    has_severity = reader.take_flag("crashSeverity.present")
    has_diagnostics = reader.take_flag("diagnosticResult.present")
    has_crash = reader.take_flag("crashInfo.present")
    draft.started = True
    if has_severity:
        draft.crash_severity = reader.take(11, "crashSeverity")
    if has_diagnostics:
        draft.diagnostics = {}
        _read_flags(reader, DIAGNOSTICS, draft.diagnostics, inner_bits=inner_bits)
    if has_crash:
        draft.crash = {}
        _read_flags(reader, CRASHES, draft.crash, inner_bits=inner_bits)
    if extended:
        draft.additions = read_additions(reader, _WHOLE)


def _read_flags(
    reader: BitReader, names: tuple[str, ...], found: dict[str, bool], *, inner_bits: bool
) -> None:
    """Read a sequence of optional booleans into ``found``, which keeps what came before an end."""
    if inner_bits and reader.take_flag("extension"):
        # Its additions would follow; nobody has published any, so the length cannot be told.
        raise EndOfBitsError("an extended inner sequence", reader.at - 1)
    present = reader.take(len(names), "present")
    for order, name in enumerate(names):
        if present >> (len(names) - 1 - order) & 1:
            found[name] = reader.take_flag(name)


def encode_era_glonass(value: EraGlonass) -> bytes:
    """Write the value, without extension bits in front of the inner sequences.

    Raises:
        LocalError: A field is out of its range or has an unknown name.
    """
    if any(one.where != _WHOLE for one in value.additions):
        raise LocalError(f"additions of ERA-GLONASS data belong to {_WHOLE}")
    writer = BitWriter()
    parts = (value.crash_severity, value.diagnostics, value.crash)
    writer.put(bool(value.additions), 1)
    for part in parts:
        writer.put(part is not None, 1)
    if value.crash_severity is not None:
        writer.put_ranged(value.crash_severity, 0, 2047, "crashSeverity")
    if value.diagnostics is not None:
        _write_flags(writer, DIAGNOSTICS, value.diagnostics)
    if value.crash is not None:
        _write_flags(writer, CRASHES, value.crash)
    if value.additions:
        write_additions(writer, _WHOLE, value.additions)
    return writer.to_bytes()


def _write_flags(writer: BitWriter, names: tuple[str, ...], flags: Mapping[str, bool]) -> None:
    unknown = set(flags) - set(names)
    if unknown:
        raise LocalError(f"{min(unknown)!r} is no field of ERA-GLONASS data")
    for name in names:
        writer.put(name in flags, 1)
    for name in names:
        if name in flags:
            writer.put(flags[name], 1)
