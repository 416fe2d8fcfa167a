"""When does an event begin, trigger and end, and when is a report due?

States, in the words of 49 CFR 563.5: idle; *awake* from time zero (a ΔV that may become a crash);
in an *event* from the trigger to its end; *watching* for a second event until the crash is closed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from opensos.rules.crash._case import Case, Event
from opensos.rules.crash.window import EPSILON_S, Point, Window

if TYPE_CHECKING:
    from opensos.rules.crash._findings import Findings
    from opensos.rules.crash.report import CrashReport, Stage, TriggerKind
    from opensos.rules.crash.rollover import RolloverWatch
    from opensos.rules.crash.settings import Settings

_MISSING = {(True, False): "lateral_axis_missing", (False, True): "forward_axis_missing"}
_NOWHERE = (-math.inf, math.inf, -math.inf, math.inf)


class Events:
    """Takes velocities, one point a millisecond, and makes reports of them.

    ``box`` is the promise to the sample loop: while the velocity stays inside (least vx, greatest
    vx, least vy, greatest vy) the trigger cannot have been reached.
    """

    def __init__(self, settings: Settings, findings: Findings, rollover: RolloverWatch) -> None:
        self._set = settings
        self._findings = findings
        self._rollover = rollover
        self._window = Window(settings.trigger_window_s)
        self._awake: Point | None = None
        self._needs_quiet = False
        self._quiet_from = 0.0
        self._event: Event | None = None
        self._case: Case | None = None
        self._cases = 0
        self._out: list[CrashReport] = []
        self._pending: set[str] = set()
        self.axes = (False, False)
        self.armed = False
        self.box = _NOWHERE
        self.largest_squared = 0.0

    @property
    def busy(self) -> bool:
        """Whether something happens now, so that no baseline may be learnt."""
        return self._awake is not None or self._event is not None

    def take(self) -> list[CrashReport]:
        """Return the reports since the last call."""
        out, self._out = self._out, []
        return out

    def start_over(self, point: Point) -> None:
        """Velocities before this point are not comparable with later ones."""
        self._window.clear()
        self._window.add(point)
        self._awake = None
        self._fit_box()

    # --- what comes in ---------------------------------------------------------------------------

    def outside_box(self, point: Point) -> None:
        """The velocity left the box: look closely whether the trigger is reached."""
        squared, origin = self._window.farthest(point.e, point.vx, point.vy)
        if origin is not None and squared >= self._set.trigger_kmh**2:
            self.begin("delta_v", point, point.t)

    def point(self, point: Point) -> None:
        """Take the next point of the velocity."""
        window = self._window
        window.add(point)
        if self.armed and window.reach_squared(point.vx, point.vy) > self.largest_squared:
            squared, _ = window.farthest(point.e, point.vx, point.vy)
            self.largest_squared = max(self.largest_squared, squared)
        dx, dy = window.change_20ms()
        wake = self._set.wake_kmh
        quiet = dx * dx + dy * dy <= wake * wake
        if self._event is not None:
            self._go_on(self._event, point, quiet=quiet)
        elif abs(dx) >= wake or abs(window.lateral_5ms()) >= wake:
            self._awake = self._awake or point
        elif quiet:
            self._awake = None
            self._pending.clear()
            if self._needs_quiet and point.e >= self._quiet_from:
                self._needs_quiet = False
                self.start_over(point)
        self._fit_box()
        if self._case is not None and self._event is None:
            self._close_in_time(self._case, point)

    def saturated(self, channel: str, t: float) -> None:
        """A channel ("x", "y") reached the end of its range."""
        self._findings.add(f"saturated_{channel}", t)
        (self._event.saturated if self._event is not None else self._pending).add(channel)

    def gap(self) -> None:
        """A piece of the stream is missing."""
        if self._event is not None:
            self._event.gaps = True

    def airbag(self, point: Point, t: float) -> None:
        """The airbag line fired."""
        case = self._case
        late = case is not None and point.e - case.last_e > self._set.airbag_belongs_s
        if case is None or (self._event is None and late):
            self.begin("airbag", point, t)
        elif not case.airbag:
            case.airbag = True
            self._say(case, "updated")

    def rolled(self, point: Point) -> None:
        """A rollover was recognised just now."""
        if self._case is None:
            self.begin("rollover", point, point.t)
        else:
            self._say(self._case, "updated")

    # --- events ----------------------------------------------------------------------------------

    def begin(self, kind: TriggerKind, point: Point, t: float) -> None:
        """An event triggers at stream time ``t``; ΔV counts from where the velocity came."""
        _, origin = self._window.farthest(point.e, point.vx, point.vy)
        origin = origin or point
        awake = self._awake
        recent = awake is not None and point.e - awake.e <= self._window.span
        zero = awake if awake is not None and recent else origin
        lasts = 0.0 if kind == "delta_v" else self._set.quiet_event_s
        case = self._case
        stage: Stage = "updated"
        if case is None:
            self._cases += 1
            self._case = case = Case(self._cases, kind, t, zero.e, point.e)
            stage = "triggered"
        event = Event(
            case, origin, min(zero.t, t), t, zero.e, point.e + lasts, self.axes, set(self._pending)
        )
        event.reach(point.vx, point.vy)
        self._event, self._awake, self._needs_quiet = event, None, False
        self._pending.clear()
        self.box = _NOWHERE
        case.airbag |= kind == "airbag"
        case.events.append(event)
        self._say(case, stage)

    def _go_on(self, event: Event, point: Point, *, quiet: bool) -> None:
        """The event runs: it ends after its tail, or at its longest."""
        event.reach(point.vx, point.vy)
        if not quiet or point.e < event.least_end_e:
            event.quiet = None
        elif event.quiet is None:
            event.quiet = point
        if event.quiet is not None and point.e - event.quiet.e >= self._set.tail_s - EPSILON_S:
            self._end(event, point, event.quiet.t)
        elif point.e - event.zero_e >= self._set.longest_event_s - EPSILON_S:
            # What still shakes belongs to this event: wait for 20 ms of quiet before the next one.
            self._needs_quiet = not quiet
            self._quiet_from = point.e + 0.020
            self._end(event, point, point.t)

    def _end(self, event: Event, point: Point, t_end: float) -> None:
        event.t_end = t_end
        self._event = None
        event.case.last_e = point.e
        self.start_over(point)
        self._say(event.case, "ended")

    def stop(self, point: Point) -> None:
        """The stream is over: end and close what is open."""
        if self._event is not None:
            self._event.gaps = True
            self._findings.add("record_ends_early", point.t)
            self._end(self._event, point, point.t)
        self.close()

    def _close_in_time(self, case: Case, point: Point) -> None:
        if point.e - case.first_e >= self._set.multiple_s - EPSILON_S:
            self.close()

    def close(self) -> None:
        """Nothing more will come to this crash."""
        if self._case is not None:
            self._say(self._case, "closed")
            self._case = None
            self._rollover.forget()

    # --- helpers ---------------------------------------------------------------------------------

    def _say(self, case: Case, stage: Stage) -> None:
        missing = _MISSING.get(case.events[-1].axes)
        if missing is not None:
            self._findings.note(missing)
        self._out.append(
            case.report(
                stage,
                rollover=self._rollover.verdict,
                findings=self._findings.all(),
            )
        )

    def _fit_box(self) -> None:
        """The largest box inside which every point of the window is nearer than the trigger."""
        if self._event is not None or self._needs_quiet or not self.armed:
            self.box = _NOWHERE
            return
        room = self._set.trigger_kmh * math.sqrt(0.5)
        low_x, high_x, low_y, high_y = self._window.box
        self.box = (high_x - room, low_x + room, high_y - room, low_y + room)
