"""A pretend telematics unit, where ours does not run: for recordings and for older families.

It stores what the catalogue of faults says that such a unit stores, answers the data and routines
that the facts name, and asks the cluster for its warning. A fault of the backup battery stays
active until it is cleared, however good the new battery is.

Deliberately absent: calls. It never makes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from opensos.ports import Parts
from opensos.protocols.uds import FAULT_MEMORY, INFO_MEMORY, Nrc, ResetKind, RoutineKind, Status
from opensos.rules.readiness.readings import Circuit, Component
from opensos.sim.ecus import words
from opensos.sim.ecus.memory import Watch
from opensos.sim.ecus.unit import BOOT_S, ControlUnit
from opensos.sim.faults import Code, faults
from opensos.sim.view import WorldView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opensos.protocols.uds import Read
    from opensos.rules.readiness.readings import AntennaReading
    from opensos.sim.ecus.generations import Generation
    from opensos.sim.ecus.surroundings import Surroundings
    from opensos.sim.ecus.unit import Value

ANTENNA_TEST, FIT_TEST, HOLD_SOS_BACK = 0xA05E, 0xA05F, 0xA089
RING_SEARCHED = 0x00D690
WAKE_UP_FAILED = 0x00D68D

TEST_S = 1.0
_ANTENNAS = {1: "main", 2: "second", 4: "gnss", 8: "emergency"}
_MEMORY = {"fault": FAULT_MEMORY, "info": INFO_MEMORY}
_WARNINGS = {"fails": "warning.failure", "limited": "warning.limited"}


class CarAround(WorldView, Parts, Protocol):
    """The pretend car, as the unit in it sees it."""


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
        self._tests: dict[int, tuple[int, float]] = {}  # routine -> (what was asked, when)
        self.sos_held_back = False
        self._warns = _severities(generation.telematics)
        super().__init__(generation.telematics, "telematics", self._watches(), data)

    # --- time ------------------------------------------------------------------------------------

    def observe(self, seen: Surroundings) -> None:
        """See how things are, and what the faults that show make such a unit store."""
        self._now = self._car.codes(seen.at)
        super().observe(seen)

    def present(self, now: float) -> bool:
        """Return whether it answers: it has power, from wherever, and is not starting up."""
        if self._car.power(now).source == "none" or self._down_at <= now < self._up_at:
            return False
        every = self._car.damage(now).reset_every_s
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
        if rid == HOLD_SOS_BACK and kind in {RoutineKind.START, RoutineKind.STOP}:
            self.sos_held_back = kind == RoutineKind.START
            return b""
        if rid not in {ANTENNA_TEST, FIT_TEST} or kind == RoutineKind.STOP:
            return Nrc.REQUEST_OUT_OF_RANGE
        if kind == RoutineKind.START:
            what = int.from_bytes(data, "big")
            known = set(_ANTENNAS) if rid == ANTENNA_TEST else set(_fitted_bits())
            if len(data) not in {1, 2} or what not in known:
                return Nrc.REQUEST_OUT_OF_RANGE
            self._tests[rid] = (what, now)
            return bytes((words.TEST_RUNNING,))
        return self._result(rid, now)

    # --- inside ----------------------------------------------------------------------------------

    def _live(self) -> Mapping[int, Callable[[float], bytes]]:
        car, newest = self._car, self._generation.id == "new"
        if self._generation.ring:
            return {}
        return {
            0xD029: lambda now: words.backup_battery(car.backup(now)),
            0xD035: lambda now: words.network(car.modem(now), radio=newest),
            0xD0E1: lambda now: words.satellites(car.receiver(now)),
            0xD09B: lambda now: words.button(car.button(now)),
            0xD0D7: self._self_test,
            0x2000: self._infos,
        }

    def _self_test(self, now: float) -> bytes:
        """The last self-test's status: a fault if any is active."""
        del now
        codes = self.memory.statuses(FAULT_MEMORY)
        failed = any(dtc.status & Status.TEST_FAILED for dtc in codes)
        return bytes((words.TEST_FAULT if failed else words.TEST_OK,))

    def _infos(self, now: float) -> bytes:
        """The info memory as older units give it: three bytes of code and the status, each."""
        del now
        shown = self.memory.stored(INFO_MEMORY)
        return b"".join(
            dtc.code.to_bytes(3, "big") + bytes((dtc.status,))
            for dtc in self.memory.statuses(INFO_MEMORY)
            if dtc.code in shown
        )

    def _result(self, rid: int, now: float) -> bytes:
        test = self._tests.get(rid)
        if test is None:
            return bytes((words.TEST_NOT_STARTED,))
        what, started = test
        if now - started < TEST_S:
            return bytes((words.TEST_RUNNING,))
        if rid == ANTENNA_TEST:
            return words.antenna_test(self._antenna(_ANTENNAS[what], now))
        return bytes((words.TEST_OK if self._fits(what, now) else words.TEST_FAULT,))

    def _antenna(self, name: str, now: float) -> AntennaReading | None:
        return next((one for one in self._car.antennas(now) or () if one.name == name), None)

    def _fits(self, bit: int, now: float) -> bool:
        """Whether a part is there and connected."""
        name = _fitted_bits()[bit]
        car, audio = self._car, self._car.audio(now)
        one = self._antenna(name, now)
        backup, press, lamp, line = (
            car.backup(now),
            car.button(now),
            car.lamp(now),
            car.airbag_line(now),
        )
        circuits = {
            "speaker": audio and audio.speaker,
            "microphone": audio and audio.microphone,
            "button": press and press.fitted and press.circuit,
            "led": lamp and lamp.circuit,
            "battery": backup and backup.fitted and backup.circuit,
            "airbag": line and line.circuit,
        }
        return (one.circuit if one else circuits.get(name)) is Circuit.OK

    def _watches(self) -> list[Watch]:
        codes = {
            code: fault.component
            for fault in faults().values()
            for code in fault.codes
            if code.unit == self._generation.telematics
        }
        watches = [self._watch(code, component) for code, component in sorted(codes.items())]
        ring = {RING_SEARCHED: self._was_searched, WAKE_UP_FAILED: _ring_open}
        known = {watch.code for watch in watches}
        if self._generation.ring:
            watches += [Watch(c, look, 0.0) for c, look in ring.items() if c not in known]
        return watches

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


def _fitted_bits() -> Mapping[int, str]:
    return {
        0x001: "main",
        0x002: "second",
        0x004: "gnss",
        0x008: "speaker",
        0x010: "button",
        0x020: "led",
        0x040: "battery",
        0x080: "airbag",
        0x100: "emergency",
        0x200: "microphone",
    }
