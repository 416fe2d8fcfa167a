"""How likely is a severe injury? A probability with its range, never one bit.

Two logit models refitted on public US data (NASS-CDS), with cluster-robust standard errors; a
baseline and **no medical claim**: whoever shows the figure shows the caveat too.

* M1: someone in the vehicle with ISS >= 15 or dead; 2015, 963 vehicles, 71 events, AUC 0.88.
* M2: death of a front occupant; 1997-2002, 17 182 to fit, 8 746 held out, AUC 0.88.

**Range.** The 95 % interval is the delta method on the logit scale. The covariances of the
coefficients are not published, so it is approximate: they are taken as independent, but for M1's
constant and its slope of ln ΔV, which move against each other in any fit far from ln ΔV = 0
(correlation -mean/sqrt(mean² + variance) of ln ΔV, about -0.99). **Unknown inputs** are never taken
as zero: every possible value is tried, ``low`` and ``high`` span them all, and ``probability`` is
their plain mean (equal weights, because nothing is known).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal, TypeAlias

from opensos.rules.crash.report import direction_deg, side_of

if TYPE_CHECKING:
    from opensos.rules.crash.report import CrashReport, Side

Model: TypeAlias = Literal["M1", "M2"]

CDC_THRESHOLD = 0.20
"""The CDC's threshold for transport to a trauma centre."""

HIGH_CONCERN_THRESHOLD = 0.05

CAVEAT = "severity.caveat.baseline"

KMH_PER_MPH = 1.609344

