"""Degrees, directions and times; unknown is never zero."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError
from opensos.protocols.msd import units


def test_unknown_and_absent_positions_have_no_degrees() -> None:
    assert units.latitude(None) is None
    assert units.latitude(units.UNKNOWN_POSITION) is None
    assert units.longitude(units.UNKNOWN_POSITION) is None
    assert units.latitude(0) == 0.0


def test_positions_count_up_to_the_poles_and_the_date_line_and_no_farther() -> None:
    assert units.latitude(324_000_000) == 90.0
    assert units.latitude(324_000_001) is None
    assert units.latitude(-324_000_000) == -90.0
    assert units.latitude(-324_000_001) is None
    assert units.longitude(648_000_000) == 180.0
    assert units.longitude(-648_000_001) is None


@given(st.integers(-324_000_000, 324_000_000))
def test_degrees_and_back_give_the_same_milliarcseconds(mas: int) -> None:
    assert units.latitude_mas(units.latitude(mas)) == mas
    assert units.longitude_mas(units.longitude(2 * mas)) == 2 * mas


def test_poles_and_date_line_can_be_coded() -> None:
    assert (units.latitude_mas(90), units.latitude_mas(-90)) == (324_000_000, -324_000_000)
    assert (units.longitude_mas(180), units.longitude_mas(-180)) == (648_000_000, -648_000_000)


def test_an_unknown_position_is_coded_as_unknown() -> None:
    assert units.latitude_mas(None) == units.UNKNOWN_POSITION
    assert units.longitude_mas(None) == units.UNKNOWN_POSITION


@pytest.mark.parametrize("degrees", [90.1, -91.0, math.nan, math.inf])
def test_an_impossible_latitude_is_refused(degrees: float) -> None:
    with pytest.raises(LocalError, match="beyond the limit of 90"):
        units.latitude_mas(degrees)
    with pytest.raises(LocalError, match="beyond the limit of 180"):
        units.longitude_mas(degrees * 2)


def test_directions_come_in_steps_of_two_degrees() -> None:
    assert units.direction_deg(0) == 0
    assert units.direction_deg(179) == 358
    assert units.direction_deg(180) is None
    assert units.direction_deg(255) is None
    assert units.direction_deg(None) is None
    assert units.direction_deg(-1) is None


def test_any_turn_is_folded_into_one_circle() -> None:
    assert units.direction_code(None) == 255
    assert units.direction_code(0) == 0
    assert units.direction_code(359.5) == 0
    assert units.direction_code(-90) == 135
    assert units.direction_code(28) == 14


def test_a_direction_that_is_no_number_is_refused() -> None:
    with pytest.raises(LocalError, match="makes no sense"):
        units.direction_code(math.nan)


def test_time_zero_means_that_the_clock_failed() -> None:
    assert units.utc(0) is None
    assert units.utc(None) is None
    assert units.utc(123_456_789) == datetime(1973, 11, 29, 21, 33, 9, tzinfo=UTC)
    assert units.utc(0xFFFF_FFFF) == datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC)


def test_earlier_positions_are_counted_from_the_next_later_one() -> None:
    found = units.recent_positions(3_600_000, 7_200_000, (36, -36), (36, 0))
    assert found == ((1.001, 1.999), (1.002, 1.999))


def test_a_broken_chain_of_positions_ends_where_it_breaks() -> None:
    assert units.recent_positions(0, 0, None, (1, 1)) == ()
    assert units.recent_positions(units.UNKNOWN_POSITION, 0, (1, 1)) == ()
    assert units.recent_positions(0, units.UNKNOWN_POSITION, (1, 1)) == ()
    assert units.recent_positions(324_000_000, 0, (1, 0), (0, 0)) == ()


def test_a_step_over_the_date_line_comes_out_on_the_other_side() -> None:
    ((_, east),) = units.recent_positions(0, 648_000_000, (0, 36))
    assert east == pytest.approx(-179.999)
