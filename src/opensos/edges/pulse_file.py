"""Recorded crash pulses from files: NHTSA's two-column ASCII, and CSV with a header.

**NHTSA**: ``seconds g`` a line, one channel a file (``v10146.093``). Which axis it is stands in the
test's ``.EV5`` header; if that lies next to the file it is read, else forward is assumed and said.
Signs are NHTSA's (SAE J211), which are ours too.

**CSV** (comma, semicolon or tab): the first line names the columns and may give units:
``t_ms, ax (m/s2), ay, az, roll``. Time is s, ms or us; acceleration g or m/s²; roll rate deg/s or
rad/s. Without a unit: s, g, deg/s.
"""

from __future__ import annotations

import io
import math
import re
import sys
from array import array
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from opensos.protocols.effects import RoadError, UserError
from opensos.rules.crash import G_MS2, UNKNOWN_RANGE, FullScale, Samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 5_000_000
MAX_LINE = 4096
STDIN = "-"

Column: TypeAlias = "array[float]"

_EV5_MAX_BYTES = 4 * 1024 * 1024
_EV5_SECTION = "INSTRUMENTATION"
_SAME_TIME_S = 1e-6
_NAMES = {
    "t": {"t", "time", "seconds", "timestamp"},
    "ax": {"ax", "x", "acc_x", "accel_x", "acceleration_x", "a_x"},
    "ay": {"ay", "y", "acc_y", "accel_y", "acceleration_y", "a_y"},
    "az": {"az", "z", "acc_z", "accel_z", "acceleration_z", "a_z"},
    "roll_rate": {"roll", "roll_rate", "gx", "gyro_x", "wx"},
}
_UNITS = {
    "t": {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6},
    "a": {"g": 1.0, "m/s2": 1 / G_MS2, "m/s^2": 1 / G_MS2, "m/s²": 1 / G_MS2, "ms2": 1 / G_MS2},
    "roll_rate": {"deg/s": 1.0, "dps": 1.0, "°/s": 1.0, "rad/s": math.degrees(1.0)},
}


@dataclass(frozen=True, slots=True)
class Pulse:
    """A recorded pulse.

    Attributes:
        samples: In our axes and units; time as recorded (NHTSA: 0 = first contact).
        source: Where it came from, for a person.
        notes: Sentences about what was assumed or left out.
        full_scale: The sensors' range, where the header tells it.
    """

    samples: Samples
    source: str
    notes: tuple[str, ...] = ()
    full_scale: FullScale = UNKNOWN_RANGE


@dataclass(frozen=True, slots=True)
class Channel:
    """One line of an EV5 header: what the channel ``number`` measured."""

    number: int
    axis: str | None
    location: str
    text: str
    unit: str
    full_scale: float | None
    primary: bool


def read_pulse(paths: Sequence[Path | str]) -> Pulse:
    """Read one pulse from one CSV file, or from one or several NHTSA files (one an axis).

    Args:
        paths: Files; ``-`` is standard input. An ``.EV5`` among them is the header.

    Raises:
        UserError: In one sentence, what cannot be read and why.
        RoadError: The file exists but the disk does not give it.
    """
    headers = [p for p in paths if str(p).upper().endswith(".EV5")]
    files = [p for p in paths if p not in headers]
    if not files:
        raise UserError("Give the file of a recorded pulse: NHTSA's two columns or a CSV.")
    read = [_read_file(path) for path in files]
    if len(read) == 1 and isinstance(read[0], Pulse):
        return read[0]
    tracks = [one for one in read if isinstance(one, _Track)]
    if len(tracks) != len(read):
        raise UserError("A CSV holds every axis already: give it alone, without other files.")
    return _join([_name_track(track, headers) for track in tracks])


# --- files ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Track:
    path: Path
    t: Column
    a: Column
    channel: Channel | None = None
    notes: tuple[str, ...] = ()


def _read_file(path: Path | str) -> Pulse | _Track:
    name = "standard input" if str(path) == STDIN else Path(path).name
    lines = _lines(_load(path), name)
    first = next(lines, None)
    if first is None:
        raise UserError(f"{name} holds no line of data.")
    if _numbers(re.split(r"[,;\s]+", first.strip(",; \t"))) is None:
        return _read_csv(first, lines, name)
    return _read_two_columns(first, lines, Path(path), name)


