"""The driver's warning: raised by a confirmed fault, and gone only by a passed test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from opensos.rules.readiness._record import number
from opensos.rules.readiness.outcome import Level
from opensos.rules.readiness.result import DriverWarning

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opensos.rules.readiness.monitor import Monitor, Symptom
    from opensos.rules.readiness.readings import Component

TEXTS: Final = {
    Level.NOT_READY: "warning.failure",
    Level.LIMITED: "warning.limited",
}
OTHERWISE: Final = "warning.check"


@dataclass(frozen=True, slots=True)
class Raised:
    """What one monitor warns of."""

    component: Component
    symptom: str
    level: Level
    priority: int
    since_utc: float | None


class Warnings:
    """Every monitor that warns; the driver is shown the most urgent."""

    __slots__ = ("by_monitor",)

    def __init__(self) -> None:
        self.by_monitor: dict[str, Raised] = {}

    def raised(self, monitor: Monitor, symptom: Symptom, utc: float | None) -> None:
        """A monitor found something that the driver must know."""
        before = self.by_monitor.get(monitor.id)
        if before is not None and before.symptom == symptom.name:
            return
        since = utc if before is None else before.since_utc
        self.by_monitor[monitor.id] = Raised(
            monitor.component, symptom.name, symptom.level, symptom.warn, since
        )

    def passed(self, monitor_id: str) -> bool:
        """A monitor's test passed; return whether it had warned."""
        return self.by_monitor.pop(monitor_id, None) is not None

    def shown(self) -> DriverWarning | None:
        """Return what the driver sees, None when nothing warns."""
        if not self.by_monitor:
            return None
        ranked = sorted(self.by_monitor.values(), key=lambda one: one.priority)
        first = ranked[0]
        known = [one.since_utc for one in ranked if one.since_utc is not None]
        return DriverWarning(
            TEXTS.get(first.level, OTHERWISE),
            first.priority,
            "steady_red" if first.priority < 3 else "off",
            min(known) if known else None,
            tuple(dict.fromkeys(one.component for one in ranked)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {name: [one.symptom, one.since_utc] for name, one in self.by_monitor.items()}

    def restore(self, data: object, monitors: Iterable[Monitor]) -> None:
        """Put back what a former life warned of; what is no longer known is dropped."""
        if not isinstance(data, dict):
            return
        for monitor in monitors:
            one = data.get(monitor.id)
            if not isinstance(one, list) or len(one) != 2:
                continue
            symptom = next((s for s in monitor.symptoms if s.name == one[0]), None)
            if symptom is not None and symptom.warn:
                self.raised(monitor, symptom, number(one[1]))
