"""A press, a touch, a bounce, a stuck contact, silence: what the SOS button makes of each."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import Effect, LocalError, Tell, WakeAt
from opensos.rules.emergency import (
    Bouncing,
    Button,
    ButtonEvent,
    ButtonSettings,
    CancelPressed,
    Freed,
    GestureDone,
    GestureFailed,
    GestureReady,
    Holding,
    Pressed,
    Stuck,
    Touched,
)

AT_ONCE = ButtonSettings(hold_s=0)


class Finger:
    """Moves a contact through time; the unit reads it every 50 ms and wakes when it asked to."""

    def __init__(self, settings: ButtonSettings | None = None, *, released: bool = True) -> None:
        self.button = Button(settings)
        self.t = 100.0
        self.contact: bool | None = False
        self.wake_at = math.inf
        self.told: list[ButtonEvent] = []
        if released:
            self.wait(1)

    def do(self, effects: list[Effect]) -> None:
        self.wake_at = math.inf
        for effect in effects:
            if isinstance(effect, WakeAt):
                self.wake_at = effect.when
            elif isinstance(effect, Tell):
                assert isinstance(effect.event, ButtonEvent)
                self.told.append(effect.event)

    def set(self, contact: bool | None) -> None:  # noqa: FBT001  # a contact
        self.contact = contact
        self.do(self.button.feed(contact, self.t))

    def wait(self, seconds: float) -> None:
        end = self.t + seconds
        while self.t < end - 1e-9:
            self.t = min(end, self.t + 0.05, max(self.wake_at, self.t + 1e-6))
            self.do(self.button.wake(self.t))
            self.do(self.button.feed(self.contact, self.t))

    def press(self, seconds: float) -> None:
        self.set(True)
        self.wait(seconds)
        self.set(False)
        self.wait(0.05)

    def bounce(self, seconds: float, every: float = 0.004) -> None:
        end = self.t + seconds
        while self.t < end:
            self.set(not self.contact)
            self.t += every
            self.do(self.button.wake(self.t))

    def window(self, *, is_open: bool) -> None:
        self.do(self.button.cancel_window(self.t, is_open=is_open))

    def service(
        self, *, active: bool = True, ignition: bool | None = True, engine: bool | None = False
    ) -> None:
        self.do(self.button.service(self.t, active=active, ignition=ignition, engine=engine))

    def heard(self) -> list[ButtonEvent]:
        """Return what was told since this was last asked, without the beginnings of presses."""
        told, self.told = self.told, []
        return [event for event in told if not isinstance(event, Holding)]


# --- press and hold


def test_a_hold_calls_while_the_finger_is_still_down() -> None:
    finger = Finger()
    finger.set(True)
    finger.wait(0.99)
    assert finger.heard() == []
    assert finger.button.holding
    finger.wait(0.02)
    assert finger.heard() == [Pressed()]
    assert not finger.button.holding


def test_the_beginning_of_a_press_is_told_with_the_time_of_the_call() -> None:
    finger = Finger()
    finger.set(True)
    began = finger.t
    finger.wait(0.05)
    assert finger.told == [Holding(began + 1.0)]
    assert finger.button.pressed is True


def test_one_hold_is_one_call_however_long_it_is() -> None:
    finger = Finger()
    finger.press(25)
    assert finger.heard() == [Pressed()]


def test_each_hold_is_a_call_of_its_own() -> None:
    finger = Finger()
    finger.press(1.1)
    finger.press(1.1)
    assert finger.heard() == [Pressed(), Pressed()]


def test_a_press_too_short_is_a_touch() -> None:
    finger = Finger()
    finger.press(0.5)
    (touch,) = finger.heard()
    assert isinstance(touch, Touched)
    assert touch.held_s == pytest.approx(0.5, abs=0.001)
    assert not touch.at_start


def test_a_contact_that_is_just_coming_up_does_not_call_at_the_last_moment() -> None:
    finger = Finger()
    finger.set(True)
    finger.wait(0.985)
    finger.set(False)
    finger.wait(1)
    assert [type(event) for event in finger.heard()] == [Touched]


def test_a_hold_with_a_bounce_at_its_last_moment_calls() -> None:
    finger = Finger()
    finger.set(True)
    finger.wait(0.99)
    finger.set(False)
    finger.t += 0.02
    finger.set(True)
    assert finger.heard() == [Pressed()]


def test_touches_in_a_row_are_told_once_a_second() -> None:
    finger = Finger()
    for _ in range(10):
        finger.press(0.1)
    assert 1 <= len(finger.heard()) <= 3


def test_hammering_never_disarms_the_button() -> None:
    finger = Finger()
    for _ in range(40):
        finger.press(0.08)
        finger.wait(0.03)
    finger.heard()
    finger.press(1.1)
    assert finger.heard() == [Pressed()]


def test_a_hold_of_nothing_calls_as_soon_as_the_contact_has_settled() -> None:
    finger = Finger(AT_ONCE)
    finger.set(True)
    finger.wait(0.029)
    assert finger.heard() == []
    finger.wait(0.002)
    assert finger.heard() == [Pressed()]


# --- bounces


def test_the_bounces_of_a_press_are_part_of_it() -> None:
    finger = Finger()
    finger.bounce(0.02)
    finger.set(True)
    finger.wait(1.1)
    finger.bounce(0.02)
    finger.set(False)
    finger.wait(0.1)
    assert finger.heard() == [Pressed()]


def test_a_flick_shorter_than_the_contact_settles_is_nothing() -> None:
    finger = Finger(AT_ONCE)
    finger.set(True)
    finger.t += 0.02
    finger.set(False)
    finger.wait(1)
    assert finger.heard() == []


@pytest.mark.parametrize("settings", [ButtonSettings(), AT_ONCE])
def test_a_storm_of_bounces_never_calls_and_is_told(settings: ButtonSettings) -> None:
    finger = Finger(settings)
    began = finger.t
    finger.bounce(20)
    (storm,) = finger.heard()
    assert isinstance(storm, Bouncing)
    assert storm.since == pytest.approx(began)
    assert finger.button.bouncing
    assert not finger.button.stuck


def test_a_storm_that_ends_stuck_calls_nobody() -> None:
    finger = Finger()
    finger.bounce(2)
    finger.set(True)
    finger.wait(100)
    assert [type(event) for event in finger.heard()] == [Bouncing, Stuck]
    assert finger.button.stuck
    finger.set(False)
    finger.wait(1)
    assert finger.heard() == [Freed()]
    assert not finger.button.stuck


def test_a_quiet_moment_after_a_storm_frees_the_button() -> None:
    finger = Finger()
    finger.bounce(2)
    finger.set(False)
    finger.wait(0.4)
    assert finger.button.bouncing
    finger.wait(0.2)
    assert [type(event) for event in finger.heard()] == [Bouncing, Freed]
    finger.press(1.1)
    assert finger.heard() == [Pressed()]


def test_a_press_within_a_storm_that_pauses_is_none() -> None:
    finger = Finger()
    finger.bounce(2)
    finger.set(False)
    finger.wait(0.1)
    finger.press(1.5)
    assert [type(event) for event in finger.heard()] == [Bouncing]


# --- stuck


def test_a_contact_held_for_half_a_minute_is_stuck_and_called_once() -> None:
    finger = Finger()
    finger.set(True)
    began = finger.t
    finger.wait(300)
    assert finger.heard() == [Pressed(), Stuck(began + 0.0)]
    assert finger.button.stuck
    finger.set(False)
    finger.wait(0.1)
    assert finger.heard() == [Freed()]
    finger.press(1.1)
    assert finger.heard() == [Pressed()]


def test_a_contact_that_was_stuck_before_power_on_never_calls() -> None:
    finger = Finger(released=False)
    finger.contact = True
    finger.wait(300)
    assert [type(event) for event in finger.heard()] == [Stuck]
    finger.set(False)
    finger.wait(0.1)
    assert finger.heard() == [Freed()]


def test_a_finger_that_was_down_at_power_on_is_told_to_press_again() -> None:
    finger = Finger(released=False)
    finger.contact = True
    finger.wait(5)
    finger.set(False)
    finger.wait(0.1)
    (touch,) = finger.heard()
    assert isinstance(touch, Touched)
    assert touch.at_start
    finger.press(1.1)
    assert finger.heard() == [Pressed()]


# --- not known


def test_what_is_not_known_is_never_a_press() -> None:
    finger = Finger(AT_ONCE)
    finger.set(None)
    finger.wait(100)
    assert finger.heard() == []
    assert finger.button.pressed is None


def test_a_hold_that_was_not_seen_to_last_begins_anew() -> None:
    finger = Finger()
    finger.set(True)
    finger.wait(0.8)
    finger.set(None)
    finger.wait(0.1)
    finger.set(True)
    finger.wait(0.8)
    assert finger.heard() == []
    finger.wait(0.3)
    assert finger.heard() == [Pressed()]


def test_a_hold_that_has_called_does_not_call_again_after_a_gap() -> None:
    finger = Finger()
    finger.set(True)
    finger.wait(2)
    finger.set(None)
    finger.wait(2)
    finger.set(True)
    finger.wait(20)
    assert finger.heard() == [Pressed()]


def test_a_reading_that_nobody_renews_is_not_known_any_more() -> None:
    finger = Finger()
    finger.set(True)
    finger.t += 5  # the unit stalled
    finger.do(finger.button.wake(finger.t))
    assert finger.heard() == []
    assert finger.button.pressed is None
    finger.set(False)
    finger.wait(1)
    assert finger.heard() == []


def test_a_press_after_a_long_blindness_is_a_press_and_not_stuck() -> None:
    finger = Finger()
    finger.set(True)
    finger.wait(0.2)
    finger.set(None)
    finger.wait(100)
    finger.set(True)
    finger.wait(1.1)
    assert finger.heard() == [Pressed()]


# --- the press that cancels


def calling() -> Finger:
    finger = Finger()
    finger.set(True)
    finger.wait(1.05)
    assert finger.heard() == [Pressed()]
    finger.window(is_open=True)
    finger.wait(0.3)
    finger.set(False)
    finger.wait(0.6)
    return finger


def test_one_short_press_alone_takes_the_call_back() -> None:
    finger = calling()
    finger.press(0.2)
    assert finger.heard() == []
    finger.wait(0.5)
    assert finger.heard() == [CancelPressed()]


def test_hammering_in_fear_takes_nothing_back() -> None:
    finger = calling()
    for _ in range(6):
        finger.press(0.1)
        finger.wait(0.1)
    finger.wait(2)
    assert finger.heard() == []


def test_a_second_push_right_after_the_first_takes_nothing_back() -> None:
    finger = Finger(AT_ONCE)
    finger.set(True)
    finger.wait(0.05)
    finger.window(is_open=True)
    finger.wait(0.05)
    finger.set(False)
    finger.wait(0.2)
    finger.press(0.1)
    finger.wait(2)
    assert finger.heard() == [Pressed()]


def test_a_lone_press_after_hammering_takes_the_call_back() -> None:
    finger = calling()
    finger.press(0.1)
    finger.press(0.1)
    finger.wait(1)
    finger.press(0.1)
    finger.wait(1)
    assert finger.heard() == [CancelPressed()]


def test_a_second_hold_is_one_more_wish_for_help() -> None:
    finger = calling()
    finger.press(1.1)
    finger.wait(1)
    assert finger.heard() == [Pressed()]


def test_where_a_press_calls_at_once_a_short_one_still_cancels() -> None:
    finger = Finger(AT_ONCE)
    finger.press(0.2)
    finger.window(is_open=True)
    finger.wait(1)
    finger.press(0.2)
    finger.wait(1)
    assert finger.heard() == [Pressed(), CancelPressed()]


def test_a_press_that_the_end_of_the_window_overtakes_cancels_nothing() -> None:
    finger = calling()
    finger.press(0.2)
    finger.window(is_open=False)
    finger.wait(1)
    assert finger.heard() == []


def test_a_gap_after_the_short_press_leaves_open_whether_it_was_alone() -> None:
    finger = calling()
    finger.press(0.2)
    finger.set(None)
    finger.wait(1)
    assert finger.heard() == []


def test_a_stuck_contact_cannot_cancel_when_it_comes_loose() -> None:
    finger = Finger(released=False)
    finger.contact = True
    finger.wait(2)
    finger.window(is_open=True)
    finger.set(False)
    finger.wait(2)
    assert CancelPressed() not in finger.heard()


def test_saying_twice_that_the_window_is_open_changes_nothing() -> None:
    finger = calling()
    finger.press(0.2)
    finger.window(is_open=True)
    finger.wait(1)
    assert finger.heard() == [CancelPressed()]


# --- the gesture


def test_the_gesture_is_made_by_letting_go_between_ten_and_fifteen_seconds() -> None:
    finger = Finger()
    finger.service()
    finger.set(True)
    finger.wait(9.9)
    assert finger.heard() == []
    finger.wait(0.2)
    assert finger.heard() == [GestureReady()]
    finger.wait(4)
    finger.set(False)
    finger.wait(0.1)
    assert finger.heard() == [GestureDone()]


def test_no_press_calls_in_service_mode() -> None:
    finger = Finger(AT_ONCE)
    finger.service()
    finger.press(1.1)
    assert finger.heard() == [GestureFailed("short")]


def test_a_gesture_held_too_long_is_none() -> None:
    finger = Finger()
    finger.service()
    finger.press(16)
    assert finger.heard() == [GestureReady(), GestureFailed("long")]


@pytest.mark.parametrize(
    ("ignition", "engine", "why"),
    [(False, False, "ignition"), (None, False, "ignition"), (True, True, "engine"),
     (True, None, "engine"), (None, None, "ignition")],
)  # fmt: skip
def test_a_gesture_needs_the_ignition_on_and_the_engine_off(
    why: str, *, ignition: bool | None, engine: bool | None
) -> None:
    finger = Finger()
    finger.service(ignition=ignition, engine=engine)
    finger.press(12)
    assert finger.heard() == [GestureFailed(why)]


def test_a_gesture_breaks_off_when_the_engine_starts() -> None:
    finger = Finger()
    finger.service()
    finger.set(True)
    finger.wait(11)
    finger.service(engine=True)
    finger.set(False)
    finger.wait(1)
    assert finger.heard() == [GestureReady(), GestureFailed("engine")]


def test_a_gesture_goes_on_while_its_conditions_are_told_again() -> None:
    finger = Finger()
    finger.service()
    finger.set(True)
    for _ in range(12):
        finger.wait(1)
        finger.service()
    finger.set(False)
    finger.wait(1)
    assert finger.heard() == [GestureReady(), GestureDone()]


def test_a_press_that_outlives_service_mode_calls_nobody() -> None:
    finger = Finger()
    finger.service()
    finger.set(True)
    finger.wait(5)
    finger.service(active=False)
    finger.wait(20)
    assert finger.heard() == [GestureFailed("ended")]
    finger.set(False)
    finger.wait(1)
    finger.press(1.1)
    assert finger.heard() == [Pressed()]


def test_a_press_from_before_service_mode_is_no_gesture_and_no_call() -> None:
    finger = Finger()
    finger.set(True)
    finger.wait(0.9)
    finger.service()
    finger.wait(12)
    finger.set(False)
    finger.wait(1)
    assert finger.heard() == []


def test_service_mode_changes_nothing_at_a_press_that_has_called() -> None:
    finger = Finger()
    finger.set(True)
    finger.wait(1.1)
    finger.service()
    finger.wait(12)
    finger.set(False)
    finger.wait(1)
    assert finger.heard() == [Pressed()]


def test_the_gesture_never_says_that_a_call_will_follow() -> None:
    finger = Finger()
    finger.service()
    finger.press(12)
    assert not any(isinstance(event, Holding) for event in finger.told)


def test_a_second_gesture_is_held_as_long_as_the_first() -> None:
    finger = Finger()
    finger.service()
    finger.press(12)
    finger.press(5)
    assert finger.heard() == [GestureReady(), GestureDone(), GestureFailed("short")]


def test_service_mode_that_ends_without_a_press_is_no_event() -> None:
    finger = Finger()
    finger.service()
    finger.service()
    finger.service(active=False)
    assert finger.heard() == []


# --- settings, and every life


@pytest.mark.parametrize(
    "wrong",
    [
        {"hold_s": -0.1},
        {"hold_s": 10.1},
        {"debounce_s": 0.0},
        {"debounce_s": 0.21},
        {"storm_s": 0.03},
        {"storm_s": 10.1},
        {"blind_s": 0.03},
        {"blind_s": 5.1},
        {"lone_s": 0.0},
        {"lone_s": 2.1},
        {"cancel_below_s": 0.1},
        {"cancel_below_s": 5.1},
        {"touch_gap_s": -1.0},
        {"gesture_s": 1.0},
        {"gesture_most_s": 10.0},
        {"stuck_s": 15.0},
    ],
)
def test_times_that_tell_nothing_apart_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        replace(ButtonSettings(), **wrong)


CONTACTS = st.sampled_from([True, False, None])
LIVES = st.lists(
    st.tuples(CONTACTS, st.sampled_from([0.004, 0.02, 0.05, 0.3, 0.7, 1.2, 6.0, 31.0])), max_size=50
)


@given(LIVES, st.sampled_from([0.0, 1.0, 2.0]))
def test_no_call_without_a_contact_seen_up_and_then_down_for_the_hold(
    life: list[tuple[bool | None, float]], hold: float
) -> None:
    finger = Finger(ButtonSettings(hold_s=hold), released=False)
    up_seen, down_for = False, 0.0
    for contact, seconds in life:
        finger.set(contact)
        if contact is False and seconds >= 0.03:
            up_seen = True
        before = finger.t
        finger.wait(seconds)
        down_for = down_for + finger.t - before if contact else 0.0
        calls = finger.heard().count(Pressed())
        if contact is None:
            down_for = 0.0
        assert calls <= 1
        if calls:
            assert up_seen
            up_seen = False
        assert not calls or contact is not False or seconds < 0.03


@given(LIVES)
def test_in_service_mode_no_life_of_a_contact_calls(life: list[tuple[bool | None, float]]) -> None:
    finger = Finger(AT_ONCE)
    finger.service()
    for contact, seconds in life:
        finger.set(contact)
        finger.wait(seconds)
    assert Pressed() not in finger.heard()


@given(LIVES)
def test_after_any_life_a_release_and_a_hold_calls(life: list[tuple[bool | None, float]]) -> None:
    finger = Finger()
    for contact, seconds in life:
        finger.set(contact)
        finger.wait(seconds)
    finger.set(False)
    finger.wait(0.6)
    finger.heard()
    finger.press(1.1)
    assert finger.heard() == [Pressed()]
