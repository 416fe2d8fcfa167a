from __future__ import annotations

from dataclasses import replace

import pytest

from opensos.protocols.effects import Tell
from opensos.rules.emergency import (
    TEXT_KEYS,
    Answered,
    CalledBack,
    Cause,
    ClearedDown,
    DataDelivered,
    DataRefused,
    DataRequested,
    Decline,
    Dial,
    Dropped,
    Kept,
    Note,
    Order,
    Procedure,
    Record,
    Refused,
    Remember,
    Ringing,
    SendData,
    Settings,
    State,
    Unreached,
)
from tests.rules.emergency.driver import (
    DAY,
    NO_WINDOW,
    AnswerCallback,
    Driver,
    HangUp,
    dials,
    notes,
    real,
)

WINDOW = Settings(cancel_window_s=5)


def connected(driver: Driver | None = None, cause: Cause = Cause.AUTOMATIC) -> Driver:
    car = driver or Driver()
    car.press(cause)
    car.report(Answered(car.call, received=True))
    car.expect(State.CONNECTED)
    return car


def cleared_down(driver: Driver | None = None) -> Driver:
    car = connected(driver)
    car.report(ClearedDown(car.call))
    car.expect(State.CALLBACK_WINDOW)
    return car


def sent(orders: list[Order]) -> list[SendData]:
    return [order for order in orders if isinstance(order, SendData)]


# --- triggers and the cancel window


def test_a_crash_dials_at_once_even_when_a_cancel_window_is_set() -> None:
    (dial,) = dials(Driver(WINDOW).crash())
    assert (dial.cause, dial.attempt, dial.message_identifier) == (Cause.AUTOMATIC, 1, 1)


def test_an_sos_press_dials_when_the_cancel_window_is_over() -> None:
    car = Driver(WINDOW)
    assert dials(car.press()) == []
    assert dials(car.wait(4.9)) == []
    assert [d.cause for d in dials(car.wait(0.2))] == [Cause.MANUAL]


def test_an_sos_press_can_be_taken_back_in_its_window_only() -> None:
    car = Driver(WINDOW)
    car.press()
    assert notes(car.cancel()) == ["cancelled"]
    car.expect(State.IDLE)
    assert real(car.wait(60)) == []


def test_cancel_is_too_late_once_the_call_goes_out() -> None:
    car = Driver()
    car.press()
    assert notes(car.cancel()) == ["cancel_too_late"]
    car.expect(State.DIALLING)


def test_a_crash_in_the_cancel_window_dials_as_automatic() -> None:
    car = Driver(WINDOW)
    car.press()
    assert [d.cause for d in dials(car.crash())] == [Cause.AUTOMATIC]


def test_a_second_press_in_the_cancel_window_changes_nothing() -> None:
    car = Driver(WINDOW)
    car.press()
    assert notes(car.press()) == ["sos_pressed_again"]
    car.expect(State.CANCEL_WINDOW)


def test_taking_back_a_second_call_keeps_the_callback_window_of_the_first() -> None:
    car = cleared_down(Driver(WINDOW))
    car.press()
    car.wait(1)
    car.cancel()
    car.expect(State.CALLBACK_WINDOW)
    car.wait(3598)
    car.expect(State.CALLBACK_WINDOW)
    car.wait(2)
    car.expect(State.IDLE)


def test_taking_back_a_press_after_the_callback_window_ran_out_meanwhile_ends_in_idle() -> None:
    car = cleared_down(Driver(WINDOW))
    car.wait(3598)
    car.press()
    car.wait(4)
    car.cancel()
    car.expect(State.IDLE)


def test_a_callback_in_the_cancel_window_is_the_call_that_the_press_asked_for() -> None:
    car = cleared_down(Driver(WINDOW))
    car.press()
    assert AnswerCallback("cb") in car.report(CalledBack("cb"))
    car.report(Dropped("cb", "road"))
    car.expect(State.REDIAL_WAIT)


def test_a_press_that_a_callback_answers_has_its_redials_even_after_a_case_that_used_them_up() -> (
    None
):
    car = Driver(WINDOW)
    car.crash()
    while car.state is not State.CALLBACK_WINDOW:
        car.report(Unreached(car.call, "road"))
        car.wait(30)
    car.press()
    car.report(CalledBack("cb"))
    car.report(Dropped("cb", "road"))
    car.expect(State.REDIAL_WAIT)


