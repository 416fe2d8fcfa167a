"""The notes that the detector takes about its data, one a kind, counted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from opensos.rules.crash.report import Finding

if TYPE_CHECKING:
    from opensos.rules.crash.report import Level

TEXTS: dict[str, tuple[Level, str]] = {
    "absurd_value": ("warning", "A reading too large for a car body was left out."),
    "bias_large": ("info", "A sensor shows more than half a g at rest; this was subtracted."),
    "clock_jumped_back": ("warning", "The samples' clock jumped back; time goes on from there."),
    "forward_axis_missing": ("info", "No forward acceleration: front and rear cannot be seen."),
    "gap": ("warning", "Samples are missing; the change of velocity in the gap is not known."),
    "lateral_axis_missing": ("info", "No lateral acceleration: left and right cannot be seen."),
    "not_a_number": ("warning", "A reading was missing or not a number and was left out."),
    "record_ends_early": ("warning", "The samples end before the event does."),
    "saturated_x": ("warning", "The forward sensor reached the end of its range."),
    "saturated_y": ("warning", "The lateral sensor reached the end of its range."),
    "sensor_stuck": ("warning", "A sensor stands still at a large value and is not believed."),
    "time_invalid": ("warning", "A sample without a valid time was left out."),
    "time_not_rising": ("warning", "A sample older than the one before it was left out."),
    "unsettled_start": ("info", "The samples begin in motion: no sensor bias was subtracted."),
}
"""Every code with its level and its sentence."""


class Findings:
    """At most one finding a code, so that bad data cannot fill the memory."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, float | None]] = {}

    def add(self, code: str, t: float) -> None:
        """Count one more of this code at stream time ``t`` (may be anything)."""
        count, first = self._seen.get(code, (0, t if math.isfinite(t) else None))
        self._seen[code] = (count + 1, first)

    def note(self, code: str) -> None:
        """Note something that is so or not, without counting."""
        self._seen.setdefault(code, (1, None))

    def all(self) -> tuple[Finding, ...]:
        """Return the findings in order of first appearance."""
        return tuple(
            Finding(code, *TEXTS[code], count, first) for code, (count, first) in self._seen.items()
        )
