"""What survives a restart, as plain JSON values, and how it is read back.

Reading is tolerant: what another version or a damaged disk left is dropped piece by piece; what is
dropped counts as not tested.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from opensos.rules.readiness import status as bits
from opensos.rules.readiness.dtc import FreezeFrame
from opensos.rules.readiness.memory import Entry
from opensos.rules.readiness.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opensos.rules.readiness.forecast import Trend
    from opensos.rules.readiness.memory import Bank
    from opensos.rules.readiness.monitor import Running
    from opensos.rules.readiness.outcome import Figure, Figures

VERSION = 1
_MOST_FIGURES = 16


def bank_to_json(bank: Bank) -> dict[str, Any]:
    """Return one memory."""
    return {
        "order": bank.order,
        "statuses": {k: byte for k, byte in bank.statuses.items() if byte != bits.FRESH},
        "entries": [_entry_to_json(one) for one in bank.entries.values()],
    }


def _entry_to_json(entry: Entry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "order": entry.order,
        "priority": entry.priority,
        "occurrences": entry.occurrences,
        "trips": entry.trips,
        "passed_cycles": entry.passed_cycles,
        "first_utc": entry.first_utc,
        "last_utc": entry.last_utc,
        "first": frame_to_json(entry.first),
        "latest": frame_to_json(entry.latest),
    }


def frame_to_json(frame: FreezeFrame | None) -> dict[str, Any] | None:
    """Return a freeze frame."""
    return None if frame is None else {"utc": frame.utc, "data": dict(frame.data)}


def bank_from_json(bank: Bank, data: object) -> None:
    """Put one memory back, as far as it can be read."""
    if not isinstance(data, dict):
        return
    statuses = data.get("statuses")
    for key, byte in statuses.items() if isinstance(statuses, dict) else ():
        if bank.holds(key) and isinstance(byte, int) and 0 <= byte <= bits.AVAILABLE:
            bank.statuses[key] = byte
    entries = data.get("entries")
    for one in entries if isinstance(entries, list) else ():
        entry = _entry(one)
        if entry is not None and bank.holds(entry.key) and not bank.overflowed():
            bank.entries[entry.key] = entry
    orders = [entry.order for entry in bank.entries.values()]
    bank.order = max([_count(data.get("order")), *orders])
    for key, byte in bank.statuses.items():
        bank.statuses[key] = _consistent(byte, stored=key in bank.entries)
    for key in tuple(bank.entries):
        if not bank.statuses[key] & (bits.PENDING | bits.CONFIRMED):
            del bank.entries[key]


def _consistent(byte: int, *, stored: bool) -> int:
    """Return a byte that keeps the memory's own laws, whatever was on the disk."""
    if not stored:
        byte &= ~(bits.PENDING | bits.CONFIRMED)
    if byte & (bits.TEST_FAILED | bits.FAILED_THIS_CYCLE | bits.PENDING | bits.CONFIRMED):
        byte = (byte | bits.FAILED_SINCE_CLEAR) & ~bits.NOT_COMPLETED_SINCE_CLEAR
    if byte & bits.FAILED_THIS_CYCLE:
        byte &= ~bits.NOT_COMPLETED_THIS_CYCLE
    return byte


def _entry(data: object) -> Entry | None:
    if not isinstance(data, dict) or not isinstance(data.get("key"), str):
        return None
    entry = Entry(data["key"], _count(data.get("order")))
    entry.priority = min(4, max(1, _count(data.get("priority"), 3)))
    entry.occurrences = min(255, max(1, _count(data.get("occurrences"), 1)))
    entry.trips = max(1, _count(data.get("trips"), 1))
    entry.passed_cycles = _count(data.get("passed_cycles"))
    entry.first_utc = number(data.get("first_utc"))
    entry.last_utc = number(data.get("last_utc"))
    entry.first = _frame(data.get("first"))
    entry.latest = _frame(data.get("latest"))
    return entry


def _frame(data: object) -> FreezeFrame | None:
    if not isinstance(data, dict) or not isinstance(data.get("data"), dict):
        return None
    return FreezeFrame(number(data.get("utc")), _figures(data["data"]))


def _figures(data: Mapping[Any, Any]) -> Figures:
    found: list[tuple[str, Figure]] = []
    for name, value in list(data.items())[:_MOST_FIGURES]:
        if isinstance(name, str) and (value is None or isinstance(value, str | int | float)):
            found.append((name, value))
    return tuple(found)


def known_to_json(running: Running) -> list[Any] | None:
    """Return the last known result of a monitor, and evidence that took long to gather."""
    bad = round(running.bad) if running.monitor.fail_s > 300 else 0
    if running.known is Outcome.NOT_COMPLETED and not bad:
        return None
    return [running.known.value, running.known_symptom, dict(running.known_data), bad]


def known_from_json(running: Running, data: object) -> None:
    """Put the last known result back."""
    if not isinstance(data, list) or len(data) != 4:
        return
    outcome, symptom, figures, bad = data
    names = {one.name for one in running.monitor.symptoms}
    if outcome == Outcome.PASSED.value:
        running.known = Outcome.PASSED
    elif outcome == Outcome.FAILED.value and symptom in names:
        running.known = Outcome.FAILED
        running.known_symptom = symptom
        running.known_data = _figures(figures) if isinstance(figures, dict) else ()
    evidence = number(bad)
    if evidence is not None and running.monitor.fail_s > 300:
        running.bad = min(max(0.0, evidence), running.monitor.fail_s)


def trend_from_json(trend: Trend, data: object) -> None:
    """Put a trend back."""
    for point in data if isinstance(data, list) else ():
        if isinstance(point, list) and len(point) == 2:
            utc, value = number(point[0]), number(point[1])
            if utc is not None and value is not None:
                trend.points.append((utc, value))
    trend.points.sort()


def number(value: object) -> float | None:
    """Return a finite number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _count(value: object, default: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return default
    return min(value, 1 << 31)
