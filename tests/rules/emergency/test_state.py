from __future__ import annotations

import pytest

from opensos.rules.emergency import TABLE, Action, Guard, Happening, Row, State
from opensos.rules.emergency._state import rows
from opensos.rules.emergency.procedure import _DO, _HOLDS

TRIGGERS = (Happening.MANUAL, Happening.AUTOMATIC)


def test_every_state_can_be_reached_from_idle() -> None:
    reached = {State.IDLE}
    while True:
        further = reached | {row.then for row in TABLE if row.state in reached}
        if further == reached:
            break
        reached = further
    assert reached == set(State)


def test_every_state_can_come_back_to_idle() -> None:
    back = {State.IDLE}
    while True:
        further = back | {row.state for row in TABLE if row.then in back}
        if further == back:
            break
        back = further
    assert back == set(State)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("happening", [*TRIGGERS, Happening.TEST])
def test_no_state_is_deaf_to_a_trigger(state: State, happening: Happening) -> None:
    assert rows(state, happening)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("happening", TRIGGERS)
def test_a_trigger_always_leads_to_a_call_or_its_cancel_window(
    state: State, happening: Happening
) -> None:
    for row in rows(state, happening):
        allowed = {State.DIALLING, State.CONNECTED}
        if happening is Happening.MANUAL:
            allowed.add(State.CANCEL_WINDOW)
        assert row.then in allowed


@pytest.mark.parametrize("state", [s for s in State if s is not State.IDLE])
def test_a_restart_is_foreseen_in_every_state_but_idle(state: State) -> None:
    assert rows(state, Happening.RESTARTED)


def test_the_last_row_of_every_pair_needs_no_condition_unless_nothing_may_follow() -> None:
    conditional = {
        (row.state, row.happening) for row in TABLE if rows(row.state, row.happening)[-1].guards
    }
    assert conditional == set()


def test_no_row_stands_behind_one_without_a_condition() -> None:
    for row in TABLE:
        found = rows(row.state, row.happening)
        assert all(earlier.guards for earlier in found[:-1])


def test_only_a_trigger_or_a_due_redial_dials() -> None:
    for row in TABLE:
        if Action.DIAL in row.actions:
            assert row.then is State.DIALLING
            assert row.happening in {
                *TRIGGERS,
                Happening.TEST,
                Happening.CANCEL_OVER,
                Happening.REDIAL_DUE,
            }


def test_no_way_leads_from_a_clear_down_to_a_redial() -> None:
    for row in TABLE:
        if row.happening is Happening.CLEARED_DOWN:
            assert row.then in {State.CALLBACK_WINDOW, State.IDLE}
        if row.state in {State.CALLBACK_WINDOW, State.IDLE}:
            assert row.then is not State.REDIAL_WAIT


def test_the_car_hangs_up_only_when_t2_is_over_or_on_tests_and_silent_attempts() -> None:
    for row in TABLE:
        if Action.HANG_UP in row.actions and Guard.TEST_CALL not in row.guards:
            assert row.happening in {Happening.T2_OVER, Happening.ATTEMPT_OVER}


EMERGENCY_CALLS = {State.DIALLING, State.CONNECTED, State.REDIAL_WAIT}


def entering(state: State) -> list[Row]:
    return [row for row in TABLE if row.then is state and row.state is not state]


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (State.IDLE, Action.CLOSE),
        (State.CANCEL_WINDOW, Action.START_CANCEL_WINDOW),
        (State.DIALLING, Action.DIAL),
        (State.CONNECTED, Action.ENTER_CALL),
        (State.REDIAL_WAIT, Action.PLAN_REDIAL),
    ],
)
def test_whoever_enters_a_state_does_what_it_needs(state: State, action: Action) -> None:
    assert [row for row in entering(state) if action not in row.actions] == []


def test_the_callback_time_starts_at_the_end_of_every_call() -> None:
    for row in entering(State.CALLBACK_WINDOW):
        taken_back = row.happening is Happening.CANCEL
        assert (Action.OPEN_CALLBACK in row.actions) is not taken_back


def test_a_call_that_could_not_be_placed_is_always_said_to_have_failed() -> None:
    without_failure = {Happening.CLEARED_DOWN, Happening.T2_OVER, Happening.CANCEL}
    for row in entering(State.CALLBACK_WINDOW):
        heard = {Guard.DATA_ARRIVED, Guard.CALLBACK_CALL} & set(row.guards)
        failed = row.happening not in without_failure and not heard
        assert (Action.GIVE_UP in row.actions) is failed


def test_a_time_that_is_over_in_a_call_always_ends_it_at_the_other_side_too() -> None:
    for row in TABLE:
        if row.happening in {Happening.ATTEMPT_OVER, Happening.T2_OVER}:
            assert Action.HANG_UP in row.actions


def test_every_emergency_trigger_has_the_full_set_of_redials() -> None:
    for row in TABLE:
        if row.happening in TRIGGERS and row.state in EMERGENCY_CALLS:
            fresh = {Action.OPEN_CASE, Action.START_CANCEL_WINDOW, Action.RENEW_BOUND}
            assert fresh & set(row.actions)


def test_every_word_of_the_table_means_something() -> None:
    assert set(_HOLDS) == set(Guard) == {guard for row in TABLE for guard in row.guards}
    assert set(_DO) == set(Action) == {action for row in TABLE for action in row.actions}
    assert {row.happening for row in TABLE} == set(Happening)
