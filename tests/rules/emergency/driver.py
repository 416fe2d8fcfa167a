"""Drives a Procedure through time, with a pretend bearer that obeys and a disk that remembers."""

from __future__ import annotations

import math

from opensos.protocols.effects import Effect, Tell, WakeAt
from opensos.rules.emergency import (
    AnswerCallback,
    Cause,
    Dial,
    HangUp,
    Kept,
    Note,
    Order,
    Procedure,
    Remember,
    Report,
    Settings,
    State,
)

NO_WINDOW = Settings(cancel_window_s=0)
DAY = 1_800_000_000.0  # a civil time that any clock of a car believes


class Driver:
    """``t`` is the true time in seconds; the unit's steady clock starts at 0 with every boot."""

    def __init__(self, settings: Settings = NO_WINDOW, *, live: bool = False) -> None:
        self.settings = settings
        self.live = live
        self.procedure = Procedure(settings, live=live)
        self.t = 0.0
        self.booted_at = 0.0
        self.clock_error = 0.0
        self.disk: Kept | None = None
        self.wake_at: float | None = None
        self.orders: list[Order] = []

    @property
    def now(self) -> float:
        return self.t - self.booted_at

    @property
    def utc(self) -> float:
        return DAY + self.t + self.clock_error

    @property
    def state(self) -> State:
        return self.procedure.state

    def expect(self, state: State) -> None:
        assert self.state is state

    @property
    def call(self) -> str:
        return self.procedure.record(self.now).call

    def do(self, effects: list[Effect]) -> list[Order]:
        """Carry out effects; returns the orders among them but for what goes to the disk."""
        fresh: list[Order] = []
        for effect in effects:
            if isinstance(effect, WakeAt):
                self.wake_at = effect.when
            elif isinstance(effect, Tell) and isinstance(effect.event, Remember):
                self.disk = Kept(self.utc, effect.event.record)
            elif isinstance(effect, Tell):
                order = effect.event
                assert isinstance(order, Order)
                self.ordered(order)
                fresh.append(order)
        self.orders += fresh
        return fresh

    def ordered(self, order: Order) -> None:
        """Look at one order at the moment it is given; for those who inherit."""

    def press(self, cause: Cause = Cause.MANUAL) -> list[Order]:
        return self.do(self.procedure.trigger(cause, self.now))

    def crash(self) -> list[Order]:
        return self.press(Cause.AUTOMATIC)

    def cancel(self) -> list[Order]:
        return self.do(self.procedure.cancel(self.now))

    def report(self, report: Report) -> list[Order]:
        return self.do(self.procedure.report(report, self.now))

    def wait(self, seconds: float) -> list[Order]:
        """Let time pass; the procedure is woken exactly when it asked to be."""
        end = self.t + seconds
        fresh: list[Order] = []
        while self.wake_at is not None and self.wake_at + self.booted_at <= end:
            self.t = max(self.t, self.wake_at + self.booted_at)
            while self.now < self.wake_at:  # the sum was rounded down
                self.t = math.nextafter(self.t, math.inf)
            self.wake_at = None
            fresh += self.do(self.procedure.wake(self.now))
        self.t = end
        return fresh

    def sleep(self, seconds: float) -> list[Order]:
        """Let time pass without any waking, as a stalled machine does; then wake once."""
        self.t += seconds
        self.wake_at = None
        return self.do(self.procedure.wake(self.now))

    def restart(self, off_s: float = 1.0) -> list[Order]:
        """Lose the power for a while; all that is left is the disk."""
        self.t += off_s
        self.booted_at = self.t - 5.0
        self.wake_at = None
        self.procedure, effects = Procedure.restore(
            self.disk, self.now, self.utc, self.settings, live=self.live
        )
        return self.do(effects)


def dials(orders: list[Order]) -> list[Dial]:
    return [order for order in orders if isinstance(order, Dial)]


def notes(orders: list[Order]) -> list[str]:
    return [order.text_key for order in orders if isinstance(order, Note)]


def real(orders: list[Order]) -> list[Order]:
    """Return the orders that touch the world."""
    return [order for order in orders if not isinstance(order, Note)]


__all__ = [
    "DAY",
    "NO_WINDOW",
    "AnswerCallback",
    "Driver",
    "HangUp",
    "dials",
    "notes",
    "real",
]
