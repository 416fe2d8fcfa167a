"""A tree of files that looks like an IIO device."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCALE = 0.004788  # m/s² a count: ±16 g in 16 bits
G_COUNTS = round(9.80665 / SCALE)
SCAN = struct.Struct("<hhhxxq")  # three axes of two bytes, padding, the time stamp


def accelerometer(root: Path, **changes: str) -> Path:
    """Write an accelerometer with a buffer; ``changes`` replaces files (None text removes)."""
    device = root / "iio:device0"
    files = {
        "name": "adxl375",
        "in_accel_scale": str(SCALE),
        "in_accel_x_raw": "0",
        "in_accel_y_raw": "0",
        "in_accel_z_raw": "-2048",
        "sampling_frequency": "100",
        "current_timestamp_clock": "realtime",
        "buffer/enable": "0",
        "buffer/length": "2",
        "scan_elements/in_accel_x_en": "0",
        "scan_elements/in_accel_x_index": "0",
        "scan_elements/in_accel_x_type": "le:s16/16>>0",
        "scan_elements/in_accel_y_en": "0",
        "scan_elements/in_accel_y_index": "1",
        "scan_elements/in_accel_y_type": "le:s16/16>>0",
        "scan_elements/in_accel_z_en": "0",
        "scan_elements/in_accel_z_index": "2",
        "scan_elements/in_accel_z_type": "le:s16/16>>0",
        "scan_elements/in_timestamp_en": "0",
        "scan_elements/in_timestamp_index": "3",
        "scan_elements/in_timestamp_type": "le:s64/64>>0",
        "scan_elements/in_temp_en": "1",
        "scan_elements/in_temp_index": "4",
        "scan_elements/in_temp_type": "le:s16/16>>0",
    } | {key.replace("__", "/"): text for key, text in changes.items()}
    for name, text in files.items():
        path = device / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return device


def fifo(path: Path) -> int:
    """Make a FIFO and return its writing end (open for both, so that it never ends)."""
    os.mkfifo(path)
    return os.open(path, os.O_RDWR)