def test_a_callback_in_the_first_cancel_window_of_all_is_declined() -> None:
    car = Driver(WINDOW)
    car.press()
    assert Decline("cb") in car.report(CalledBack("cb"))


# --- test calls


def test_every_call_of_a_unit_in_test_mode_is_a_test() -> None:
    (dial,) = dials(Driver().crash())
    assert dial.test
    assert dial.urn == "urn:service:test.sos.ecall"


def test_a_live_unit_dials_the_emergency_urn() -> None:
    (dial,) = dials(Driver(live=True).crash())
    assert not dial.test
    assert dial.urn == "urn:service:sos.ecall.automatic"


def test_a_test_call_ends_in_idle_without_callback_or_redial() -> None:
    for end in (Refused("1-1", 486, received=True), Unreached("1-1", "road")):
        car = Driver(live=True)
        car.press(Cause.TEST)
        car.report(end)
        car.expect(State.IDLE)


@pytest.mark.parametrize("end", [ClearedDown("1-1"), Dropped("1-1", "road")])
def test_a_standing_test_call_ends_in_idle(end: ClearedDown | Dropped) -> None:
    car = connected(cause=Cause.TEST)
    car.report(end)
    car.expect(State.IDLE)
    assert dials(car.wait(3600)) == []


def test_a_test_call_can_be_ended_by_hand() -> None:
    car = connected(cause=Cause.TEST)
    assert HangUp("1-1") in car.cancel()
    car.press(Cause.TEST)
    assert HangUp("2-1") in car.cancel()
    car.expect(State.IDLE)


def test_a_test_call_ends_at_t2_and_a_silent_one_is_taken_back() -> None:
    car = connected(cause=Cause.TEST)
    assert HangUp("1-1") in car.wait(3600)
    car.expect(State.IDLE)
    car.press(Cause.TEST)
    assert HangUp("2-1") in car.wait(40)
    car.expect(State.IDLE)


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("settings", [NO_WINDOW, WINDOW])
@pytest.mark.parametrize("cause", [Cause.MANUAL, Cause.AUTOMATIC])
def test_an_emergency_pushes_a_test_call_aside(
    cause: Cause, settings: Settings, *, answered: bool
) -> None:
    car = Driver(settings, live=True)
    car.press(Cause.TEST)
    if answered:
        car.report(Answered(car.call, received=True))
    orders = real(car.press(cause) + car.wait(5))
    assert orders[0] == HangUp("1-1")
    assert [(d.cause, d.test) for d in dials(orders)] == [(cause, False)]


@pytest.mark.parametrize("answered", [False, True])
def test_an_sos_press_during_a_test_call_can_still_be_taken_back(*, answered: bool) -> None:
    car = Driver(WINDOW)
    car.press(Cause.TEST)
    if answered:
        car.report(Answered(car.call, received=True))
    assert real(car.press()) == [HangUp("1-1")]
    car.expect(State.CANCEL_WINDOW)
    car.cancel()
    assert real(car.wait(60)) == []


def test_a_test_is_not_begun_while_anything_else_is_under_way() -> None:
    car = Driver(WINDOW)
    car.press()
    assert notes(car.press(Cause.TEST)) == ["test_not_now"]
    car.wait(5)
    assert notes(car.press(Cause.TEST)) == ["test_not_now"]
    car.report(Answered(car.call, received=True))
    assert notes(car.press(Cause.TEST)) == ["test_not_now"]
    car.report(Dropped(car.call, "road"))
    assert notes(car.press(Cause.TEST)) == ["test_not_now"]
    assert notes(car.cancel()) == ["cancel_too_late"]
    car.expect(State.REDIAL_WAIT)
    car.report(ClearedDown(car.call))
    assert notes(car.press(Cause.TEST)) == ["test_not_now"]


@pytest.mark.parametrize("answered", [False, True])
def test_a_test_call_is_not_taken_up_again_after_a_restart(*, answered: bool) -> None:
    car = Driver()
    car.press(Cause.TEST)
    if answered:
        car.report(Answered(car.call, received=True))
    car.restart()
    car.expect(State.IDLE)


# --- the call and its data


def test_an_answer_with_acknowledgement_needs_no_further_data() -> None:
    car = Driver()
    car.crash()
    car.report(Ringing(car.call))
    orders = car.report(Answered(car.call, received=True))
    assert notes(orders) == ["answered_data_received"]
    assert real(orders) == []
    assert car.procedure.acknowledged is True