def _load(path: Path | str) -> bytes:
    if str(path) == STDIN:
        return _bounded(sys.stdin.buffer, "standard input", MAX_BYTES)
    try:
        with Path(path).open("rb") as file:
            return _bounded(file, Path(path).name, MAX_BYTES)
    except FileNotFoundError:
        raise UserError(f"There is no file {path}.") from None
    except (IsADirectoryError, PermissionError):
        raise UserError(f"{path} is not a file that can be read.") from None
    except ValueError:
        raise UserError("That is not the name of a file.") from None
    except OSError as error:
        raise RoadError(f"{path} cannot be read: {error.strerror}.") from error


def _bounded(file: BinaryIO, name: str, limit: int) -> bytes:
    data = file.read(limit + 1)
    if len(data) > limit:
        raise UserError(f"{name} is larger than {limit // (1024 * 1024)} MiB.")
    return data


def _lines(data: bytes, name: str) -> Iterator[str]:
    """Yield the lines that say something: no blank ones, no comments (``#``)."""
    for line in io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", errors="replace"):
        if len(line) > MAX_LINE or "\0" in line:
            raise UserError(f"{name} is not a text file of numbers.")
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield stripped


def _numbers(fields: Iterable[str]) -> list[float] | None:
    """Return the fields as numbers; None if one is none. An empty field is a missing reading."""
    try:
        return [float(field) if field.strip() else math.nan for field in fields]
    except ValueError:
        return None


# --- NHTSA ---------------------------------------------------------------------------------------


def _read_two_columns(first: str, rest: Iterator[str], path: Path, name: str) -> _Track:
    t, a = array("d"), array("d")
    for number, line in enumerate(_bounded_rows(first, rest, name), 1):
        row = _numbers(re.split(r"[,;\s]+", line, maxsplit=3))
        if row is None or len(row) != 2:
            raise UserError(
                f"Row {number} of {name} is not two numbers (seconds and g); "
                "a file with more columns needs a first line that names them."
            )
        t.append(row[0])
        a.append(row[1])
    return _Track(path, t, a)


def _bounded_rows(first: str, rest: Iterator[str], name: str) -> Iterator[str]:
    yield first
    yield from islice(rest, MAX_ROWS - 1)
    if next(rest, None) is not None:
        raise UserError(f"{name} has more than {MAX_ROWS} rows.")


def _name_track(track: _Track, headers: Sequence[Path | str]) -> _Track:
    """Find out from the header which axis the file is."""
    suffix = track.path.suffix[1:]
    candidates = [Path(h) for h in headers] or [
        track.path.with_suffix(ending) for ending in (".EV5", ".ev5")
    ]
    header = next((h for h in candidates if h.is_file()), None)
    name = track.path.name
    if header is None or not suffix.isdigit():
        note = f"{name} has no .EV5 header next to it: taken as forward acceleration in g."
        return replace(track, notes=(note,))
    channel = read_ev5(header).get(int(suffix))
    if channel is None:
        raise UserError(f"{header.name} knows no channel {suffix}, so the axis is not known.")
    if channel.axis is None or "G" not in channel.unit.upper():
        raise UserError(
            f"{name} is '{channel.text}' in {channel.unit}, not an acceleration of the car in g."
        )
    notes = [f"{name} is {channel.axis}: {channel.text.lower()}."]
    if channel.location == "ENGN":
        notes.append(f"{name} was measured on the engine, not on the body.")
    return replace(track, channel=channel, notes=tuple(notes))


def read_ev5(path: Path) -> dict[int, Channel]:
    """Read the channels of an NHTSA EV5 header (fields of the INSTRUMENTATION section)."""
    try:
        with path.open("rb") as file:
            data = _bounded(file, path.name, _EV5_MAX_BYTES)
    except OSError as error:
        raise RoadError(f"{path} cannot be read: {error.strerror}.") from error
    channels: dict[int, Channel] = {}
    inside = False
    for line in data.decode("latin-1").splitlines():
        if line.startswith("-----"):
            inside = _EV5_SECTION in line
            continue
        fields = line.split("|")
        if inside and len(fields) >= 19 and fields[1].strip().isdecimal():
            channel = _channel(fields)
            channels[channel.number] = channel
    if not channels:
        raise UserError(f"{path.name} is not an EV5 header: it lists no channel.")
    return channels


def _channel(fields: list[str]) -> Channel:
    """One line: vehicle|number|type|occupant|location|axis|…; the axis ends in G on the car."""
    kind, code = fields[2].strip(), fields[5].strip().upper()
    axis = f"a{code[0].lower()}" if kind == "AC" and code in ("XG", "YG", "ZG") else None
    scale = _numbers([fields[11]])
    return Channel(
        number=int(fields[1]),
        axis=axis,
        location=fields[4].strip(),
        text=fields[-1].strip(),
        unit=fields[7].strip(),
        full_scale=scale[0] if scale and scale[0] > 0 else None,
        primary=fields[-2].strip() != "R",
    )


