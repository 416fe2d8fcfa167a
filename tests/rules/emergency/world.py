"""A whole unit of pure machines, a disk, a radio and a car: every order is checked as it is given.

Button, call procedure, ladder, data-only SOS, service mode and resets are wired as the unit wires
them. What a person would never accept fails at the moment that it happens.
"""

from __future__ import annotations

import json
import math
from collections import deque
from dataclasses import replace
from typing import Any

from opensos.protocols.effects import Effect, Tell, WakeAt
from opensos.rules.emergency import (
    AnswerCallback,
    Button,
    CancelPressed,
    Cause,
    DataEnded,
    DataSos,
    Decline,
    Dial,
    GestureDone,
    HangUp,
    Kept,
    KeptData,
    Ladder,
    LeaveRung,
    Note,
    OfferData,
    PassOn,
    Pressed,
    Procedure,
    Remember,
    RememberData,
    Report,
    SendData,
    Settings,
    State,
    TryRung,
    data_record_from_json,
    record_from_json,
)
from opensos.rules.resets import (
    Kind,
    Restarts,
    ServiceMode,
    Situation,
    may,
    restarts_from_json,
)
from tests.rules.emergency.driver import DAY

MAKERS = ("button", "procedure", "ladder", "sos", "service")
PATHS = ("mqtt", "https")
CALLING = {State.CANCEL_WINDOW, State.DIALLING, State.CONNECTED, State.REDIAL_WAIT}
EARLY = 1e-6


