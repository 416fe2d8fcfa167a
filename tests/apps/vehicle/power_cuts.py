"""A disk under the unit's journal, and a power cut at any operation on it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opensos.edges import journal as journal_module
from opensos.edges.journal import FileJournal
from opensos.ports import JournalEntry
from tests.apps.vehicle.garage import MemoryJournal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from opensos.ports import JournalContents


class PowerCut(BaseException):
    """The unit has no power from here on: nothing in it can catch this."""


class Disk:
    """Counts every write, rename, fsync and truncation, and cuts the power at one of them.

    Args:
        cut_at: the operation that does not happen, from 1; 0 = none.
        torn: the share of a cut write's bytes that still reaches the disk.
        lost: what was not synced by then is lost, a rename included.
    """

    def __init__(self, cut_at: int = 0, *, torn: float = 0.5, lost: bool = False) -> None:
        self.cut_at, self.torn, self.lost = cut_at, torn, lost
        self.done = 0
        self.renames = 0
        self._synced: dict[int, int] = {}
        self._renamed: tuple[Path, bytes] | None = None
        self._path: Path | None = None

    def use(self, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
        """Put this disk under every journal; ``path`` is the journal's file."""
        self._path = path
        if path.exists():
            self._synced[path.stat().st_ino] = path.stat().st_size
        monkeypatch.setattr(journal_module, "os", self)
        replace = os.replace

        def renamed(fresh: Path, target: Path) -> Path:
            self._happens()
            self._renamed = (target, target.read_bytes())
            replace(fresh, target)
            self.renames += 1
            return target

        monkeypatch.setattr(Path, "replace", renamed)

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    # --- what the journal calls -----------------------------------------------------------------

    def write(self, fd: int, data: bytes) -> int:
        """Write; a cut leaves the first bytes."""
        if self._is_cut():
            os.write(fd, data[: int(len(data) * self.torn)])
            self._cut()
        return os.write(fd, data)

    def fsync(self, fd: int) -> None:
        """Sync a file or a directory."""
        self._happens()
        os.fsync(fd)
        found = os.fstat(fd)
        if stat.S_ISDIR(found.st_mode):
            self._renamed = None
        else:
            self._synced[found.st_ino] = found.st_size

    def fdatasync(self, fd: int) -> None:
        """Sync a file."""
        self.fsync(fd)

    def ftruncate(self, fd: int, size: int) -> None:
        """Truncate a file."""
        self._happens()
        os.ftruncate(fd, size)

    # --- the cut --------------------------------------------------------------------------------

    def _is_cut(self) -> bool:
        self.done += 1
        return self.done == self.cut_at

    def _happens(self) -> None:
        if self._is_cut():
            self._cut()

    def _cut(self) -> None:
        path = self._path
        if self.lost and self._renamed is not None:
            self._renamed[0].write_bytes(self._renamed[1])
        elif self.lost and path is not None and path.exists():
            found = path.stat()
            os.truncate(path, min(found.st_size, self._synced.get(found.st_ino, 0)))
        raise PowerCut


class DiskJournal(MemoryJournal):
    """A ``FileJournal`` for the garage, which also keeps what was tried and what was written."""

    def __init__(self, directory: Path, *, max_bytes: int = 256 * 1024) -> None:
        super().__init__()
        self.file = FileJournal(directory, max_bytes=max_bytes, notes_kept=20)
        self.tried: list[JournalEntry] = []

    def read(self) -> JournalContents:
        return self.file.read()

    def append(
        self, kind: str, utc: float, data: Mapping[str, Any], *, durable: bool = False
    ) -> None:
        entry = JournalEntry(kind, utc, dict(data), durable)
        self.tried.append(entry)
        self.file.append(kind, utc, data, durable=durable)
        self.entries.append(entry)

    def close(self) -> None:
        self.file.close()