_Z95 = 1.959964
_PIVOT_CORRELATION = -0.99
_LEAST_MPH = 1.0  # ln ΔV has no meaning at 0; below this nobody is hurt by the impact itself


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient of a logit model and its standard error."""

    value: float
    error: float


M1 = {
    "const": Coefficient(-17.410, 4.298),
    "ln_delta_v_mph": Coefficient(4.040, 1.164),
    "left": Coefficient(1.475, 0.896),
    "right": Coefficient(-0.259, 0.387),
    "rear": Coefficient(1.805, 0.940),
    "multiple": Coefficient(0.279, 0.556),
    "unbelted": Coefficient(1.525, 0.610),
    "female": Coefficient(0.854, 0.492),
}
"""Reference: frontal."""

M2 = {
    "const": Coefficient(-8.332, 0.210),
    "25_39": Coefficient(2.437, 0.245),
    "40_54": Coefficient(3.734, 0.247),
    "55_up": Coefficient(5.362, 0.261),
    "unbelted": Coefficient(1.050, 0.183),
    "non_frontal": Coefficient(1.147, 0.147),
    "age_55": Coefficient(1.261, 0.226),
    "female": Coefficient(-0.060, 0.098),
    "airbag": Coefficient(0.176, 0.169),
}
"""Reference: ΔV below 25 km/h, frontal."""

_INPUTS: dict[Model, tuple[str, ...]] = {
    "M1": ("multiple_impacts", "any_unbelted", "any_female"),
    "M2": ("any_unbelted", "age_55_or_over", "any_female", "airbag"),
}
_TERMS = {
    "multiple_impacts": "multiple",
    "any_unbelted": "unbelted",
    "any_female": "female",
    "age_55_or_over": "age_55",
    "airbag": "airbag",
}
_ALL_SIDES: tuple[Side, ...] = ("front", "right", "rear", "left")


@dataclass(frozen=True, slots=True)
class CrashFacts:
    """What is known of a crash; None = unknown, never a default.

    Attributes:
        delta_v_kmh: Greatest resultant change of velocity; its sign does not matter.
        side: The side struck, where it is known.
        possible_sides: If ``side`` is unknown: those that it may be; empty = any.
        multiple_impacts: A second event within 5 s.
        any_unbelted: At least one occupant without a belt.
        any_female: At least one female occupant.
        age_55_or_over: At least one front occupant of 55 or more.
        airbag: An airbag fired.
        rollover: The car rolled over (no model has it: it becomes a note).
        lower_bound: The true ΔV is at least ``delta_v_kmh`` (saturated sensor).
    """

    delta_v_kmh: float | None
    side: Side = "unknown"
    possible_sides: tuple[Side, ...] = ()
    multiple_impacts: bool | None = None
    any_unbelted: bool | None = None
    any_female: bool | None = None
    age_55_or_over: bool | None = None
    airbag: bool | None = None
    rollover: bool | None = None
    lower_bound: bool = False


@dataclass(frozen=True, slots=True)
class Severity:
    """A probability with its range, two flags, and what must be said with it.

    Attributes:
        probability: Central estimate, 0 to 1; the flags are taken from it.
        low: Lower end of the range over all unknown inputs and the 95 % interval.
        high: Upper end; 1 where the change of velocity is only a lower bound.
        model: Which model: M1 severe injury or death in the vehicle, M2 death of a front occupant.
        cdc_flag: probability >= 0.20.
        high_concern_flag: probability >= 0.05.
        lower_bound: The change of velocity is a lower bound, so is the probability.
        unknown: Names of the inputs that are not known.
        caveat: Text key of the sentence that must be shown with the figure.
        notes: Text keys of further sentences.
    """

    probability: float
    low: float
    high: float
    model: Model
    cdc_flag: bool
    high_concern_flag: bool
    lower_bound: bool
    unknown: tuple[str, ...]
    caveat: str = CAVEAT
    notes: tuple[str, ...] = ()


def estimate(facts: CrashFacts, model: Model = "M1") -> Severity | None:
    """Return the severity; None if no change of velocity is known."""
    if facts.delta_v_kmh is None or not math.isfinite(facts.delta_v_kmh):
        return None
    sides = _sides(facts)
    names = _INPUTS[model]
    values = [_possible(facts, name) for name in names]
    cases = [
        _probability(
            model, _terms(model, abs(facts.delta_v_kmh), side, dict(zip(names, case, strict=True)))
        )
        for side in sides
        for case in product(*values)
    ]
    central = sum(p for p, _, _ in cases) / len(cases)
    unknown = [name for name, possible in zip(names, values, strict=True) if len(possible) > 1]
    if len(sides) > 1:
        unknown.insert(0, "side")
    return Severity(
        probability=central,
        low=min(low for _, low, _ in cases),
        high=1.0 if facts.lower_bound else max(high for _, _, high in cases),
        model=model,
        cdc_flag=central >= CDC_THRESHOLD,
        high_concern_flag=central >= HIGH_CONCERN_THRESHOLD,
        lower_bound=facts.lower_bound,
        unknown=tuple(unknown),
        notes=_notes(facts, unknown),
    )


def facts_of_report(
    report: CrashReport,
    *,
    any_unbelted: bool | None = None,
    any_female: bool | None = None,
    age_55_or_over: bool | None = None,
) -> CrashFacts:
    """Return the facts that the car's own report and its cabin sensors give."""
    return CrashFacts(
        delta_v_kmh=report.max_delta_v_kmh,
        side=report.impact,
        multiple_impacts=report.multiple_impacts,
        any_unbelted=any_unbelted,
        any_female=any_female,
        age_55_or_over=age_55_or_over,
        airbag=report.airbag,
        rollover=report.rollover,
        lower_bound=report.lower_bound,
    )


