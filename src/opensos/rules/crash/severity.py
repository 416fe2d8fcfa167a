"""How likely a severe injury is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from opensos.rules.crash.report import CrashReport, Side


@dataclass(frozen=True, slots=True)
class CrashFacts:
    """What is known; None = unknown, never a default.

    ``age_55_or_over`` means any front occupant; ``side`` may be "unknown".
    """

    delta_v_kmh: float | None
    side: Side = "unknown"
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

    ``caveat`` is a text key for the catalogues: ``severity.caveat.baseline`` …;
    ``notes`` are further keys.
    """

    probability: float
    low: float
    high: float
    model: Literal["M1", "M2"]
    cdc_flag: bool
    high_concern_flag: bool
    lower_bound: bool
    unknown: tuple[str, ...]
    caveat: str
    notes: tuple[str, ...] = ()


def estimate(facts: CrashFacts, model: Literal["M1", "M2"] = "M1") -> Severity | None:
    """Return the severity; None if no change of velocity is known."""
    raise NotImplementedError


def facts_of_report(
    report: CrashReport,
    *,
    any_unbelted: bool | None = None,
    any_female: bool | None = None,
    age_55_or_over: bool | None = None,
) -> CrashFacts:
    """Return the facts that the car's own report and cabin sensors give."""
    raise NotImplementedError


def facts_of_msd(
    *,
    delta_v_x_kmh: float | None,
    delta_v_y_kmh: float | None,
    range_limit_kmh: float | None,
    location_of_impact: str | None,
    rollover: bool | None,
    driver_on_left: bool | None = None,
) -> CrashFacts:
    """Return the facts that an MSD with Euro NCAP data (TB 040) gives a centre."""
    raise NotImplementedError
