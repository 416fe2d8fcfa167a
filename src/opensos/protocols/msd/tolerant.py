"""Reading an MSD field by field, whatever is wrong with it.

The value goes as far as the bits do, every oddity becomes a finding with its place, and nothing
ever raises. Where the bytes make no sense as what they claim to be, other layouts are tried: a
message without its wrapper, one of an unknown version, one with the wrong version byte. The VIN
decides: 17 groups of 6 bits with 33 allowed values each fit by chance once in 80 000 readings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from opensos.protocols.msd.draft import MsdDraft
from opensos.protocols.msd.findings import Finding, finding
from opensos.protocols.msd.message import MAX_BYTES, Decoded, VersionLayout
from opensos.protocols.msd.reader import BitReader, EndOfBitsError, FragmentedError
from opensos.protocols.msd.sections import read_message
from opensos.protocols.msd.shape import SHAPES, Shape

if TYPE_CHECKING:
    from opensos.protocols.msd.reader import BitField

MAX_READ: Final = 1024
"""Bytes beyond this are kept but not read: no MSD is a seventh of that."""


@dataclass(slots=True)
class Reading:
    """One attempt to read the bytes in one layout."""

    shape: Shape
    layout: VersionLayout
    declared_version: int | None
    draft: MsdDraft
    findings: list[Finding] = field(default_factory=list)
    fields: list[BitField] = field(default_factory=list)
    started: bool = False
    complete: bool = False

    @property
    def warnings(self) -> int:
        """How many findings are worse than ``info``."""
        return sum(one.level != "info" for one in self.findings)

    @property
    def vin_garbled(self) -> bool:
        """True if a character that was there is none."""
        return any(one.code == "vin-character" for one in self.findings)

    @property
    def convincing(self) -> bool:
        """True if the VIN was read whole, is one, and is not just the same bits all over."""
        vin = self.draft.vin
        return vin is not None and "?" not in vin and len(set(vin)) > 1


def decode_tolerant(data: bytes) -> tuple[Decoded, tuple[BitField, ...]]:
    """Read whatever can be read; returns the result and the map of the bits.

    Never raises, for any bytes; reads at most the first :data:`MAX_READ` of them.
    """
    if not data:
        found = (finding("empty", None, "There are no bytes to read."),)
        return Decoded(None, found, data, None, None), ()
    reading = _best(data[:MAX_READ])
    if reading is None or not reading.started:
        text = "No layout of an MSD fits these bytes; check that they are an MSD and nothing else."
        findings = [finding("unreadable", 0, text), *_size_findings(data)]
        return Decoded(None, tuple(findings), data, data[0], None), ()
    # Stable: findings at one place keep the order in which they were made.
    findings = sorted(reading.findings, key=lambda one: -1 if one.bit is None else one.bit)
    findings += _size_findings(data)
    msd = reading.draft.freeze()
    decoded = Decoded(msd, tuple(findings), data, reading.declared_version, reading.layout)
    return decoded, tuple(reading.fields)


def _size_findings(data: bytes) -> list[Finding]:
    if len(data) <= MAX_BYTES:
        return []
    text = f"{len(data)} bytes came; a whole MSD has at most {MAX_BYTES}."
    return [finding("too-long", 8 * MAX_BYTES, text)]


def _best(data: bytes) -> Reading | None:
    declared = SHAPES.get(data[0])
    first = _read(data, declared, "wrapped" if declared.wrapped else "inline") if declared else None
    if first is not None and not first.vin_garbled:
        return first
    others = [one for one in _guesses(data) if one.convincing]
    # The most complete and least odd one; of equals the first.
    others.sort(key=lambda one: (not one.complete, one.warnings))
    return others[0] if others else first


def _guesses(data: bytes) -> list[Reading]:
    tries: list[tuple[int, VersionLayout]] = [
        (3, "wrapped"),
        (2, "wrapped"),
        (2, "bare"),
        (3, "bare"),
        (1, "bare"),
        (3, "inline"),
        (2, "inline"),
        (1, "inline"),
    ]
    return [_read(data, SHAPES[version], layout) for version, layout in tries]


def _read(data: bytes, shape: Shape, layout: VersionLayout) -> Reading:
    declared = None if layout == "bare" else data[0]
    reading = Reading(shape, layout, declared, MsdDraft(shape.version))
    reader = BitReader(data)
    try:
        _read_front(reader, reading)
        _read_content(reader, reading)
    except FragmentedError as end:
        text = f"The length in {end.name} is of the form for 16 KiB and more; reading stops there."
        reading.findings.append(finding("length-fragmented", end.bit, text))
    except EndOfBitsError as end:
        text = f"The message ends inside {end.name}; everything before it was read."
        reading.findings.append(finding("truncated", end.bit, text))
    reading.fields = reader.map
    reading.started = reading.draft.message_identifier is not None
    return reading


def _read_front(reader: BitReader, reading: Reading) -> None:
    """Read version byte and length, as far as the layout has them."""
    if reading.layout == "bare":
        reading.findings.append(finding("wrapper-missing", 0, _bare_text(reading.shape)))
        return
    version = reader.take(8, "id" if reading.shape.version == 1 else "msdVersion")
    _check_version(version, reading)
    if reading.layout == "inline":
        if reading.shape.wrapped:
            text = "The length between version byte and message is missing."
            reading.findings.append(finding("wrapper-missing", 8, text))
        return
    start = reader.at
    length, shortest = reader.take_length("msd.length")
    if not shortest:
        text = f"The length {length} was written in two bytes."
        reading.findings.append(finding("length-form", start, text))
    there = (reader.size - reader.at) // 8
    if length > there:
        text = f"The message says that {length} bytes follow; {there} do."
        reading.findings.append(finding("wrapper-length", start, text))
    reader.end = min(reader.size, reader.at + 8 * length)


def _bare_text(shape: Shape) -> str:
    return f"Version and length are missing in front; read as a version {shape.version} message."


def _check_version(version: int, reading: Reading) -> None:
    shape = reading.shape
    if version not in SHAPES:
        text = f"Version {version} is unknown; the message was read as version {shape.version}."
        reading.findings.append(finding("version-unknown", 0, text))
    elif version != shape.version:
        text = f"The message says version {version} but is laid out as version {shape.version}."
        reading.findings.append(finding("version-mismatch", 0, text))


def _read_content(reader: BitReader, reading: Reading) -> None:
    start, marks, seen = reader.at, len(reading.findings), len(reader.map)
    try:
        read_message(reader, reading.shape, reading.draft, reading.findings)
    except EndOfBitsError:
        if reader.end == reader.size:
            raise
        # The length in front ends the message too early, and there are more bytes: use them.
        short = (reader.end - start) // 8
        del reading.findings[marks:], reader.map[seen:]
        reading.draft = MsdDraft(reading.shape.version)
        text = (
            f"The message does not fit into the {short} bytes that it claims; read on behind them."
        )
        reading.findings.append(finding("wrapper-length", 8, text))
        reader.at, reader.end = start, reader.size
        read_message(reader, reading.shape, reading.draft, reading.findings)
    reading.complete = True
    _read_ending(reader, reading)


def _read_ending(reader: BitReader, reading: Reading) -> None:
    """Say what follows the message: fill bits, padding, other bytes."""
    whole = (reader.at + 7) // 8 * 8
    if not reader.peek_zero(reader.at, whole):
        text = "The bits that fill up the last byte are not zero."
        reading.findings.append(finding("padding-bits", reader.at, text))
    if whole > reader.at:
        reader.take(whole - reader.at, "fill bits")
    if whole == reader.size:
        return
    count = (reader.size - whole) // 8
    if not reader.peek_zero(whole, reader.size):
        text = f"{count} more byte(s) follow the message, not all of them zero."
        reading.findings.append(finding("trailing-bytes", whole, text))
        return
    text = f"{count} zero byte(s) follow the message."
    reading.findings.append(finding("trailing-padding", whole, text))
