"""What the SOS lamp shows, the speaker plays and a screen says, for every state of the call.

One function, ``signal_for``; the tables in ``docs/reference/signals.md`` are drawn from it. Red is
for a fault and for nothing else, so that a person who sees red knows that help may not come; green
is well, amber is under way. A call wins over a warning: in an emergency nobody reads about a fault.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from opensos.rules.emergency._state import State

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Pattern:
    """How the lamp is driven: ``steps`` of (seconds on, seconds off), repeated; () = steady.

    ``colour`` is green, amber, red or none.
    """

    colour: str
    steps: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Sound:
    """Tones of (hertz, seconds), 0 Hz is silence; ``repeats`` until another sound is played."""

    tones: tuple[tuple[float, float], ...]
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Signal:
    """What people see, hear and read: names of a pattern and a sound, key of a text."""

    led: str
    sound: str
    text_key: str


PATTERNS: Mapping[str, Pattern] = MappingProxyType(
    {
        "off": Pattern("none"),
        "green_steady": Pattern("green"),
        "green_blink": Pattern("green", ((1.0, 1.0),)),
        "green_wink": Pattern("green", ((2.7, 0.3),)),
        "amber_flicker": Pattern("amber", ((0.1, 0.1),)),
        "amber_fast": Pattern("amber", ((0.25, 0.25),)),
        "amber_slow": Pattern("amber", ((0.5, 0.5),)),
        "amber_double": Pattern("amber", ((0.15, 0.15), (0.15, 1.05))),
        "amber_spark": Pattern("amber", ((0.1, 1.9),)),
        "red_steady": Pattern("red"),
        "red_blink": Pattern("red", ((0.5, 0.5),)),
    }
)
SOUNDS: Mapping[str, Sound] = MappingProxyType(
    {
        "silence": Sound(()),
        "hold": Sound(((1000.0, 0.05), (0.0, 0.15)), repeats=True),
        "countdown": Sound(((880.0, 0.1), (0.0, 0.9)), repeats=True),
        "dialling": Sound(((440.0, 0.4), (0.0, 1.6)), repeats=True),
        "connected": Sound(((660.0, 0.12), (880.0, 0.12), (1100.0, 0.2))),
        "call_over": Sound(((880.0, 0.15), (660.0, 0.15))),
        "test": Sound(((523.0, 0.1), (0.0, 0.1), (523.0, 0.1))),
        "service": Sound(((392.0, 0.1), (0.0, 9.9)), repeats=True),
        "refused": Sound(((220.0, 0.5),)),
        "gesture_ready": Sound(((1318.0, 0.4),)),
    }
)

_CALLS: Mapping[State, Signal] = MappingProxyType(
    {
        State.CANCEL_WINDOW: Signal("amber_fast", "countdown", "signal.cancel_window"),
        State.DIALLING: Signal("amber_slow", "dialling", "signal.dialling"),
        # One short sound, then silence: the speaker belongs to the voices.
        State.CONNECTED: Signal("green_blink", "connected", "signal.connected"),
        State.REDIAL_WAIT: Signal("amber_slow", "dialling", "signal.redial_wait"),
    }
)
_DATA: Mapping[str, Signal] = MappingProxyType(
    {
        "sending": Signal("amber_slow", "silence", "signal.data_sending"),
        "delivered": Signal("green_wink", "call_over", "signal.data_delivered"),
        "failed": Signal("red_blink", "refused", "signal.data_failed"),
    }
)
_HOLD = Signal("amber_flicker", "hold", "signal.holding")
_GESTURE = Signal("amber_flicker", "hold", "signal.gesture")  # "gesture_ready": now let go
_SERVICE = Signal("amber_spark", "service", "signal.service")
_READY = Signal("green_steady", "silence", "signal.ready")
_WARNED = Signal("red_steady", "silence", "signal.warning")
_WAITING = Signal("green_wink", "call_over", "signal.callback_window")


def signal_for(
    state: State,
    *,
    warning: bool,
    service: bool,
    test: bool,
    holding: bool = False,
    data: str | None = None,
) -> Signal:
    """Return what to show, play and say.

    Args:
        state: where the call stands.
        warning: a fault is shown to the driver.
        service: service mode holds calls back.
        test: the present case is a test; with no case, that the unit is in test mode.
        holding: SOS is being held and would call soon.
        data: of a data-only SOS: sending, delivered, failed; None = there is none.
    """
    signal = _signal(state, warning=warning, service=service, holding=holding, data=data)
    if not test:
        return signal
    call = state in _CALLS
    return replace(
        signal,
        led="amber_double" if state in {State.DIALLING, State.REDIAL_WAIT} else signal.led,
        sound="test" if call and state is not State.CANCEL_WINDOW else signal.sound,
        text_key=f"{signal.text_key}.test",
    )


def _signal(
    state: State, *, warning: bool, service: bool, holding: bool, data: str | None
) -> Signal:
    if state in _CALLS:
        return _CALLS[state]
    if service:
        return _GESTURE if holding else _SERVICE
    if holding:
        return _HOLD
    if data is not None and data in _DATA and (state is State.CALLBACK_WINDOW or data == "sending"):
        return _DATA[data]
    if state is State.CALLBACK_WINDOW:
        return _WAITING
    return _WARNED if warning else _READY


SIGNAL_KEYS: tuple[str, ...] = tuple(
    f"{signal.text_key}{ending}"
    for signal in (
        *_CALLS.values(),
        *_DATA.values(),
        *(_HOLD, _GESTURE, _SERVICE, _READY, _WARNED, _WAITING),
    )
    for ending in ("", ".test")
)
