"""One process at a time: a lock on a file that the system gives back however the process ends."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from opensos.protocols.effects import RoadError

if TYPE_CHECKING:
    from pathlib import Path


class FileLock:
    """Holds an exclusive lock from ``take`` to ``release``, or until the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def take(self, who: str) -> None:
        """Take the lock; ``who`` names the holder in the sentence of the error.

        Raises:
            RoadError: somebody else holds it, or the file cannot be made.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise RoadError(f"{self._path} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(fd)
            raise RoadError(
                f"{who} already uses {self._path.parent}; stop it, or choose another --data."
            ) from error
        self._fd = fd

    def release(self) -> None:
        """Give the lock back; without effect if it is not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