def test_a_centre_that_could_not_read_the_data_may_ask_again_itself() -> None:
    car = Driver()
    car.crash()
    orders = car.report(Answered(car.call, received=False))
    assert notes(orders) == ["answered_data_unreadable"]
    assert real(orders) == []


def test_without_acknowledgement_the_data_goes_once_more_in_the_call() -> None:
    car = Driver()
    car.crash()
    (data,) = sent(car.report(Answered(car.call, received=None)))
    assert (data.token, data.message_identifier) == (None, 2)
    assert notes(car.report(DataRefused(car.call, 469))) == ["data_refused"]
    car.expect(State.CONNECTED)


def test_each_request_for_data_gets_the_next_message_number() -> None:
    car = connected()
    numbers = []
    for token in "abc":
        (data,) = sent(car.report(DataRequested(car.call, token)))
        assert data.token == token
        numbers.append(data.message_identifier)
    assert numbers == [2, 3, 4]
    assert notes(car.report(DataDelivered(car.call))) == ["data_delivered"]


def test_the_message_number_stays_at_its_highest_rather_than_begin_again() -> None:
    car = connected()
    for _ in range(300):
        (data,) = sent(car.report(DataRequested(car.call, "t")))
    assert data.message_identifier == 255


def test_a_redial_of_the_same_case_goes_on_counting_messages() -> None:
    car = connected()
    car.report(DataRequested(car.call, "a"))
    car.report(Dropped(car.call, "road"))
    (dial,) = dials(car.wait(0))
    assert (dial.attempt, dial.message_identifier) == (2, 3)


def test_a_crash_in_a_manual_call_sends_fresh_data_and_makes_it_automatic() -> None:
    car = connected(cause=Cause.MANUAL)
    (data,) = sent(car.crash())
    assert (data.cause, data.token, data.message_identifier) == (Cause.AUTOMATIC, None, 2)
    assert sent(car.crash()) == []  # once is enough: the centre can ask


def test_a_crash_while_a_manual_call_is_being_dialled_is_told_as_soon_as_it_stands() -> None:
    car = Driver()
    car.press()
    assert real(car.crash()) == []
    (data,) = sent(car.report(Answered(car.call, received=True)))
    assert data.cause is Cause.AUTOMATIC


def test_a_crash_while_a_manual_call_is_being_dialled_makes_its_redial_automatic() -> None:
    car = Driver(live=True)
    car.press()
    car.crash()
    car.report(Unreached(car.call, "road"))
    (dial,) = dials(car.wait(0))
    assert dial.urn.endswith("automatic")
    assert sent(car.report(Answered(car.call, received=True))) == []


def test_further_triggers_in_a_call_are_noted_and_start_no_second_one() -> None:
    car = Driver()
    car.crash()
    assert real(car.crash() + car.press()) == []
    car.report(Answered(car.call, received=True))
    assert real(car.crash() + car.press()) == []


def test_what_the_crash_came_to_follows_in_the_call_when_it_is_known() -> None:
    car = connected()
    (data,) = sent(car.do(car.procedure.measured(car.now)))
    assert (data.token, data.message_identifier) == (None, 2)


def test_what_the_crash_came_to_waits_for_the_answer() -> None:
    car = Driver()
    car.crash()
    assert real(car.do(car.procedure.measured(car.now))) == []
    assert len(sent(car.report(Answered(car.call, received=True)))) == 1


def test_what_a_crash_came_to_is_nothing_outside_a_call() -> None:
    assert Procedure().measured(0) == []


def test_t2_is_the_only_time_at_which_the_car_hangs_up() -> None:
    car = connected()
    assert real(car.wait(3599)) == []
    assert real(car.wait(1)) == [HangUp("1-1")]
    car.expect(State.CALLBACK_WINDOW)


# --- refusals and attempts that reach nobody


@pytest.mark.parametrize("status", [486, 600, 603])
def test_a_refusal_that_acknowledges_the_data_ends_the_dialling_and_tells_the_people(
    status: int,
) -> None:
    car = Driver()
    car.crash()
    assert notes(car.report(Refused(car.call, status, received=True))) == ["refused_data_received"]
    assert dials(car.wait(200)) == []
    car.expect(State.CALLBACK_WINDOW)


