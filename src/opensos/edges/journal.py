"""The unit's memory across a loss of power: an append-only journal of lines on disk.

One record is one line, ``<crc32 as 8 hex digits> <length> <JSON>``; the checksum covers the JSON's
bytes. What a power cut left half written at the end is ignored, what a bad disk changed in the
middle is skipped, both with a finding. When the file has grown too long, its last state and its
last notes go into a new file that replaces it in one step.

Nothing here raises anything but RoadError, and a failed write leaves the file as it was: the SOS
call goes on without a disk.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import zlib
from collections import deque
from typing import TYPE_CHECKING, Any

from opensos.ports import JournalContents, JournalEntry, JournalFinding
from opensos.protocols.effects import RoadError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NAME = "journal.log"
_MAX_LINE = 64 * 1024
_MAX_FILE = 16 * 1024 * 1024


class FileJournal:
    """A journal in a directory of its own; ``ports.Journal`` says what it promises."""

    def __init__(
        self, directory: Path, *, max_bytes: int = 256 * 1024, notes_kept: int = 200
    ) -> None:
        """Name the place; nothing is touched before the first read or append.

        Args:
            directory: created when it is missing, readable by this user only.
            max_bytes: size at which the file is rewritten with what is still needed.
            notes_kept: how many entries that are not durable survive such a rewriting.
        """
        self._directory = directory
        self._path = directory / _NAME
        self._max_bytes = max_bytes
        self._fd: int | None = None
        self._size = 0
        self._torn = False
        self._states: dict[str, bytes] = {}
        self._notes: deque[bytes] = deque(maxlen=notes_kept)

    def read(self) -> JournalContents:
        """Return every entry that can be read, oldest first, and what could not.

        Raises:
            RoadError: the file cannot be opened at all, or another unit is using it.
        """
        try:
            return self._open()
        except BlockingIOError as error:
            raise self._taken() from error
        except OSError as error:
            raise RoadError(
                f"The journal {self._path} cannot be read: {error.strerror}."
            ) from error

    def append(
        self, kind: str, utc: float, data: Mapping[str, Any], *, durable: bool = False
    ) -> None:
        """Add one entry; with ``durable`` it is on the disk when this returns.

        Raises:
            RoadError: the disk did not take it (full, gone); the file is as it was before.
        """
        entry = JournalEntry(kind, utc, dict(data), durable)
        try:
            fd = self._opened()
            line = self._remember(entry)
            if self._size + len(line) <= self._max_bytes or not self._compacted():
                self._write(fd, line, durable=durable)
        except BlockingIOError as error:
            raise self._taken() from error
        except OSError as error:
            raise RoadError(
                f"The journal {self._path} cannot be written: {error.strerror}."
            ) from error

    def close(self) -> None:
        """Let go of the file; closing twice is harmless."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def _taken(self) -> RoadError:
        return RoadError(
            f"Another unit uses the journal {self._path}: stop it, or choose another --journal."
        )

    def _open(self) -> JournalContents:
        self.close()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            content = _read_all(fd)
            contents, good = parse(content)
            self._size = _mend(fd, content, good)
        except OSError:
            os.close(fd)
            raise
        self._fd, self._torn = fd, False
        _sync_directory(self._directory)
        self._states.clear()
        self._notes.clear()
        for entry in contents.entries:
            self._remember(entry)
        return contents

    def _opened(self) -> int:
        if self._fd is None:
            self._open()
        if self._fd is None:  # pragma: no cover  # _open sets it or raises
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._fd

    def _remember(self, entry: JournalEntry) -> bytes:
        """Keep in memory what a rewriting of the file must carry over; return the line."""
        line = _line(entry)
        if entry.durable:
            self._states[entry.kind] = line
        else:
            self._notes.append(line)
        return line

    def _write(self, fd: int, line: bytes, *, durable: bool) -> None:
        try:
            if self._torn:
                line = b"\n" + line
            self._torn = True
            _write_all(fd, line)
            self._torn = False
            if durable:
                os.fdatasync(fd)
        except OSError:
            # A full disk may have taken half of the line: take it back, so that the next fits on.
            os.ftruncate(fd, self._size)
            self._torn = False
            raise
        self._size += len(line)

    def _compacted(self) -> bool:
        """Rewrite the file with what is needed; false if there is no room for that just now."""
        try:
            self._compact()
        except OSError:
            return False
        return True

    def _compact(self) -> None:
        fresh = self._directory / f"{_NAME}.new"
        content = b"".join([*self._notes, *self._states.values()])
        fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write_all(fd, content)
            os.fsync(fd)
            fresh.replace(self._path)
        except OSError:
            os.close(fd)
            raise
        self.close()
        self._fd, self._size = fd, len(content)
        _sync_directory(self._directory)


def parse(content: bytes) -> tuple[JournalContents, int]:
    """Read a journal's bytes: entries and findings, and where the last whole line ends."""
    entries: list[JournalEntry] = []
    findings: list[JournalFinding] = []
    start = 0
    good = 0
    while start < len(content):
        end = content.find(b"\n", start)
        whole = end >= 0
        line = content[start:end] if whole else content[start:]
        entry = _entry(line)
        if entry is not None:
            entries.append(entry)
        elif whole:
            findings.append(JournalFinding("corrupt_record", start))
        else:
            findings.append(JournalFinding("torn_last_write", start))
            break
        start = end + 1 if whole else len(content)
        good = start
    return JournalContents(tuple(entries), tuple(findings)), good


def _entry(line: bytes) -> JournalEntry | None:
    parts = line.split(b" ", 2)
    if len(parts) != 3 or len(line) > _MAX_LINE:
        return None
    checksum, length, text = parts
    if checksum != b"%08x" % zlib.crc32(text) or length != b"%d" % len(text):
        return None
    try:
        kind, utc, durable, data = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    if not (isinstance(kind, str) and isinstance(durable, bool) and isinstance(data, dict)):
        return None
    if not isinstance(utc, (int, float)):
        return None
    return JournalEntry(kind, float(utc), data, durable)


def _line(entry: JournalEntry) -> bytes:
    values = [entry.kind, entry.utc, entry.durable, entry.data]
    text = json.dumps(values, separators=(",", ":")).encode()
    return b"%08x %d %s\n" % (zlib.crc32(text), len(text), text)


def _read_all(fd: int) -> bytes:
    size = os.fstat(fd).st_size
    if size > _MAX_FILE:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    pieces = []
    while piece := os.read(fd, _MAX_FILE):
        pieces.append(piece)
    return b"".join(pieces)


def _mend(fd: int, content: bytes, good: int) -> int:
    """Cut a torn end off and make sure that the next line starts on its own; return the size."""
    if good < len(content):
        os.ftruncate(fd, good)
    if good and content[good - 1 : good] != b"\n":
        _write_all(fd, b"\n")
        good += 1
    return good


def _write_all(fd: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _sync_directory(directory: Path) -> None:
    """Make a new or replaced name survive a power cut."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
