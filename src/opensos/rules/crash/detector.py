"""From a stream of accelerations to the report that starts an SOS call.

49 CFR 563.5: a crash is a change of velocity (ΔV) of 8 km/h or more within 150 ms. It is taken from
the *resultant* of the forward and the lateral axis, over any stretch of up to 150 ms: an impact at
45° with 6 km/h on each axis is the same crash as one of 8.5 km/h straight from the front. Where one
axis alone reaches the threshold the resultant does too, so nothing of the rule is lost. The
vertical axis is left out: potholes and kerbs live there.

Raw samples are integrated by trapezoids, without a filter: integration is a filter already, and a
filter would delay the trigger.
"""

from __future__ import annotations

import math
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias

from opensos.rules.crash._baseline import Baseline
from opensos.rules.crash._events import Events
from opensos.rules.crash._findings import Findings
from opensos.rules.crash.rollover import RolloverWatch
from opensos.rules.crash.samples import KMH_PER_G_S, Samples
from opensos.rules.crash.saturation import SaturationWatch
from opensos.rules.crash.settings import Settings
from opensos.rules.crash.window import EPSILON_S, Point

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opensos.rules.crash.report import CrashReport, Finding

_Row: TypeAlias = tuple[float, float, float, float, float]

_BIN_S = 0.001
_BLOCK_S = 0.020
_LOUD_G = 1.5
_ABSURD_DEG_S = 10_000.0
_BACKWARD_SAMPLES = 8
_LONGEST_GAP_S = 3600.0
_FORGET_PEAK_S = 1.0


