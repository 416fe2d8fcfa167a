"""From results of tests to readiness: what a call needs, what still works, why not.

An *ability* is broken when a part that it cannot do without has failed, and proven when tests of
its parts have passed. What is neither is unknown, and unknown is never called ready.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opensos.rules.readiness.outcome import Level, Outcome
from opensos.rules.readiness.readings import Component as C  # noqa: N817  # a long table below
from opensos.rules.readiness.result import Readiness, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opensos.rules.readiness.monitor import Running, Symptom
    from opensos.rules.readiness.result import Forecast, State


@dataclass(frozen=True, slots=True)
class Ability:
    """Something that the unit can do.

    Attributes:
        name: the text key is ``works.<name>``.
        parts: it cannot do without any of these.
        spare: of each group, one that is well is enough; a group of which nothing is known is no
            obstacle (a unit without antenna diagnosis).
        proofs: of each group of monitors, one must have passed.
    """

    name: str
    parts: tuple[C, ...]
    spare: tuple[tuple[C, ...], ...]
    proofs: tuple[tuple[str, ...], ...]


_CALL_PARTS = (C.MODEM, C.SIM, C.CODING, C.MODE)
_ANTENNAS = (C.MAIN_ANTENNA, C.SECOND_ANTENNA, C.EMERGENCY_ANTENNA)
_CALL_PROOFS = (("modem.answers",), ("sim.state",))
_TRIGGERS = (C.AIRBAG_LINE, C.ACCELEROMETER)

ABILITIES: Final = (
    Ability("call", _CALL_PARTS, (_ANTENNAS,), _CALL_PROOFS),
    Ability(
        "manual_call", (*_CALL_PARTS, C.BUTTON), (_ANTENNAS,), (*_CALL_PROOFS, ("button.free",))
    ),
    Ability(
        "automatic_call",
        _CALL_PARTS,
        (_ANTENNAS, _TRIGGERS),
        (*_CALL_PROOFS, ("airbag_line.alive", "accelerometer.stream")),
    ),
    Ability(
        "voice",
        (C.MICROPHONE, C.SPEAKER),
        (),
        (("microphone.line", "microphone.tone"), ("speaker.line", "speaker.tone")),
    ),
    Ability("position", (C.GNSS_RECEIVER, C.GNSS_ANTENNA), (), (("gnss_receiver.answers",),)),
    Ability(
        "without_car_battery",
        (C.BACKUP_BATTERY,),
        (),
        (("backup_battery.line", "backup_battery.health", "backup_battery.load"),),
    ),
)
_ORDER: Final = (Level.NOT_READY, Level.LIMITED, Level.UNTESTED, Level.PLACE, Level.ADVICE)
_BREAKS = (Level.NOT_READY, Level.LIMITED)


class _Picture:
    """What is known of every monitor and part at this moment."""

    def __init__(self, monitors: Iterable[Running], fitted: frozenset[C]) -> None:
        self.fitted = fitted
        self.passed: set[str] = set()
        self.known: set[C] = set()
        self.broken: set[C] = set()
        self.found: list[tuple[Running, Symptom]] = []
        self.component: dict[str, C] = {}
        for one in monitors:
            monitor = one.monitor
            self.component[monitor.id] = monitor.component
            symptom = failing(one)
            if symptom is not None:
                self.found.append((one, symptom))
                self.known.add(monitor.component)
                if symptom.level in _BREAKS:
                    self.broken.add(monitor.component)
            elif one.known is Outcome.PASSED:
                self.passed.add(monitor.id)
                self.known.add(monitor.component)

    def is_broken(self, ability: Ability) -> bool:
        """Return whether it cannot be done."""
        if self.broken.intersection(ability.parts):
            return True
        return any(
            (here := self.known.intersection(group)) and here <= self.broken
            for group in ability.spare
        )

    def unproven(self, ability: Ability) -> tuple[str, ...]:
        """Return the first monitor of each group of which none has passed."""
        return tuple(group[0] for group in ability.proofs if not self.passed.intersection(group))

    def is_meant(self, ability: Ability) -> bool:
        """Return whether this unit has the parts for it at all."""
        groups = (*((part,) for part in ability.parts), *ability.spare)
        return all(self.fitted.intersection(group) for group in groups)


def failing(one: Running) -> Symptom | None:
    """Return what this monitor found, None while it is well or nothing is known.

    An event of the place is only true now; a fault is true until a test passes.
    """
    name = one.symptom if one.outcome is Outcome.FAILED else None
    if name is None and one.outcome is Outcome.NOT_COMPLETED and one.known is Outcome.FAILED:
        name = one.known_symptom
        if name is not None and one.monitor.symptom(name).event:
            return None
    return None if name is None else one.monitor.symptom(name)


def readiness_of(
    monitors: Sequence[Running],
    fitted: frozenset[C],
    forecast: tuple[Forecast, ...] = (),
    extra: tuple[Reason, ...] = (),
) -> Readiness:
    """Return what the results mean for a call."""
    picture = _Picture(monitors, fitted)
    meant = [one for one in ABILITIES if picture.is_meant(one)]
    broken = {one.name for one in ABILITIES if picture.is_broken(one)}
    open_ones = {one.name: picture.unproven(one) for one in meant if one.name not in broken}
    works = tuple(f"works.{name}" for name, unproven in open_ones.items() if not unproven)
    untested = dict.fromkeys(
        picture.component[monitor] for unproven in open_ones.values() for monitor in unproven
    )
    reasons = [
        Reason(
            one.monitor.component,
            f"reason.{one.monitor.component.value}.{symptom.name}",
            one.known_data,
            symptom.level,
        )
        for one, symptom in picture.found
    ]
    reasons += [
        Reason(part, "reason.untested", (("component", part.value),), Level.UNTESTED)
        for part in untested
        if part not in picture.broken
    ]
    reasons += extra
    reasons.sort(key=lambda one: _ORDER.index(one.level))
    state = _state({one.level for one in reasons}, broken, unproven=bool(untested))
    return Readiness(state, tuple(reasons), works, forecast)


def _state(levels: set[Level], broken: set[str], *, unproven: bool) -> State:
    no_trigger = {"manual_call", "automatic_call"} <= broken
    if Level.NOT_READY in levels or "call" in broken or no_trigger:
        return "not_ready"
    if broken or Level.LIMITED in levels or Level.PLACE in levels:
        return "limited"
    return "unknown" if unproven else "ready"