@pytest.mark.parametrize(
    ("status", "received"), [(486, None), (600, False), (503, True), (408, None), (404, None)]
)
def test_any_other_refusal_is_dialled_again(status: int, *, received: bool | None) -> None:
    car = Driver()
    car.crash()
    car.report(Refused(car.call, status, received))
    assert len(dials(car.wait(0))) == 1


@pytest.mark.parametrize("refused", [True, False])
def test_the_first_two_redials_go_at_once_the_rest_slower_all_within_two_minutes(
    *, refused: bool
) -> None:
    car = Driver()
    car.crash()
    times = []
    end = Refused if refused else Unreached
    while car.state is not State.CALLBACK_WINDOW:
        times.append(car.t)
        fail = end(car.call, 503, None) if end is Refused else Unreached(car.call, "road")
        orders = car.report(fail)
        while car.state is State.REDIAL_WAIT:
            orders += car.wait(1)
    assert times == [0, 1, 2, 7, 17, 32, 52, 82, 112]
    assert "gave_up" in notes(orders)


def test_a_redial_that_would_come_after_two_minutes_is_not_made() -> None:
    car = Driver()
    car.crash()
    for _ in range(5):  # each attempt is silent for 40 s
        car.wait(40)
    car.expect(State.CALLBACK_WINDOW)
    assert len(dials(car.orders)) == 4


def test_a_redial_that_a_stalled_machine_missed_is_not_made_late() -> None:
    car = connected()
    car.wait(31)
    for _ in range(3):
        car.report(Dropped(car.call, "road")) if car.state is State.CONNECTED else None
        car.wait(0)
        if car.state is State.DIALLING:
            car.report(Unreached(car.call, "road"))
    car.expect(State.REDIAL_WAIT)
    assert dials(car.sleep(500)) == []
    car.expect(State.CALLBACK_WINDOW)


def test_a_silent_attempt_is_taken_back_but_one_that_rings_is_waited_for() -> None:
    car = Driver()
    car.crash()
    assert HangUp("1-1") in car.wait(40)
    car = Driver()
    car.crash()
    car.report(Ringing(car.call))
    assert real(car.wait(3599)) == []
    assert HangUp("1-1") in car.wait(1)


def test_a_new_trigger_renews_the_redials_of_an_attempt_under_way() -> None:
    car = Driver(replace(NO_WINDOW, redial_delays_s=(0.0,)))
    car.crash()
    car.report(Unreached(car.call, "road"))
    car.wait(0)
    car.press()
    car.report(Unreached(car.call, "road"))
    car.expect(State.REDIAL_WAIT)


# --- drops and redial


def test_a_drop_is_redialled_at_once() -> None:
    car = connected()
    car.wait(1000)
    car.report(Dropped(car.call, "road"))
    assert len(dials(car.wait(0))) == 1


def test_a_call_that_always_drops_at_once_is_not_redialled_for_ever() -> None:
    car = connected()
    while car.state is not State.CALLBACK_WINDOW:
        car.report(Dropped(car.call, "road"))
        car.wait(30)
        if car.state is State.DIALLING:
            car.report(Answered(car.call, received=True))
    assert len(dials(car.orders)) == 1 + 8
    assert notes(car.orders)[-1] == "gave_up"


def test_a_call_that_stood_for_a_while_earns_its_redials_anew() -> None:
    car = connected()
    for _ in range(20):
        car.wait(31)
        car.report(Dropped(car.call, "road"))
        car.wait(0)
        car.report(Answered(car.call, received=True))
    car.expect(State.CONNECTED)


@pytest.mark.parametrize("cause", [Cause.MANUAL, Cause.AUTOMATIC])
def test_a_trigger_while_waiting_to_redial_dials_at_once(cause: Cause) -> None:
    car = Driver()
    car.press()
    for _ in range(3):
        car.report(Unreached(car.call, "road"))
        car.wait(0)
    car.expect(State.REDIAL_WAIT)
    (dial,) = dials(car.press(cause))
    assert (dial.cause, dial.attempt) == (cause, 4)


def test_a_clear_down_that_arrives_late_still_stops_the_redial() -> None:
    car = connected()
    car.report(Dropped(car.call, "road"))
    car.report(ClearedDown(car.call))
    assert dials(car.wait(300)) == []


def test_news_of_a_call_long_gone_changes_nothing() -> None:
    car = connected()
    assert car.report(Dropped("0-9", "road")) == []
    car.expect(State.CONNECTED)


