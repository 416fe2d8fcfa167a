"""Service mode holds back the button, nothing else, and not a minute longer than it must."""

from __future__ import annotations

from dataclasses import replace

import pytest

from opensos.protocols.effects import Effect, LocalError, Tell, WakeAt
from opensos.rules.emergency import Cause, State
from opensos.rules.resets import (
    ServiceEnded,
    ServiceEntered,
    ServiceMode,
    ServiceRefused,
    ServiceSettings,
    Situation,
)

LIT = Situation(ignition=True, engine=False, speed_kmh=0.0)


def entered() -> ServiceMode:
    mode = ServiceMode()
    assert mode.enter(LIT, 0) == [Tell(ServiceEntered(300.0)), WakeAt(300.0)]
    return mode


def ended(effects: list[Effect]) -> str | None:
    match effects:
        case [Tell(ServiceEnded(why))]:
            return why
    return None


def test_it_is_off_until_somebody_enters_it() -> None:
    mode = ServiceMode()
    assert not mode.active
    assert mode.left_s(0) is None
    assert mode.gate(Cause.MANUAL, 0) == (True, [])
    assert mode.observe(LIT, 0) == mode.wake(0) == mode.leave(0) == []


@pytest.mark.parametrize(
    ("situation", "why"),
    [
        (replace(LIT, engine=True), "engine"),
        (replace(LIT, engine=None), "engine_unknown"),
        (replace(LIT, speed_kmh=5.0), "driving"),
        (replace(LIT, speed_kmh=None), "speed_unknown"),
        (replace(LIT, call_state=State.CALLBACK_WINDOW), "callback_window"),
        (replace(LIT, data_pending=True), "data_pending"),
    ],
)
def test_it_is_not_entered_unless_car_and_call_are_at_rest(situation: Situation, why: str) -> None:
    mode = ServiceMode()
    (effect,) = mode.enter(situation, 0)
    assert isinstance(effect, Tell)
    assert isinstance(effect.event, ServiceRefused)
    assert effect.event.refusal.text_key == f"reset.refused.{why}"
    assert not mode.active


def test_a_press_is_held_back_and_so_is_a_test() -> None:
    mode = entered()
    assert mode.gate(Cause.MANUAL, 1) == (False, [WakeAt(300.0)])
    assert mode.gate(Cause.TEST, 1) == (False, [WakeAt(300.0)])
    assert mode.active


def test_a_crash_ends_it_at_once_and_calls() -> None:
    mode = entered()
    allowed, effects = mode.gate(Cause.AUTOMATIC, 1)
    assert allowed
    assert ended(effects) == "crash"
    assert mode.gate(Cause.MANUAL, 1) == (True, [])


def test_it_ends_by_itself_after_minutes() -> None:
    mode = entered()
    assert mode.left_s(200) == 100
    assert mode.wake(299.9) == [WakeAt(300.0)]
    assert mode.left_s(400) == 0
    assert ended(mode.wake(300)) == "time"
    assert not mode.active


def test_a_press_after_its_time_calls_though_nobody_woke_it() -> None:
    allowed, effects = entered().gate(Cause.MANUAL, 301)
    assert allowed
    assert ended(effects) == "time"


def test_asking_again_does_not_make_it_longer() -> None:
    mode = entered()
    assert mode.enter(LIT, 200) == [WakeAt(300.0)]


def test_it_goes_on_while_nothing_changes() -> None:
    assert entered().observe(LIT, 10) == [WakeAt(300.0)]


@pytest.mark.parametrize(
    ("situation", "why"),
    [
        (replace(LIT, ignition=False), "ignition"),
        (replace(LIT, ignition=None), "ignition"),
        (replace(LIT, engine=True), "reset.refused.engine"),
        (replace(LIT, speed_kmh=2.0), "reset.refused.driving"),
        (replace(LIT, speed_kmh=None), "reset.refused.speed_unknown"),
        (replace(LIT, call_state=State.DIALLING), "reset.refused.call"),
    ],
)
def test_it_ends_with_whatever_it_needed(situation: Situation, why: str) -> None:
    assert ended(entered().observe(situation, 10)) == why


def test_it_ends_when_somebody_asks() -> None:
    assert ended(entered().leave(5)) == "asked"


@pytest.mark.parametrize("lasts", [29.0, 901.0])
def test_it_cannot_be_made_to_last_for_ever_or_for_a_moment(lasts: float) -> None:
    with pytest.raises(LocalError):
        ServiceSettings(lasts)


def test_it_can_be_made_shorter_or_longer() -> None:
    for lasts in (30.0, 900.0):
        mode = ServiceMode(ServiceSettings(lasts))
        mode.enter(LIT, 0)
        assert mode.left_s(0) == lasts
