"""Button, lamp and sounds: what a person's hand means, and what the car answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.apps.vehicle.around import PART_FAILS
from opensos.protocols.effects import Effect, Tell, WakeAt
from opensos.rules.emergency.button import (
    Bouncing,
    Button,
    ButtonSettings,
    CancelPressed,
    Freed,
    GestureDone,
    GestureFailed,
    GestureReady,
    Pressed,
    Stuck,
    Touched,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opensos.apps.vehicle.around import Around
    from opensos.ports import Clock, Parts
    from opensos.rules.emergency.signals import Signal
    from opensos.rules.readiness.readings import VehicleReading


class Panel:
    """The SOS panel of one unit.

    Args:
        parts: where button, lamp and speaker are.
        clock: steady time.
        around: the unit.
        settings: times of the button.
    """

    def __init__(
        self, parts: Parts, clock: Clock, around: Around, settings: ButtonSettings | None = None
    ) -> None:
        self._parts = parts
        self._clock = clock
        self._around = around
        self.button = Button(settings)
        self.signal: Signal | None = None
        self.ready_to_let_go = False
        self._wake_at: float | None = None
        self._shown: tuple[str, str] | None = None
        self._window = False

    @property
    def busy(self) -> bool:
        """Whether a press is under way, so that the button must be looked at more often."""
        return self.button.holding or self.button.pressed is True

    def poll(self, now: float) -> None:
        """Look at the contact once."""
        reading = None
        try:
            reading = self._parts.button(now)
        except PART_FAILS:
            reading = None
        pressed = None if reading is None or reading.fitted is False else reading.pressed
        before = self.button.holding
        self._do(self.button.feed(pressed, now))
        if self._wake_at is not None and now >= self._wake_at:
            self._wake_at = None
            self._do(self.button.wake(now))
        if self.button.holding is not before:
            self.ready_to_let_go = False
            self._around.changed()

    def window(self, now: float, *, is_open: bool) -> None:
        """Say whether a press may be taken back now."""
        if is_open is not self._window:
            self._window = is_open
            self._do(self.button.cancel_window(now, is_open=is_open))

    def service(self, now: float, vehicle: VehicleReading, *, active: bool) -> None:
        """Say whether service mode holds calls back, and how the car stands."""
        ignition, engine = vehicle.ignition_on, vehicle.engine_running
        self._do(self.button.service(now, active=active, ignition=ignition, engine=engine))

    def show(self, signal: Signal) -> None:
        """Let lamp and speaker say it; the same signal twice is shown once."""
        self.signal = signal
        wanted = (signal.led, signal.sound)
        if wanted == self._shown:
            return
        now = self._clock.now()
        before, self._shown = self._shown, wanted
        if before is None or before[0] != signal.led:
            self._try("lamp_failed", lambda: self._parts.show(signal.led, now))
        if before is None or before[1] != signal.sound:
            self._try("sound_failed", lambda: self._parts.play(signal.sound, now))

    def _try(self, text_key: str, do: Callable[[], None]) -> None:
        try:
            do()
        except PART_FAILS:
            self._around.note(text_key)

    def _do(self, effects: Iterable[Effect]) -> None:
        self._wake_at = None
        for effect in effects:
            match effect:
                case WakeAt(when):
                    self._wake_at = when
                case Tell(event):
                    self._tell(event)

    def _tell(self, event: object) -> None:
        around = self._around
        match event:
            case Pressed():
                around.sos_held()
            case CancelPressed():
                around.take_back()
            case Touched(held_s, at_start):
                around.note("sos_touched", "call", held_s=round(held_s, 2), at_start=at_start)
            case Stuck():
                around.note("button_stuck")
            case Bouncing():
                around.note("button_bouncing")
            case Freed():
                around.note("button_freed")
            case GestureReady():
                self.ready_to_let_go = True
                around.changed()
            case GestureDone():
                around.gesture_made()
            case GestureFailed(why):
                around.note("gesture_failed", why=why)
            case _:  # Holding: the lamp says it
                around.changed()