def _join(tracks: list[_Track]) -> Pulse:
    """Put the axes side by side; of several sensors of one axis the best is kept."""
    notes = [note for track in tracks for note in track.notes]
    chosen: dict[str, _Track] = {}
    for track in sorted(tracks, key=_worth):
        axis = track.channel.axis if track.channel and track.channel.axis else "ax"
        if axis in chosen:
            notes.append(f"{track.path.name} is left out: {chosen[axis].path.name} is {axis} too.")
        else:
            chosen[axis] = track
    first = next(iter(chosen.values()))
    for track in chosen.values():
        _same_times(first, track)
    scales = {
        axis: track.channel.full_scale if track.channel else None for axis, track in chosen.items()
    }
    return Pulse(
        samples=Samples(t=first.t, **{axis: track.a for axis, track in chosen.items()}),
        source=", ".join(track.path.name for track in chosen.values()),
        notes=tuple(notes),
        full_scale=FullScale(scales.get("ax"), scales.get("ay"), scales.get("az")),
    )


def _worth(track: _Track) -> tuple[bool, bool]:
    channel = track.channel
    return (channel is not None and channel.location == "ENGN", not channel or not channel.primary)


def _same_times(one: _Track, other: _Track) -> None:
    same = len(one.t) == len(other.t) and all(
        abs(a - b) <= _SAME_TIME_S for a, b in zip(one.t, other.t, strict=True)
    )
    if not same:
        raise UserError(
            f"{one.path.name} and {other.path.name} were not sampled at the same times."
        )


# --- CSV -----------------------------------------------------------------------------------------


def _read_csv(header: str, rest: Iterator[str], name: str) -> Pulse:
    delimiter = next((d for d in (";", "\t", ",") if d in header), None)
    columns = _columns(header.split(delimiter), name) if delimiter else {}
    if "t" not in columns or not {"ax", "ay"} & columns.keys():
        raise UserError(
            f"{name} is neither two columns of numbers nor a CSV whose first line names "
            "t and ax or ay."
        )
    wanted = sorted(columns.values())
    by_place: dict[int, Column] = {place: array("d") for place, _ in wanted}
    comma = delimiter == ";"
    for number, line in enumerate(islice(rest, MAX_ROWS + 1), 2):
        if number > MAX_ROWS + 1:
            raise UserError(f"{name} has more than {MAX_ROWS} rows.")
        fields = (line.replace(",", ".") if comma else line).split(delimiter)
        fields += [""] * (wanted[-1][0] + 1 - len(fields))
        row = _numbers([fields[place] for place, _ in wanted])
        if row is None:
            raise UserError(f"Row {number} of {name} holds something that is not a number.")
        for (place, factor), value in zip(wanted, row, strict=True):
            by_place[place].append(value * factor)
    found = {column: by_place[place] for column, (place, _) in columns.items()}
    if not found["t"]:
        raise UserError(f"{name} holds no line of data.")
    return Pulse(samples=Samples(**found), source=name)


def _columns(fields: list[str], name: str) -> dict[str, tuple[int, float]]:
    """Return for each column that we know its place and the factor to our unit."""
    columns: dict[str, tuple[int, float]] = {}
    for place, field in enumerate(fields):
        label, unit = _label(field)
        column = next((c for c, names in _NAMES.items() if label in names), None)
        if column is None:
            continue
        if column in columns:
            raise UserError(f"{name} names the column {column} twice.")
        units = _UNITS.get(column, _UNITS["a"])
        if unit and unit not in units:
            raise UserError(f"{name} gives {label} in '{unit}'; it may be in {', '.join(units)}.")
        columns[column] = (place, units[unit] if unit else 1.0)
    return columns


def _label(field: str) -> tuple[str, str]:
    """Split ``ax (m/s2)``, ``ax [g]`` or ``t_ms`` into the name and the unit ("" if none)."""
    text = field.strip().strip('"').strip().lower()
    for opening, closing in (("(", ")"), ("[", "]")):
        if opening in text and text.endswith(closing):
            name, _, unit = text[:-1].partition(opening)
            return name.strip(" _"), unit.strip()
    name, _, unit = text.rpartition("_")
    if name and any(unit in units for units in _UNITS.values()):
        return name, unit
    return text, ""
