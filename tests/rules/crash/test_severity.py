"""Severity: the models of the published table, and what is done with what is not known."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.rules.crash import (
    CrashDetector,
    CrashFacts,
    Severity,
    estimate,
    facts_of_msd,
    facts_of_report,
)
from opensos.rules.crash.severity import KMH_PER_MPH, Model
from opensos.sim.scenarios import Push
from tests.rules.crash.pulses import stream

MAYBE = st.sampled_from([None, False, True])


def known(kmh: float, **more: Any) -> Severity:
    facts: dict[str, Any] = {
        "side": "front",
        "multiple_impacts": False,
        "any_unbelted": False,
        "any_female": False,
        "age_55_or_over": False,
        "airbag": False,
        **more,
    }
    severity = estimate(CrashFacts(kmh, **facts))
    assert severity is not None
    return severity


def logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


def test_m1_is_the_published_table() -> None:
    forty = 40.0 * KMH_PER_MPH
    base = -17.410 + 4.040 * math.log(40.0)
    assert known(forty).probability == pytest.approx(logistic(base))
    assert known(forty, side="left").probability == pytest.approx(logistic(base + 1.475))
    assert known(forty, side="right").probability == pytest.approx(logistic(base - 0.259))
    assert known(forty, side="rear").probability == pytest.approx(logistic(base + 1.805))
    everything = known(forty, multiple_impacts=True, any_unbelted=True, any_female=True)
    assert everything.probability == pytest.approx(logistic(base + 0.279 + 1.525 + 0.854))
    assert everything.unknown == ()


@pytest.mark.parametrize(
    ("kmh", "step"), [(24.9, 0.0), (25.0, 2.437), (40.0, 3.734), (55.0, 5.362), (120.0, 5.362)]
)
def test_m2_is_the_published_table(kmh: float, step: float) -> None:
    facts = CrashFacts(
        kmh,
        "rear",
        any_unbelted=True,
        age_55_or_over=True,
        any_female=True,
        airbag=True,
    )
    severity = estimate(facts, "M2")
    assert severity is not None
    logit = -8.332 + step + 1.147 + 1.050 + 1.261 - 0.060 + 0.176
    assert severity.probability == pytest.approx(logistic(logit))
    assert severity.unknown == ()
    assert severity.model == "M2"


def test_unknown_inputs_are_spanned_never_taken_as_zero() -> None:
    severity = estimate(CrashFacts(50.0, "front"))
    assert severity is not None
    assert severity.unknown == ("multiple_impacts", "any_unbelted", "any_female")
    best = known(50.0)
    worst = known(50.0, multiple_impacts=True, any_unbelted=True, any_female=True)
    assert severity.low <= best.low
    assert severity.high >= worst.high
    assert best.probability < severity.probability < worst.probability
    assert "severity.note.unknown_inputs" in severity.notes


def test_an_unknown_side_may_be_any_side() -> None:
    severity = estimate(CrashFacts(50.0))
    assert severity is not None
    assert severity.unknown[0] == "side"
    sides = [
        known(50.0, side=s, multiple_impacts=None, any_unbelted=None, any_female=None)
        for s in ("front", "left", "right", "rear")
    ]
    assert severity.probability == pytest.approx(sum(s.probability for s in sides) / 4)


@pytest.mark.parametrize(
    ("kmh", "cdc", "concern"), [(20.0, False, False), (60.0, False, True), (100.0, True, True)]
)
def test_two_flags_at_20_and_at_5_percent(kmh: float, *, cdc: bool, concern: bool) -> None:
    severity = known(kmh)
    assert (severity.cdc_flag, severity.high_concern_flag) == (cdc, concern)
    assert severity.caveat == "severity.caveat.baseline"


def test_a_lower_bound_has_no_upper_limit_and_says_so() -> None:
    severity = known(42.5, lower_bound=True)
    assert severity.lower_bound
    assert severity.high == 1.0
    assert "severity.note.lower_bound" in severity.notes


def test_a_rollover_is_not_in_the_models_and_that_is_said() -> None:
    assert "severity.note.rollover_not_in_model" in known(30.0, rollover=True).notes


@pytest.mark.parametrize("kmh", [None, math.nan, math.inf])
def test_without_a_change_of_velocity_nothing_is_claimed(kmh: float | None) -> None:
    assert estimate(CrashFacts(kmh)) is None


def test_no_change_of_velocity_at_all_is_next_to_no_risk() -> None:
    assert known(0.0).probability < 1e-6


any_facts = st.builds(
    CrashFacts,
    st.floats(-300.0, 300.0),
    st.sampled_from(["front", "right", "rear", "left", "unknown"]),
    multiple_impacts=MAYBE,
    any_unbelted=MAYBE,
    any_female=MAYBE,
    lower_bound=st.booleans(),
)
models: st.SearchStrategy[Model] = st.sampled_from(["M1", "M2"])


@given(any_facts, models)
def test_the_estimate_lies_in_its_range(facts: CrashFacts, model: Model) -> None:
    severity = estimate(facts, model)
    assert severity is not None
    assert 0.0 <= severity.low <= severity.probability <= severity.high <= 1.0


@given(st.floats(1.0, 200.0), st.floats(0.0, 100.0))
def test_a_greater_change_of_velocity_is_never_less_severe(kmh: float, more: float) -> None:
    assert known(kmh + more).probability >= known(kmh).probability


# --- where the facts come from -------------------------------------------------------------------


def test_the_car_s_own_report_gives_the_facts() -> None:
    report = CrashDetector().feed(stream(Push("y", 18.0, 0.0, 0.08), seconds=6.0))[-1]
    facts = facts_of_report(report, any_unbelted=False)
    assert facts.side == "left"
    assert facts.delta_v_kmh == report.max_delta_v_kmh
    assert (facts.multiple_impacts, facts.any_unbelted, facts.any_female) == (False, False, None)


@pytest.mark.parametrize(
    ("location", "driver_on_left", "side", "possible"),
    [
        ("front", None, "front", ("front",)),
        ("rear", None, "rear", ("rear",)),
        ("driverSide", True, "left", ("left",)),
        ("driverSide", False, "right", ("right",)),
        ("nonDriverSide", True, "right", ("right",)),
        ("nonDriverSide", None, "unknown", ("left", "right")),
        ("unknown", None, "front", ("front",)),
        (None, None, "front", ("front",)),
    ],
)
def test_an_msd_with_euro_ncap_data_gives_the_facts(
    location: str | None,
    driver_on_left: bool | None,  # noqa: FBT001  a table
    side: str,
    possible: tuple[str, ...],
) -> None:
    facts = facts_of_msd(
        delta_v_x_kmh=-45.0,
        delta_v_y_kmh=10.0,
        range_limit_kmh=125.0,
        location_of_impact=location,
        driver_on_left=driver_on_left,
    )
    assert facts.delta_v_kmh == pytest.approx(math.hypot(45.0, 10.0))
    assert facts.side == side
    assert facts.possible_sides == possible
    assert not facts.lower_bound
    assert estimate(facts) is not None


def test_an_msd_whose_delta_v_reaches_the_range_is_a_lower_bound() -> None:
    facts = facts_of_msd(delta_v_x_kmh=-100.0, delta_v_y_kmh=0.0, range_limit_kmh=100.0)
    assert facts.lower_bound


def test_an_msd_with_one_component_is_a_lower_bound_and_with_none_says_nothing() -> None:
    one = facts_of_msd(delta_v_x_kmh=None, delta_v_y_kmh=30.0)
    assert (one.delta_v_kmh, one.side, one.lower_bound) == (30.0, "unknown", True)
    none = facts_of_msd(delta_v_x_kmh=None, delta_v_y_kmh=None)
    assert none.delta_v_kmh is None
    assert not none.lower_bound


def test_a_lateral_delta_v_without_a_location_may_be_either_side() -> None:
    assert facts_of_msd(delta_v_x_kmh=2.0, delta_v_y_kmh=-30.0).possible_sides == ("left", "right")
    assert facts_of_msd(delta_v_x_kmh=0.0, delta_v_y_kmh=0.0).possible_sides == ()
