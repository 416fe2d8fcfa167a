"""The emergency spool: an append-only file for what the database will not take.

One JSON line per change, synced to the disk. It is a last resort: often the same disk is full, so
writing it may fail too, and then the incident lives in memory until the database is back.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import RoadError
from opensos.rules.incident.log import Change, RawMessage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class EmergencySpool:
    """Appends changes to one file, and gives them back when the database works again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, changes: Iterable[Change], *, sync: bool = True) -> None:
        """Add changes (blocks for one disk write).

        Without ``sync`` they survive the death of this process, but not a power cut.

        Raises RoadError.
        """
        lines = "".join(_line(change) for change in changes)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                _write_whole(descriptor, lines.encode("ascii"))
                if sync:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise RoadError(
                f"The emergency spool {self.path} cannot be written: {error}"
            ) from error

    def read(self) -> tuple[list[Change], int]:
        """Return what the file holds, and how many lines could not be read (a torn last one)."""
        try:
            text = self.path.read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            return [], 0
        except OSError as error:
            raise RoadError(f"The emergency spool {self.path} cannot be read: {error}") from error
        changes: list[Change] = []
        torn = 0
        for line in filter(None, text.splitlines()):
            try:
                changes.append(_change(json.loads(line)))
            except (ValueError, TypeError, KeyError):
                torn += 1
        return changes, torn

    def clear(self, *, torn: bool = False) -> None:
        """Remove the file once all of it is in the database; one with torn lines is set aside."""
        try:
            if torn:
                self.path.replace(self.path.with_suffix(".torn"))
            else:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise RoadError(
                f"The emergency spool {self.path} cannot be removed: {error}"
            ) from error


def _write_whole(descriptor: int, data: bytes) -> None:
    view = memoryview(b"\n" + data)  # a line torn by an earlier failure must not swallow ours
    while view:
        view = view[os.write(descriptor, view) :]


def _line(change: Change) -> str:
    fields = asdict(change)
    fields["messages"] = [
        [m.kind, m.content_type, base64.b64encode(m.data).decode("ascii")] for m in change.messages
    ]
    return json.dumps(fields, separators=(",", ":")) + "\n"


def _change(fields: dict[str, Any]) -> Change:
    messages = tuple(
        RawMessage(kind, content_type, base64.b64decode(data))
        for kind, content_type, data in fields.pop("messages")
    )
    return Change(messages=messages, **fields)
