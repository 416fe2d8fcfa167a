"""What a monitor is, and how its looks at a part become a result (debounce)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from opensos.rules.readiness.outcome import Level, Outcome
from opensos.rules.readiness.scene import Need

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.rules.readiness.outcome import Figures, Verdict
    from opensos.rules.readiness.readings import Component, Readings
    from opensos.rules.readiness.scene import Scene

    Judge: TypeAlias = Callable[[Readings, Scene], Verdict]

Cycle: TypeAlias = Literal["continuous", "ignition", "on_demand"]
FORGET_AT_ONCE = float("inf")


@dataclass(frozen=True, slots=True)
class Symptom:
    """One way in which a part can fail.

    Attributes:
        name: the second half of the key ``component.symptom``.
        level: what it means for the call.
        warn: priority of the driver's warning, 1..3; 0 = the driver is not warned.
        event: nothing of the car is at fault; kept as an event in the info memory.
    """

    name: str
    level: Level = Level.LIMITED
    warn: int = 2
    event: bool = False


@dataclass(frozen=True, slots=True)
class Monitor:
    """One test of one part.

    Attributes:
        id: ``component.what``.
        component: the part that is blamed.
        symptoms: all that it can find.
        judge: looks at one moment.
        needs: conditions; while one is not fulfilled the test is not completed.
        fail_s: seconds of failing (of looks, for an on-demand test) until it has failed.
        pass_s: seconds of being well, without a break, until it has passed.
        forget: how much failing evidence one second of being well takes back.
        cycle: continuous, once per ignition, or on demand.
        retries: failing results of an on-demand test that are tried again.
        trips: operation cycles with a failure until the fault is confirmed.
    """

    id: str
    component: Component
    symptoms: tuple[Symptom, ...]
    judge: Judge
    needs: Need = Need.NOTHING
    fail_s: float = 10.0
    pass_s: float = 3.0
    forget: float = 0.5
    cycle: Cycle = "continuous"
    retries: int = 0
    trips: int = 1

    @property
    def keys(self) -> tuple[str, ...]:
        """Return ``component.symptom`` of everything that it can find."""
        return tuple(f"{self.component.value}.{one.name}" for one in self.symptoms)

    def symptom(self, name: str) -> Symptom:
        """Return the symptom of this name."""
        return next(one for one in self.symptoms if one.name == name)


class Running:
    """Where one monitor stands: evidence, the result of this self-test, and the last one known.

    ``outcome`` is of the present self-test; ``known`` outlives self-tests, cycles and restarts and
    is forgotten only by a clear.
    """

    __slots__ = (
        *("monitor", "bad", "good", "raw", "raw_symptom", "same", "outcome", "symptom", "data"),
        *("known", "known_symptom", "known_data", "fails", "mask", "on_demand", "skipped"),
    )

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.mask = monitor.needs.value
        self.on_demand = monitor.cycle == "on_demand"
        self.known: Outcome = Outcome.NOT_COMPLETED
        self.known_symptom: str | None = None
        self.known_data: Figures = ()
        self.bad = 0.0
        self.again()

    def forget(self) -> None:
        """After a clear: nothing was tested."""
        self.again()
        self.known = Outcome.NOT_COMPLETED
        self.known_symptom = None
        self.known_data = ()

    def again(self, *, keep_evidence: bool = False) -> None:
        """Begin anew; what is known stays known.

        ``keep_evidence``: what has been failing for long need not fail as long again.
        """
        self.bad = self.bad if keep_evidence else 0.0
        self.good = 0.0
        self.same = 0.0
        self.fails = 0
        self.raw: Outcome = Outcome.NOT_COMPLETED
        self.raw_symptom: str | None = None
        self.outcome: Outcome = Outcome.NOT_COMPLETED
        self.symptom: str | None = None
        self.data: Figures = ()
        self.skipped: str | None = None

    def look(self, readings: Readings, scene: Scene) -> bool:
        """Look once; return whether there is a new result."""
        if self.mask & ~scene.met:
            self.raw = Outcome.NOT_COMPLETED
            self.skipped = "condition"
            return False
        verdict = self.monitor.judge(readings, scene)
        before, self.raw = self.raw, verdict.outcome
        if verdict.outcome is Outcome.PASSED:
            if before is Outcome.PASSED is self.outcome and not self.bad:
                return False  # the usual look: it was well and still is
            return self._well(scene.dt if before is Outcome.PASSED else 0.0)
        if verdict.outcome is Outcome.FAILED:
            return self._ill(verdict, scene.dt if before is Outcome.FAILED else 0.0)
        self.skipped = verdict.symptom
        return False

    def _well(self, dt: float) -> bool:
        """Take in a good look. Only time between two good looks is known to have been good."""
        self.good += dt
        self.fails = 0
        self.raw_symptom = None
        if self.bad:
            forget = self.monitor.forget
            self.bad = 0.0 if forget == FORGET_AT_ONCE else max(0.0, self.bad - dt * forget)
        if self.outcome is Outcome.PASSED:
            return False
        if self.good < self.monitor.pass_s and not self.on_demand:
            return False
        if self.outcome is Outcome.FAILED:
            self.bad = 0.0
        self._end(Outcome.PASSED, None, ())
        return True

    def _ill(self, verdict: Verdict, dt: float) -> bool:
        """Take in a bad look."""
        self.good = 0.0
        self.bad += dt * verdict.weight
        self.fails += 1
        self.same = self.same + dt * verdict.weight if verdict.symptom == self.raw_symptom else 0.0
        self.raw_symptom = verdict.symptom
        if self.on_demand:
            enough = self.fails > self.monitor.retries
        else:
            enough = self.bad >= self.monitor.fail_s
        if not enough:
            return False
        if self.outcome is Outcome.FAILED:
            changed = verdict.symptom != self.symptom and self.same >= self.monitor.fail_s
            if not changed:
                return False
        self._end(Outcome.FAILED, verdict.symptom, verdict.data)
        return True

    def _end(self, outcome: Outcome, symptom: str | None, data: Figures) -> None:
        self.outcome = self.known = outcome
        self.symptom = self.known_symptom = symptom
        self.data = self.known_data = data
        self.skipped = None
        # Evidence is capped: a fault of a week heals as fast as one of a minute.
        self.bad = min(self.bad, self.monitor.fail_s)