def test_waking_too_early_asks_for_the_same_time_again() -> None:
    car = Driver(WINDOW)
    car.press()
    assert real(car.sleep(1)) == []
    assert car.wake_at == 5
    assert Procedure().wake(0) == []


# --- callbacks


def test_a_callback_in_the_window_is_answered_and_can_be_asked_for_data() -> None:
    car = cleared_down()
    car.wait(3500)
    assert real(car.report(CalledBack("cb"))) == [AnswerCallback("cb")]
    (data,) = sent(car.report(DataRequested("cb", "t")))
    assert data.message_identifier == 2


def test_the_callback_window_starts_again_after_a_callback() -> None:
    car = cleared_down()
    car.wait(3500)
    car.report(CalledBack("cb"))
    car.report(ClearedDown("cb"))
    car.wait(3500)
    car.expect(State.CALLBACK_WINDOW)
    car.wait(100)
    car.expect(State.IDLE)


def test_a_callback_that_drops_is_not_redialled_for_its_case_was_over() -> None:
    car = cleared_down()
    car.report(CalledBack("cb"))
    car.report(Dropped("cb", "road"))
    car.expect(State.CALLBACK_WINDOW)


def test_a_trigger_in_a_callback_entitles_to_redial() -> None:
    car = cleared_down()
    car.report(CalledBack("cb"))
    car.press()
    car.report(Dropped("cb", "road"))
    assert len(dials(car.wait(0))) == 1


def test_a_callback_is_declined_outside_the_window_and_during_a_call() -> None:
    car = Driver()
    assert Decline("cb") in car.report(CalledBack("cb"))
    car.crash()
    assert Decline("cb") in car.report(CalledBack("cb"))
    car.report(Answered(car.call, received=True))
    assert Decline("cb") in car.report(CalledBack("cb"))


def test_a_callback_while_waiting_to_redial_is_the_call() -> None:
    car = connected()
    car.report(Dropped(car.call, "road"))
    assert AnswerCallback("cb") in car.report(CalledBack("cb"))
    assert dials(car.wait(200)) == []


@pytest.mark.parametrize("cause", [Cause.MANUAL, Cause.AUTOMATIC])
def test_a_trigger_in_the_callback_window_is_a_new_case(cause: Cause) -> None:
    car = cleared_down()
    (dial,) = dials(car.press(cause))
    assert (dial.call, dial.message_identifier) == ("2-1", 1)


def test_a_callback_before_the_redial_is_a_call_like_any_other() -> None:
    car = connected()
    car.report(Dropped(car.call, "road"))
    car.report(CalledBack("cb"))
    car.wait(3599)
    car.expect(State.CONNECTED)
    assert HangUp("cb") in car.wait(1)


def test_a_crash_in_a_call_renews_its_redials() -> None:
    few = replace(NO_WINDOW, redial_delays_s=(0.0,))
    for cause in (Cause.MANUAL, Cause.AUTOMATIC):
        car = connected(Driver(few), cause)
        car.report(Dropped(car.call, "road"))
        car.wait(0)
        car.report(Answered(car.call, received=True))
        car.crash()
        car.report(Dropped(car.call, "road"))
        car.expect(State.REDIAL_WAIT)


# --- restarts


def test_what_must_survive_is_remembered_before_anything_is_dialled() -> None:
    effects = Procedure(NO_WINDOW).trigger(Cause.AUTOMATIC, 0)
    first = effects[0]
    assert isinstance(first, Tell)
    assert isinstance(first.event, Remember)
    assert first.event.record.state is State.DIALLING
    assert first.event.record.attempt == 1


def test_a_fresh_unit_starts_idle() -> None:
    procedure, effects = Procedure.restore(None, 0, DAY)
    assert (procedure.state, effects, procedure.live) == (State.IDLE, [], False)


def test_an_idle_unit_is_idle_after_a_restart() -> None:
    car = cleared_down()
    car.wait(3600)
    assert real(car.restart()) == []
    car.expect(State.IDLE)


def test_a_dialling_call_is_redialled_after_a_restart() -> None:
    car = Driver()
    car.crash()
    car.restart(off_s=10)
    (dial,) = dials(car.wait(0))
    assert (dial.call, dial.message_identifier) == ("1-2", 2)


def test_a_dialling_call_is_not_redialled_when_the_two_minutes_have_passed() -> None:
    car = Driver()
    car.crash()
    assert "gave_up" in notes(car.restart(off_s=121))
    assert dials(car.wait(300)) == []
    car.expect(State.CALLBACK_WINDOW)


