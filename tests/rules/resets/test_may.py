"""Every kind in every situation: a full table, checked against sentences."""

from __future__ import annotations

from itertools import product

import pytest

from opensos.rules.emergency import State
from opensos.rules.resets import KINDS, TEXT_KEYS, Kind, Situation, may

PARKED = Situation(ignition=False, engine=False, speed_kmh=0.0, service=False, high_voltage=False)
WORKSHOP = Situation(ignition=True, engine=False, speed_kmh=0.0, service=True, high_voltage=False)
MAYBE = (True, False, None)
EVERY = [
    Situation(state, pending, ignition, engine, speed, service, voltage)
    for state, pending, ignition, engine, speed, service, voltage in product(
        State, (False, True), MAYBE, MAYBE, (0.0, 30.0, None), (False, True), MAYBE
    )
]


def why(kind: Kind, situation: Situation) -> str | None:
    refused = may(kind, situation)
    if refused is None:
        return None
    assert refused.kind is kind
    assert refused.text_key in TEXT_KEYS
    return refused.text_key.removeprefix("reset.refused.")


@pytest.mark.parametrize("kind", Kind)
def test_nothing_is_done_unless_the_call_is_idle_and_no_data_waits(kind: Kind) -> None:
    for situation in EVERY:
        if situation.call_state is not State.IDLE or situation.data_pending:
            assert why(kind, situation)


@pytest.mark.parametrize("kind", Kind)
def test_nothing_is_done_in_a_drive_or_when_nobody_knows_the_speed_of_a_lit_car(kind: Kind) -> None:
    for situation in EVERY:
        dark = situation.ignition is False and situation.engine is not True
        if situation.speed_kmh == 30.0 or (situation.speed_kmh is None and not dark):
            assert why(kind, situation)


@pytest.mark.parametrize("kind", [Kind.GESTURE, Kind.HARD, Kind.UPDATE, Kind.SERVICE])
def test_what_needs_the_engine_off_needs_to_know_that_it_is(kind: Kind) -> None:
    for situation in EVERY:
        if situation.engine is not False:
            assert why(kind, situation)


def test_the_gesture_needs_service_mode_and_the_ignition() -> None:
    for situation in EVERY:
        if not situation.service or situation.ignition is not True:
            assert why(Kind.GESTURE, situation)


def test_the_supply_is_cut_only_in_a_dark_car_that_has_no_high_voltage() -> None:
    for situation in EVERY:
        if situation.ignition is not False or situation.high_voltage is not False:
            assert why(Kind.HARD, situation)


@pytest.mark.parametrize("kind", Kind)
def test_what_may_be_done_is_exactly_what_nothing_stands_against(kind: Kind) -> None:
    for s in EVERY:
        idle = s.call_state is State.IDLE and not s.data_pending
        stands = s.speed_kmh == 0.0 or (
            s.speed_kmh is None and s.ignition is False and s.engine is not True
        )
        off = s.engine is False
        special = {
            Kind.SOFT: True,
            Kind.UNIT: True,
            Kind.CLEAR: True,
            Kind.UPDATE: off,
            Kind.SERVICE: off,
            Kind.GESTURE: off and s.service and s.ignition is True,
            Kind.HARD: off and s.ignition is False and s.high_voltage is False,
        }[kind]
        assert (may(kind, s) is None) is (idle and stands and special)


@pytest.mark.parametrize(
    ("kind", "situation", "reason"),
    [
        (Kind.SOFT, Situation(State.CANCEL_WINDOW), "cancel_window"),
        (Kind.SOFT, Situation(State.DIALLING), "call"),
        (Kind.UNIT, Situation(State.CONNECTED), "call"),
        (Kind.UNIT, Situation(State.REDIAL_WAIT), "redial"),
        (Kind.CLEAR, Situation(State.CALLBACK_WINDOW), "callback_window"),
        (Kind.CLEAR, Situation(data_pending=True), "data_pending"),
        (Kind.UNIT, Situation(speed_kmh=50.0), "driving"),
        (Kind.UNIT, Situation(speed_kmh=-3.0), "driving"),
        (Kind.UNIT, Situation(), "speed_unknown"),
        (Kind.UNIT, Situation(speed_kmh=float("nan")), "speed_unknown"),
        (Kind.UNIT, Situation(ignition=False, engine=True), "speed_unknown"),
        (Kind.UPDATE, Situation(speed_kmh=0.0, engine=True), "engine"),
        (Kind.UPDATE, Situation(speed_kmh=0.0), "engine_unknown"),
        (Kind.GESTURE, Situation(speed_kmh=0.0, engine=False), "no_service"),
        (Kind.GESTURE, Situation(speed_kmh=0.0, engine=False, service=True), "ignition_unknown"),
        (
            Kind.GESTURE,
            Situation(speed_kmh=0.0, engine=False, service=True, ignition=False),
            "ignition_off",
        ),
        (Kind.HARD, Situation(speed_kmh=0.0, engine=False, ignition=True), "ignition_on"),
        (Kind.HARD, Situation(speed_kmh=0.0, engine=False), "ignition_unknown"),
        (Kind.HARD, Situation(ignition=False, engine=False), "high_voltage_unknown"),
        (Kind.HARD, Situation(ignition=False, engine=False, high_voltage=True), "high_voltage"),
    ],
)
def test_a_refusal_says_why(kind: Kind, situation: Situation, reason: str) -> None:
    assert why(kind, situation) == reason


def test_a_parked_car_may_have_all_but_the_gesture() -> None:
    assert [kind for kind in Kind if may(kind, PARKED)] == [Kind.GESTURE]


def test_a_car_in_service_mode_may_have_all_but_its_supply_cut() -> None:
    assert [kind for kind in Kind if may(kind, WORKSHOP)] == [Kind.HARD]


@pytest.mark.parametrize(("speed", "stands"), [(1.0, True), (-1.0, True), (1.01, False)])
def test_a_receiver_may_let_a_standing_car_creep(speed: float, *, stands: bool) -> None:
    assert (may("soft", Situation(speed_kmh=speed)) is None) is stands


def test_kinds_are_asked_for_by_name() -> None:
    assert KINDS == ("soft", "unit", "gesture", "hard", "update", "clear", "service")
    with pytest.raises(ValueError, match="harder"):
        may("harder", PARKED)
