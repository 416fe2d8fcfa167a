"""What the unit's tests share: a unit with a pretend car, a pretend clock and a pretend bearer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opensos.apps.vehicle import Unit, UnitConfig
from opensos.apps.vehicle.fittings import Fittings
from opensos.apps.vehicle.plans import health_plan
from opensos.ports import CallLoad, JournalContents, JournalEntry, JournalFinding
from opensos.protocols.effects import RoadError
from opensos.protocols.msd import Msd, decode
from opensos.rules.emergency import Answered, Settings
from opensos.sim.car import PretendCar
from opensos.sim.clock import PretendClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opensos.ports import DataPath
    from opensos.rules.emergency import Dial, Report

AT_ONCE = UnitConfig(procedure=Settings(cancel_window_s=0))


@dataclass
class MemoryJournal:
    """A journal that keeps what it is given; ``full`` makes its disk full."""

    entries: list[JournalEntry] = field(default_factory=list)
    findings: tuple[JournalFinding, ...] = ()
    full: bool = False

    def read(self) -> JournalContents:
        if self.full:
            raise RoadError("The disk is gone.")
        return JournalContents(tuple(self.entries), self.findings)

    def append(
        self, kind: str, utc: float, data: Mapping[str, Any], *, durable: bool = False
    ) -> None:
        if self.full:
            raise RoadError("The disk is full.")
        self.entries.append(JournalEntry(kind, utc, dict(data), durable))

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class PretendBearer:
    """Keeps what it is asked, in order, and how many journal entries there were by then."""

    journal: MemoryJournal
    asked: list[tuple[str, Any]] = field(default_factory=list)
    journal_at_dial: list[int] = field(default_factory=list)
    tell: Callable[[Report], None] | None = None

    def listen(self, tell: Callable[[Report], None]) -> None:
        self.tell = tell

    def report(self, report: Report) -> None:
        assert self.tell is not None
        self.tell(report)

    def dial(self, order: Dial, load: CallLoad) -> None:
        self.journal_at_dial.append(len(self.journal.entries))
        self.asked.append(("dial", (order, load)))

    def send_data(self, call: str, msd: bytes) -> None:
        self.asked.append(("send_data", (call, msd)))

    def cannot_send(self, call: str) -> None:
        self.asked.append(("cannot_send", call))

    def hang_up(self, call: str) -> None:
        self.asked.append(("hang_up", call))

    def answer_callback(self, call: str) -> None:
        self.asked.append(("answer_callback", call))

    def decline(self, call: str) -> None:
        self.asked.append(("decline", call))

    @property
    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.asked]

    @property
    def dials(self) -> list[tuple[Dial, CallLoad]]:
        return [what for verb, what in self.asked if verb == "dial"]

    @property
    def messages(self) -> list[Msd]:
        """Every MSD that went out, decoded without a single finding above 'info'."""
        loads = [
            what[1].msd if verb == "dial" else what[1]
            for verb, what in self.asked
            if verb in {"dial", "send_data"}
        ]
        return [read(load) for load in loads]


def read(data: bytes) -> Msd:
    decoded = decode(data)
    assert decoded.msd is not None
    assert [f for f in decoded.findings if f.level != "info"] == []
    return decoded.msd


@dataclass
class Garage:
    """A unit and all that is around it; time passes by ``drive``."""

    config: UnitConfig = AT_ONCE
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    clock: PretendClock = field(default_factory=PretendClock)
    car: PretendCar = field(default_factory=PretendCar)

    fitted: bool = False
    paths: tuple[DataPath, ...] = ()

    def __post_init__(self) -> None:
        self.bearer = PretendBearer(self.journal)
        self.restarts: list[str] = []
        fittings = Fittings(
            parts=self.car if self.fitted else None,
            plan=health_plan("G") if self.fitted else None,
            paths=self.paths,
            restart=self.restarts.append,
        )
        self.unit = Unit(
            self.config,
            car=self.car,
            clock=self.clock,
            journal=self.journal,
            bearer=self.bearer,
            fittings=fittings,
        )
        self.unit.boot()

    def drive(self, seconds: float, step: float = 0.010) -> None:
        """Let time pass; the sensors are looked at and alarms ring as in a real unit."""
        for _ in range(round(seconds / step)):
            now = self.clock.advance(step)
            if self.unit.wake_at is not None and self.unit.wake_at <= now:
                self.unit.wake()
            self.unit.poll()

    def crash(self, scenario: str, seconds: float = 1.0) -> None:
        self.car.happen(scenario, self.clock.now())
        self.drive(seconds)

    def answer(self, *, received: bool | None = True) -> str:
        call = self.bearer.dials[-1][0].call
        self.bearer.report(Answered(call, received))
        return call

    def restarted(self) -> Garage:
        """Return the same car with a unit that has just got its power back."""
        return Garage(
            self.config, self.journal, self.clock, self.car, fitted=self.fitted, paths=self.paths
        )

    def hold_sos(self, seconds: float = 1.5) -> None:
        """Press the button of the car, hold it, let it go; it was seen free before."""
        self.drive(0.1)
        self.car.press_button(self.clock.now())
        self.drive(seconds)
        self.car.release_button(self.clock.now())
        self.drive(0.2)

    def stand(self) -> None:
        """Stop, with the ignition on and the engine off."""
        self.car.park(self.clock.now())
        self.car.ignition(self.clock.now(), on=True)
        self.drive(1.5, 0.05)

    @property
    def keys(self) -> list[str]:
        return [line.text_key for line in self.unit.diary.lines]
