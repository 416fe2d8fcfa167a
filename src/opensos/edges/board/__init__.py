"""A real Linux board as one object that keeps ``Car`` and ``Parts``, from one TOML file.

``open_board`` reads the file (every key: ``docs/reference/board-toml.md``), opens each part that it
names and leaves out each that it does not; ``describe`` says in words what was found.

Tried on emulators only (pty, FIFO, trees of files, virtual CAN, gpsfake, ALSA's file plug-in):
never on a real car.

Deliberately absent: discovery of parts that nobody configured, a default airbag frame (there is no
public standard for its content), and calls (``edges/bearer_*``).
"""

from .board import Board, BoardIdentity, BoardParts
from .describe import PartFound, describe
from .open import open_board

__all__ = ["Board", "BoardIdentity", "BoardParts", "PartFound", "describe", "open_board"]
