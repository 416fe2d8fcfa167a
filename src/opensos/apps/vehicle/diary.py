"""The journal for people: the last lines of what happened, on the page and on disk.

Lines are text keys with a few plain values; no position, no VIN, no name ever goes in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from opensos.rules.emergency import DATA_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opensos.ports import JournalEntry

TEXT_KEYS = (
    *("crash_measured", "no_trigger", "sensor_failed", "journal_failed", "journal_damaged"),
    *("vin_unusable", "data_reduced", "location_unknown", "sos_held_back", "sos_touched"),
    *("button_stuck", "button_bouncing", "button_freed", "gesture_failed"),
    *("lamp_failed", "sound_failed", "tone_test_failed", "antenna", "antenna_failed"),
    *("readiness_ready", "readiness_limited", "readiness_not_ready", "readiness_unknown"),
    *("fault_appeared", "fault_confirmed", "fault_returned", "fault_passed", "fault_aged"),
    *("fault_displaced", "fault_cleared", "fault_event", "faults_cleared"),
    *("warning_on", "warning_off", "self_test_ended"),
    *("service_entered", "service_ended", "service_refused", "reset", "reset_refused"),
    *("soft_reset", "hard_reset", "asked_to_sleep", "update_begun", "workshop_code"),
    *("data_not_made", *DATA_KEYS),
    *("ignition_on", "ignition_off", "car_engine", "car_drive", "car_stop", "car_park"),
    *("fault_injected", "fault_taken_out", "action_done"),
)
"""Keys that the unit adds to those of ``rules.emergency.TEXT_KEYS``."""

_KEPT = 200
_RECALLED = 60
_MAX_UTC = 253_402_300_799.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line: civil time (s since 1970), where it comes from, its text key and values."""

    utc: float
    kind: str
    text_key: str
    data: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the line as the Car API has it."""
        return {
            "at": iso(self.utc),
            "kind": self.kind,
            "text_key": self.text_key,
            "data": self.data,
        }


class Diary:
    """The newest lines, oldest first."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=_KEPT)
        self._count = 0

    def add(self, line: Line) -> None:
        """Add a line; the oldest falls out."""
        self._lines.append(line)
        self._count += 1

    def load(self, entries: Iterable[JournalEntry]) -> None:
        """Take the newest lines back from the disk, as old ones; what is no line is left out."""
        for entry in deque(entries, maxlen=_RECALLED):
            kind, key, data = (entry.data.get(name) for name in ("kind", "text_key", "data"))
            if isinstance(kind, str) and isinstance(key, str) and isinstance(data, dict):
                self._lines.append(Line(entry.utc, kind, key, data))

    @property
    def count(self) -> int:
        """How many lines were added since the start; only grows."""
        return self._count

    def after(self, count: int) -> tuple[Line, ...]:
        """Return the lines that came since ``count`` was this, as far as they are kept."""
        fresh = min(len(self._lines), max(0, self._count - count))
        return tuple(self._lines)[len(self._lines) - fresh :]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line that is kept."""
        return tuple(self._lines)


def iso(utc: float) -> str:
    """Return a civil time as ISO 8601 with milliseconds, in UTC."""
    moment = datetime.fromtimestamp(min(max(utc, 0.0), _MAX_UTC), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
