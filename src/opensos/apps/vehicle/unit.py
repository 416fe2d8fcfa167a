"""The unit: wires sensors, parts, crash detector, call procedure, bearers and journal.

Everything runs on one thread. ``boot`` remembers, ``start`` lets time run by the event loop; a test
calls ``poll`` and ``wake`` itself instead.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from opensos.apps.vehicle.aerials import AerialKeeper
from opensos.apps.vehicle.around import PART_FAILS
from opensos.apps.vehicle.config import car_name
from opensos.apps.vehicle.crash import CrashFigures, crash_json
from opensos.apps.vehicle.data import DataKeeper
from opensos.apps.vehicle.diary import Diary, Line, iso
from opensos.apps.vehicle.fittings import Fittings
from opensos.apps.vehicle.health import HealthKeeper
from opensos.apps.vehicle.memory import Memory
from opensos.apps.vehicle.message import Purpose, build_load
from opensos.apps.vehicle.panel import Panel
from opensos.apps.vehicle.resets import ResetKeeper
from opensos.apps.vehicle.sensing import Senses
from opensos.apps.vehicle.steady import Steady
from opensos.apps.vehicle.view import state_json
from opensos.edges.in_turn import InTurn
from opensos.protocols.effects import Effect, Tell, UserError, WakeAt
from opensos.rules.emergency import (
    AnswerCallback,
    Cause,
    Decline,
    Dial,
    HangUp,
    Note,
    Procedure,
    Remember,
    SendData,
    Signal,
    State,
    Unreached,
    signal_for,
)
from opensos.rules.readiness import era_diagnostics
from opensos.rules.readiness.readings import VehicleReading
from opensos.rules.resets import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from opensos.apps.vehicle.config import UnitConfig
    from opensos.ports import Bearer, CallLoad, Car, Clock, Journal
    from opensos.rules.crash import CrashReport
    from opensos.rules.emergency import OfferData, Report
    from opensos.rules.readiness.readings import Readings
    from opensos.rules.resets import Refusal

_FRESH_S = 2.0  # an airbag line that was heard so lately is heard
_MOST_UPDATES = 4  # unasked messages for one crash
_CALLING = frozenset({State.CANCEL_WINDOW, State.DIALLING, State.CONNECTED, State.REDIAL_WAIT})


class Unit:
    """One car's SOS unit.

    Args:
        config: what it is told about itself.
        car: the sensors.
        clock: steady and civil time of the machine that it runs on.
        journal: its memory across a loss of power.
        bearer: how calls travel; the unit listens to it from now on.
        fittings: parts, self-test, data paths; without any the unit still calls.
    """

    def __init__(
        self,
        config: UnitConfig,
        *,
        car: Car,
        clock: Clock,
        journal: Journal,
        bearer: Bearer,
        fittings: Fittings | None = None,
    ) -> None:
        self.config = config
        self.clock = clock
        self.fittings = fittings = fittings or Fittings()
        self.diary = Diary()
        identity = car.identity
        self.identity = identity if config.vin is None else replace(identity, vin=config.vin)
        self.senses = Senses(car, lambda name: self.note("sensor_failed", sensor=name))
        self.procedure = Procedure(config.procedure, live=config.live)
        self.since = clock.utc()
        self._seen_state = self.procedure.state
        self.last_crash: dict[str, Any] | None = None
        self.crashes_seen = 0
        self.workshop_code = ""
        self.wake_at: float | None = None
        self._memory = Memory(journal, clock, self.note)
        self._bearer = bearer
        self._in_turn = InTurn(self._carry_out_or_say)
        self._figures: CrashFigures | None = None
        self._updates = 0
        self._watchers: set[Callable[[], None]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._poller: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dead = False
        self._airbag_told = False
        self._steady = Steady()
        self._parts = parts = fittings.parts
        self._aerials = None if parts is None else AerialKeeper(parts, self)
        self._told_service = False
        self.data = DataKeeper(fittings.paths, car_name(self.identity), clock, self, self._load)
        self.resets = ResetKeeper(clock, self, self._call_now, self.vehicle, self.identity)
        self.panel = None if parts is None else Panel(parts, clock, self, fittings.button)
        self.keeper = None
        if parts is not None and fittings.plan is not None:
            self.keeper = HealthKeeper(
                fittings.plan, self, car=car, parts=parts, senses=self.senses, clock=clock
            )
        bearer.listen(self._reported)

    # --- life

    def boot(self, why: str = "power_on") -> None:
        """Read the journal and go on where the unit was when it lost its power."""
        found = self._memory.recall()
        self.diary.load(found.notes)
        if found.damaged:
            self.note("journal_damaged", places=found.damaged)
        self._figures = found.crash
        self.workshop_code = found.workshop
        self._airbag_told = found.airbag_told
        if found.airbag_told:
            self.senses.airbag_was_told()
        now, utc = self.clock.now(), self.clock.utc()
        self.procedure, effects = Procedure.restore(
            found.call, now, utc, self.config.procedure, live=self.config.live
        )
        self._steady(lambda: self.resets.boot(found.restarts))
        self._steady(lambda: self.data.boot(found.data, live=self.config.live))
        if self.keeper is not None:
            self._steady(partial(self._boot_health, self.keeper, found.health, why))
        self._do(effects)

    @staticmethod
    def _boot_health(keeper: HealthKeeper, record: Mapping[str, Any] | None, why: str) -> None:
        keeper.boot(record)
        if why != "power_on":
            keeper.event("software.reset_logged", why=why)

    def start(self, why: str = "power_on") -> None:
        """Boot, then run on the current event loop until ``close``."""
        self._loop = self._steady.loop = asyncio.get_running_loop()
        self.boot(why)
        self._poll_again()

    async def close(self) -> None:
        """Stop; a call that stands is not hung up (the centre ends a call)."""
        self._dead = True
        for handle in (self._alarm, self._poller):
            if handle is not None:
                handle.cancel()
        self._loop = self._steady.loop = None
        self._memory.close()

    # --- people and sensors

    def press_sos(self) -> None:
        """Take a press of SOS that was held long enough."""
        if self.resets.gate(Cause.MANUAL):
            self._do(self.procedure.trigger(Cause.MANUAL, self.clock.now()))
        else:
            self.note("sos_held_back", "service")

    sos_held = press_sos

    def call_for_test(self) -> None:
        """Place a test call."""
        if self.resets.gate(Cause.TEST):
            self._do(self.procedure.trigger(Cause.TEST, self.clock.now()))
        else:
            self.note("test_not_now", "service")

    def cancel(self) -> bool:
        """Take a press of SOS back, or end a test call; false if it is too late for that."""
        before = self.procedure.state
        self._do(self.procedure.cancel(self.clock.now()))
        ended = self.procedure.state is not before
        if ended and before is not State.CANCEL_WINDOW:
            self.data.cancelled()
        return ended

    def take_back(self) -> None:
        """Take a press of SOS back by the button itself."""
        self.cancel()

    def poll(self) -> None:
        """Look at sensors, button and parts once; none of them that fails hides another."""
        now = self.clock.now()
        self._steady(lambda: self._feel(now))
        if self.panel is not None:
            self._steady(partial(self.panel.poll, now))
        self._steady(lambda: self.data.poll(now))
        if not self._steady(lambda: self.resets.poll(now)):
            self._steady(self.resets.leave_service)  # any doubt ends it
        self._steady(lambda: self._look(now))

    def _feel(self, now: float) -> None:
        for report in self.senses.crashes(now):
            self._steady(partial(self._crashed, report))
        if self.senses.airbag_told is not self._airbag_told:
            self._airbag_told = self.senses.airbag_told
            self.remember("airbag", {"told": self._airbag_told})

    def _look(self, now: float) -> None:
        if self.keeper is not None:
            seen = self.keeper.readings
            self.keeper.look(now)
            if self.keeper.readings is not seen:
                self._looked(now)
        elif self._airbag_told:
            self.senses.line_heard(now, heard=True)

    def wake(self) -> None:
        """Let the procedure do what is due."""
        self.wake_at = None
        self._do(self.procedure.wake(self.clock.now()))

    # --- what can be seen

    @property
    def state(self) -> State:
        """Where the call stands."""
        return self.procedure.state

    @property
    def readings(self) -> Readings | None:
        """What the parts said last."""
        return None if self.keeper is None else self.keeper.readings

    def vehicle(self) -> VehicleReading:
        """Return what the car is doing; asked anew, because a second may decide."""
        if self._parts is None:
            return VehicleReading()
        try:
            said: object = self._parts.vehicle(self.clock.now())
        except PART_FAILS:
            return VehicleReading()
        return said if isinstance(said, VehicleReading) else VehicleReading()

    def in_call(self) -> bool:
        """Whether a call is under way or about to be."""
        return self.procedure.state in _CALLING

    def in_service(self) -> bool:
        """Whether service mode holds calls back."""
        return self.resets.service.active

    def signal(self) -> Signal:
        """Return what lamp and speaker say now."""
        health = None if self.keeper is None else self.keeper.health
        service, panel = self.in_service(), self.panel
        holding = panel is not None and panel.button.holding
        if service and panel is not None:
            holding = panel.ready_to_let_go
        idle = self.procedure.state is State.IDLE
        record = self.procedure.record(self.clock.now())
        return signal_for(
            self.procedure.state,
            warning=health is not None and health.warning is not None,
            service=service,
            test=not self.config.live if idle else record.test,
            holding=holding,
            data=self.data.machine.shown,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the whole state as the Car API has it (without the scenarios)."""
        return state_json(self)

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` at once after every change; returns what ends that."""
        self._watchers.add(changed)
        return lambda: self._watchers.discard(changed)

    def note(self, text_key: str, kind: str = "unit", **data: str | float | bool | None) -> None:
        """Add a line to the journal for people."""
        line = Line(self.clock.utc(), kind, text_key, data)
        self.diary.add(line)
        self._memory.write("note", {"kind": kind, "text_key": text_key, "data": data})
        self.changed()

    def remember(self, kind: str, record: Mapping[str, Any]) -> None:
        """Write a record durably."""
        self._memory.write(kind, record, durable=True)

    def changed(self) -> None:
        """Let the lamp say what is, and tell who watches."""
        if self._dead:
            return
        if self.panel is not None:
            self.panel.show(self.signal())
            if self.in_service() is not self._told_service:
                self._told_service = self.in_service()
                active = self._told_service
                self.panel.service(self.clock.now(), self.vehicle(), active=active)
        for changed in tuple(self._watchers):
            self._steady(changed)

    # --- tests and resets

    def self_test(self) -> None:
        """Begin a self-test. Raises UserError when there is none, or not now."""
        if self.keeper is None:
            raise UserError("This unit has no parts that could be tested.")
        if self.in_call():
            raise UserError("A call is under way: the self-test waits until it is over.")
        self.keeper.begin("request")

    def clear_faults(self, group: int = 0xFFFFFF) -> Refusal | None:
        """Clear the fault memory, or return why not now."""
        refusal = self.resets.refusal(Kind.CLEAR)
        if refusal is None and self.keeper is not None:
            self.keeper.clear(group)
            self.note("faults_cleared", "health")
        return refusal

    def reset(self, kind: Kind | str, why: str) -> Refusal | None:
        """Restart the unit, or return why not now; ``why`` is logged after the restart.

        Raises:
            UserError: nothing here can restart the unit.
        """
        refusal = self.resets.refusal(kind)
        if refusal is not None:
            self.note("reset_refused", "service", reset=Kind(kind).value, why=refusal.text_key)
            return refusal
        if self.fittings.restart is None:
            raise UserError("This unit cannot be restarted from here.")
        self.resets.count(kind)
        self.note("reset", "service", reset=Kind(kind).value, why=why)
        self.fittings.restart(why)
        return None

    def gesture_made(self) -> None:
        """Restart by the workshop's gesture, if that is allowed."""
        self.reset(Kind.GESTURE, "gesture")

    # --- crashes

    def _crashed(self, report: CrashReport) -> None:
        now = self.clock.now()
        before = self._figures
        self._steady(lambda: self._figured(report))
        news = self._figures != before
        if report.stage == "triggered":
            self._updates = 0
            self.crashes_seen += 1
            self._steady(lambda: self.resets.gate(Cause.AUTOMATIC))
            self._do(self.procedure.trigger(Cause.AUTOMATIC, now))
        elif news and self.config.send_measured and self._updates < _MOST_UPDATES:
            self._updates += 1
            self._do(self.procedure.measured(now))
            self.data.measured()
        unbelted = self.senses.any_unbelted(now)
        self.last_crash = crash_json(report, iso(self.clock.utc()), any_unbelted=unbelted)
        if report.stage == "ended":
            self.note(
                "crash_measured",
                impact=report.impact,
                max_delta_v_kmh=_rounded(report.max_delta_v_kmh),
                direction_deg=_rounded(report.direction_deg),
                rollover=report.rollover,
            )
        self.changed()

    def _figured(self, report: CrashReport) -> None:
        """Take the figures of a crash; without them the call goes all the same."""
        before, self._figures = self._figures, None
        self._figures = CrashFigures.of(report, self.senses.full_scale)
        if self._figures != before:
            self._memory.write("crash", self._figures.to_json())

    # --- parts

    def _looked(self, now: float) -> None:
        """Follow the parts that were just looked at: antenna, and who may press what."""
        readings = self.readings
        if readings is None:
            return
        line = readings.airbag_line
        fresh = line is not None and line.heard_at is not None and line.heard_at > now - _FRESH_S
        self.senses.line_heard(now, heard=fresh)
        if self._aerials is not None:
            self._aerials.look(readings, self.procedure.state, now)
        if self.panel is not None and self.in_service():
            self.panel.service(now, readings.vehicle, active=True)

    def _call_now(self) -> tuple[State, bool]:
        return self.procedure.state, self.data.machine.pending

    # --- orders of the procedure

    def _reported(self, report: Report) -> None:
        if self._dead:
            return
        self._steady(lambda: self.data.report(report))
        self._do(self.procedure.report(report, self.clock.now()))

    def _do(self, effects: Iterable[Effect]) -> None:
        """Carry out effects in order; those that follow from one of them wait for their turn."""
        if self._dead or not self._in_turn(effects):
            return
        state = self.procedure.state
        if state is not self._seen_state:
            self._seen_state = state
            self.since = self.clock.utc()
        if self.panel is not None:
            is_open = state is State.CANCEL_WINDOW
            self._steady(partial(self.panel.window, self.clock.now(), is_open=is_open))
        self.changed()

    def _carry_out_or_say(self, effect: Effect) -> None:
        """Take an attempt that could not even be placed for one that reached nobody."""
        done = self._steady(partial(self._carry_out, effect))
        if not done and isinstance(effect, Tell) and isinstance(effect.event, Dial):
            self._reported(Unreached(effect.event.call, "fault"))

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case WakeAt(when):
                self._wake_at(when)
            case Tell(Remember(record)):
                self.remember("state", record.to_json())
            case Tell(Note(text_key, data)):
                self.note(text_key, "call", **dict(data))
            case Tell(Dial() as order):
                self._steady(lambda: self.data.order(order))
                self._bearer.dial(order, self._load(order))
            case Tell(SendData() as order):
                self._steady(lambda: self.data.order(order))
                self._bearer.send_data(order.call, self._load(order).msd)
            case Tell(HangUp(call) as order):
                self._steady(lambda: self.data.order(order))
                self._bearer.hang_up(call)
            case Tell(AnswerCallback(call) as order):
                self._steady(lambda: self.data.order(order))
                self._bearer.answer_callback(call)
            case Tell(Decline(call)):
                self._bearer.decline(call)

    def _load(self, order: Dial | SendData | OfferData) -> CallLoad:
        automatic = order.cause is Cause.AUTOMATIC
        purpose = Purpose(
            message_identifier=order.message_identifier,
            automatic=automatic,
            test=order.test,
            crash=self._figures if automatic else None,
            driver_on_left=self.config.driver_on_left,
            diagnostics=self._diagnostics(),
        )
        seen = self.senses.observe(self.clock.now(), self.identity)
        load, findings = build_load(seen, purpose)
        for key in findings:
            self.note(key)
        return load

    def _diagnostics(self) -> dict[str, bool] | None:
        """Return the diagnostic bits of a unit that is built for ERA-GLONASS, None for others."""
        if not self.config.era_glonass or self.keeper is None:
            return None
        health = self.keeper.health
        return era_diagnostics(health.known, memory_full=health.overflowed)

    def _wake_at(self, when: float) -> None:
        self.wake_at = when
        if self._alarm is not None:
            self._alarm.cancel()
        if self._loop is not None:
            delay = max(0.0, when - self.clock.now())
            self._alarm = self._loop.call_later(delay, self.wake)

    def _poll_again(self) -> None:
        if self._loop is not None:
            self._steady(self.poll)
            pressed = self.panel is not None and self.panel.busy
            hurry = pressed or not self.senses.calm
            wait = self.config.poll_busy_s if hurry else self.config.poll_s
            self._poller = self._loop.call_later(wait, self._poll_again)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
