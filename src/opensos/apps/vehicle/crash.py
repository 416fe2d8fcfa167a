"""What the unit keeps of a crash: the figures that go into an MSD, and what the page shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import RoadError
from opensos.protocols.msd import EuroNcap, ImpactLocation
from opensos.rules.crash import KMH_PER_G_S, estimate, facts_of_report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opensos.rules.crash import CrashReport, FullScale

_RANGE = (100, 255)  # what TB 040 can write, km/h
_WINDOW_S = 0.150
_ERA_SIDES = {
    "front": "crashFront",
    "left": "crashLeft",
    "right": "crashRight",
    "rear": "crashRear",
}


@dataclass(frozen=True, slots=True)
class CrashFigures:
    """The part of a crash report that an MSD carries; small enough for the journal.

    Attributes:
        impact: side struck: front, rear, left, right, unknown.
        rollover: None = cannot be told.
        delta_v_x_kmh: forward change of velocity; None = not measured.
        delta_v_y_kmh: the same to the right.
        range_kmh: largest change of velocity that the sensor can show.
    """

    impact: str
    rollover: bool | None
    delta_v_x_kmh: float | None
    delta_v_y_kmh: float | None
    range_kmh: int

    @classmethod
    def of(cls, report: CrashReport, full_scale: FullScale) -> CrashFigures:
        """Take the figures out of a report."""
        return cls(
            report.impact,
            report.rollover,
            report.delta_v_x_kmh,
            report.delta_v_y_kmh,
            _range_kmh(full_scale),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return {
            "impact": self.impact,
            "rollover": self.rollover,
            "delta_v_x_kmh": self.delta_v_x_kmh,
            "delta_v_y_kmh": self.delta_v_y_kmh,
            "range_kmh": self.range_kmh,
        }

    def euro_ncap(self, *, driver_on_left: bool) -> EuroNcap | None:
        """Return the additional data of Euro NCAP TB 040; None if no change of velocity is known.

        TB 040 has no value for an axis that is not measured. If one axis is known, the other is
        written as 0: better than to keep the known one from the centre; the side of the impact
        comes from the measured direction all the same.
        """
        if self.delta_v_x_kmh is None and self.delta_v_y_kmh is None:
            return None
        return EuroNcap(
            location_of_impact=self._location(driver_on_left=driver_on_left),
            rollover_detected=self.rollover,
            range_limit=self.range_kmh,
            delta_v_x=_whole(self.delta_v_x_kmh),
            delta_v_y=_whole(self.delta_v_y_kmh),
        )

    def era_glonass(self) -> dict[str, bool]:
        """Return the kinds of crash that ERA-GLONASS names, only those that are known."""
        kinds = {name: side == self.impact for side, name in _ERA_SIDES.items()}
        known = kinds if self.impact != "unknown" else {}
        return known if self.rollover is None else known | {"crashRollover": self.rollover}

    def _location(self, *, driver_on_left: bool) -> ImpactLocation:
        if self.impact in ("left", "right"):
            drivers = (self.impact == "left") is driver_on_left
            return ImpactLocation.DRIVER_SIDE if drivers else ImpactLocation.NON_DRIVER_SIDE
        known = {"front": ImpactLocation.FRONT, "rear": ImpactLocation.REAR}
        return known.get(self.impact, ImpactLocation.UNKNOWN)


def figures_from_json(values: Mapping[str, Any]) -> CrashFigures:
    """Read figures back from the journal.

    Raises:
        RoadError: they are not figures.
    """
    try:
        rollover = values["rollover"]
        figures = CrashFigures(
            str(values["impact"]),
            None if rollover is None else bool(rollover),
            _number(values["delta_v_x_kmh"]),
            _number(values["delta_v_y_kmh"]),
            min(max(int(values["range_kmh"]), _RANGE[0]), _RANGE[1]),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise RoadError(f"a crash in the journal cannot be used: {error}") from error
    return figures


def crash_json(report: CrashReport, at: str, *, any_unbelted: bool | None) -> dict[str, Any]:
    """Return what the page shows of a crash, severity included."""
    severity = estimate(facts_of_report(report, any_unbelted=any_unbelted))
    return {
        "at": at,
        "trigger": report.trigger,
        "stage": report.stage,
        "impact": None if report.impact == "unknown" else report.impact,
        "direction_deg": report.direction_deg,
        "delta_v_x_kmh": report.delta_v_x_kmh,
        "delta_v_y_kmh": report.delta_v_y_kmh,
        "max_delta_v_kmh": report.max_delta_v_kmh,
        "multiple_impacts": report.multiple_impacts,
        "rollover": report.rollover,
        "airbag": report.airbag,
        "saturated": report.saturated,
        "lower_bound": report.lower_bound,
        "severity": None
        if severity is None
        else {
            "probability": severity.probability,
            "low": severity.low,
            "high": severity.high,
            "model": severity.model,
            "cdc_flag": severity.cdc_flag,
            "high_concern_flag": severity.high_concern_flag,
            "caveat": severity.caveat,
        },
    }


def _range_kmh(full_scale: FullScale) -> int:
    """Return the largest ΔV in 150 ms that the forward sensor can show, within TB 040's range."""
    if full_scale.x is None:
        return _RANGE[1]
    reach = full_scale.x * KMH_PER_G_S * _WINDOW_S
    return round(min(max(reach, _RANGE[0]), _RANGE[1]))


def _whole(delta_v: float | None) -> int:
    if delta_v is None or math.isnan(delta_v):
        return 0
    return round(min(max(delta_v, -255.0), 255.0))


def _number(value: object) -> float | None:
    if value is None:
        return None
    number = float(value)  # type: ignore[arg-type]  # anything else raises, which is meant
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a change of velocity")
    return number
