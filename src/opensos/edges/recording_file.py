"""The file of a recording: read within bounds, written whole or not at all.

What its lines mean is ``sim/recording.py``'s business. A recording is written readable by its
owner alone: identifiers are hidden in it, but it still tells what is wrong with somebody's car.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

from opensos.edges.why import why
from opensos.protocols.effects import RoadError, UserError

STDIN = "-"


def read_recording(path: Path | str, most: int) -> bytes:
    """Return a file's bytes.

    Args:
        path: The file; ``-`` is standard input.
        most: How many bytes a recording may have.

    Raises:
        UserError: There is no such file, it is no file, or it is too large.
        RoadError: The disk does not give it.
    """
    if str(path) == STDIN:
        return _bounded(sys.stdin.buffer, most)
    try:
        with Path(path).open("rb") as file:
            return _bounded(file, most)
    except FileNotFoundError:
        raise UserError(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder; a recording is a file.") from None
    except OSError as error:
        raise RoadError(f"{path} cannot be read: {why(error)}.") from None


def write_recording(path: Path | str, text: str) -> None:
    """Write a file by way of a temporary one beside it; a crash leaves the old one or the new one.

    Raises:
        RoadError: The disk does not take it.
    """
    target = Path(path)
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise RoadError(f"{path} cannot be written: {why(error)}.") from None


def _bounded(file: BinaryIO, most: int) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise UserError(f"A recording has at most {most // 2**20} MiB; this is larger.")
    return data
