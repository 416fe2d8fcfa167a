"""The fault and the info memory: status bytes, entries, healing, ageing, displacement.

A key (``component.symptom``) may live in both memories. Its status byte exists once per memory,
from the first start on; an *entry* exists while the byte is pending or confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opensos.rules.readiness import status as bits
from opensos.rules.readiness.dtc import Dtc, FreezeFrame, Memory
from opensos.rules.readiness.events import FaultChanged
from opensos.rules.readiness.readings import Component

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opensos.rules.readiness.events import Change
    from opensos.rules.readiness.profile import Profile

ALL_GROUPS: Final = 0xFFFFFF
MEMORIES: Final[tuple[Memory, Memory]] = ("fault", "info")
_MOST = 255
EVENT_PRIORITY: Final = 4
"""What merely happened is displaced first."""


@dataclass(slots=True)
class Entry:
    """What is kept of one fault besides its status byte."""

    key: str
    order: int  # rises with each failure: the newest first
    priority: int = 3  # 1 is displaced last
    occurrences: int = 0
    trips: int = 0
    passed_cycles: int = 0
    first_utc: float | None = None
    last_utc: float | None = None
    first: FreezeFrame | None = None
    latest: FreezeFrame | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """One completed test that failed.

    Attributes:
        key: ``component.symptom``.
        priority: 1 most important, 3 least, 4 an event.
        trips: cycles with a failure until it is confirmed.
        frame: what else was the case.
        warns: whether the driver is warned of it.
    """

    key: str
    priority: int
    trips: int
    frame: FreezeFrame
    warns: bool = True


class Bank:
    """One memory, fault or info, of bounded size."""

    __slots__ = ("_codes", "_order", "_size", "changed", "changes", "entries", "memory", "statuses")

    def __init__(self, memory: Memory, profile: Profile, size: int) -> None:
        self.memory = memory
        self._size = size
        self._order = 0
        codes = {
            key: row.fault if memory == "fault" else row.info for key, row in profile.rows.items()
        }
        self._codes: dict[str, int] = {key: code for key, code in codes.items() if code is not None}
        self.statuses: dict[str, int] = dict.fromkeys(self._codes, bits.FRESH)
        self.entries: dict[str, Entry] = {}
        self.changes: list[FaultChanged] = []
        """What must be told; the caller takes and empties it."""
        self.changed = False
        """Whether anything that must be written at once has changed; the caller resets it."""

    # --- tests --------------------------------------------------------------------------------

    def failed(self, failure: Failure) -> bool:
        """Take in a failed test; return whether it is confirmed now."""
        key = failure.key
        if key not in self._codes:
            return False
        before = self.statuses[key]
        entry = self.entries.get(key)
        if before & bits.TEST_FAILED and entry is not None:
            self._remeet(key, before, entry, failure)
            return bool(self.statuses[key] & bits.CONFIRMED)
        if entry is None:
            if not self._make_room(failure):
                self._set(key, bits.forgotten(bits.failed(before, confirmed=False)), warns=False)
                return True  # no room for its entry; that takes nothing from what it means
            entry = self._enter(failure)
        new = self._count(before, entry, failure)
        self._note(key, "appeared" if new else "returned")
        if self.statuses[key] & bits.CONFIRMED and not before & bits.CONFIRMED:
            self._note(key, "confirmed")
        return bool(self.statuses[key] & bits.CONFIRMED)

    def _remeet(self, key: str, before: int, entry: Entry, failure: Failure) -> None:
        """A test that failed before fails again: in a later cycle that is a further trip."""
        if not before & bits.FAILED_THIS_CYCLE:
            entry.trips += 1
        self._set(
            key, bits.failed(before, confirmed=entry.trips >= failure.trips), warns=failure.warns
        )
        if self.statuses[key] != before:
            entry.last_utc, entry.latest = failure.frame.utc, failure.frame
            entry.passed_cycles = 0
            what: Change = "returned"
            if (self.statuses[key] ^ before) & bits.CONFIRMED:
                what = "confirmed"
            self._note(key, what)

    def _enter(self, failure: Failure) -> Entry:
        entry = Entry(failure.key, self._order, failure.priority)
        entry.first_utc = failure.frame.utc
        entry.first = failure.frame
        self.entries[failure.key] = entry
        return entry

    def _count(self, before: int, entry: Entry, failure: Failure) -> bool:
        """Count one appearance; return whether it is the first one of the entry."""
        self._order += 1
        entry.order = self._order
        new = entry.occurrences == 0
        entry.occurrences = min(_MOST, entry.occurrences + 1)
        if new or not before & bits.FAILED_THIS_CYCLE:
            entry.trips += 1
        entry.passed_cycles = 0
        entry.last_utc, entry.latest = failure.frame.utc, failure.frame
        if entry.first_utc is None:
            entry.first_utc = failure.frame.utc
        confirmed = entry.trips >= failure.trips
        self._set(failure.key, bits.failed(before, confirmed=confirmed), warns=failure.warns)
        return new

    def _set(self, key: str, status: int, *, warns: bool) -> None:
        if warns and status & bits.CONFIRMED:
            status |= bits.WARNING_REQUESTED
        self.changed = self.changed or status != self.statuses[key]
        self.statuses[key] = status

    def passed(self, keys: Iterable[str]) -> bool:
        """Take in a completed test that found none of these; return whether a bit moved."""
        moved = False
        for key in keys:
            before = self.statuses.get(key)
            if before is None:
                continue
            after = bits.passed(before)
            if after == before:
                continue
            moved = True
            self.statuses[key] = after
            if before & bits.TEST_FAILED:
                self.changed = True
                self._note(key, "passed")
        return moved

    def event(self, key: str, frame: FreezeFrame) -> None:
        """Log that something happened: confirmed at once, and over at once."""
        if key not in self._codes:
            return
        told = len(self.changes)
        self.failed(Failure(key, EVENT_PRIORITY, 1, frame, warns=False))
        self.statuses[key] &= ~bits.TEST_FAILED
        del self.changes[told:]
        self.changed = True
        self._note(key, "event")

    def set_warning(self, keys: Iterable[str], *, on: bool) -> None:
        """Let bit 7 say what the lamp shows."""
        for key in keys:
            before = self.statuses.get(key)
            if before is not None:
                wanted = bits.WARNING_REQUESTED if on else 0
                self.statuses[key] = (before & ~bits.WARNING_REQUESTED) | wanted
                self.changed = self.changed or self.statuses[key] != before

    # --- cycles -------------------------------------------------------------------------------

    def end_cycle(self, heal: int, ageing: int) -> None:
        """End an operation cycle: heal what was tested and well, forget what is old."""
        for key, before in tuple(self.statuses.items()):
            self.statuses[key] = bits.cycle_ended(before)
            entry = self.entries.get(key)
            if entry is None or before & (bits.FAILED_THIS_CYCLE | bits.TEST_FAILED):
                continue
            if entry.priority == EVENT_PRIORITY:  # never tested: a cycle without it is enough
                self.statuses[key] &= ~bits.PENDING
            elif before & bits.NOT_COMPLETED_THIS_CYCLE:
                continue
            entry.passed_cycles += 1
            if not before & bits.CONFIRMED:
                self.entries.pop(key)
            elif entry.passed_cycles >= heal + ageing:
                self._forget(key, "aged")
        self.changed = True

    def begin_cycle(self) -> None:
        """Begin an operation cycle: nothing was tested in it yet."""
        for key, before in self.statuses.items():
            self.statuses[key] = bits.cycle_began(before)
        self.changed = True

    # --- forgetting ---------------------------------------------------------------------------

    def clear(self, group: int) -> tuple[str, ...]:
        """Clear a code or all of them; return the keys whose tests count as not done."""
        keys = tuple(key for key, code in self._codes.items() if group in (ALL_GROUPS, code))
        for key in keys:
            if key in self.entries:
                self._note(key, "cleared")
            self.entries.pop(key, None)
            # Bit 7 says what the lamp shows, and that goes out by a passed test only.
            self.statuses[key] = bits.FRESH | (self.statuses[key] & bits.WARNING_REQUESTED)
            self.changed = True
        return keys

    def _forget(self, key: str, what: Change) -> None:
        self._note(key, what)
        self.entries.pop(key)
        self.statuses[key] = bits.forgotten(self.statuses[key])

    def _make_room(self, failure: Failure) -> bool:
        """Displace what matters least: what is over first, low priority first, then the oldest.

        Returns False if everything in the full memory matters more than what is to come.
        """
        if len(self.entries) < self._size:
            return True

        def rank(one: Entry) -> tuple[bool, int, int]:
            return (not self.statuses[one.key] & bits.TEST_FAILED, one.priority, -one.order)

        worst = max(self.entries.values(), key=rank)
        if rank(worst)[:2] < (False, failure.priority):
            return False
        self._forget(worst.key, "displaced")
        self.changed = True
        return True

    # --- seeing -------------------------------------------------------------------------------

    def _note(self, key: str, what: Change) -> None:
        dtc = self.dtc(key)
        if dtc is not None:
            self.changes.append(FaultChanged(dtc, what))

    def dtc(self, key: str) -> Dtc | None:
        """Return one entry as others see it."""
        entry = self.entries.get(key)
        if entry is None:
            return None
        component, _, symptom = key.partition(".")
        frames = [entry.first] if entry.first is not None else []
        if entry.latest is not None and entry.latest != entry.first:
            frames.append(entry.latest)
        return Dtc(
            self._codes[key],
            key,
            Component(component),
            symptom,
            self.statuses[key],
            self.memory,
            entry.occurrences,
            entry.passed_cycles,
            entry.first_utc,
            entry.last_utc,
            None,
            tuple(frames),
        )

    def dtcs(self) -> tuple[Dtc, ...]:
        """Return every entry, newest first."""
        newest = sorted(self.entries.values(), key=lambda one: -one.order)
        return tuple(dtc for one in newest if (dtc := self.dtc(one.key)) is not None)

    def by_code(self) -> tuple[tuple[int, int], ...]:
        """Return (code, status) of every code; keys that share a code are merged by OR."""
        merged: dict[int, int] = {}
        for key, code in self._codes.items():
            merged[code] = merged.get(code, 0) | self.statuses[key]
        return tuple((code, _sound(byte)) for code, byte in sorted(merged.items()))

    def overflowed(self) -> bool:
        """Return whether the memory is full."""
        return len(self.entries) >= self._size

    def holds(self, key: str) -> bool:
        """Return whether the profile keeps this key here."""
        return key in self._codes

    @property
    def order(self) -> int:
        """Return the number of the newest failure."""
        return self._order

    @order.setter
    def order(self, value: int) -> None:
        self._order = value


def _sound(status: int) -> int:
    """After a merge: what failed was tested."""
    if status & bits.FAILED_THIS_CYCLE:
        status &= ~bits.NOT_COMPLETED_THIS_CYCLE
    if status & bits.FAILED_SINCE_CLEAR:
        status &= ~bits.NOT_COMPLETED_SINCE_CLEAR
    return status
