"""What the detector reports, and how a change of velocity becomes a direction.

The direction of force says where the force came *from*: 0° = from the front (12 o'clock),
90° = from the right (3 o'clock), clockwise seen from above. It is opposite to the change of
velocity: a frontal impact pushes the car backwards (negative ΔVx).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

TriggerKind: TypeAlias = Literal["delta_v", "airbag", "rollover"]
Side: TypeAlias = Literal["front", "right", "rear", "left", "unknown"]
Stage: TypeAlias = Literal["triggered", "updated", "ended", "closed"]
Level: TypeAlias = Literal["info", "warning"]

_SIDES: tuple[Side, Side, Side, Side] = ("front", "right", "rear", "left")
_NO_DIRECTION_BELOW_KMH = 1.0


def direction_deg(delta_v_x: float, delta_v_y: float) -> float | None:
    """Return the principal direction of force, 0 <= degrees < 360, to 0.1°; None without ΔV.

    Args:
        delta_v_x: Forward change of velocity, km/h.
        delta_v_y: Change of velocity to the right, km/h.
    """
    if math.hypot(delta_v_x, delta_v_y) < _NO_DIRECTION_BELOW_KMH:
        return None
    return round(math.degrees(math.atan2(-delta_v_y, -delta_v_x)), 1) % 360.0


def clock_of(direction: float | None) -> int | None:
    """Return the direction as a clock face, 1 to 12 (12 = front, 3 = right); None if unknown."""
    if direction is None:
        return None
    return round(direction / 30.0) % 12 or 12


def side_of(direction: float | None) -> Side:
    """Return the side that was struck: a quarter of the circle each, front = 315° to 45°."""
    if direction is None:
        return "unknown"
    return _SIDES[int(((direction + 45.0) % 360.0) // 90.0)]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the data that a reader of the report should know.

    ``count`` says how often; ``first_s`` is the stream's time of the first.
    """

    code: str
    level: Level
    text: str
    count: int = 1
    first_s: float | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """One event of 49 CFR 563.5: from time zero to the end of the event.

    Attributes:
        t_zero_s: Start of the event on the stream's clock.
        t_trigger_s: When the trigger threshold was reached.
        t_end_s: End of the event; None while it runs.
        delta_v_x_kmh: Forward change of velocity at the greatest resultant; None = not measured.
        delta_v_y_kmh: The same to the right.
        max_delta_v_kmh: Greatest resultant since time zero; None if no acceleration was seen.
        saturated: A channel reached the end of its range.
    """

    t_zero_s: float
    t_trigger_s: float
    t_end_s: float | None
    delta_v_x_kmh: float | None
    delta_v_y_kmh: float | None
    max_delta_v_kmh: float | None
    saturated: bool


@dataclass(frozen=True, slots=True)
class CrashReport:
    """What is known of a crash now. A later report of the same ``number`` replaces it.

    Attributes:
        number: 1 for the first crash since the detector started, 2 for the next one…
        revision: 0 for the first report of this crash, +1 for each later one.
        stage: ``triggered`` (call now; the event still runs), ``updated`` (second impact, rollover
            or airbag came to it), ``ended`` (an event is over: ΔV is final unless another impact
            follows), ``closed`` (nothing more will come).
        trigger: What triggered first.
        t_trigger_s: When, on the stream's clock.
        delta_v_x_kmh: Forward ΔV of the strongest impact, km/h; negative for a frontal one;
            None = this axis is not measured.
        delta_v_y_kmh: ΔV to the right.
        max_delta_v_kmh: Greatest resultant, km/h; None if no acceleration was seen.
        direction_deg: Where the force came from: 0 = front, 90 = right; None = unknown.
        impact: The side struck.
        multiple_impacts: True when a second event began within 5 s; None until that time is over.
        rollover: None = cannot be told from the sensors there are.
        airbag: The airbag line has fired.
        saturated: A channel reached the end of its range in the event.
        saturated_channels: Which: "x", "y".
        lower_bound: The true ΔV is at least this (event still running, saturation, gaps).
        impacts: Every event of this crash, in order.
        findings: What was odd about the data.
    """

    number: int
    revision: int
    stage: Stage
    trigger: TriggerKind
    t_trigger_s: float
    delta_v_x_kmh: float | None
    delta_v_y_kmh: float | None
    max_delta_v_kmh: float | None
    direction_deg: float | None
    impact: Side
    multiple_impacts: bool | None
    rollover: bool | None
    airbag: bool
    saturated: bool
    saturated_channels: tuple[str, ...]
    lower_bound: bool
    impacts: tuple[Impact, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def final(self) -> bool:
        """Whether no event runs any more: ΔV and direction are settled."""
        return self.stage in ("ended", "closed")

    @property
    def clock(self) -> int | None:
        """The direction of force on a clock face, 1 to 12; None = unknown."""
        return clock_of(self.direction_deg)
