"""The head unit's knob: a long press restarts it, and it alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import UserError
from opensos.sim.head_unit import LONG_PRESS_S, HeadUnit


def test_a_press_of_30_s_restarts_it_and_it_is_back_in_one_to_two_minutes() -> None:
    unit = HeadUnit()
    unit.press(100.0)
    assert unit.state(129.9).on
    assert unit.state(130.0).restarting
    unit.release(131.0)
    assert not unit.state(189.9).on
    assert unit.state(250.1).on
    assert unit.state(250.1).resets == 1


def test_a_shorter_press_does_nothing() -> None:
    unit = HeadUnit()
    unit.hold(LONG_PRESS_S - 0.1, 0.0)
    assert unit.state(60.0).resets == 0
    assert unit.state(60.0).on


def test_one_press_restarts_it_once_however_long_it_lasts() -> None:
    unit = HeadUnit()
    unit.press(0.0)
    assert unit.state(1000.0).resets == 1
    assert unit.state(1000.0).held_s == 1000.0
    unit.release(1000.0)
    unit.hold(31.0, 1100.0)
    assert unit.state(1140.0).resets == 2


@pytest.mark.parametrize("idrive", [1, 2, 3])
def test_before_idrive_4_a_long_press_does_nothing(idrive: int) -> None:
    unit = HeadUnit(idrive=idrive)
    unit.hold(60.0, 0.0)
    assert not unit.can_restart
    assert unit.state(61.0).resets == 0


@pytest.mark.parametrize("idrive", [0, 10])
def test_an_idrive_that_does_not_exist_is_refused(idrive: int) -> None:
    with pytest.raises(UserError):
        HeadUnit(idrive=idrive)


@given(st.integers(0, 10_000))
def test_settings_are_kept_and_every_restart_takes_one_to_two_minutes(seed: int) -> None:
    unit = HeadUnit(seed=seed, settings={"language": "de", "presets": "3"})
    unit.press(0.0)
    back_in = unit.state(LONG_PRESS_S).back_in_s
    assert 60.0 <= back_in <= 120.0
    assert unit.state(LONG_PRESS_S + back_in).on
    assert unit.state(200.0).settings == {"language": "de", "presets": "3"}


def test_its_message_is_not_seen_while_it_restarts_or_lacks_supply() -> None:
    unit = HeadUnit()
    assert unit.state(0.0, message="warning.failure").message == "warning.failure"
    assert unit.state(0.0, message="warning.failure", supply_v=5.0).message is None
    unit.hold(30.0, 0.0)
    assert unit.state(31.0, message="warning.failure").message is None
    assert unit.state(151.0, message="warning.failure").message == "warning.failure"
