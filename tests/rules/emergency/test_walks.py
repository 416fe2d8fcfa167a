"""Random walks through the whole unit at once; ``OPENSOS_WALKS=10000`` for as many as that."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from opensos.rules.emergency import (
    Answered,
    CalledBack,
    Cause,
    ClearedDown,
    DataDelivered,
    DataRequested,
    Dropped,
    Refused,
    Report,
    Ringing,
    Settings,
    State,
    Unreached,
)
from opensos.rules.resets import Kind
from tests.rules.emergency.world import CALLING, World

WALKS = int(os.environ.get("OPENSOS_WALKS", "80"))
RUNGS = st.sampled_from(["ng", "cs"])
MAYBE = st.sampled_from([True, False, None])
WAITS = st.sampled_from([0.5, 5.1, 16.0, 31.0, 60.0, 125.0, 700.0, 3700.0])


class Walk(RuleBasedStateMachine):
    """One unit's life."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(Settings(), live=False)
        self.count = 0

    @initialize(live=st.booleans(), window=st.sampled_from([0.0, 5.0]))
    def build(self, *, live: bool, window: float) -> None:
        self.world = World(Settings(cancel_window_s=window), live=live)

    # --- hands

    @rule(seconds=st.sampled_from([0.2, 0.9, 1.3, 11.0, 32.0]))
    def press(self, seconds: float) -> None:
        self.world.contact = True
        self.world.feed()
        self.world.wait(seconds)
        self.world.contact = False
        self.world.feed()
        self.world.wait(0.6)

    @rule(contact=MAYBE)
    def leave_the_contact(self, *, contact: bool | None) -> None:
        self.world.contact = contact
        self.world.feed()

    @rule()
    def bounce(self) -> None:
        before = self.world.contact
        for _ in range(40):
            self.world.contact = not self.world.contact
            self.world.feed()
            self.world.wait(0.005)
        self.world.contact = before
        self.world.feed()

    @rule()
    def cancel(self) -> None:
        self.world.cancel()

    @rule()
    def ask_for_a_test(self) -> None:
        before, case = self.world.state, self.world.procedure.record(self.world.now).case
        self.world.trigger(Cause.TEST)
        if before is not State.IDLE:
            assert self.world.procedure.record(self.world.now).case == case, "a test took over"

    # --- the car

    @rule()
    def crash(self) -> None:
        self.world.crash()

    @rule()
    def measure(self) -> None:
        self.world.measured()

    @rule(ignition=MAYBE, engine=MAYBE, speed=st.sampled_from([0.0, 0.0, 50.0, None]))
    def drive(self, *, ignition: bool | None, engine: bool | None, speed: float | None) -> None:
        world = self.world
        world.car = replace(world.car, ignition=ignition, engine=engine, speed_kmh=speed)
        world.look()
        if speed == 50.0:
            assert not world.service.active

    @rule()
    def park_and_enter_service(self) -> None:
        world = self.world
        world.car = replace(world.car, ignition=True, engine=False, speed_kmh=0.0)
        world.do("service", world.service.enter(world.situation(), world.now))
        assert not (world.service.active and world.state is not State.IDLE)
        world.look()

    @rule()
    def leave_service(self) -> None:
        self.world.do("service", self.world.service.leave(self.world.now))
        self.world.look()

    @rule(kind=st.sampled_from(Kind))
    def ask_for_a_reset(self, kind: Kind) -> None:
        before, resets = self.world.state, self.world.resets
        self.world.reset(kind)
        assert before is State.IDLE or self.world.resets == resets

    # --- the radio

    @rule(ng=MAYBE, cs=MAYBE)
    def move(self, *, ng: bool | None, cs: bool | None) -> None:
        self.world.offer = {"ng": ng, "cs": cs}

    @precondition(lambda self: self.world.on_air)
    @rule(what=st.sampled_from(["ring", "answer", "refuse", "unreached", "drop", "clear", "data",
        "delivered"]), status=st.sampled_from([380, 486, 503, 603]), received=MAYBE)  # fmt: skip
    def radio(self, what: str, status: int, *, received: bool | None) -> None:
        world = self.world
        ((rung, call), up) = next(iter(world.on_air.items()))
        report = self.report(what, call, status, up=up, received=received)
        if report is None:
            return
        if isinstance(report, Answered):
            world.on_air[rung, call] = True
        if isinstance(report, (Refused, Unreached, Dropped, ClearedDown)):
            del world.on_air[rung, call]
        world.heard(rung, report)
        if isinstance(report, ClearedDown):
            assert not world.on_air, "dialled after the centre had ended the call"

    def report(
        self, what: str, call: str, status: int, *, up: bool, received: bool | None
    ) -> Report | None:
        """Return what a rung can say of an attempt, or of a call that is up."""
        self.count += 1
        said: dict[tuple[str, bool], Report] = {
            ("ring", False): Ringing(call),
            ("answer", False): Answered(call, received),
            ("refuse", False): Refused(call, status, received),
            ("unreached", False): Unreached(call, "road"),
            ("drop", True): Dropped(call, "road"),
            ("clear", True): ClearedDown(call),
            ("data", True): DataRequested(call, f"t{self.count}"),
            ("delivered", True): DataDelivered(call),
        }
        return said.get((what, up))

    @precondition(lambda self: self.world.left)
    @rule()
    def answer_late(self) -> None:
        world = self.world
        rung, call = min(world.left)
        if (rung, call) not in world.on_air:
            before = dict(world.on_air)
            world.heard(rung, Answered(call, received=True))
            assert world.on_air == before

    @rule(rung=RUNGS)
    def call_back(self, rung: str) -> None:
        self.count += 1
        call = f"{rung} cb{self.count}"
        self.world.ringing.add((rung, call))
        self.world.heard(rung, CalledBack(call))
        assert not self.world.ringing, "a callback was neither answered nor declined"

    @precondition(lambda self: self.world.offers)
    @rule(delivered=st.booleans())
    def hear_of_the_data(self, *, delivered: bool) -> None:
        self.world.answer(delivered=delivered)

    # --- time and power

    @rule(seconds=WAITS)
    def wait(self, seconds: float) -> None:
        while seconds > 0:  # in pieces, so that a call that stood earns its redials in the model
            self.world.wait(min(31.0, seconds))
            self.earn()
            seconds -= 31.0

    def earn(self) -> None:
        record = self.world.procedure.record(self.world.now)
        if record.state is State.CONNECTED and record.redials == 0:
            self.world.dials_unearned = 0

    @rule(off=st.sampled_from([0.0, 1.0, 100.0, 130.0, 4000.0]))
    def lose_power(self, off: float) -> None:
        self.world.cut(off)

    @rule(jump=st.sampled_from([-1e9, -3600.0, 3600.0, 3e8]))
    def set_the_clock(self, jump: float) -> None:
        self.world.clock_error += jump

    # --- what is always so

    @invariant()
    def one_call_at_most_and_only_where_the_procedure_believes(self) -> None:
        world = self.world
        calling = world.state in {State.DIALLING, State.CONNECTED}
        call = world.procedure.record(world.now).call
        assert [name for _, name in world.on_air] == ([call] if calling else [])

    @invariant()
    def no_accepted_trigger_is_lost(self) -> None:
        assert not self.world.owed or self.world.state is State.CANCEL_WINDOW

    @invariant()
    def service_mode_and_a_call_exclude_each_other(self) -> None:
        assert not (self.world.service.active and self.world.state in CALLING)

    @invariant()
    def whoever_waits_will_be_woken(self) -> None:
        world = self.world
        assert world.state is State.IDLE or "procedure" in world.wakes
        assert not world.sos.pending or "sos" in world.wakes
        assert world.state is not State.DIALLING or world.ladder.rung is not None


def walk(walks: int) -> Any:
    """Return the settings for so many walks."""
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    return settings(max_examples=walks, stateful_step_count=30, deadline=None, database=None,
        suppress_health_check=checks)  # fmt: skip


TestWalks = Walk.TestCase
TestWalks.settings = walk(WALKS)
