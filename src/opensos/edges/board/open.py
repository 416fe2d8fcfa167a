"""Opens a board from its TOML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.ports import Clock

    from .board import Board


async def open_board(path: Path, clock: Clock) -> Board:
    """Read the file and open every part that it names.

    A part that is missing or silent is no error: it shows in its readings and in ``describe``.

    Raises:
        UserError: The file cannot be read or says something that cannot be, in one sentence.
    """
    raise NotImplementedError
