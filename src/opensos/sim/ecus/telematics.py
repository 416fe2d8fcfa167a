"""A pretend telematics unit, where ours does not run: for recordings and for older families.

It stores what the catalogue of faults says that such a unit stores, answers the data and routines
that the facts name, and asks the cluster for its warning. A fault of the backup battery stays
active until it is cleared, however good the new battery is.

Deliberately absent: calls. It never makes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from opensos.ports import Parts
from opensos.protocols import bmw
from opensos.protocols.uds import FAULT_MEMORY, INFO_MEMORY, Nrc, ResetKind, RoutineKind, Status
from opensos.rules.readiness import bmw_data as words
from opensos.rules.readiness.part_tests import PartTests
from opensos.rules.readiness.readings import Component
from opensos.sim.ecus.memory import Watch
from opensos.sim.ecus.unit import BOOT_S, ControlUnit
from opensos.sim.faults import Code, faults
from opensos.sim.view import WorldView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opensos.protocols.uds import Read
    from opensos.rules.readiness.readings import Readings
    from opensos.sim.ecus.generations import Generation
    from opensos.sim.ecus.surroundings import Surroundings
    from opensos.sim.ecus.unit import Value

RING_SEARCHED = 0x00D690
WAKE_UP_FAILED = 0x00D68D

_MEMORY = {"fault": FAULT_MEMORY, "info": INFO_MEMORY}
_WARNINGS = {"fails": "warning.failure", "limited": "warning.limited"}


class CarAround(WorldView, Parts, Protocol):
    """The pretend car, as the unit in it sees it."""

    def readings(self, now: float) -> Readings:
        """Return everything that the parts say at one moment."""
        ...


class PretendTelematics(ControlUnit):
    """The unit that makes the SOS call in the cars of one generation.

    Args:
        generation: Decides address, variant and numbering.
        car: The car around it.
        data: Its identification by DID.
        act: Does to the car what a reset does to it.
    """

    def __init__(
        self,
        generation: Generation,
        car: CarAround,
        data: Mapping[int, Value],
        act: Callable[[str, float], object],
    ) -> None:
        self._act = act
        self._generation = generation
        self._car = car
        self._now: frozenset[Code] = frozenset()
        self._searched_at: float | None = None
        self._tests = PartTests()
        self.sos_held_back = False
        self._warns = _severities(generation.telematics)
        super().__init__(generation.telematics, "telematics", self._watches(), data)

    # --- time ------------------------------------------------------------------------------------

    def observe(self, seen: Surroundings) -> None:
        """See how things are, and what the faults that show make such a unit store."""
        self._now = self._car.codes(seen.at)
        super().observe(seen)

    def present(self, now: float) -> bool:
        """Return whether it answers: it has power, from wherever, runs, and is not starting up."""
        damage = self._car.damage(now)
        if damage.hang or self._car.power(now).source == "none":
            return False
        if self._down_at <= now < self._up_at:
            return False
        every = damage.reset_every_s
        return not every or now % every >= min(BOOT_S, every / 2)

    def reset(self, kind: int, now: float) -> Nrc | None:
        """Restart, or sleep; what a restart does to the car around it is the car's business."""
        if kind != ResetKind.SLEEP:
            self._act("unit_reset", now)
        return super().reset(kind, now)

    def ring_searched(self, now: float) -> None:
        """Take note that the master of the ring searched it."""
        self._searched_at = now

    def warning(self, now: float) -> str | None:
        """Return the text key of what it asks the cluster to show, the worst first."""
        del now
        active = {
            (memory, dtc.code)
            for memory in (FAULT_MEMORY, INFO_MEMORY)
            for dtc in self.memory.statuses(memory)
            if dtc.status & Status.TEST_FAILED
        }
        texts = {_WARNINGS[self._warns[key]] for key in active if self._warns.get(key) in _WARNINGS}
        return min(texts, default=None)  # "failure" stands before "limited"

    # --- what it is asked ------------------------------------------------------------------------

    def read(self, did: int, now: float) -> Read:
        """Return a DID's data."""
        live = self._live().get(did)
        return live(now) if live is not None else super().read(did, now)

    def routine(self, kind: int, rid: int, data: bytes, now: float) -> Read:
        """Run the antenna test, the fit test, or hold SOS messages back."""
        if rid == bmw.HOLD_SOS_MESSAGES and kind in {RoutineKind.START, RoutineKind.STOP}:
            self.sos_held_back = kind == RoutineKind.START
            return bmw.encode_status(bmw.Status.OK)
        return self._tests.ask(kind, rid, data, now, self._car.readings(now))

    # --- inside ----------------------------------------------------------------------------------

    def _live(self) -> Mapping[int, Callable[[float], bytes]]:
        car, newest = self._car, self._generation.id == "new"
        if self._generation.ring:
            return {}
        return {
            bmw.BACKUP_BATTERY: lambda now: words.backup_battery(car.backup(now)),
            bmw.NETWORK: lambda now: words.network(car.modem(now), radio=newest),
            bmw.GPS: lambda now: words.satellites(car.receiver(now)),
            bmw.SOS_BUTTON: lambda now: words.button(car.button(now)),
            bmw.SELF_TEST: self._self_test,
            bmw.INFO_MEMORY: self._infos,
        }

    def _self_test(self, now: float) -> bytes:
        """The last self-test's status: a fault if any is active."""
        del now
        codes = self.memory.statuses(FAULT_MEMORY)
        failed = any(dtc.status & Status.TEST_FAILED for dtc in codes)
        return bmw.encode_status(bmw.Status.FAULT if failed else bmw.Status.OK)

    def _infos(self, now: float) -> bytes:
        """The info memory as older units give it."""
        del now
        shown = self.memory.stored(INFO_MEMORY)
        return bmw.encode_info_memory(
            tuple(
                bmw.InfoEntry(dtc.code, dtc.status)
                for dtc in self.memory.statuses(INFO_MEMORY)
                if dtc.code in shown
            )
        )

    def _watches(self) -> list[Watch]:
        codes = {
            code: fault.component
            for fault in faults().values()
            for code in fault.codes
            if code.unit == self._generation.telematics
        }
        watches = [self._watch(code, component) for code, component in sorted(codes.items())]
        if not self._generation.ring:
            return watches
        ring = {RING_SEARCHED: self._was_searched, WAKE_UP_FAILED: _ring_open}
        others = [watch for watch in watches if watch.code not in ring]
        return others + [Watch(code, look, 0.0) for code, look in ring.items()]

    def _watch(self, code: Code, component: Component | None) -> Watch:
        def look(seen: Surroundings) -> bool | None:
            del seen
            if code in self._now:
                return True
            # The battery's fault is latched: only clearing lets the unit believe in a new one.
            return None if component is Component.BACKUP_BATTERY else False

        return Watch(code.code, look, 2.0, _MEMORY[code.memory])

    def _was_searched(self, seen: Surroundings) -> bool | None:
        del seen
        return None if self._searched_at is None else True


def _ring_open(seen: Surroundings) -> bool | None:
    return None if seen.ring_closed is None else not seen.ring_closed


def _severities(address: int) -> dict[tuple[int, int], str]:
    """What each code of a unit means for the SOS call; the worst of the faults that raise it."""
    rank = ("works", "limited", "fails")
    found: dict[tuple[int, int], str] = {}
    for fault in faults().values():
        for code in fault.codes:
            key = (_MEMORY[code.memory], code.code)
            if code.unit == address:
                found[key] = max(found.get(key, "works"), fault.sos, key=rank.index)
    return found
