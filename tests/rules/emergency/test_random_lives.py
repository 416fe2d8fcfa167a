"""A unit's life at random: triggers, drops, refusals, power cuts, wrong clocks."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from opensos.rules.emergency import (
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
    Order,
    Procedure,
    Record,
    Refused,
    Ringing,
    SendData,
    Settings,
    State,
    Unreached,
)
from tests.rules.emergency.driver import AnswerCallback, Driver, HangUp

EMERGENCIES = (Cause.MANUAL, Cause.AUTOMATIC)
QUICK = Settings(cancel_window_s=5)
WAITS = st.sampled_from([0.0, 0.5, 4.9, 5.0, 20.0, 31.0, 60.0, 119.0, 121.0, 600.0, 3601.0])


class Watched(Driver):
    """A driver whose bearer checks every order against what a person would never accept."""

    def __init__(self, settings_: Settings, *, live: bool) -> None:
        super().__init__(settings_, live=live)
        self.on_the_air: set[str] = set()
        self.answered: set[str] = set()
        self.dialled_since_licence = 0
        self.may_dial = False
        self.owed_trigger = False
        self.lost_at: float | None = None
        self.clock_jumped = False

    def ordered(self, order: Order) -> None:
        match order:
            case Dial():
                self._dialled(order)
            case HangUp(call):
                assert call in self.on_the_air
                self.gone(call)
            case AnswerCallback(call):
                self.on_the_air.add(call)
                self.answered.add(call)
                self.lost_at = None
                self.owed_trigger = False
            case SendData(call):
                assert call in self.answered
        assert len(self.on_the_air) <= 1, "two calls at once"

    def _dialled(self, order: Dial) -> None:
        assert self.may_dial, "a call after a clear-down, or without any trigger"
        assert order.urn.startswith("urn:service:test.") == (order.test or not self.live)
        assert order.test or self.live
        assert order.cause is not Cause.TEST or order.test
        assert self.disk is not None
        assert self.disk.record.state is State.DIALLING
        assert self.disk.record.call == order.call, "dialled before it was remembered"
        assert 1 <= order.message_identifier <= 255
        self.dialled_since_licence += 1
        assert self.dialled_since_licence <= 1 + len(self.settings.redial_delays_s)
        if self.lost_at is not None and not self.clock_jumped:
            assert self.t - self.lost_at <= 120.0, "redialled later than two minutes"
        self.on_the_air.add(order.call)
        self.owed_trigger = False

    def gone(self, call: str) -> None:
        self.on_the_air.discard(call)
        self.answered.discard(call)

    def licence(self) -> None:
        """A trigger, or a call that stood for a while, entitles to a full set of redials."""
        self.dialled_since_licence = 0
        self.lost_at = None

    def lost(self) -> None:
        if self.lost_at is None:
            self.lost_at = self.t


class RandomLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.car = Watched(QUICK, live=False)
        self.tokens = 0

    @initialize(live=st.booleans(), window=st.sampled_from([0.0, 5.0]))
    def buy_a_car(self, *, live: bool, window: float) -> None:
        self.car = Watched(Settings(cancel_window_s=window), live=live)

    # --- people

    @rule(cause=st.sampled_from(EMERGENCIES))
    def trigger(self, cause: Cause) -> None:
        car = self.car
        car.may_dial = True
        car.owed_trigger = car.state not in {State.DIALLING, State.CONNECTED} or self.testing()
        car.licence()
        car.press(cause)
        expected = {State.DIALLING, State.CONNECTED}
        if cause is Cause.MANUAL and car.settings.cancel_window_s > 0:
            expected.add(State.CANCEL_WINDOW)
        assert car.state in expected, "a trigger was lost"
        assert car.state is not State.CONNECTED or not self.testing()

    @rule()
    def ask_for_a_test(self) -> None:
        car = self.car
        if car.state is State.IDLE:
            car.may_dial = True
            car.licence()
        before = car.state
        car.press(Cause.TEST)
        assert car.state is (State.DIALLING if before is State.IDLE else before)

    @rule()
    def measure_a_crash(self) -> None:
        before = self.car.state
        self.car.do(self.car.procedure.measured(self.car.now))
        assert self.car.state is before

    @rule()
    def cancel(self) -> None:
        car = self.car
        if car.state is State.CANCEL_WINDOW or self.testing():
            car.owed_trigger = False
            car.may_dial = False
        before = car.state
        car.cancel()
        if before is State.CONNECTED and not car.on_the_air:
            assert car.state is State.IDLE

    # --- the network and the centre

    @precondition(lambda self: self.dialled())
    @rule(
        status=st.sampled_from([302, 408, 486, 500, 503, 600, 603]), heard=st.none() | st.booleans()
    )
    def refuse(self, status: int, *, heard: bool | None) -> None:
        car, call = self.car, self.car.call
        testing = self.testing()
        car.gone(call)
        car.lost()
        car.report(Refused(call, status, heard))
        if heard and status in {486, 600, 603} and not testing:
            assert car.state is State.CALLBACK_WINDOW
            car.may_dial = False

    @precondition(lambda self: self.dialled())
    @rule()
    def find_no_network(self) -> None:
        self.car.gone(self.car.call)
        self.car.lost()
        self.car.report(Unreached(self.car.call, "road"))

    @precondition(lambda self: self.dialled())
    @rule()
    def ring(self) -> None:
        self.car.report(Ringing(self.car.call))

    @precondition(lambda self: self.dialled())
    @rule(heard=st.none() | st.booleans())
    def answer(self, *, heard: bool | None) -> None:
        car = self.car
        car.answered.add(car.call)
        car.lost_at = None
        car.report(Answered(car.call, heard))
        assert car.state is State.CONNECTED

    @precondition(lambda self: self.connected())
    @rule()
    def drop(self) -> None:
        call = self.car.call
        self.car.gone(call)
        self.car.lost()
        self.car.report(Dropped(call, "road"))

    @precondition(lambda self: self.connected())
    @rule()
    def clear_down(self) -> None:
        call = self.car.call
        self.car.gone(call)
        self.car.may_dial = False
        self.car.report(ClearedDown(call))
        assert self.car.state in {State.CALLBACK_WINDOW, State.IDLE}

    @precondition(lambda self: self.connected())
    @rule()
    def request_data(self) -> None:
        self.tokens += 1
        orders = self.car.report(DataRequested(self.car.call, f"r{self.tokens}"))
        assert [o.token for o in orders if isinstance(o, SendData)] == [f"r{self.tokens}"]

    @precondition(lambda self: self.connected())
    @rule(report=st.sampled_from([DataDelivered("x"), DataRefused("x", 469)]))
    def hear_about_data(self, report: DataDelivered | DataRefused) -> None:
        call = self.car.call
        fresh = DataDelivered(call) if isinstance(report, DataDelivered) else DataRefused(call, 469)
        self.car.report(fresh)

    @rule()
    def call_back(self) -> None:
        self.tokens += 1
        before = self.car.state
        orders = self.car.report(CalledBack(f"cb{self.tokens}"))
        taken = [o for o in orders if isinstance(o, AnswerCallback)]
        declined = [o for o in orders if isinstance(o, Decline)]
        assert len(taken) + len(declined) == 1
        if before in {State.CALLBACK_WINDOW, State.REDIAL_WAIT}:
            assert taken

    @rule(
        report=st.sampled_from([Answered("old", None), Dropped("old", "road"), ClearedDown("old")])
    )
    def hear_of_a_call_long_gone(self, report: Answered | Dropped | ClearedDown) -> None:
        assert self.car.report(report) == []

    # --- time and power

    @rule(seconds=WAITS)
    def wait(self, seconds: float) -> None:
        # Step by step, so that the model sees when a standing call has earned its redials anew.
        end = self.car.t + seconds
        while self.car.t < end - 1e-6:  # less than that no longer moves a float of this size
            self._tick(min(30.0, end - self.car.t))

    def _tick(self, seconds: float) -> None:
        car = self.car
        if car.wake_at is not None:
            due = car.wake_at + car.booted_at - car.t
            seconds = min(seconds, max(due, 0.001))
        dialling = car.call if car.state is State.DIALLING else ""
        stood = self.connected()
        if dialling:
            # A silent attempt that is taken back counts as lost when that happens.
            before = car.t
            car.wait(seconds)
            if dialling not in car.on_the_air and car.lost_at is None:
                car.lost_at = before + seconds
            return
        car.wait(seconds)
        if stood and car.procedure.record(car.now).redials == 0:
            car.dialled_since_licence = 0

    @rule(seconds=WAITS)
    def stall(self, seconds: float) -> None:
        car = self.car
        dialling = car.state is State.DIALLING
        car.sleep(seconds)
        if dialling and not car.on_the_air:
            car.lost()
        if self.connected() and car.procedure.record(car.now).redials == 0:
            car.dialled_since_licence = 0

    @rule(off=st.sampled_from([0.0, 1.0, 10.0, 100.0, 130.0, 4000.0]))
    def restart(self, off: float) -> None:
        car = self.car
        if car.on_the_air:
            car.lost()
        if self.testing():
            car.may_dial = False
        for call in list(car.on_the_air):
            car.gone(call)
        car.restart(off)

    @rule(jump=st.sampled_from([-1e9, -3600.0, -60.0, 60.0, 3600.0, 1e8]))
    def set_the_clock(self, jump: float) -> None:
        self.car.clock_error += jump
        self.car.clock_jumped = True

    # --- what is always so

    def testing(self) -> bool:
        record = self.car.procedure.record(self.car.now)
        calling = record.state in {State.DIALLING, State.CONNECTED}
        return calling and record.cause is Cause.TEST

    def dialled(self) -> bool:
        return self.car.state is State.DIALLING

    def connected(self) -> bool:
        return self.car.state is State.CONNECTED

    @invariant()
    def the_calls_are_where_the_procedure_believes(self) -> None:
        in_call = self.car.state in {State.DIALLING, State.CONNECTED}
        assert self.car.on_the_air == ({self.car.call} if in_call else set())

    @invariant()
    def a_trigger_is_a_call_or_still_in_its_cancel_window(self) -> None:
        assert not self.car.owed_trigger or self.car.state is State.CANCEL_WINDOW

    @invariant()
    def something_always_wakes_a_procedure_that_waits(self) -> None:
        assert self.car.state is State.IDLE or self.car.wake_at is not None

    @invariant()
    def nothing_of_a_case_is_left_when_it_is_over(self) -> None:
        record = self.car.procedure.record(self.car.now)
        if record.state is State.IDLE:
            assert record == Record(case=record.case, test=record.test, attempt=record.attempt,
                redials=record.redials, message_identifier=record.message_identifier)  # fmt: skip
        assert (record.redial_left_s or 0) <= 120 + 1e-6
        assert (record.callback_left_s or 0) <= 3600 + 1e-6

    @invariant()
    def the_disk_knows_what_the_procedure_knows(self) -> None:
        record = self.car.procedure.record(self.car.now)
        if self.car.disk is None:
            assert record.essence() == Procedure(self.car.settings).record(0).essence()
        else:
            assert self.car.disk.record.essence() == record.essence()


TestRandomLife = RandomLife.TestCase
TestRandomLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
