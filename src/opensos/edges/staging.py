"""Where an update's bytes lie until they are verified: one file, written through to the disk.

What a power cut or a tester that goes away leaves half written is taken away at the next begin;
only ``finish`` gives the file its name. Nothing here runs or believes what it took.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from typing import TYPE_CHECKING

from opensos.protocols.uds import Nrc

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.protocols.uds import Done, Read

BLOCK = 4093
"""The most data bytes of one block of 0x36 (ISO 14229-1: 4095 with service and counter)."""

NAME = "incoming.bin"
_PART = "incoming.part"
_SPARE = 16 * 1024 * 1024  # what the journal and all others keep of the disk


class Staging:
    """A folder that takes one update at a time.

    Args:
        folder: created when needed, for this user only.
        most_bytes: larger updates are refused.
    """

    def __init__(self, folder: Path, most_bytes: int = 512 * 1024 * 1024) -> None:
        self._folder = folder
        self.most_bytes = most_bytes

    @property
    def file(self) -> Path:
        """Where a whole update lies."""
        return self._folder / NAME

    def begin(self, size: int) -> Incoming | Nrc:
        """Begin to take ``size`` bytes; what lay there is gone. Refused without room for them."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.file.unlink(missing_ok=True)
            (self._folder / _PART).unlink(missing_ok=True)
            if shutil.disk_usage(self._folder).free < size + _SPARE:
                return Nrc.UPLOAD_DOWNLOAD_NOT_ACCEPTED
            return Incoming(self._folder, size)
        except OSError:
            return Nrc.UPLOAD_DOWNLOAD_NOT_ACCEPTED


class Incoming:
    """Keeps ``protocols.uds.Download``: takes the bytes of one update in order."""

    block_size = BLOCK

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._left = size
        self._digest = hashlib.sha256()
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self._fd: int | None = os.open(folder / _PART, flags, 0o600)

    def block(self, data: bytes, now: float) -> Done:
        """Take the next bytes; more than were announced are refused, and so is a full disk."""
        del now
        if self._fd is None:
            return Nrc.REQUEST_SEQUENCE_ERROR
        if len(data) > self._left:
            return Nrc.TRANSFER_DATA_SUSPENDED
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError:
            return Nrc.GENERAL_PROGRAMMING_FAILURE
        self._digest.update(data)
        self._left -= len(data)
        return None

    def finish(self, parameters: bytes, now: float) -> Read:
        """Put the whole file where it belongs; its SHA-256 is the answer.

        ``parameters``: nothing, or the SHA-256 that it must have. What is wrong is forgotten.
        """
        digest = self._digest.digest()
        if self._fd is None or self._left:
            return Nrc.REQUEST_SEQUENCE_ERROR
        if parameters not in (b"", digest) or not self._named(self._fd):
            self.abort(now)
            return Nrc.GENERAL_PROGRAMMING_FAILURE
        fd, self._fd = self._fd, None
        os.close(fd)
        return digest

    def _named(self, fd: int) -> bool:
        """Write it through and give it its name; false if the disk did not take it."""
        try:
            os.fsync(fd)
            (self._folder / _PART).replace(self._folder / NAME)
        except OSError:
            return False
        return True

    def abort(self, now: float) -> None:
        """Forget what came."""
        del now
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)
        with contextlib.suppress(OSError):
            (self._folder / _PART).unlink(missing_ok=True)
