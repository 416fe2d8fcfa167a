"""Writes lines where the reader may be slow or gone, without ever keeping the unit waiting.

A terminal that is held with Ctrl-S, or a pipe that nobody reads, blocks whoever writes to it. So a
thread of its own writes; when it falls behind by ``most`` lines, the newest are left out and their
number is said later.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE_S = 1.0


class Outlet:
    """Call it with a line; it returns at once.

    Args:
        write: writes one line, and may block or raise OSError (then nothing is written any more).
        most: lines that may wait.
    """

    def __init__(self, write: Callable[[str], None], most: int = 1000) -> None:
        self._write = write
        self._lines: queue.Queue[str | None] = queue.Queue(most)
        self._left_out = 0
        self._thread = threading.Thread(target=self._run, name="outlet", daemon=True)
        self._thread.start()

    def __call__(self, line: str) -> None:
        """Take a line."""
        try:
            if self._left_out:
                self._lines.put_nowait(f"({self._left_out} lines were left out: nobody read them)")
                self._left_out = 0
            self._lines.put_nowait(line)
        except queue.Full:
            self._left_out += 1

    def close(self) -> None:
        """Let the last lines out, for a second at most."""
        try:
            self._lines.put(None, timeout=_PATIENCE_S)
        except queue.Full:
            return  # nobody reads: the thread dies with the program
        self._thread.join(_PATIENCE_S)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._write(line)
            except OSError:
                return