def facts_of_msd(
    *,
    delta_v_x_kmh: float | None,
    delta_v_y_kmh: float | None,
    range_limit_kmh: float | None = None,
    location_of_impact: str | None = None,
    rollover: bool | None = None,
    driver_on_left: bool | None = None,
) -> CrashFacts:
    """Return the facts that an MSD with Euro NCAP data (TB 040) gives a centre.

    Args:
        delta_v_x_kmh: ``deltaVX``; negative for a frontal impact.
        delta_v_y_kmh: ``deltaVY``; which sign is left is not relied on.
        range_limit_kmh: ``rangeLimit``; a ΔV that reaches it is a lower bound.
        location_of_impact: The enumeration's name: front, rear, driverSide, nonDriverSide …
        rollover: ``rolloverDetected``, None if absent.
        driver_on_left: Where the driver sits, None = not known: then a side is left or right.
    """
    parts = [v for v in (delta_v_x_kmh, delta_v_y_kmh) if v is not None and math.isfinite(v)]
    limit = range_limit_kmh
    sides = _sides_of_location(location_of_impact, driver_on_left=driver_on_left)
    if not sides and len(parts) == 2:
        sides = _sides_of_delta_v(parts[0], parts[1])
    return CrashFacts(
        delta_v_kmh=math.hypot(*parts) if parts else None,
        side=sides[0] if len(sides) == 1 else "unknown",
        possible_sides=sides,
        rollover=rollover,
        lower_bound=len(parts) == 1 or (limit is not None and any(abs(v) >= limit for v in parts)),
    )


def _sides_of_location(location: str | None, *, driver_on_left: bool | None) -> tuple[Side, ...]:
    if location == "front":
        return ("front",)
    if location == "rear":
        return ("rear",)
    if location not in ("driverSide", "nonDriverSide"):
        return ()
    if driver_on_left is None:
        return ("left", "right")
    return ("left",) if driver_on_left == (location == "driverSide") else ("right",)


def _sides_of_delta_v(delta_v_x: float, delta_v_y: float) -> tuple[Side, ...]:
    side = side_of(direction_deg(delta_v_x, delta_v_y))
    if side in ("left", "right"):
        return ("left", "right")
    return () if side == "unknown" else (side,)


def _sides(facts: CrashFacts) -> tuple[Side, ...]:
    if facts.side != "unknown":
        return (facts.side,)
    return facts.possible_sides or _ALL_SIDES


def _possible(facts: CrashFacts, name: str) -> tuple[bool, ...]:
    value: bool | None = getattr(facts, name)
    return (False, True) if value is None else (value,)


def _terms(
    model: Model, delta_v_kmh: float, side: Side, inputs: dict[str, bool]
) -> dict[str, float]:
    """Return the model's regressors that are not zero."""
    terms = {"const": 1.0}
    if model == "M1":
        terms["ln_delta_v_mph"] = math.log(max(delta_v_kmh / KMH_PER_MPH, _LEAST_MPH))
        if side != "front":
            terms[side] = 1.0
    else:
        if delta_v_kmh >= 25.0:
            terms[
                "55_up" if delta_v_kmh >= 55.0 else "40_54" if delta_v_kmh >= 40.0 else "25_39"
            ] = 1.0
        if side != "front":
            terms["non_frontal"] = 1.0
    terms.update({_TERMS[name]: 1.0 for name, value in inputs.items() if value})
    return terms


def _probability(model: Model, terms: dict[str, float]) -> tuple[float, float, float]:
    """Return (probability, low, high): the logit and its 95 % interval."""
    table = M1 if model == "M1" else M2
    logit = sum(table[name].value * x for name, x in terms.items())
    variance = sum((table[name].error * x) ** 2 for name, x in terms.items())
    slope = terms.get("ln_delta_v_mph")
    if slope is not None:
        variance += (
            2.0 * _PIVOT_CORRELATION * M1["const"].error * M1["ln_delta_v_mph"].error * slope
        )
    spread = _Z95 * math.sqrt(max(variance, 0.0))
    return _logistic(logit), _logistic(logit - spread), _logistic(logit + spread)


def _logistic(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    grown = math.exp(x)
    return grown / (1.0 + grown)


def _notes(facts: CrashFacts, unknown: list[str]) -> tuple[str, ...]:
    notes = ["severity.note.interval_approximate"]
    if unknown:
        notes.append("severity.note.unknown_inputs")
    if facts.lower_bound:
        notes.append("severity.note.lower_bound")
    if facts.rollover:
        notes.append("severity.note.rollover_not_in_model")
    return tuple(notes)