def test_a_standing_call_is_taken_for_dropped_and_redialled_after_a_restart() -> None:
    car = connected()
    car.wait(1000)
    car.restart(off_s=20)
    assert len(dials(car.wait(0))) == 1


def test_a_standing_call_that_was_lost_too_long_ago_is_not_redialled() -> None:
    car = connected()
    car.wait(1000)
    car.restart(off_s=130)
    assert dials(car.wait(300)) == []


def test_a_waiting_redial_goes_on_after_a_restart_within_what_is_left() -> None:
    car = connected()
    car.report(Dropped(car.call, "road"))
    car.restart(off_s=60)
    assert len(dials(car.wait(0))) == 1
    car.report(Unreached(car.call, "road"))
    car.restart(off_s=61)
    car.expect(State.CALLBACK_WINDOW)


def test_a_unit_that_restarts_again_and_again_stops_redialling() -> None:
    car = Driver()
    car.crash()
    for _ in range(100):
        car.clock_error -= 100  # a clock that is wrong again after every restart
        car.restart(off_s=1)
        car.wait(30)
    assert len(dials(car.orders)) == 1 + 8


def test_a_call_that_was_cleared_down_is_never_redialled_after_a_restart() -> None:
    car = cleared_down()
    car.restart()
    assert dials(car.wait(4000)) == []


def test_the_callback_window_goes_on_with_what_is_left_of_it() -> None:
    car = cleared_down()
    car.wait(1000)
    car.restart(off_s=1000)
    car.wait(1599)
    car.expect(State.CALLBACK_WINDOW)
    car.wait(2)
    car.expect(State.IDLE)


def test_a_callback_call_that_a_restart_broke_waits_for_the_next() -> None:
    car = cleared_down()
    car.report(CalledBack("cb"))
    car.restart()
    car.expect(State.CALLBACK_WINDOW)


def test_an_sos_press_waiting_in_its_window_is_still_dialled_after_a_restart() -> None:
    car = Driver(WINDOW)
    car.press()
    car.restart(off_s=100)
    assert len(dials(car.wait(0))) == 1


def test_a_clock_that_jumped_far_ahead_stops_the_redial() -> None:
    car = Driver()
    car.crash()
    car.clock_error = 1e8
    car.restart()
    assert dials(car.wait(300)) == []


def test_a_unit_in_test_mode_never_goes_on_with_a_live_case() -> None:
    car = Driver(live=True)
    car.crash()
    car.live = False
    car.restart()
    (dial,) = dials(car.wait(0))
    assert dial.test
    assert dial.urn == "urn:service:test.sos.ecall"


def test_a_test_case_stays_a_test_on_a_unit_that_was_switched_to_live() -> None:
    car = Driver()
    car.crash()
    car.live = True
    car.restart()
    (dial,) = dials(car.wait(0))
    assert dial.test


@pytest.mark.parametrize("state", list(State))
def test_a_record_that_says_too_little_is_still_a_way_to_go_on(state: State) -> None:
    procedure, _ = Procedure.restore(Kept(DAY, Record(state=state)), 0, DAY, NO_WINDOW)
    for now in range(0, 8000, 10):
        procedure.wake(now)
        procedure.report(Unreached(procedure.record(now).call, "road"), now)
    assert procedure.state is State.IDLE


def test_every_note_has_a_key_that_the_catalogues_know() -> None:
    car = cleared_down(Driver(WINDOW))
    car.press()
    car.wait(5)
    car.report(Refused(car.call, 500, received=None))
    car.wait(1)
    assert set(notes(car.orders)) <= set(TEXT_KEYS)
    assert all(isinstance(o, Note) is (o not in real(car.orders)) for o in car.orders)


def test_a_unit_is_in_test_mode_unless_it_is_told_to_be_live() -> None:
    fresh = Procedure(NO_WINDOW)
    restored, _ = Procedure.restore(None, 0, DAY, NO_WINDOW)
    for unit in (fresh, restored):
        assert not unit.live
        told = [e.event for e in unit.trigger(Cause.AUTOMATIC, 0) if isinstance(e, Tell)]
        (dial,) = [order for order in told if isinstance(order, Dial)]
        assert (dial.test, dial.urn) == (True, "urn:service:test.sos.ecall")
