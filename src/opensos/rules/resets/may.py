"""Whether a reset may be done now; if not, why, and what to do instead.

Not known is not parked: where speed or ignition matter and nobody can say what they are, the answer
is no. The one exception is a dark car: with the ignition known to be off the wheels' bus sleeps and
nobody can tell a speed, and a car whose ignition is off is not being driven.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from opensos.rules.emergency import State

STANDING_KMH = 1.0  # a car that stands may be said to creep by its receiver


@unique
class Kind(StrEnum):
    """What is asked for."""

    SOFT = "soft"  # the head unit's long press: back in a minute or two, settings kept
    UNIT = "unit"  # the telematics unit restarts: by wire (UDS 11 01) or remote command
    GESTURE = "gesture"  # the same by the unit's own button, in service mode
    HARD = "hard"  # 12 V off
    UPDATE = "update"  # new software goes live
    CLEAR = "clear"  # the fault memory is cleared
    SERVICE = "service"  # service mode, which holds calls back, is entered or goes on


KINDS: tuple[str, ...] = tuple(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the unit knows at one moment; None = not known.

    Attributes:
        call_state: where the call procedure stands.
        data_pending: a data-only SOS is on its way and not acknowledged.
        ignition: on or off.
        engine: runs (or the drive is ready) or not.
        speed_kmh: how fast the car goes.
        service: service mode is on.
        high_voltage: the car has a high-voltage system.
    """

    call_state: State = State.IDLE
    data_pending: bool = False
    ignition: bool | None = None
    engine: bool | None = None
    speed_kmh: float | None = None
    service: bool = False
    high_voltage: bool | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """No, and why: ``text_key`` names a sentence that also says what to do instead."""

    kind: Kind
    text_key: str


_CALLS = {
    State.CANCEL_WINDOW: "cancel_window",
    State.DIALLING: "call",
    State.CONNECTED: "call",
    State.REDIAL_WAIT: "redial",
    State.CALLBACK_WINDOW: "callback_window",
}
_ENGINE_OFF = frozenset({Kind.GESTURE, Kind.HARD, Kind.UPDATE, Kind.SERVICE})
_REASONS = (
    *("cancel_window", "call", "redial", "callback_window", "data_pending"),
    *("driving", "speed_unknown", "engine", "engine_unknown"),
    *("no_service", "ignition_off", "ignition_on", "ignition_unknown"),
    *("high_voltage", "high_voltage_unknown", "too_often"),
)
TEXT_KEYS: tuple[str, ...] = tuple(f"reset.refused.{reason}" for reason in _REASONS)


def may(kind: Kind | str, situation: Situation) -> Refusal | None:
    """Return why this may not be done now, None if it may.

    Raises:
        ValueError: there is no such kind.
    """
    kind = Kind(kind)
    why = _call(situation) or _drive(situation) or _special(kind, situation)
    return refusal(kind, why) if why else None


def refusal(kind: Kind, why: str) -> Refusal:
    """Return the refusal for one of the reasons."""
    return Refusal(kind, f"reset.refused.{why}")


def standing(situation: Situation) -> bool | None:
    """Return whether the car stands; None = not known."""
    speed = situation.speed_kmh
    if speed is not None and speed == speed:  # noqa: PLR0124  # not a number is not known
        return abs(speed) <= STANDING_KMH
    dark = situation.ignition is False and situation.engine is not True
    return True if dark else None


def _call(situation: Situation) -> str | None:
    if situation.call_state in _CALLS:
        return _CALLS[situation.call_state]
    return "data_pending" if situation.data_pending else None


def _drive(situation: Situation) -> str | None:
    return {True: None, False: "driving", None: "speed_unknown"}[standing(situation)]


def _special(kind: Kind, situation: Situation) -> str | None:
    """Return what stands against this kind only."""
    why = None
    if kind in _ENGINE_OFF:
        why = {False: None, True: "engine", None: "engine_unknown"}[situation.engine]
    if why is None and kind is Kind.GESTURE:
        ignition = {True: None, False: "ignition_off", None: "ignition_unknown"}
        why = ignition[situation.ignition] if situation.service else "no_service"
    if why is None and kind is Kind.HARD:
        ignition = {False: None, True: "ignition_on", None: "ignition_unknown"}
        voltage = {False: None, True: "high_voltage", None: "high_voltage_unknown"}
        why = ignition[situation.ignition] or voltage[situation.high_voltage]
    return why
