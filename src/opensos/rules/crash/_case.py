"""A crash as it unfolds: its events, and the report made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opensos.rules.crash.report import CrashReport, Impact, direction_deg, side_of

if TYPE_CHECKING:
    from opensos.rules.crash.report import Finding, Stage, TriggerKind
    from opensos.rules.crash.window import Point


@dataclass(slots=True, eq=False)
class Event:
    """One event of 49 CFR 563.5 while it runs; afterwards its result."""

    case: Case
    origin: Point
    t_zero: float
    t_trigger: float
    zero_e: float
    least_end_e: float
    axes: tuple[bool, bool]
    saturated: set[str]
    best: tuple[float, float] = (0.0, 0.0)
    best_squared: float = 0.0
    quiet: Point | None = None
    t_end: float | None = None
    gaps: bool = False

    def reach(self, vx: float, vy: float) -> None:
        """Keep the greatest change of velocity since the origin."""
        dx, dy = vx - self.origin.vx, vy - self.origin.vy
        squared = dx * dx + dy * dy
        if squared > self.best_squared:
            self.best, self.best_squared = (dx, dy), squared


@dataclass(slots=True)
class Case:
    """All events of one crash."""

    number: int
    trigger: TriggerKind
    t_trigger: float
    first_e: float
    last_e: float
    airbag: bool = False
    revision: int = -1
    events: list[Event] = field(default_factory=list)

    def report(
        self,
        stage: Stage,
        *,
        rollover: bool | None,
        findings: tuple[Finding, ...],
    ) -> CrashReport:
        """Make the next revision of the report.

        Args:
            stage: Why it is made.
            rollover: True, False, or None = cannot be told.
            findings: What was odd about the data so far.
        """
        self.revision += 1
        strongest = max(self.events, key=lambda event: event.best_squared)
        shown = _impact(strongest)
        direction = direction_deg(*strongest.best) if any(strongest.axes) else None
        saturated = set[str]().union(*(event.saturated for event in self.events))
        running = self.events[-1].t_end is None
        return CrashReport(
            number=self.number,
            revision=self.revision,
            stage=stage,
            trigger=self.trigger,
            t_trigger_s=self.t_trigger,
            delta_v_x_kmh=shown.delta_v_x_kmh,
            delta_v_y_kmh=shown.delta_v_y_kmh,
            max_delta_v_kmh=shown.max_delta_v_kmh,
            direction_deg=direction,
            impact=side_of(direction),
            multiple_impacts=True
            if len(self.events) > 1
            else (False if stage == "closed" else None),
            rollover=rollover,
            airbag=self.airbag,
            saturated=bool(saturated),
            saturated_channels=tuple(sorted(saturated)),
            lower_bound=running or bool(saturated) or any(event.gaps for event in self.events),
            impacts=tuple(_impact(event) for event in self.events),
            findings=findings,
        )


def _impact(event: Event) -> Impact:
    has_x, has_y = event.axes
    return Impact(
        t_zero_s=event.t_zero,
        t_trigger_s=event.t_trigger,
        t_end_s=event.t_end,
        delta_v_x_kmh=event.best[0] if has_x else None,
        delta_v_y_kmh=event.best[1] if has_y else None,
        max_delta_v_kmh=math.sqrt(event.best_squared) if has_x or has_y else None,
        saturated=bool(event.saturated),
    )
