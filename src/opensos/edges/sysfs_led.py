"""The SOS lamp as LEDs of the kernel (sysfs class leds): it blinks by itself, we only say how.

Writing goes through a thread: an LED may hang on a bus. The class has no diagnosis, so the lamp's
circuit is unknown; that an LED does not exist at all is ``trouble``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opensos.edges.background import Doer
from opensos.protocols.effects import LocalError
from opensos.rules.emergency.signals import PATTERNS
from opensos.rules.readiness.readings import LedReading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from opensos.rules.emergency.signals import Pattern

_LOOK = ""  # no pattern: only look whether the LEDs exist


class SysfsLamp:
    """Keeps ``Lamp``.

    Args:
        root: ``/sys/class/leds``.
        colours: Which LEDs make which colour: ``{"red": ("sos:red",), "amber": ("sos:red",
            "sos:green")}``. A colour that is not there is shown by the first one that is.
    """

    def __init__(self, root: Path, colours: Mapping[str, Sequence[str]]) -> None:
        self._root = root
        self._colours = {colour: tuple(names) for colour, names in colours.items() if names}
        self._doer: Doer[str] = Doer(self._carry_out, name="lamp")
        self._shown: str | None = None

    def start(self) -> None:
        """Begin to write in the background; first of all see whether the LEDs exist."""
        self._doer.start()
        self._doer.want(_LOOK)

    @property
    def trouble(self) -> str | None:
        """Why the last pattern could not be shown."""
        return self._doer.trouble

    def lamp(self, now: float) -> LedReading:  # noqa: ARG002  the port's signature
        """Return the circuit: unknown, the kernel's LEDs do not tell."""
        return LedReading()

    def show(self, pattern: str, now: float) -> None:  # noqa: ARG002  the port's signature
        """Show a pattern of ``rules/emergency/signals.py``. Raises LocalError for another name."""
        if pattern not in PATTERNS:
            raise LocalError(f"There is no lamp pattern {pattern!r}.")
        if pattern != self._shown:
            self._shown = pattern
            self._doer.want(pattern)

    def settled(self, timeout_s: float) -> bool:
        """Wait until the newest pattern is written (tests, closing)."""
        return self._doer.settled(timeout_s)

    async def close(self) -> None:
        """Stop; the lamp stays as it is: a unit that has ended is no reason to say all is well."""
        self._doer.stop()

    def _carry_out(self, name: str) -> None:
        pattern = PATTERNS.get(name)
        lit = () if pattern is None else self._lit(pattern.colour)
        everything = dict.fromkeys(led for leds in self._colours.values() for led in leds)
        for led in everything:
            directory = self._root / led
            if not directory.is_dir():
                raise FileNotFoundError(f"the kernel knows no LED {led}")
            if pattern is not None and led in lit:
                _light(directory, pattern)
            elif pattern is not None:
                _dark(directory)

    def _lit(self, colour: str) -> tuple[str, ...]:
        if colour == "none" or not self._colours:
            return ()
        return self._colours.get(colour) or next(iter(self._colours.values()))


def _dark(directory: Path) -> None:
    _write(directory / "trigger", "none")
    _write(directory / "brightness", "0")


def _light(directory: Path, pattern: Pattern) -> None:
    full = (directory / "max_brightness").read_text("ascii").strip()
    triggers = (directory / "trigger").read_text("ascii")
    _write(directory / "trigger", "none")
    if not pattern.steps:
        _write(directory / "brightness", full)
        return
    if len(pattern.steps) > 1 and "pattern" in triggers.replace("[", " ").replace("]", " ").split():
        _write(directory / "trigger", "pattern")
        _write(directory / "pattern", _kernel_pattern(pattern, full))
        return
    on_s, off_s = pattern.steps[0]  # without the pattern trigger: its first beat, again and again
    _write(directory / "brightness", full)
    _write(directory / "trigger", "timer")
    _write(directory / "delay_on", str(round(on_s * 1000)))
    _write(directory / "delay_off", str(round(off_s * 1000)))


def _kernel_pattern(pattern: Pattern, full: str) -> str:
    """Write brightness and milliseconds in pairs; a pair of 0 ms makes the step hard, not a fade.

    (Documentation/ABI/testing/sysfs-class-led-trigger-pattern)
    """
    parts = [
        f"{full} {round(on_s * 1000)} {full} 0 0 {round(off_s * 1000)} 0 0"
        for on_s, off_s in pattern.steps
    ]
    return " ".join(parts)


def _write(path: Path, text: str) -> None:
    # As ``echo >`` does, but never creating a file where the kernel has none.
    fd = os.open(path, os.O_WRONLY | os.O_TRUNC)
    try:
        os.write(fd, f"{text}\n".encode())
    finally:
        os.close(fd)
