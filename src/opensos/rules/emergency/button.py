"""The SOS button: what a person means by it, told from bounce, a stuck contact and silence.

The machine gets the raw contact, bounces and all, at least a few times a second. It knows nothing
of ignition but for the workshop's gesture: the button works in a dark car.

Two rules carry it. *Armed*: a press counts only if the contact was seen released before it, since
power-on, since the last press that counted and since a storm of bounces; so a stuck contact calls
once at most, and one that was stuck before power-on never does. *Known*: a reading None is neither
pressed nor released; a hold that was not seen to last begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from opensos.protocols.effects import Effect, LocalError, Tell, WakeAt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class ButtonSettings:
    """Times in seconds.

    Attributes:
        hold_s: how long SOS is held to call; 0 calls as soon as the contact has settled.
        debounce_s: a level counts once it has lasted this long.
        storm_s: a contact that has not settled for this long is a storm of bounces, not a press.
            Nobody presses a button sixteen times a second.
        blind_s: a reading older than this says nothing any more: the contact is not known.
        stuck_s: held longer than this is a stuck contact.
        lone_s: the press that cancels stands alone: none other this long before or after it.
        cancel_below_s: in the cancel window a press shorter than this is a short one, also where
            ``hold_s`` is 0.
        gesture_s: hold of the workshop's reset gesture; ``gesture_most_s``: let go before this.
        touch_gap_s: a touch is told at most this often, so that a worn contact fills no journal.
    """

    hold_s: float = 1.0
    debounce_s: float = 0.03
    storm_s: float = 1.0
    blind_s: float = 0.5
    stuck_s: float = 30.0
    lone_s: float = 0.5
    cancel_below_s: float = 1.0
    gesture_s: float = 10.0
    gesture_most_s: float = 15.0
    touch_gap_s: float = 1.0

    def __post_init__(self) -> None:
        """Refuse times with which a press could not be told from what is none."""
        if not 0 <= self.hold_s <= 10:
            raise LocalError("SOS is held between 0 and 10 seconds")
        if not 0 < self.debounce_s <= 0.2:
            raise LocalError("a contact settles within 0.2 seconds")
        if not self.debounce_s < self.storm_s <= 10:
            raise LocalError("a storm is longer than the debounce and at most 10 seconds")
        if not self.debounce_s < self.blind_s <= 5:
            raise LocalError("a reading of the contact holds between its debounce and 5 seconds")
        if not (0 < self.lone_s <= 2 and 0.2 <= self.cancel_below_s <= 5 and self.touch_gap_s >= 0):
            raise LocalError("the times of the cancelling press do not fit a cancel window")
        if not self.hold_s < self.gesture_s < self.gesture_most_s < self.stuck_s:
            raise LocalError("a call, the gesture and a stuck button need rising times")


# --- what is told -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Holding:
    """A press has begun; it becomes a call at ``call_at`` (steady seconds) if it lasts."""

    call_at: float


@dataclass(frozen=True, slots=True)
class Pressed:
    """SOS was held long enough: somebody wants help."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A press too short to count lasted ``held_s``; ``at_start``: it was down at power-on."""

    held_s: float
    at_start: bool = False


@dataclass(frozen=True, slots=True)
class CancelPressed:
    """One short press, alone, in the cancel window: the call is taken back."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """The contact has been pressed ever since ``since`` (steady seconds)."""

    since: float


@dataclass(frozen=True, slots=True)
class Bouncing:
    """The contact has not settled ever since ``since`` (steady seconds)."""

    since: float


@dataclass(frozen=True, slots=True)
class Freed:
    """A stuck or bouncing contact is seen released and quiet again."""


@dataclass(frozen=True, slots=True)
class GestureReady:
    """The gesture was held long enough: let go now."""


@dataclass(frozen=True, slots=True)
class GestureDone:
    """The workshop's reset gesture was made as it must be."""


@dataclass(frozen=True, slots=True)
class GestureFailed:
    """A press in service mode was no gesture; ``why``: short, long, ignition, engine, ended."""

    why: str


ButtonEvent: TypeAlias = (
    Holding
    | Pressed
    | Touched
    | CancelPressed
    | Stuck
    | Bouncing
    | Freed
    | GestureReady
    | GestureDone
    | GestureFailed
)

BUTTON_KEYS: Mapping[type, str] = {
    Touched: "button_touched",
    CancelPressed: "button_cancel",
    Stuck: "button_stuck",
    Bouncing: "button_bouncing",
    Freed: "button_freed",
    GestureDone: "gesture_done",
    GestureFailed: "gesture_failed",
}
"""The journal's line for what the button told; what has none is noted by the procedure."""


