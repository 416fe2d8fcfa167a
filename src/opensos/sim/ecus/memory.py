"""The fault memory of a neighbour: what it tests, and the house's own memory of how that went.

Status bytes, healing, ageing and displacement are those of ``rules/readiness/memory.py``, as in our
own unit; this adds the debouncing of one-line tests and the shape that UDS asks for. An operation
cycle is an ignition cycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.uds import (
    ALL_GROUPS,
    FAULT_MEMORY,
    INFO_MEMORY,
    DtcStatus,
    ExtendedRecord,
    Nrc,
    Snapshot,
)
from opensos.rules.readiness import FreezeFrame, Profile, Row
from opensos.rules.readiness import status as bits
from opensos.rules.readiness.memory import Bank, Failure
from opensos.rules.readiness.readings import Component

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from opensos.sim.ecus.surroundings import Surroundings

HEAL_CYCLES = 3
AGEING_CYCLES = 40
ENTRIES = 32

FRAME_SUPPLY = 0xDAD6
"""Terminal 30 in a freeze frame, in tenths of a volt, under the DID that reads it at the body."""

FRAME_UTC = 0x1701
"""Civil time in a freeze frame, u32 seconds since 1970 (the DID's number is from memory)."""

_MOST = 255
_PRIORITY = 3


@dataclass(frozen=True, slots=True)
class Watch:
    """One test of a unit.

    Attributes:
        code: 24 bits.
        look: True = failed, False = passed, None = the test means nothing now.
        debounce_s: How long it must fail before the code is stored, and pass before it is not
            active any more.
        memory: Of which memory the code is.
    """

    code: int
    look: Callable[[Surroundings], bool | None]
    debounce_s: float = 2.0
    memory: int = FAULT_MEMORY

    @property
    def key(self) -> str:
        """Return its name in the memory; neighbours blame the bus, and who it is says the code."""
        return f"{Component.BUS}.{self.memory}_{self.code:06x}"


@dataclass(slots=True)
class _Finding:
    verdict: bool | None = None  # of the looks that agree
    since: float = 0.0


class Memory:
    """The fault and info memory of one unit.

    Args:
        watches: Its tests.
    """

    def __init__(self, watches: Iterable[Watch]) -> None:
        self._watches = tuple(watches)
        self._findings = {watch.key: _Finding() for watch in self._watches}
        rows = {
            watch.key: Row(
                watch.key,
                watch.code if watch.memory == FAULT_MEMORY else None,
                watch.code if watch.memory == INFO_MEMORY else None,
            )
            for watch in self._watches
        }
        profile = Profile("neighbour", "", rows)
        self._banks = {
            FAULT_MEMORY: Bank("fault", profile, ENTRIES),
            INFO_MEMORY: Bank("info", profile, ENTRIES),
        }
        self._ignition: bool | None = None
        self._recording = True

    def step(self, seen: Surroundings) -> None:
        """Look once; between two looks a finding is taken to have lasted if both have it."""
        self._cycle(seen.ignition_on)
        for watch in self._watches:
            finding = self._findings[watch.key]
            verdict = watch.look(seen)
            if verdict is not finding.verdict:
                finding.verdict, finding.since = verdict, seen.at
            if verdict is None or seen.at - finding.since < watch.debounce_s:
                continue
            bank = self._banks[watch.memory]
            if verdict and self._recording:
                frame = FreezeFrame(seen.utc, (("supply_v", seen.supply_v),))
                bank.failed(Failure(watch.key, _PRIORITY, 1, frame, warns=False))
            elif not verdict:
                bank.passed([watch.key])
            bank.changes.clear()

    def record(self, *, on: bool) -> None:
        """Go on or stop to store faults (UDS 0x85)."""
        self._recording = on

    def statuses(self, memory: int) -> Sequence[DtcStatus]:
        """Return the status byte of every code of a memory."""
        bank = self._banks.get(memory)
        return [DtcStatus(code, byte) for code, byte in bank.by_code()] if bank else []

    def stored(self, memory: int = FAULT_MEMORY) -> frozenset[int]:
        """Return the codes that a tester sees: pending or confirmed."""
        wanted = bits.PENDING | bits.CONFIRMED
        return frozenset(dtc.code for dtc in self.statuses(memory) if dtc.status & wanted)

    def snapshots(self, code: int, memory: int) -> Sequence[Snapshot]:
        """Return the first and the latest freeze frame of a code."""
        bank = self._banks.get(memory)
        frames = [
            f for dtc in (bank.dtcs() if bank else ()) if dtc.code == code for f in dtc.frames
        ]
        return [
            Snapshot(number, ((FRAME_SUPPLY, _tenths(frame)), (FRAME_UTC, _seconds(frame))))
            for number, frame in enumerate(frames, start=1)
        ]

    def extended(self, code: int, memory: int) -> Sequence[ExtendedRecord]:
        """Return occurrences (record 1) and passed cycles since the last one (record 2)."""
        bank = self._banks.get(memory)
        for dtc in bank.dtcs() if bank else ():
            if dtc.code == code:
                return [
                    ExtendedRecord(0x01, bytes((min(dtc.occurrences, _MOST),))),
                    ExtendedRecord(0x02, bytes((min(dtc.ageing, _MOST),))),
                ]
        return []

    def clear(self, group: int, memory: int) -> Nrc | None:
        """Forget a code or all; what is still wrong comes back after its debounce time."""
        bank = self._banks.get(memory)
        keys = bank.clear(group) if bank else ()
        for key in keys:
            self._findings[key].verdict = None
        return None if keys or group == ALL_GROUPS else Nrc.REQUEST_OUT_OF_RANGE

    def _cycle(self, ignition: bool) -> None:  # noqa: FBT001
        if ignition == self._ignition:
            return
        before, self._ignition = self._ignition, ignition
        for bank in self._banks.values():
            if ignition:
                bank.begin_cycle()
            elif before is not None:
                bank.end_cycle(HEAL_CYCLES, AGEING_CYCLES)
            bank.changes.clear()


def _tenths(frame: FreezeFrame) -> bytes:
    volts = dict(frame.data).get("supply_v")
    known = float(volts) if isinstance(volts, int | float) else 0.0
    return round(min(6553.0, max(0.0, known * 10))).to_bytes(2, "big")


def _seconds(frame: FreezeFrame) -> bytes:
    return int(min(0xFFFF_FFFF, max(0.0, frame.utc or 0.0))).to_bytes(4, "big")
