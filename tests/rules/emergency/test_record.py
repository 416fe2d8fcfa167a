from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import RoadError
from opensos.rules.emergency import Cause, Kept, Procedure, Record, State, record_from_json
from tests.rules.emergency.driver import DAY

seconds = st.none() | st.floats(0, 3600)
records = st.builds(
    Record,
    state=st.sampled_from(State),
    case=st.integers(0, 10**6),
    cause=st.none() | st.sampled_from(Cause),
    test=st.booleans(),
    attempt=st.integers(0, 100),
    redials=st.integers(0, 8),
    message_identifier=st.integers(0, 255),
    call=st.text(max_size=20),
    callback_call=st.booleans(),
    owed=st.booleans(),
    cancel_left_s=seconds,
    redial_left_s=seconds,
    callback_left_s=seconds,
    dialled=st.integers(0, 100),
)
json_values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none())
)


@given(records)
def test_a_record_comes_back_from_json_as_it_was(record: Record) -> None:
    assert record_from_json(json.loads(json.dumps(record.to_json()))) == record


@given(st.data())
def test_a_record_with_one_wrong_value_is_read_or_refused_but_never_crashes(
    data: st.DataObject,
) -> None:
    values: dict[str, Any] = Record().to_json()
    name = data.draw(st.sampled_from(sorted(values)))
    values[name] = data.draw(json_values)
    try:
        record = record_from_json(values)
    except RoadError:
        return
    assert isinstance(record.state, State)


def test_a_record_from_before_the_attempts_were_counted_is_read() -> None:
    values = Record(state=State.REDIAL_WAIT, redials=3, dialled=4).to_json()
    del values["dialled"]
    assert record_from_json(values) == Record(state=State.REDIAL_WAIT, redials=3)


@pytest.mark.parametrize("name", sorted(Record().to_json().keys() - {"dialled"}))
def test_a_record_with_a_missing_value_is_refused(name: str) -> None:
    values = Record().to_json()
    del values[name]
    with pytest.raises(RoadError, match="journal"):
        record_from_json(values)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("case", -1),
        ("case", True),
        ("test", 1),
        ("redial_left_s", "soon"),
        ("redial_left_s", True),
        ("redial_left_s", float("nan")),
    ],
)
def test_a_record_with_a_value_of_the_wrong_kind_is_refused(name: str, value: object) -> None:
    with pytest.raises(RoadError):
        record_from_json({**Record().to_json(), name: value})


def test_the_age_of_a_record_is_the_time_that_passed() -> None:
    assert Kept(DAY, Record()).age(DAY + 30) == 30


def test_a_clock_that_went_back_says_nothing_about_the_age() -> None:
    assert Kept(DAY, Record()).age(DAY - 30) == 0


def test_a_clock_that_was_never_set_says_nothing_about_the_age() -> None:
    assert Kept(5.0, Record()).age(DAY) == 0


def test_a_fresh_record_says_that_nothing_has_happened() -> None:
    nothing = {"state": "idle", "case": 0, "cause": None, "test": True, "attempt": 0}
    nothing |= {"redials": 0, "message_identifier": 0, "call": "", "callback_call": False}
    nothing |= {"owed": False, "cancel_left_s": None, "redial_left_s": None}
    assert Record().to_json() == nothing | {"callback_left_s": None, "dialled": 0}


def test_a_fresh_unit_has_a_fresh_record() -> None:
    assert Procedure().record(0) == Record()


@pytest.mark.parametrize(
    ("name", "most", "too_much"),
    [
        ("case", 2**53 - 1, 2**53),
        ("redial_left_s", 999_999.0, 1e6),
        ("redial_left_s", -999_999.0, -1e6),
    ],
)
def test_a_record_with_a_number_beyond_reason_is_refused(
    name: str, most: float, too_much: float
) -> None:
    assert getattr(record_from_json({**Record().to_json(), name: most}), name) == most
    with pytest.raises(RoadError):
        record_from_json({**Record().to_json(), name: too_much})


def test_a_message_number_above_the_highest_is_read_as_the_highest() -> None:
    for number in (254, 255, 256):
        record = record_from_json({**Record().to_json(), "message_identifier": number})
        assert record.message_identifier == min(number, 255)
