"""However often a unit restarts, whatever its clock says: a trigger is dialled so often at most."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.rules.emergency import (
    Answered,
    Cause,
    Dropped,
    Kept,
    Procedure,
    Record,
    Settings,
    State,
    Unreached,
)
from tests.rules.emergency.driver import DAY, NO_WINDOW, Driver, dials, notes

MOST = 1 + len(NO_WINDOW.redial_delays_s)
YEARS = 3e8
JUMPS = [0.0, -60.0, 60.0, -YEARS, YEARS, -2 * DAY]


def stands_for(car: Driver, seconds: float) -> None:
    car.report(Answered(car.call, received=True))
    car.wait(seconds)
    car.report(Dropped(car.call, "road"))


def test_a_network_that_drops_every_call_after_a_minute_is_dialled_for_no_hours() -> None:
    car = Driver()
    car.crash()
    for _ in range(60):
        if car.state is State.DIALLING:
            stands_for(car, 60)
        car.wait(30)
    assert len(dials(car.orders)) == car.settings.attempts_most
    assert "gave_up" in notes(car.orders)
    car.expect(State.CALLBACK_WINDOW)


def test_a_unit_that_loses_its_power_in_every_call_is_dialled_for_no_hours() -> None:
    car = Driver()
    car.crash()
    for _ in range(200):
        if car.state is State.DIALLING:
            car.report(Answered(car.call, received=True))
        car.wait(61)
        car.restart(off_s=2)
        car.wait(0)
    assert len(dials(car.orders)) == car.settings.attempts_most


def test_a_new_trigger_has_all_its_attempts_again() -> None:
    car = Driver(replace(NO_WINDOW, attempts_most=3))
    car.crash()
    for _ in range(5):
        if car.state is State.DIALLING:
            stands_for(car, 60)
        car.wait(1)
    assert len(dials(car.orders)) == 3
    car.press(Cause.MANUAL)
    for _ in range(5):
        if car.state is State.DIALLING:
            stands_for(car, 60)
        car.wait(1)
    assert len(dials(car.orders)) == 6


def test_a_press_while_a_redial_waits_has_all_its_attempts_again() -> None:
    car = Driver(replace(NO_WINDOW, attempts_most=2, redial_delays_s=(5.0,) * 8))
    car.crash()
    car.report(Unreached(car.call, "road"))
    car.press(Cause.MANUAL)
    car.report(Unreached(car.call, "road"))
    car.wait(5)
    assert len(dials(car.orders)) == 3
    car.report(Unreached(car.call, "road"))
    car.expect(State.CALLBACK_WINDOW)


def test_the_count_of_attempts_outlives_the_power() -> None:
    car = Driver(replace(NO_WINDOW, attempts_most=2))
    car.crash()
    car.restart()
    car.wait(0)
    assert len(dials(car.orders)) == 2
    car.restart()
    car.wait(300)
    assert len(dials(car.orders)) == 2


@given(st.lists(st.tuples(st.sampled_from(JUMPS), st.sampled_from([0.0, 0.1, 5.0, 31.0, 130.0]),
    st.sampled_from([0.0, 0.1, 6.0, 41.0]), st.sampled_from(["", "unreached", "answer", "drop"])),
    max_size=60))  # fmt: skip
def test_no_order_of_restarts_and_clocks_dials_more_than_the_bound(
    life: list[tuple[float, float, float, str]],
) -> None:
    car = Driver()
    car.crash()
    for jump, off, on, news in life:
        if car.state is State.DIALLING and news == "unreached":
            car.report(Unreached(car.call, "road"))
        elif car.state is State.DIALLING and news == "answer":
            car.report(Answered(car.call, received=True))
        elif car.state is State.CONNECTED and news == "drop":
            car.report(Dropped(car.call, "road"))
        car.clock_error += jump
        car.restart(off_s=off)
        car.wait(on)  # a call that stands shorter than a beat earns nothing, one that longer may
    most = car.settings.attempts_most if "answer" in {news for *_, news in life} else MOST
    assert len(dials(car.orders)) <= most


@pytest.mark.parametrize("clock", [0.0, -2 * DAY])
def test_a_restart_in_every_attempt_dials_the_bound_and_no_more(clock: float) -> None:
    car = Driver()
    car.clock_error = clock  # never set, or right
    car.crash()
    for _ in range(60):
        car.restart(off_s=0.5)
        car.wait(31)
    assert 2 <= len(dials(car.orders)) <= MOST
    car.wait(4000)
    assert len(dials(car.orders)) <= MOST


def test_power_that_comes_and_goes_does_not_put_an_sos_off_for_ever() -> None:
    car = Driver(Settings(cancel_window_s=5))
    car.clock_error = -2 * DAY
    car.press()
    for _ in range(12):
        car.restart(off_s=0.5)
        car.wait(0.5)
    assert len(dials(car.orders)) >= 1


def test_a_window_whose_darkness_was_measured_ends_when_it_should() -> None:
    car = Driver(Settings(cancel_window_s=5))
    car.press()
    car.wait(1)
    car.restart(off_s=2)
    assert dials(car.wait(1.9)) == []
    assert len(dials(car.wait(0.2))) == 1


def test_a_record_with_all_attempts_used_dials_no_more() -> None:
    record = Record(State.REDIAL_WAIT, 1, Cause.MANUAL, dialled=25, redial_left_s=100.0)
    procedure, _ = Procedure.restore(Kept(DAY, record), 0, DAY, NO_WINDOW)
    assert procedure.state is State.CALLBACK_WINDOW
