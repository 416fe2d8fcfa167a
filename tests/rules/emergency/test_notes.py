"""The journal's lines: what a person reads afterwards about what the unit did."""

from __future__ import annotations

import pytest

from opensos.rules.emergency import (
    Answered,
    CalledBack,
    Cause,
    ClearedDown,
    DataRequested,
    Dropped,
    Note,
    Order,
    Settings,
    Unreached,
)
from tests.rules.emergency.driver import Driver, notes


def noted(orders: list[Order], text_key: str) -> list[dict[str, object]]:
    """What the lines with this key say."""
    lines = (order for order in orders if isinstance(order, Note))
    return [dict(line.data) for line in lines if line.text_key == text_key]


def test_the_journal_tells_a_call_from_the_crash_to_the_redial() -> None:
    car = Driver(Settings(redial_delays_s=(0.0, 5.0)), live=True)
    assert notes(car.crash()) == ["crash", "dialling"]
    assert notes(car.report(Answered(car.call, received=None))) == [
        "answered_no_acknowledgement",
        "data_sent",
    ]
    assert notes(car.report(DataRequested(car.call, "t"))) == ["data_requested", "data_sent"]
    assert notes(car.report(Dropped(car.call, "road"))) == ["dropped", "redial_planned"]


def test_a_line_about_dialling_says_which_attempt_for_what_and_whether_it_is_a_test() -> None:
    car = Driver(live=True)
    first = noted(car.crash(), "dialling")
    assert first == [{"attempt": 1, "cause": "automatic", "test": False}]
    car.report(Unreached(car.call, "road"))
    again = noted(car.wait(1), "dialling")
    assert again == [{"attempt": 2, "cause": "automatic", "test": False}]


def test_a_line_about_data_says_which_message_went_out() -> None:
    car = Driver()
    car.press()
    car.report(Answered(car.call, received=True))
    for number in (2, 3):
        orders = car.report(DataRequested(car.call, "t"))
        assert noted(orders, "data_sent") == [{"message_identifier": number}]


def test_a_line_about_a_redial_says_when_it_comes_and_which_one_it_is() -> None:
    car = Driver(Settings(redial_delays_s=(3.0, 7.0)))
    car.crash()
    for which, delay in ((1, 3.0), (2, 7.0)):
        orders = car.report(Unreached(car.call, "road"))
        assert noted(orders, "redial_planned") == [{"in_s": delay, "redial": which}]
        car.wait(delay)
    assert noted(car.report(Unreached(car.call, "road")), "gave_up") == [{"attempts": 3}]


def test_a_line_about_the_cancel_window_says_how_long_it_is() -> None:
    orders = Driver(Settings(cancel_window_s=7)).press()
    assert noted(orders, "cancel_window") == [{"seconds": 7}]


@pytest.mark.parametrize(
    ("cause", "key"), [(Cause.AUTOMATIC, "crash_again"), (Cause.MANUAL, "sos_pressed_again")]
)
def test_a_trigger_in_a_call_is_noted_as_one_more(cause: Cause, key: str) -> None:
    car = Driver()
    car.crash()
    assert key in notes(car.press(cause))
    car.report(Answered(car.call, received=True))
    assert key in notes(car.press(cause))


@pytest.mark.parametrize(
    ("cause", "key"), [(Cause.AUTOMATIC, "crash"), (Cause.MANUAL, "sos_pressed")]
)
def test_an_emergency_that_pushes_a_test_aside_is_noted_as_the_first(
    cause: Cause, key: str
) -> None:
    car = Driver()
    car.press(Cause.TEST)
    assert key in notes(car.press(cause))


def test_a_crash_in_the_cancel_window_is_noted_as_a_crash() -> None:
    car = Driver(Settings(cancel_window_s=5))
    car.press()
    assert "crash" in notes(car.crash())


def test_a_test_call_is_noted_as_begun_or_as_not_possible_now() -> None:
    car = Driver()
    assert notes(car.press(Cause.TEST)) == ["test_started", "dialling"]
    assert notes(car.press(Cause.TEST)) == ["test_not_now"]


def test_a_callback_is_noted_as_taken_or_as_declined() -> None:
    car = Driver()
    car.crash()
    car.report(Answered(car.call, received=True))
    assert "callback_declined" in notes(car.report(CalledBack("early")))
    car.report(ClearedDown(car.call))
    assert "callback_answered" in notes(car.report(CalledBack("back")))
