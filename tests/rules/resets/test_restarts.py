"""So many resets an hour, over all the restarts that they cause."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError, RoadError
from opensos.rules.resets import Kind, Restarts, RestartsRecord, restarts_from_json

DAY = 1_800_000_000.0
COUNTED = [Kind.SOFT, Kind.UNIT, Kind.GESTURE]


@pytest.mark.parametrize("kind", COUNTED)
def test_three_an_hour_and_then_no_more(kind: Kind) -> None:
    count = Restarts()
    for at in (0.0, 10.0, 20.0):
        assert count.may(kind, at) is None
        count.done(kind, at, DAY + at)
    refused = count.may(kind, 30)
    assert refused is not None
    assert refused.text_key == "reset.refused.too_often"
    assert count.may(kind, 3599.9) is not None
    assert count.may(kind, 3600) is None


@pytest.mark.parametrize("kind", sorted(set(Kind) - set(COUNTED)))
def test_what_restarts_nothing_is_not_counted(kind: Kind) -> None:
    count = Restarts(1)
    assert count.done(kind, 0, DAY).ages_s == ()
    count.done(Kind.UNIT, 0, DAY)
    assert count.may(kind, 0) is None


def test_the_count_outlives_the_restart() -> None:
    record = Restarts(1).done(Kind.UNIT, 100, DAY)
    again = Restarts(1, kept=record, now=5, utc=DAY + 60)
    assert again.may(Kind.UNIT, 5) is not None
    assert again.may(Kind.UNIT, 5 + 3539) is not None
    assert again.may(Kind.UNIT, 5 + 3541) is None


@pytest.mark.parametrize("utc", [0.0, 50.0, DAY - 3600])
def test_a_clock_that_cannot_be_compared_says_that_no_time_passed(utc: float) -> None:
    record = Restarts(1).done(Kind.UNIT, 100, DAY)
    again = Restarts(1, kept=record, now=5, utc=utc)
    assert again.may(Kind.UNIT, 3000) is not None


@given(st.lists(st.sampled_from([0.0, 1.0, 600.0, 1300.0, 3599.0]), max_size=40))
def test_no_hour_has_more_than_three_whatever_the_pauses(pauses: list[float]) -> None:
    done: list[float] = []
    record: RestartsRecord | None = None
    utc = DAY
    for pause in pauses:
        utc += pause
        count = Restarts(kept=record, now=3.0, utc=utc)  # each one starts the unit anew
        if count.may("unit", 3.0) is None:
            record = restarts_from_json(
                json.loads(json.dumps(count.done("unit", 3.0, utc).to_json()))
            )
            done.append(utc)
    for first, fourth in zip(done, done[3:], strict=False):
        assert fourth - first >= 3600 - 1e-3


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"utc": 1.0},
        {"utc": True, "ages_s": []},
        {"utc": "now", "ages_s": []},
        {"utc": float("nan"), "ages_s": []},
        {"utc": 1.0, "ages_s": 3},
        {"utc": 1.0, "ages_s": ["old"]},
        {"utc": 1.0, "ages_s": [float("inf")]},
    ],
)
def test_what_is_no_record_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RoadError, match="journal"):
        restarts_from_json(wrong)


def test_an_age_that_is_not_known_or_in_the_future_counts_as_now() -> None:
    record = restarts_from_json({"utc": DAY, "ages_s": [None, -50.0]})
    assert Restarts(2, kept=record, now=0, utc=DAY).may("soft", 3599) is not None


@pytest.mark.parametrize("most", [0, 21])
def test_a_bound_that_is_none_is_refused(most: int) -> None:
    with pytest.raises(LocalError):
        Restarts(most)


@pytest.mark.parametrize("most", [1, 20])
def test_a_bound_can_be_chosen(most: int) -> None:
    count = Restarts(most)
    for _ in range(most):
        assert count.may("unit", 0) is None
        count.done("unit", 0, DAY)
    assert count.may("unit", 0) is not None