class World:
    """``t`` is the true time; the unit's steady clock starts anew with every boot."""

    def __init__(self, settings: Settings, *, live: bool) -> None:
        self.settings, self.live = settings, live
        self.t = self.booted_at = 0.0
        self.clock_error = 0.0
        self.disk: dict[str, tuple[float, str]] = {}
        self.car = Situation(ignition=True, engine=False, speed_kmh=0.0)
        self.contact: bool | None = False
        self.offer: dict[str, bool | None] = {}
        self.on_air: dict[tuple[str, str], bool] = {}  # (rung, call) -> answered
        self.left: set[tuple[str, str]] = set()
        self.ringing: set[tuple[str, str]] = set()
        self.offers: list[OfferData] = []
        self.ids = 0
        self.case_ids: dict[str, str] = {}
        self.fresh = False  # a trigger that has no case yet
        self.owed = False  # a trigger that must end in an attempt, a call or a reason
        self.dials = self.dials_unearned = 0
        self.resets = 0
        self.queue: deque[tuple[str, Effect]] = deque()
        self.busy = False
        self.boot()

    @property
    def now(self) -> float:
        return self.t - self.booted_at

    @property
    def utc(self) -> float:
        return DAY + self.t + self.clock_error

    @property
    def state(self) -> State:
        return self.procedure.state

    def situation(self) -> Situation:
        return replace(self.car, call_state=self.state, data_pending=self.sos.pending,
            service=self.service.active)  # fmt: skip

    # --- power

    def boot(self) -> None:
        now, utc = self.now, self.utc
        self.wakes: dict[str, float] = {}
        self.button, self.service, self.ladder = Button(), ServiceMode(), Ladder()
        restarts = self.read("restarts", restarts_from_json)
        self.restarts = Restarts(kept=None if restarts is None else restarts[1], now=now, utc=utc)
        state = self.read("state", record_from_json)
        self.procedure, called = Procedure.restore(
            None if state is None else Kept(*state), now, utc, self.settings, live=self.live
        )
        data = self.read("data", data_record_from_json)
        self.sos, offered = DataSos.restore(
            None if data is None else KeptData(*data), now, utc, PATHS, live=self.live
        )
        self.do("sos", offered)
        self.do("procedure", called)
        self.feed()

    def read(self, kind: str, make: Any) -> tuple[float, Any] | None:
        if kind not in self.disk:
            return None
        utc, text = self.disk[kind]
        return utc, make(json.loads(text))

    def write(self, kind: str, values: dict[str, Any]) -> None:
        self.disk[kind] = (self.utc, json.dumps(values))

    def cut(self, off_s: float) -> None:
        """Lose the power; whatever was on the air is gone."""
        record = self.procedure.record(self.now)
        if record.cause is Cause.TEST and record.state in CALLING:
            self.fresh = self.owed = False
        self.on_air.clear()
        self.left.clear()
        self.ringing.clear()
        self.offers.clear()
        self.t += off_s
        self.booted_at = self.t - 5.0
        self.boot()

    # --- time

    def wait(self, seconds: float) -> None:
        end = self.t + seconds
        while self.t < end - EARLY:
            due = min(self.wakes.values(), default=math.inf) + self.booted_at
            step = 0.2 if self.contact else end - self.t
            self.t = min(end, max(due, self.t + 1e-3), self.t + step)
            self.wake()
            self.feed()
        self.t = max(self.t, end)

    def wake(self) -> None:
        for maker in MAKERS:
            if self.wakes.get(maker, math.inf) <= self.now:
                del self.wakes[maker]
                self.do(maker, getattr(self, maker).wake(self.now))
        self.look()

    def look(self) -> None:
        self.do("service", self.service.observe(self.situation(), self.now))
        self.do("button", self.button.service(self.now, active=self.service.active,
            ignition=self.car.ignition, engine=self.car.engine))  # fmt: skip

    def feed(self) -> None:
        self.do("button", self.button.feed(self.contact, self.now))

    # --- effects, in their order

    def do(self, maker: str, effects: list[Effect]) -> None:
        self.queue.extend((maker, effect) for effect in effects)
        if self.busy:
            return
        self.busy = True
        while self.queue:
            source, effect = self.queue.popleft()
            if isinstance(effect, WakeAt):
                self.wakes[source] = effect.when
            elif isinstance(effect, Tell):
                self.tell(effect.event)
        self.busy = False
        window = self.state is State.CANCEL_WINDOW
        self.do_button_window(is_open=window)

    def do_button_window(self, *, is_open: bool) -> None:
        effects = self.button.cancel_window(self.now, is_open=is_open)
        if any(isinstance(effect, Tell) for effect in effects):
            self.do("button", effects)

    def tell(self, event: Any) -> None:
        match event:
            case Remember(record):
                self.write("state", record.to_json())
            case RememberData(record):
                self.write("data", record.to_json())
            case Dial() | SendData() | HangUp() | AnswerCallback() | Decline():
                self.ordered(event)
            case TryRung() | LeaveRung() | PassOn():
                self.on_the_ladder(event)
            case OfferData():
                self.offered(event)
            case DataEnded():
                self.offers.clear()
            case Note():
                self.noted(event)
            case _:
                self.pressed(event)

    def noted(self, note: Note) -> None:
        if note.text_key == "cancelled":
            self.owed = self.fresh = False
        elif note.text_key in {"gave_up", "callback_window_over"}:
            self.owed = False  # the reason is on record

    def pressed(self, event: Any) -> None:
        match event:
            case Pressed():
                self.trigger(Cause.MANUAL)
            case CancelPressed():
                self.cancel()
            case GestureDone():
                self.reset(Kind.GESTURE)

    # --- people and sensors

    def trigger(self, cause: Cause) -> None:
        self.look()
        active = self.service.active
        allowed, effects = self.service.gate(cause, self.now)
        self.do("service", effects)
        assert allowed is (not active or cause is Cause.AUTOMATIC or not self.service.active)
        if not allowed:
            return
        before, testing = self.state, self.testing()
        if cause is not Cause.TEST or before is State.IDLE:
            self.dials = self.dials_unearned = 0
            standing = before in {State.DIALLING, State.CONNECTED} and not testing
            self.fresh = self.fresh or not (standing or before is State.REDIAL_WAIT)
            self.owed = self.owed or not standing
        self.do("procedure", self.procedure.trigger(cause, self.now))

    def crash(self) -> None:
        self.trigger(Cause.AUTOMATIC)
        assert not self.service.active, "service mode held a crash back"
        assert self.state in {State.DIALLING, State.CONNECTED}, "a crash was lost"
        assert not self.testing()

    def measured(self) -> None:
        self.do("procedure", self.procedure.measured(self.now))
        self.do("sos", self.sos.measured(self.now))

    def cancel(self) -> None:
        before, testing = self.state, self.testing()
        self.do("procedure", self.procedure.cancel(self.now))
        if testing and self.state is not before:
            self.do("sos", self.sos.cancelled(self.now))
        elif before is not State.CANCEL_WINDOW:
            assert self.state is before, "a real call was cancelled"

    def testing(self) -> bool:
        record = self.procedure.record(self.now)
        return record.cause is Cause.TEST and record.state in {State.DIALLING, State.CONNECTED}

    # --- orders of the procedure

    def ordered(self, order: Any) -> None:
        self.ids += 1
        self.do("sos", self.sos.order(order, f"id{self.ids}", self.now))
        match order:
            case Dial():
                self.dialled(order)
            case HangUp(call):
                self.do("ladder", self.ladder.hang_up(call, self.now))
            case AnswerCallback(call):
                rung = next(rung for rung, name in self.ringing if name == call)
                self.ringing.discard((rung, call))
                self.fresh = self.owed = False
                self.do("ladder", self.ladder.answer_callback(rung, call, self.now))
                self.on_air[rung, call] = True
                assert len(self.on_air) == 1, "two calls at once"
            case Decline(call):
                self.ringing = {ring for ring in self.ringing if ring[1] != call}
            case SendData(call):
                assert any(name == call and up for (_, name), up in self.on_air.items())

    def dialled(self, order: Dial) -> None:
        if order.attempt == 1:
            assert self.fresh, "a case without a trigger"
            self.fresh = False
            self.dials = self.dials_unearned = 0
        self.owed = False
        self.dials += 1
        self.dials_unearned += 1
        assert self.dials <= self.settings.attempts_most
        assert self.dials_unearned <= 1 + len(self.settings.redial_delays_s)
        assert order.test == (order.cause is Cause.TEST or not self.live) or order.test
        assert order.urn.startswith("urn:service:test.") == order.test
        assert order.cause is Cause.AUTOMATIC or not self.service.active, "service mode called"
        assert json.loads(self.disk["state"][1])["call"] == order.call, "not on disk"
        self.do("ladder", self.ladder.dial(order.call, self.now, self.offer,
            new_case=order.attempt == 1))  # fmt: skip

    def on_the_ladder(self, event: TryRung | LeaveRung | PassOn) -> None:
        match event:
            case TryRung(rung, call):
                self.on_air[rung, call] = False
                assert len(self.on_air) == 1, "two calls at once"
            case LeaveRung(rung, call):
                self.on_air.pop((rung, call), None)
                self.left.add((rung, call))
            case PassOn(report):
                self.do("sos", self.sos.report(report, self.now))
                self.do("procedure", self.procedure.report(report, self.now))

    def heard(self, rung: str, report: Report) -> None:
        self.do("ladder", self.ladder.report(rung, report, self.now))

    # --- data

    def offered(self, order: OfferData) -> None:
        record = json.loads(self.disk["data"][1])
        assert record["tries"] == order.seq <= 250, "offered before it was remembered"
        known = self.case_ids.setdefault(f"{record['case']} {order.test}", order.message_id)
        assert known == order.message_id, "a case with two ids"
        assert order.test or self.live
        assert order.cause is not Cause.TEST or order.test
        self.offers = [order]

    def answer(self, *, delivered: bool) -> None:
        order = self.offers.pop()
        self.do("sos", self.sos.result(order.path, order.message_id, self.now, delivered=delivered))

    # --- resets

    def reset(self, kind: Kind) -> None:
        situation = self.situation()
        if may(kind, situation) or self.restarts.may(kind, self.now):
            return
        assert self.state is State.IDLE, "a reset in a call"
        assert not self.sos.pending
        assert abs(self.car.speed_kmh or 0) <= 1, "a reset in a drive"
        self.resets += 1
        self.write("restarts", self.restarts.done(kind, self.now, self.utc).to_json())
        if kind in {Kind.SOFT, Kind.UNIT, Kind.GESTURE, Kind.HARD}:
            self.queue.clear()
            self.busy = False
            self.cut(1.0)
