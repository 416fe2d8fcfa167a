"""What the kernel says of an accelerometer: scale, offset, mount matrix, layout of a scan.

(Documentation/ABI/testing/sysfs-bus-iio, iio/iio_devbuf; ``scan_elements`` of the legacy buffer.)
"""

from __future__ import annotations

import contextlib
import math
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.edges.acceleration import IDENTITY, Matrix, as_matrix, product
from opensos.protocols.effects import RoadError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_AXES = ("x", "y", "z")
_TYPE = re.compile(r"([bl]e):([su])(\d{1,2})/(\d{1,2})(?:X(\d{1,2}))?>>(\d{1,2})")
_MATRIX_FILES = ("mount_matrix", "in_mount_matrix", "in_accel_mount_matrix")
_RATE_FILES = ("sampling_frequency", "in_accel_sampling_frequency")
_DEFAULT_RATE_HZ = 100.0
_HIGHEST_RATE_HZ = 10_000.0
_BUFFER_ROWS = 1024
_LONGEST_VALUE = 256


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a scan as ``scan_elements/*_type`` describes it: ``le:s12/16>>4``."""

    name: str
    index: int
    big_endian: bool
    signed: bool
    bits: int
    storage: int  # bytes
    repeat: int
    shift: int

    def read(self, data: bytes | memoryview, at: int) -> int:
        """Return the element's value that begins at a byte."""
        raw = int.from_bytes(data[at : at + self.storage], "big" if self.big_endian else "little")
        value = raw >> self.shift & (1 << self.bits) - 1
        if self.signed and value >> self.bits - 1:
            value -= 1 << self.bits
        return value


def parse_type(name: str, index: int, text: str) -> Element:
    """Read a scan element's type. Raises RoadError for one that cannot be."""
    match = _TYPE.fullmatch(text.strip())
    if match is None:
        raise RoadError(f"The kernel describes {name} as {text.strip()[:40]!r}: not understood.")
    order, sign, bits, storage, repeat, shift = match.groups()
    element = Element(
        name=name,
        index=index,
        big_endian=order == "be",
        signed=sign == "s",
        bits=int(bits),
        storage=int(storage) // 8,
        repeat=int(repeat or 1),
        shift=int(shift),
    )
    whole = int(storage) in {8, 16, 32, 64}
    if not whole or not 1 <= element.bits <= int(storage) - element.shift or element.repeat < 1:
        raise RoadError(f"The kernel describes {name} as {text.strip()[:40]!r}: impossible.")
    return element


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each element of one scan stands.

    The kernel aligns each element to its own length (repeats included) and the whole scan to the
    longest (``iio_compute_scan_bytes``).
    """

    places: tuple[tuple[Element, int], ...]
    size: int


def lay_out(elements: Sequence[Element]) -> Layout:
    """Compute the places of the enabled elements."""
    places, at, largest = [], 0, 1
    for element in sorted(elements, key=lambda e: e.index):
        length = element.storage * element.repeat
        at = -(-at // length) * length
        places.append((element, at))
        at += length
        largest = max(largest, length)
    return Layout(tuple(places), -(-at // largest) * largest)


@dataclass(frozen=True, slots=True)
class IioSettings:
    """Which accelerometer, and how it sits in the car.

    Attributes:
        device: Directory of the device: ``/sys/bus/iio/devices/iio:device0``.
        dev: Its character device, None reads by polling.
        matrix: From the device's axes (after the kernel's own mount matrix) to the car's.
        rate_hz: Sampling rate to set; None leaves the device's.
        full_scale_g: Range, if the kernel does not let it be worked out.
        setup: Whether to enable channels and buffer ourselves (else another program has done it).
    """

    device: Path
    dev: Path | None = None
    matrix: Matrix = IDENTITY
    rate_hz: float | None = None
    full_scale_g: float | None = None
    setup: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What the kernel says of the sensor; all of it read in a thread."""

    scale: tuple[float, float, float]  # to m/s²
    offset: tuple[float, float, float]  # counts
    matrix: Matrix  # device to car
    rate_hz: float
    layout: Layout | None
    monotonic: bool
    bits: int | None


def find(settings: IioSettings) -> Found:
    """Ask the kernel for the sensor and set it up; blocks as long as its bus does.

    Raises:
        RoadError: Something is missing or cannot be understood.
        UserError: The kernel's mount matrix is none.
        OSError: The kernel refuses.
    """
    device = settings.device
    if not device.is_dir():
        raise RoadError(f"The kernel knows no IIO device {device.name}.")
    if settings.rate_hz is not None:
        _set_rate(device, settings.rate_hz)
    scale = tuple(_axis_value(device, axis, "scale") for axis in _AXES)
    if any(value is None or not value > 0.0 for value in scale):
        raise RoadError(f"{device.name} tells no scale: it is no accelerometer.")
    offset = tuple(_axis_value(device, axis, "offset") or 0.0 for axis in _AXES)
    layout = None
    if settings.dev is not None:
        layout = _enable(device, setup=settings.setup)
    rates = (_number(device / name) for name in _RATE_FILES)
    rate = next((r for r in rates if r is not None and 0.0 < r <= _HIGHEST_RATE_HZ), None)
    return Found(
        scale=(scale[0] or 0.0, scale[1] or 0.0, scale[2] or 0.0),
        offset=(offset[0], offset[1], offset[2]),
        matrix=product(settings.matrix, _mount(device)),
        rate_hz=rate or settings.rate_hz or _DEFAULT_RATE_HZ,
        layout=layout,
        monotonic=_text(device / "current_timestamp_clock") == "monotonic",
        bits=_bits(device),
    )


def read_scan(layout: Layout, data: bytes, at: int) -> tuple[float | None, tuple[int, int, int]]:
    """Return a scan's time (seconds of the kernel's clock; None = it has none) and its axes."""
    values = {element.name: element.read(data, at + place) for element, place in layout.places}
    stamp = values.get("in_timestamp")
    x, y, z = (values[f"in_accel_{axis}"] for axis in _AXES)
    return (None if stamp is None else stamp / 1e9), (x, y, z)


def _enable(device: Path, *, setup: bool) -> Layout:
    """Switch axes, time stamp and buffer on; return how a scan is laid out."""
    elements = device / "scan_elements"
    names = [f"in_accel_{axis}" for axis in _AXES]
    if (elements / "in_timestamp_type").exists():
        names.append("in_timestamp")
    if setup:
        _write(device / "buffer" / "enable", "0")  # what is enabled can only be changed while off
        for path in sorted(elements.glob("*_en")):
            _write(path, str(int(path.name.removesuffix("_en") in names)))
        with contextlib.suppress(OSError):
            _write(device / "current_timestamp_clock", "monotonic")
        with contextlib.suppress(OSError):
            _write(device / "buffer" / "length", str(_BUFFER_ROWS))
    enabled = []
    for path in sorted(elements.glob("*_en")):
        name = path.name.removesuffix("_en")
        if _text(path) == "1":
            index = _number(elements / f"{name}_index")
            kind = _text(elements / f"{name}_type")
            if index is None or kind is None:
                raise RoadError(f"{device.name} does not describe {name}.")
            enabled.append(parse_type(name, int(index), kind))
    if not {f"in_accel_{axis}" for axis in _AXES} <= {element.name for element in enabled}:
        raise RoadError(f"{device.name} has not all three axes in its buffer.")
    if setup:
        _write(device / "buffer" / "enable", "1")
    return lay_out(enabled)


def _set_rate(device: Path, rate_hz: float) -> None:
    for name in _RATE_FILES:
        if (device / name).exists():
            _write(device / name, f"{rate_hz:g}")
            return


def _mount(device: Path) -> Matrix:
    """Return the kernel's mount matrix: from the sensor's axes to the board's."""
    for name in _MATRIX_FILES:
        text = _text(device / name)
        if text is not None:
            try:
                rows = [[float(part) for part in row.split(",")] for row in text.split(";")]
            except ValueError:
                raise RoadError(f"{device.name} has a mount matrix of no numbers.") from None
            return as_matrix(rows, f"The mount matrix of {device.name}")
    return IDENTITY


def _bits(device: Path) -> int | None:
    kind = _text(device / "scan_elements" / "in_accel_x_type")
    if kind is None:
        return None
    with contextlib.suppress(RoadError):
        return parse_type("in_accel_x", 0, kind).bits
    return None


def _axis_value(device: Path, axis: str, what: str) -> float | None:
    """Return an axis' own scale or offset, or the one that all axes share."""
    own = _number(device / f"in_accel_{axis}_{what}")
    return _number(device / f"in_accel_{what}") if own is None else own


def _text(path: Path) -> str | None:
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(_LONGEST_VALUE).decode("ascii", errors="replace").strip()
    return None


def _number(path: Path) -> float | None:
    text = _text(path)
    try:
        value = math.nan if text is None else float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _write(path: Path, text: str) -> None:
    # As ``echo >`` does, but never creating a file where the kernel has none.
    fd = os.open(path, os.O_WRONLY | os.O_TRUNC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
