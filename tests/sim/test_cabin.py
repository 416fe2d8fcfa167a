"""Button, lamp, microphone and speaker, and the lines to the rest of the car."""

from __future__ import annotations

import pytest

from opensos.rules.crash import CrashDetector
from opensos.rules.readiness.readings import Circuit
from opensos.sim.cabin import BOUNCE_S, TONE_S
from opensos.sim.car import PretendCar


def pressed(car: PretendCar, now: float) -> bool | None:
    reading = car.button(now)
    assert reading is not None
    return reading.pressed


def test_a_press_bounces_for_some_milliseconds_and_then_stands() -> None:
    car = PretendCar()
    assert pressed(car, 0.9) is False
    car.press_button(1.0)
    during = {pressed(car, 1.0 + 0.0005 * k) for k in range(1, int(BOUNCE_S / 0.0005))}
    assert during == {True, False}
    assert {pressed(car, 1.02 + 0.01 * k) for k in range(50)} == {True}
    car.release_button(2.0)
    assert {pressed(car, 2.02 + 0.01 * k) for k in range(50)} == {False}


def test_a_press_between_two_looks_is_not_swallowed_and_not_seen_twice() -> None:
    car = PretendCar()
    pressed(car, 1.0)
    car.press_button(1.2)
    car.release_button(1.4)
    assert [pressed(car, t) for t in (2.0, 3.0)] == [True, False]


@pytest.mark.parametrize("fault", ["button_stuck", "button_short", "button_short_supply"])
def test_a_stuck_or_shorted_button_looks_pressed_for_ever(fault: str) -> None:
    car = PretendCar()
    car.inject(fault, 1.0)
    assert {pressed(car, 2.0 + k) for k in range(20)} == {True}


def test_a_broken_wire_swallows_a_press_and_a_worn_contact_chatters() -> None:
    car = PretendCar()
    car.inject("button_open", 1.0)
    car.press_button(2.0)
    assert pressed(car, 3.0) is False
    car.clear_faults(4.0)
    car.release_button(4.0)
    car.inject("button_chatter", 5.0)
    assert {pressed(car, 6.0 + 0.001 * k) for k in range(100)} == {True, False}
    car.clear_faults(7.0)
    car.inject("button_unplugged", 7.0)
    reading = car.button(8.0)
    assert reading is not None
    assert (reading.fitted, reading.pressed) == (False, None)


def test_a_tone_test_takes_a_second_and_hears_the_speaker() -> None:
    car = PretendCar()
    car.park(0.0)
    car.test_tone(10.0)
    before, after = car.audio(10.0 + TONE_S / 2), car.audio(10.0 + TONE_S)
    assert before is not None
    assert before.tone is None
    assert after is not None
    assert after.tone is not None
    assert after.tone.heard_db is not None
    assert after.tone.heard_db > 25.0


def test_a_sound_in_the_middle_spoils_the_tone_test() -> None:
    car = PretendCar()
    car.test_tone(10.0)
    car.play("chime", 10.5)
    reading = car.audio(12.0)
    assert reading is not None
    assert reading.tone is not None
    assert reading.tone.heard_db is None
    assert car.sound() == "chime"


@pytest.mark.parametrize(
    ("fault", "noise_below"), [("microphone_weak", -90.0), ("speaker_weak", -20.0)]
)
def test_a_deaf_microphone_hears_no_cabin_and_a_mute_speaker_is_only_not_heard(
    fault: str, noise_below: float
) -> None:
    car = PretendCar()
    car.inject(fault, 1.0)
    car.test_tone(10.0)
    reading = car.audio(12.0)
    assert reading is not None
    assert reading.microphone is reading.speaker is Circuit.OK
    assert reading.tone is not None
    assert reading.tone.heard_db is not None
    assert reading.tone.noise_db is not None
    assert reading.tone.heard_db < 6.0
    assert reading.tone.noise_db < noise_below


def test_a_broken_lamp_stays_dark_whatever_is_shown() -> None:
    car = PretendCar()
    car.show("steady_red", 1.0)
    assert car.lamp_pattern(2.0) == "steady_red"
    car.inject("led_open", 3.0)
    assert car.lamp_pattern(4.0) == "off"


def test_the_airbag_line_lives_with_the_ignition_and_falls_silent_with_a_fault() -> None:
    car = PretendCar()
    alive = car.airbag_line(100.0)
    assert alive is not None
    assert alive.heard_at == pytest.approx(100.0, abs=0.3)
    car.inject("airbag_line_silent", 110.0)
    silent = car.airbag_line(200.0)
    assert silent is not None
    assert silent.heard_at == 110.0
    car.clear_faults(210.0)
    car.park(300.0)
    asleep = car.airbag_line(9_000.0)
    assert asleep is not None
    assert asleep.heard_at == pytest.approx(305.0, abs=0.3)


def test_a_silent_or_broken_airbag_line_reports_no_crash() -> None:
    for fault in ("airbag_line_open", "airbag_line_silent"):
        car = PretendCar()
        car.inject(fault, 0.0)
        car.happen("barrier", 1.0)
        assert car.airbag_fired_at(3.0) is None


@pytest.mark.parametrize("state", ["frozen", "drifted", "dead"])
def test_a_sick_sensor_makes_no_crash_of_a_quiet_drive(state: str) -> None:
    car, detector = PretendCar(), CrashDetector()
    car.inject(f"accelerometer_{state}", 0.5)
    reports = []
    count = 0
    for k in range(1, 3000):
        samples = car.acceleration(k * 0.02)
        count += len(samples)
        reports += detector.feed(samples)
    assert reports == []
    assert (count < 60) == (state == "dead")
    reading = car.accelerometer_reading(60.0)
    assert reading is not None
    assert (reading.noise_g == 0.0) == (state == "frozen")


def test_the_clock_may_be_unset_or_years_ahead() -> None:
    car = PretendCar()
    car.inject("clock_unset", 1.0)
    assert car.utc(2.0) is None
    car.clear_faults(3.0)
    car.inject("clock_jumped", 3.0)
    ahead = car.utc(4.0)
    assert ahead is not None
    assert ahead - car.true_utc(4.0) == 97_200_000.0
