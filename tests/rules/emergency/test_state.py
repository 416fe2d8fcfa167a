from __future__ import annotations

import pytest

from opensos.rules.emergency import TABLE, Action, Guard, Happening, State
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


def test_every_word_of_the_table_means_something() -> None:
    assert set(_HOLDS) == set(Guard) == {guard for row in TABLE for guard in row.guards}
    assert set(_DO) == set(Action) == {action for row in TABLE for action in row.actions}
    assert {row.happening for row in TABLE} == set(Happening)
