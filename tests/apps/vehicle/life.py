"""A pretend car and the self-test in it, living on a pretend clock: days take seconds."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opensos.apps.vehicle.plans import health_plan
from opensos.protocols.effects import Effect, Tell
from opensos.rules.readiness import (
    AskToneTest,
    FaultChanged,
    Health,
    Level,
    SelfTestEnded,
    WarningChanged,
)
from opensos.sim.car import PretendCar
from opensos.sim.clock import PRETEND_UTC
from opensos.sim.daily import DAY_S, DailyLife, live

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opensos.rules.readiness import DriverWarning, Dtc, Reason
    from opensos.rules.readiness.readings import Component

CLOSE_S = 4.0  # between two looks while the self-test runs
FAR_S = 28.0  # and later in a drive: just awake. What is bad twice counts as bad all the while
SELF_TEST_S = 130.0
AFTER_PARKING_S = 20.0


@contextmanager
def untraced() -> Iterator[None]:
    """Let long lives run without coverage's tracer: it quadruples them, and others measure."""
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)


class Patient:
    """One car with its self-test; ``faults`` and ``warnings`` gather what it said."""

    def __init__(self, seed: int = 1, family: str = "G", start_utc: float = PRETEND_UTC) -> None:
        self.start_utc = start_utc
        self.car = PretendCar(start=0.0, utc_at_start=start_utc, seed=seed, family=family)
        plan = health_plan(family)
        self.now = 0.0
        self.health = Health(plan.profile, plan.settings)
        self.faults: list[tuple[float, Dtc, str]] = []
        self.warnings: list[tuple[float, DriverWarning]] = []
        self.tests_ended = 0
        self._ignition: bool | None = None

    @property
    def utc(self) -> float:
        return self.start_utc + self.now

    def look(self, now: float) -> None:
        """Let the unit look at everything once, at this steady time."""
        self.now = now
        if not self.car.world.powered(now):
            return
        readings = self.car.readings(now)
        ignition = readings.vehicle.ignition_on
        if ignition is not None and ignition is not self._ignition:
            self._ignition = ignition
            self._do(self.health.ignition(ignition, now))
        self._do(self.health.observe(readings, readings.clock.utc if readings.clock else None))

    def watch(self, seconds: float, step: float = CLOSE_S) -> None:
        """Let time pass and look at every step."""
        end = self.now + seconds
        while self.now + step <= end:
            self.look(self.now + step)

    def sleep(self, seconds: float) -> None:
        """Let time pass while the unit sleeps."""
        self.now += seconds

    def ask_for_test(self) -> None:
        """Ask for a self-test, the tone test included."""
        self._do(self.health.begin("request", self.now))

    def finish_test(self, longest: float = 130.0, step: float = CLOSE_S) -> None:
        """Look until the self-test that runs has ended."""
        before, end = self.tests_ended, self.now + longest
        while self.tests_ended == before and self.now + step <= end:
            self.look(self.now + step)

    def named(self) -> list[Reason]:
        """Return what the unit says of its parts, worst first; what was not tested is left out."""
        return [r for r in self.health.readiness.reasons if r.level is not Level.UNTESTED]

    def blamed(self) -> Component | None:
        """Return the part that the unit names first, None if it names none."""
        reasons = self.named()
        return reasons[0].component if reasons else None

    def grow_old(self, days: int, seed: int) -> None:
        """Let the car live so many days of an ordinary life at which the unit does not look."""
        for step in DailyLife(seed).steps(self.utc, days):
            if step.utc - self.start_utc > self.now:
                self.now = step.utc - self.start_utc
                live(self.car, step, self.now)

    def live(self, days: int, seed: int) -> None:
        """Live an ordinary life."""
        life = DailyLife(seed)
        awake_until = self.now
        close_until = self.now
        for step in life.steps(self.utc, days):
            at = step.utc - self.start_utc
            if at <= self.now:
                continue
            self._pass_until(at, awake_until, close_until)
            self.now = at
            live(self.car, step, at)
            if step.what == "drive":
                awake_until, close_until = at + DAY_S, at + SELF_TEST_S
            elif step.what == "park":
                awake_until = close_until = at + AFTER_PARKING_S

    def _pass_until(self, at: float, awake_until: float, close_until: float) -> None:
        tested = self.tests_ended
        while True:
            close = self.now < close_until and self.tests_ended == tested
            step = CLOSE_S if close else FAR_S
            if self.now + step >= min(at, awake_until):
                return
            self.look(self.now + step)

    def _do(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Tell(AskToneTest()):
                    self.car.test_tone(self.now)
                case Tell(SelfTestEnded()):
                    self.tests_ended += 1
                case Tell(FaultChanged(dtc, what)):
                    self.faults.append((self.now, dtc, what))
                case Tell(WarningChanged(warning)) if warning is not None:
                    self.warnings.append((self.now, warning))