class CrashDetector:
    """Streaming crash detection: feed samples, get reports.

    The stream is the clock: nothing happens between two samples, and a stream that stops in the
    middle of a crash is closed with :meth:`finish`. Bad data never raises; it becomes a finding.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._set = settings or Settings()
        self._t = -math.inf  # the stream's time of the newest sample taken
        self._e = 0.0  # seconds of stream that have passed, whatever its clock did
        self._vx = self._vy = 0.0  # km/h since some start, sensor bias removed
        self._px = self._py = 0.0  # the reading before, g
        self._sum_z = self._sum_roll = 0.0  # g s and degrees within the block
        self._backward = 0
        self._has_z = self._has_roll = False
        self._bin = self._block = Point(0.0, 0.0, 0.0, 0.0)  # where bin and block began
        self._next_bin = 0.0
        self._base = Baseline()
        full = self._set.full_scale
        self._watch = (SaturationWatch(full.x), SaturationWatch(full.y))
        self._loud = min(_LOUD_G, *(0.9 * g for g in (full.x, full.y) if g and g > 0), _LOUD_G)
        self._loud_e = 0.0
        self._findings = Findings()
        self._rollover = RolloverWatch()
        self._events = Events(self._set, self._findings, self._rollover)

    def feed(self, samples: Samples) -> list[CrashReport]:
        """Take the next chunk (any length); return the reports that became due, in order."""
        step, absurd, loud = self._set.longest_step_s, self._set.absurd_g, self._loud
        base, events = self._base, self._events
        for t, x, y, z, roll in self._rows(samples):
            dt = t - self._t
            if not (
                0.0 < dt <= step
                and -loud < x < loud
                and -loud < y < loud
                and -absurd < z < absurd
                and -_ABSURD_DEG_S < roll < _ABSURD_DEG_S
            ):
                cleaned = self._look_closer(t, x, y, z, roll)
                if cleaned is None:
                    continue
                dt, x, y, z, roll = cleaned  # noqa: PLW2901  the cleaned row replaces the raw one
            self._t = t
            self._backward = 0
            self._e = e = self._e + dt
            scale = dt * KMH_PER_G_S
            self._vx = vx = self._vx + ((x + self._px) * 0.5 - base.x) * scale
            self._vy = vy = self._vy + ((y + self._py) * 0.5 - base.y) * scale
            self._px, self._py = x, y
            self._sum_z += z * dt
            self._sum_roll += roll * dt
            low_x, high_x, low_y, high_y = events.box
            if not (low_x < vx < high_x and low_y < vy < high_y):
                events.outside_box(Point(e, vx, vy, t))
            if e >= self._next_bin:
                self._end_bin(Point(e, vx, vy, t))
        return events.take()

    def airbag(self, t: float) -> list[CrashReport]:
        """The airbag line fired at stream time ``t``: that triggers by itself."""
        here = self._here()
        self._events.airbag(here, t if math.isfinite(t) else here.t)
        return self._events.take()

    def finish(self) -> list[CrashReport]:
        """The stream is over: end and close a crash that is still open."""
        self._events.stop(self._here())
        return self._events.take()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was odd about the data since the start, triggered or not."""
        return self._findings.all()

    @property
    def largest_delta_v_kmh(self) -> float:
        """The greatest ΔV within 150 ms seen so far, km/h, looked at every millisecond."""
        return math.sqrt(self._events.largest_squared)

    # --- one chunk, one sample -------------------------------------------------------------------

    def _here(self) -> Point:
        return Point(self._e, self._vx, self._vy, self._t if math.isfinite(self._t) else 0.0)

    def _rows(self, s: Samples) -> Iterable[_Row]:
        """Note which channels there are; a missing one reads its own bias, so it adds nothing."""
        had_x, had_y = self._events.axes
        self._events.axes = has_x, has_y = s.ax is not None, s.ay is not None
        self._has_z, self._has_roll = s.az is not None, s.roll_rate is not None
        if had_x != has_x:
            self._px = self._base.x
        if had_y != has_y:
            self._py = self._base.y
        return zip(
            s.t,
            s.ax if s.ax is not None else repeat(self._base.x),
            s.ay if s.ay is not None else repeat(self._base.y),
            s.az if s.az is not None else repeat(0.0),
            s.roll_rate if s.roll_rate is not None else repeat(0.0),
            strict=False,
        )

    def _look_closer(self, t: float, x: float, y: float, z: float, roll: float) -> _Row | None:
        """Take a sample that is loud or odd; return (dt, x, y, z, roll), or None to drop it."""
        if not math.isfinite(t):
            self._findings.add("time_invalid", self._t)
            return None
        dt = t - self._t
        in_step = 0.0 < dt <= self._set.longest_step_s
        if dt <= 0.0 and not self._clock_restarted(t):
            return None
        absurd = self._set.absurd_g
        x = self._sane(x, absurd, self._base.x, t)
        y = self._sane(y, absurd, self._base.y, t)
        z = self._sane(z, absurd, 0.0, t)
        roll = self._sane(roll, _ABSURD_DEG_S, 0.0, t)
        self._watch_range(t, x, y)
        if not in_step:
            self._skip(dt, t)
            dt, self._px, self._py = 0.0, x, y
        return dt, x, y, z, roll

    def _sane(self, value: float, limit: float, instead: float, t: float) -> float:
        """Return the reading, or what adds nothing if it cannot be one."""
        if -limit < value < limit:
            return value
        self._findings.add("not_a_number" if math.isnan(value) else "absurd_value", t)
        self._events.gap()
        return instead

    def _watch_range(self, t: float, x: float, y: float) -> None:
        if self._e - self._loud_e > _FORGET_PEAK_S:
            for watch in self._watch:
                watch.calm()
        for channel, value, watch in zip("xy", (x, y), self._watch, strict=True):
            if abs(value) >= self._loud:
                self._loud_e = self._e
                if watch.see(t, self._t, value):
                    self._events.saturated(channel, t)

    def _clock_restarted(self, t: float) -> bool:
        """Drop a sample that is out of order, but follow a clock that was set back for good."""
        self._backward += 1
        if self._backward < _BACKWARD_SAMPLES:
            self._findings.add("time_not_rising", t)
            return False
        self._findings.add("clock_jumped_back", t)
        return True

    def _skip(self, dt: float, t: float) -> None:
        """Go over a gap, or begin: time passes, the velocity stays, bin and block begin anew."""
        if math.isfinite(self._t):
            self._findings.add("gap", t)
            self._events.gap()
            self._e += min(max(dt, 0.0), _LONGEST_GAP_S)
        self._bin = self._block = Point(self._e, self._vx, self._vy, t)
        self._sum_z = self._sum_roll = 0.0
        self._next_bin = self._e

    # --- one millisecond -------------------------------------------------------------------------

    def _end_bin(self, point: Point) -> None:
        """A millisecond is over: learn the baseline, hand the point on, look for a rollover."""
        seconds = point.e - self._bin.e
        if seconds > 0.0:
            scale = 1.0 / (seconds * KMH_PER_G_S)
            x, y = (point.vx - self._bin.vx) * scale, (point.vy - self._bin.vy) * scale
            if not self._base.settled:
                self._settle(point, seconds, x, y)
            elif not self._events.busy and self._base.follow(seconds, x, y):
                self._events.start_over(point)
        self._bin, self._next_bin = point, point.e + _BIN_S - EPSILON_S
        self._events.point(point)
        if (self._has_z or self._has_roll) and point.e - self._block.e >= _BLOCK_S - EPSILON_S:
            self._end_block(point)

    def _settle(self, point: Point, seconds: float, x: float, y: float) -> None:
        outcome = self._base.settle(seconds, x, y)
        for code in outcome.findings:
            self._findings.add(code, point.t)
        if outcome.done:
            self._events.armed = True
            if not outcome.moving:
                self._events.start_over(point)

    def _end_block(self, point: Point) -> None:
        seconds = point.e - self._block.e
        lateral = (point.vy - self._block.vy) / (seconds * KMH_PER_G_S) + self._base.y
        vertical = self._sum_z / seconds if self._has_z else None
        rate = self._sum_roll / seconds if self._has_roll else None
        self._block = point
        self._sum_z = self._sum_roll = 0.0
        if self._rollover.step(seconds, lateral, vertical, rate):
            self._events.rolled(point)