@dataclass(slots=True)
class _Press:
    """One settled press: when it began, in which mode, and what has come of it."""

    since: float
    armed: bool
    service: bool
    used: bool = False  # it became a call, a broken gesture or nothing; the rest of it is silent


class Button:
    """One SOS button. Every method takes ``now`` (steady seconds) and returns its effects."""

    def __init__(self, settings: ButtonSettings | None = None) -> None:
        self._settings = settings or ButtonSettings()
        self._raw: bool | None = None
        self._raw_since = self._read_at = 0.0
        self._level: bool | None = None  # settled; None = not known
        self._unsettled_since: float | None = None
        self._armed = False
        self._seen_released = False
        self._press: _Press | None = None
        self._down_since: float | None = None  # first pressed since it was last seen released
        self._stuck = False
        self._storm = False
        self._touched_at: float | None = None
        self._window = False
        self._released_at: float | None = None  # of the last short press in the window
        self._cancel_at: float | None = None
        self._service = False
        self._ready = False  # a gesture was held long enough
        self._ignition: bool | None = None
        self._engine: bool | None = None
        self._told: list[ButtonEvent] = []

    # --- what can be seen

    @property
    def pressed(self) -> bool | None:
        """The settled contact; None = not known."""
        return self._level

    @property
    def holding(self) -> bool:
        """Whether a press is under way that may still become a call or a gesture."""
        press = self._press
        return press is not None and not press.used

    @property
    def stuck(self) -> bool:
        """Whether the contact is stuck pressed."""
        return self._stuck

    @property
    def bouncing(self) -> bool:
        """Whether the contact is in a storm of bounces."""
        return self._storm

    # --- what can happen

    def feed(self, pressed: bool | None, now: float) -> list[Effect]:  # noqa: FBT001  # a contact
        """Take in one reading of the raw contact."""
        self._catch_up(now)
        self._read_at = now
        if pressed is None:
            self._lose_sight(now)
        elif pressed is not self._raw:
            if self._unsettled_since is None:
                self._unsettled_since = now
            self._raw, self._raw_since = pressed, now
        self._catch_up(now)
        return self._effects()

    def wake(self, now: float) -> list[Effect]:
        """Do what has become due; waking up too early is harmless."""
        self._catch_up(now)
        return self._effects()

    def cancel_window(self, now: float, *, is_open: bool) -> list[Effect]:
        """Learn whether an SOS press may be taken back now."""
        self._catch_up(now)
        if is_open is not self._window:
            self._window = is_open
            self._released_at = self._cancel_at = None
        return self._effects()

    def service(
        self, now: float, *, active: bool, ignition: bool | None, engine: bool | None
    ) -> list[Effect]:
        """Learn whether service mode holds calls back, and what a gesture depends on."""
        self._catch_up(now)
        self._ignition, self._engine = ignition, engine
        press = self._press
        if active is not self._service:
            self._service = active
            # A press belongs to the mode that it began in; it never turns into the other kind.
            if press is not None and not press.used:
                press.used = True
                if press.service:
                    self._told.append(GestureFailed("ended"))
        elif active and press is not None and not press.used:
            self._check_gesture(press)
        self._catch_up(now)
        return self._effects()

    # --- time

    def _catch_up(self, now: float) -> None:
        """Let everything happen that was due by ``now``, in its order."""
        while (due := self._due()) is not None and due[0] <= now:
            due[1](due[0])

    def _due(self) -> tuple[float, _Step] | None:
        return min(self._steps(), key=lambda step: step[0], default=None)

    def _steps(self) -> list[tuple[float, _Step]]:
        s = self._settings
        steps: list[tuple[float, _Step]] = []
        if self._raw is not None:
            if self._raw is not self._level or self._unsettled_since is not None:
                steps.append((self._raw_since + s.debounce_s, self._settle))
            steps.append((self._read_at + s.blind_s, self._lose_sight))
        if self._unsettled_since is not None and not self._storm:
            steps.append((self._unsettled_since + s.storm_s, self._storm_begins))
        if self._storm and self._raw is False:
            steps.append((self._raw_since + s.lone_s, self._storm_ends))
        if self._cancel_at is not None:
            steps.append((self._cancel_at, self._cancel))
        if self._raw and self._level:  # not while it may just be coming up
            if self._down_since is not None and not self._stuck:
                steps.append((self._down_since + s.stuck_s, self._sticks))
            if self._press is not None and not self._press.used:
                steps += self._press_steps(self._press)
        return steps

    def _press_steps(self, press: _Press) -> list[tuple[float, _Step]]:
        s = self._settings
        if not press.service:
            return [(press.since + self._hold_s(), self._held)] if press.armed else []
        if not self._ready:
            return [(press.since + s.gesture_s, self._gesture_ready)]
        return [(press.since + s.gesture_most_s, self._gesture_too_long)]

    def _hold_s(self) -> float:
        s = self._settings
        return max(s.hold_s, s.cancel_below_s) if self._window else s.hold_s

    # --- the contact

    def _lose_sight(self, at: float) -> None:
        """Know nothing of the contact: no hold goes on, nothing is pressed or released."""
        self._raw, self._raw_since = None, at
        self._level = self._down_since = self._unsettled_since = None
        self._cancel_at = None
        self._press = None

    def _settle(self, at: float) -> None:
        self._unsettled_since = None
        if self._level is self._raw:
            return  # a bounce that came back
        self._level = self._raw
        if self._level:
            self._down(self._raw_since, at)
        else:
            self._up(self._raw_since)

    def _down(self, since: float, at: float) -> None:
        self._down_since = since
        self._ready = False
        self._cancel_at = None  # another press: the one before it did not stand alone
        if self._storm or self._stuck:
            return
        press = _Press(since, armed=self._armed, service=self._service)
        self._press = press
        if press.service:
            self._check_gesture(press)
        elif press.armed:
            self._told.append(Holding(max(at, since + self._hold_s())))

    def _up(self, at: float) -> None:
        press, self._press = self._press, None
        self._seen_released, seen_before = True, self._seen_released
        self._down_since = None
        if self._storm:
            return  # quiet for a moment ends a storm, not one release
        self._armed = True
        if self._stuck:
            self._stuck = False
            self._told.append(Freed())
        elif press is not None and press.used:
            self._released_at = at
        elif press is not None:
            self._let_go(press, at, at_start=not seen_before)

    def _let_go(self, press: _Press, at: float, *, at_start: bool) -> None:
        held = at - press.since
        if press.service:
            self._told.append(GestureDone() if self._ready else GestureFailed("short"))
        elif self._window and press.armed:
            last, self._released_at = self._released_at, at
            if last is None or press.since - last >= self._settings.lone_s:
                self._cancel_at = at + self._settings.lone_s
        elif self._touched_at is None or at - self._touched_at >= self._settings.touch_gap_s:
            self._touched_at = at
            self._told.append(Touched(held, at_start))

    def _storm_begins(self, at: float) -> None:
        self._storm = True
        self._armed = False
        self._unsettled_since = None
        self._press = None
        self._cancel_at = None
        self._told.append(Bouncing(at - self._settings.storm_s))

    def _storm_ends(self, at: float) -> None:
        del at
        self._storm = self._stuck = False
        self._level = False
        self._down_since = self._unsettled_since = None
        self._armed = self._seen_released = True
        self._told.append(Freed())

    # --- what comes of a press

    def _held(self, at: float) -> None:
        del at
        self._armed = False
        self._use_press()
        self._told.append(Pressed())

    def _cancel(self, at: float) -> None:
        del at
        self._cancel_at = None
        self._told.append(CancelPressed())

    def _sticks(self, at: float) -> None:
        self._stuck = True
        self._armed = False
        self._use_press()
        self._told.append(Stuck(at - self._settings.stuck_s))

    def _use_press(self) -> None:
        if self._press is not None:
            self._press.used = True

    def _gesture_ready(self, at: float) -> None:
        del at
        self._ready = True
        self._told.append(GestureReady())

    def _gesture_too_long(self, at: float) -> None:
        del at
        self._use_press()
        self._told.append(GestureFailed("long"))

    def _check_gesture(self, press: _Press) -> None:
        """Break a gesture off unless the ignition is known to be on and the engine to be off."""
        why = "ignition" if self._ignition is not True else ""
        why = why or ("engine" if self._engine is not False else "")
        if why:
            press.used = True
            self._told.append(GestureFailed(why))

    def _effects(self) -> list[Effect]:
        told, self._told = self._told, []
        due = self._due()
        wake: list[Effect] = [] if due is None else [WakeAt(due[0])]
        return [*(Tell(event) for event in told), *wake]


_Step: TypeAlias = "Callable[[float], None]"
