"""How a head unit behaves to the person in front of it: its knob, its restart, its messages.

Holding the volume knob for about 30 s restarts it from iDrive 4 on: the screen is dark for one to
two minutes and every setting is kept. That restarts the head unit alone. The telematics unit is
another box with a battery of its own, and nothing that is done at the knob resets it.

Time is an argument. Deliberately absent: navigation, radio, what the screen looks like.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opensos.protocols.effects import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

LONG_PRESS_S = 30.0
SHORTEST_AWAY_S = 60.0
LONGEST_AWAY_S = 120.0
FIRST_IDRIVE_WITH_RESET = 4
LOWEST_SUPPLY_V = 8.0
"""Under this it is off (from memory; a start of the engine may dip below for a moment)."""

_OLDEST, _NEWEST = 1, 9


@dataclass(frozen=True, slots=True)
class HeadUnitState:
    """What a person sees.

    Attributes:
        on: Whether the screen shows anything; False while it is away or without supply.
        restarting: Whether it is away because it restarts.
        back_in_s: How long it stays away yet; 0 if it does not restart.
        held_s: How long the knob has been held; 0 = it is free.
        message: Text key of the message to the driver; None if there is none or the screen is dark.
        settings: Radio presets, language and so on, as they were before any restart.
        resets: How often it restarted.
    """

    on: bool
    restarting: bool
    back_in_s: float
    held_s: float
    message: str | None
    settings: Mapping[str, str]
    resets: int


@dataclass(slots=True)
class HeadUnit:
    """The head unit of one car.

    Attributes:
        idrive: Generation, 1 to 9; a long press restarts from 4 on.
        seed: Decides how long each restart takes, within one to two minutes.
        settings: What a person set; kept by every restart.
    """

    idrive: int = 6
    seed: int = 1
    settings: dict[str, str] = field(
        default_factory=lambda: {"language": "en", "presets": "6", "units": "km"}
    )
    _pressed_at: float | None = None
    _used: bool = False  # this press has already restarted it
    _away_until: float = float("-inf")
    _restarts: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not _OLDEST <= self.idrive <= _NEWEST:
            raise UserError(f"There is no iDrive {self.idrive}: take {_OLDEST} to {_NEWEST}.")

    @property
    def can_restart(self) -> bool:
        """Whether a long press restarts this generation."""
        return self.idrive >= FIRST_IDRIVE_WITH_RESET

    def press(self, now: float) -> None:
        """Press the volume knob and keep it pressed."""
        self.wake(now)
        if self._pressed_at is None:
            self._pressed_at, self._used = now, False

    def release(self, now: float) -> None:
        """Let go of the knob."""
        self.wake(now)
        self._pressed_at = None

    def hold(self, seconds: float, now: float) -> float:
        """Press, hold and let go; return the time after that."""
        self.press(now)
        self.release(now + max(0.0, seconds))
        return now + max(0.0, seconds)

    def restart(self, now: float) -> None:
        """Restart, whoever asked: a long press, or a tester's ``11 01`` to 0x63."""
        self._restarts.append(now)
        dice = random.Random(f"{self.seed}/{len(self._restarts)}")  # noqa: S311  repeatable
        self._away_until = now + dice.uniform(SHORTEST_AWAY_S, LONGEST_AWAY_S)

    def wake(self, now: float) -> None:
        """Let time pass: a press that has become long enough restarts it, once a press."""
        if self._pressed_at is None or self._used or not self.can_restart:
            return
        due = self._pressed_at + LONG_PRESS_S
        if now >= due:
            self._used = True
            self.restart(due)

    def away(self, now: float) -> bool:
        """Return whether it restarts just now: the screen is dark, and it answers no tester."""
        self.wake(now)
        return now < self._away_until

    def state(
        self, now: float, *, message: str | None = None, supply_v: float | None = None
    ) -> HeadUnitState:
        """Return what a person sees.

        Args:
            now: Steady seconds.
            message: What the telematics unit wants the driver to read, None = nothing.
            supply_v: Terminal 30; None = not known, taken as enough.
        """
        restarting = self.away(now)
        on = not restarting and (supply_v is None or supply_v >= LOWEST_SUPPLY_V)
        return HeadUnitState(
            on=on,
            restarting=restarting,
            back_in_s=max(0.0, self._away_until - now),
            held_s=0.0 if self._pressed_at is None else max(0.0, now - self._pressed_at),
            message=message if on else None,
            settings=dict(self.settings),
            resets=len(self._restarts),
        )
