"""The unit: wires sensors, crash detector, call procedure, bearer and journal.

Everything runs on one thread. ``boot`` remembers, ``start`` lets time run by the event loop; a test
calls ``poll`` and ``wake`` itself instead.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from opensos.apps.vehicle.crash import CrashFigures, crash_json, figures_from_json
from opensos.apps.vehicle.diary import Diary, Line, iso
from opensos.apps.vehicle.message import Purpose, build_load
from opensos.apps.vehicle.sensing import Senses
from opensos.apps.vehicle.view import state_json
from opensos.protocols.effects import Effect, OpenSosError, RoadError, Tell, WakeAt
from opensos.rules.emergency import (
    AnswerCallback,
    Cause,
    Decline,
    Dial,
    HangUp,
    Kept,
    Note,
    Procedure,
    Remember,
    SendData,
    State,
    record_from_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opensos.apps.vehicle.config import UnitConfig
    from opensos.ports import Bearer, CallLoad, Car, Clock, Journal
    from opensos.rules.crash import CrashReport
    from opensos.rules.emergency import Report

_MOST_UPDATES = 4  # unasked messages for one crash


class Unit:
    """One car's SOS unit.

    Args:
        config: what it is told about itself.
        car: the sensors.
        clock: steady and civil time of the machine that it runs on.
        journal: its memory across a loss of power.
        bearer: how calls travel; the unit listens to it from now on.
    """

    def __init__(
        self, config: UnitConfig, *, car: Car, clock: Clock, journal: Journal, bearer: Bearer
    ) -> None:
        self.config = config
        self.clock = clock
        self.diary = Diary()
        identity = car.identity
        self.identity = identity if config.vin is None else replace(identity, vin=config.vin)
        self.senses = Senses(car, lambda name: self.note("sensor_failed", sensor=name))
        self.procedure = Procedure(config.procedure, live=config.live)
        self.since = clock.utc()
        self._seen_state = self.procedure.state
        self.last_crash: dict[str, Any] | None = None
        self.crashes_seen = 0
        self.wake_at: float | None = None
        self._journal = journal
        self._bearer = bearer
        self._queue: deque[Effect] = deque()
        self._busy = False
        self._figures: CrashFigures | None = None
        self._updates = 0
        self._disk_failed = False
        self._watchers: set[Callable[[], None]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._poller: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        bearer.listen(self._reported)

    # --- life

    def boot(self) -> None:
        """Read the journal and go on where the unit was when it lost its power."""
        kept = self._recall()
        now, utc = self.clock.now(), self.clock.utc()
        self.procedure, effects = Procedure.restore(
            kept, now, utc, self.config.procedure, live=self.config.live
        )
        self._do(effects)

    def start(self) -> None:
        """Boot, then run on the current event loop until ``close``."""
        self._loop = asyncio.get_running_loop()
        self.boot()
        self._poll_again()

    async def close(self) -> None:
        """Stop; a call that stands is not hung up (the centre ends a call)."""
        for handle in (self._alarm, self._poller):
            if handle is not None:
                handle.cancel()
        self._loop = None
        self._journal.close()

    # --- people and sensors

    def press_sos(self) -> None:
        """Take a press of the SOS button."""
        self._do(self.procedure.trigger(Cause.MANUAL, self.clock.now()))

    def call_for_test(self) -> None:
        """Place a test call."""
        self._do(self.procedure.trigger(Cause.TEST, self.clock.now()))

    def cancel(self) -> bool:
        """Take a press of SOS back, or end a test call; false if it is too late for that."""
        before = self.procedure.state
        self._do(self.procedure.cancel(self.clock.now()))
        return self.procedure.state is not before

    def poll(self) -> None:
        """Look at the sensors once."""
        for report in self.senses.crashes(self.clock.now()):
            self._crashed(report)

    def wake(self) -> None:
        """Do what has become due."""
        self.wake_at = None
        self._do(self.procedure.wake(self.clock.now()))

    # --- who watches

    @property
    def state(self) -> State:
        """Where the call stands."""
        return self.procedure.state

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
        self._write("note", {"kind": kind, "text_key": text_key, "data": data}, durable=False)
        self._changed()

    # --- crashes

    def _crashed(self, report: CrashReport) -> None:
        now = self.clock.now()
        figures = CrashFigures.of(report, self.senses.full_scale)
        news = figures != self._figures
        self._figures = figures
        if news:
            self._write("crash", figures.to_json(), durable=False)
        if report.stage == "triggered":
            self._updates = 0
            self.crashes_seen += 1
            self._do(self.procedure.trigger(Cause.AUTOMATIC, now))
        elif news and self.config.send_measured and self._updates < _MOST_UPDATES:
            self._updates += 1
            self._do(self.procedure.measured(now))
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
        self._changed()

    # --- orders of the procedure

    def _reported(self, report: Report) -> None:
        self._do(self.procedure.report(report, self.clock.now()))

    def _do(self, effects: Iterable[Effect]) -> None:
        """Carry out effects in order; those that follow from one of them wait for their turn."""
        self._queue.extend(effects)
        if self._busy:
            return
        self._busy = True
        try:
            while self._queue:
                self._carry_out(self._queue.popleft())
        finally:
            self._busy = False
        if self.procedure.state is not self._seen_state:
            self._seen_state = self.procedure.state
            self.since = self.clock.utc()
        self._changed()

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case WakeAt(when):
                self._wake_at(when)
            case Tell(Remember(record)):
                self._write("state", record.to_json(), durable=True)
            case Tell(Note(text_key, data)):
                self.note(text_key, "call", **dict(data))
            case Tell(Dial() as order):
                self._bearer.dial(order, self._load(order))
            case Tell(SendData() as order):
                self._bearer.send_data(order.call, self._load(order).msd)
            case Tell(HangUp(call)):
                self._bearer.hang_up(call)
            case Tell(AnswerCallback(call)):
                self._bearer.answer_callback(call)
            case Tell(Decline(call)):
                self._bearer.decline(call)

    def _load(self, order: Dial | SendData) -> CallLoad:
        automatic = order.cause is Cause.AUTOMATIC
        purpose = Purpose(
            message_identifier=order.message_identifier,
            automatic=automatic,
            test=order.test,
            crash=self._figures if automatic else None,
            driver_on_left=self.config.driver_on_left,
        )
        seen = self.senses.observe(self.clock.now(), self.identity)
        load, findings = build_load(seen, purpose)
        for key in findings:
            self.note(key)
        return load

    def _wake_at(self, when: float) -> None:
        self.wake_at = when
        if self._alarm is not None:
            self._alarm.cancel()
        if self._loop is not None:
            delay = max(0.0, when - self.clock.now())
            self._alarm = self._loop.call_later(delay, self.wake)

    def _poll_again(self) -> None:
        if self._loop is not None:
            self.poll()
            calm = self.senses.calm
            wait = self.config.poll_s if calm else self.config.poll_busy_s
            self._poller = self._loop.call_later(wait, self._poll_again)

    def _changed(self) -> None:
        for changed in tuple(self._watchers):
            changed()

    # --- the disk

    def _write(self, kind: str, data: dict[str, Any], *, durable: bool) -> None:
        """Write to the journal; when the disk does not take it, say so once and go on."""
        try:
            self._journal.append(kind, self.clock.utc(), data, durable=durable)
        except RoadError as error:
            if not self._disk_failed:
                self._disk_failed = True
                self.note("journal_failed", reason=str(error))
            return
        self._disk_failed = False

    def _recall(self) -> Kept | None:
        try:
            contents = self._journal.read()
        except RoadError as error:
            self.note("journal_failed", reason=str(error))
            return None
        kept = None
        damaged = len(contents.findings)
        self.diary.load(entry for entry in contents.entries if entry.kind == "note")
        for entry in contents.entries:
            try:
                if entry.kind == "state":
                    kept = Kept(entry.utc, record_from_json(entry.data))
                elif entry.kind == "crash":
                    self._figures = figures_from_json(entry.data)
            except OpenSosError:
                damaged += 1
        if damaged:
            self.note("journal_damaged", places=damaged)
        return kept


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
