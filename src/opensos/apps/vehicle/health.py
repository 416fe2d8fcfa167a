"""Keeps the unit's health: feeds the self-test, writes its memory down, asks for its tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opensos.apps.vehicle.around import PART_FAILS
from opensos.apps.vehicle.collecting import collect
from opensos.protocols.effects import Effect, Tell, WakeAt
from opensos.rules.readiness import (
    AskToneTest,
    FaultChanged,
    Health,
    HealthNote,
    HealthSettings,
    ReadinessChanged,
    Remember,
    SelfTestEnded,
    WarningChanged,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opensos.apps.vehicle.around import Around
    from opensos.apps.vehicle.sensing import Senses
    from opensos.ports import Car, Clock, Parts
    from opensos.rules.readiness import Profile
    from opensos.rules.readiness.readings import Readings
    from opensos.rules.readiness.result import Why

LOOK_S = 1.0
"""How often every part is looked at while the car is awake."""


class HealthPlan(NamedTuple):
    """What the self-test is told: the numbering of faults, and its figures."""

    profile: Profile
    settings: HealthSettings


class HealthKeeper:
    """The self-test of one unit, wired to its parts.

    Args:
        plan: numbering and figures.
        around: the unit.
        car: sensors.
        parts: parts.
        senses: knows how the acceleration sensor is.
        clock: steady and civil time of the machine.
    """

    def __init__(
        self,
        plan: HealthPlan,
        around: Around,
        *,
        car: Car,
        parts: Parts,
        senses: Senses,
        clock: Clock,
    ) -> None:
        self._plan = plan
        self._car = car
        self._parts = parts
        self._senses = senses
        self._clock = clock
        self._around = around
        self.health = Health(plan.profile, plan.settings)
        self.readings: Readings | None = None
        self.wake_at: float | None = None
        self._look_at = float("-inf")
        self._ignition: bool | None = None
        self._said = "unknown"

    def boot(self, record: Mapping[str, Any] | None) -> None:
        """Go on from what was remembered."""
        now = self._clock.now()
        utc = self._senses.utc(now)
        self.health, effects = Health.restore(
            self._plan.profile, self._plan.settings, record, now, utc
        )
        self.do(effects)

    def look(self, now: float) -> None:
        """Look at every part if a second has passed, and do what is due."""
        if self.wake_at is not None and now >= self.wake_at:
            self.wake_at = None
            self.do(self.health.wake(now))
        if now >= self._look_at:
            self._look_at = now + LOOK_S
            self.observe(now)

    def observe(self, now: float) -> None:
        """Look at every part once, now."""
        readings = collect(
            self._car,
            self._parts,
            now,
            accelerometer=self._senses.accelerometer(now),
            in_call=self._around.in_call(),
            service_mode=self._around.in_service(),
        )
        self.readings = readings
        ignition = readings.vehicle.ignition_on
        if ignition is not None and ignition is not self._ignition:
            self._ignition = ignition
            self.do(self.health.ignition(ignition, now))
        utc = None if readings.clock is None else readings.clock.utc
        self.do(self.health.observe(readings, utc))

    def begin(self, why: Why) -> None:
        """Begin a self-test."""
        self.do(self.health.begin(why, self._clock.now()))

    def clear(self, group: int = 0xFFFFFF) -> None:
        """Clear both memories; what is still wrong comes back by its own test."""
        now = self._clock.now()
        self.do(self.health.clear(group, "fault", now))
        self.do(self.health.clear(group, "info", now))

    def event(self, key: str, **data: float | str | bool | None) -> None:
        """Log what happened to the unit."""
        self.do(self.health.report_event(key, self._clock.now(), tuple(data.items())))

    def do(self, effects: Iterable[Effect]) -> None:
        """Carry out what the self-test asks for, in its order."""
        for effect in effects:
            match effect:
                case WakeAt(when):
                    self.wake_at = when
                case Tell(Remember(record)):
                    self._around.remember("health", record)
                case Tell(AskToneTest()):
                    self._test_tone()
                case Tell(event):
                    self._tell(event)

    def _test_tone(self) -> None:
        try:
            self._parts.test_tone(self._clock.now())
        except PART_FAILS:
            self._around.note("tone_test_failed")

    def _tell(self, event: object) -> None:
        match event:
            case FaultChanged(dtc, what):
                self._around.note(f"fault_{what}", "health", code=f"{dtc.code:06X}", key=dtc.key)
            case WarningChanged(warning):
                key = "warning_off" if warning is None else "warning_on"
                text = None if warning is None else warning.text_key
                self._around.note(key, "health", text=text)
            case ReadinessChanged(readiness) if readiness.state != self._said:
                # Reasons come and go with the network: people get a line when the state changes.
                self._said = readiness.state
                self._around.note(f"readiness_{readiness.state}", "health")
            case SelfTestEnded(result):
                outcomes = [one.outcome.value for one in result.results.values()]
                self._around.note(
                    "self_test_ended",
                    "health",
                    why=result.why,
                    passed=outcomes.count("passed"),
                    failed=outcomes.count("failed"),
                    not_completed=outcomes.count("not_completed"),
                )
            case HealthNote(text_key, data):
                self._around.note(text_key, "health", **dict(data))
        self._around.changed()
