"""What the unit writes down and reads back: every kind of record in its journal, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opensos.apps.vehicle.around import PART_FAILS
from opensos.apps.vehicle.crash import CrashFigures, figures_from_json
from opensos.rules.emergency import Kept, record_from_json
from opensos.rules.emergency.data_record import KeptData, data_record_from_json
from opensos.rules.resets import RestartsRecord, restarts_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opensos.ports import Clock, Journal, JournalEntry


@dataclass(slots=True)
class Recalled:
    """The newest of each kind that could be read; ``damaged`` counts what could not."""

    call: Kept | None = None
    crash: CrashFigures | None = None
    data: KeptData | None = None
    health: Mapping[str, Any] | None = None
    restarts: RestartsRecord | None = None
    workshop: str = ""
    airbag_told: bool = False
    notes: list[JournalEntry] = field(default_factory=list)
    damaged: int = 0


class Memory:
    """The journal of one unit.

    Args:
        journal: the disk.
        clock: gives each record its civil time.
        note: adds a line for people.
    """

    def __init__(self, journal: Journal, clock: Clock, note: Callable[..., None]) -> None:
        self._journal = journal
        self._clock = clock
        self._note = note
        self._failed = False
        self._closed = False

    @property
    def failed(self) -> bool:
        """Whether the last write was not taken."""
        return self._failed

    def write(self, kind: str, data: Mapping[str, Any], *, durable: bool = False) -> None:
        """Write to the journal; when the disk does not take it, say so once and go on.

        Late news of a unit that was closed is nobody's: written, it would take the journal (and its
        lock) away from the unit that has started since.
        """
        if self._closed:
            return
        try:
            self._journal.append(kind, self._clock.utc(), data, durable=durable)
        except Exception as error:  # noqa: BLE001  # however a disk fails: the call goes on
            if not self._failed:
                self._failed = True
                self._note("journal_failed", reason=str(error))
            return
        self._failed = False

    def recall(self) -> Recalled:
        """Return what is there; a journal that cannot be read is a finding, not the end."""
        found = Recalled()
        try:
            contents = self._journal.read()
        except Exception as error:  # noqa: BLE001  # however a disk fails: the call goes on
            self._failed = True  # said once: the line about it cannot be written either
            self._note("journal_failed", reason=str(error))
            return found
        found.damaged = len(contents.findings)
        for entry in contents.entries:
            try:
                _take(found, entry)
            except PART_FAILS:
                found.damaged += 1
        return found

    def close(self) -> None:
        """Let go of the disk, for good."""
        self._closed = True
        self._journal.close()


def _take(found: Recalled, entry: JournalEntry) -> None:
    match entry.kind:
        case "note":
            found.notes.append(entry)
        case "state":
            found.call = Kept(entry.utc, record_from_json(entry.data))
        case "crash":
            found.crash = figures_from_json(entry.data)
        case "data":
            found.data = KeptData(entry.utc, data_record_from_json(entry.data))
        case "health":
            found.health = entry.data
        case "workshop":
            found.workshop = str(entry.data.get("code", ""))[:16]
        case "airbag":
            found.airbag_told = entry.data.get("told") is True
        case "restarts":
            found.restarts = restarts_from_json(entry.data)
