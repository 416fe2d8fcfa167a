"""What a VIN tells, and what it does not."""

from __future__ import annotations

import pytest

from opensos.protocols.msd.vin import MAKERS, computed_check_digit, describe_vin


def test_a_published_vin_has_a_valid_check_digit() -> None:
    # The usual published examples of the rule of 49 CFR 565.15.
    assert describe_vin("1M8GDM9AXKP042788").check_digit == "valid"
    assert describe_vin("11111111111111111").check_digit == "valid"


def test_a_wrong_check_digit_is_seen_in_north_america_and_china() -> None:
    assert describe_vin("1M8GDM9A1KP042788").check_digit == "invalid"
    assert computed_check_digit("1M8GDM9A1KP042788") == "X"
    right = computed_check_digit("LBV3A5400GM000001")
    assert right is not None
    assert describe_vin(f"LBV3A540{right}GM000001").check_digit == "valid"


def test_elsewhere_the_check_digit_says_nothing() -> None:
    assert describe_vin("WVWZZZ1JZ3W386752").check_digit == "not-applicable"


@pytest.mark.parametrize("vin", [None, "", "WBA??????????????", "1M8GDM9AXKP04278", "IOQ"])
def test_a_vin_that_cannot_be_read_whole_has_an_unknown_check_digit(vin: str | None) -> None:
    assert describe_vin(vin).check_digit == "unknown"


def test_the_maker_is_told_even_from_a_vin_that_was_cut_off() -> None:
    assert describe_vin("WBA??????????????").make == "BMW"
    assert describe_vin("WVWZZZ1JZ3W386752").make == "Volkswagen"
    assert describe_vin("ECALLEXAMPLE02013").make is None
    assert describe_vin(None).make is None


def test_every_known_maker_has_three_characters() -> None:
    assert {len(wmi) for wmi in MAKERS} == {3}


def test_a_model_year_has_two_candidates_thirty_years_apart() -> None:
    assert describe_vin("WVWZZZ1JZ3W386752").model_years == (2003, 2033)
    assert describe_vin("WBA8E9G50GNT12345").model_years == (1986, 2016)
    assert describe_vin("WVWZZZ1JZYW386752").model_years == (2000, 2030)


def test_a_year_code_that_means_nothing_gives_no_candidate() -> None:
    assert describe_vin("WVWZZZ1JZ0W386752").model_years == ()
    assert describe_vin("WVWZZZ1JZZW386752").model_years == ()
    assert describe_vin(None).model_years == ()


def test_one_character_repeated_is_a_placeholder() -> None:
    assert describe_vin("00000000000000000").placeholder
    assert not describe_vin("WVWZZZ1JZ3W386752").placeholder
    assert not describe_vin(None).placeholder
