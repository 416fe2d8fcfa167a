"""Service mode: calls by the button are held back, on purpose, visibly, and for minutes only.

It is the one state in which a person may hold SOS down without calling anybody, so everything ends
it: a crash at once (and the unit calls), driving off, a turn of the ignition, a call, a few
minutes, any doubt, and a restart, because it is never written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.effects import Effect, LocalError, Tell, WakeAt
from opensos.rules.emergency import Cause
from opensos.rules.resets.may import Kind, Refusal, may

if TYPE_CHECKING:
    from opensos.rules.resets.may import Situation


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """``lasts_s``: seconds until it ends by itself."""

    lasts_s: float = 300.0

    def __post_init__(self) -> None:
        """Refuse a service mode that somebody could forget."""
        if not 30 <= self.lasts_s <= 900:
            raise LocalError("service mode lasts between 30 seconds and 15 minutes")


@dataclass(frozen=True, slots=True)
class ServiceEntered:
    """Calls by the button are held back from now on; it ends in ``lasts_s`` at the latest."""

    lasts_s: float


@dataclass(frozen=True, slots=True)
class ServiceRefused:
    """It was not entered."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class ServiceEnded:
    """Calls are placed again. ``why``: asked, time, crash, ignition, or the key of a refusal."""

    why: str


class ServiceMode:
    """One unit's service mode; a new one, as after a restart, is off."""

    def __init__(self, settings: ServiceSettings | None = None) -> None:
        self._settings = settings or ServiceSettings()
        self._until: float | None = None
        self._ignition: bool | None = None

    @property
    def active(self) -> bool:
        """Whether calls by the button are held back."""
        return self._until is not None

    def left_s(self, now: float) -> float | None:
        """Return the seconds until it ends, None while it is off."""
        return None if self._until is None else max(0.0, self._until - now)

    def enter(self, situation: Situation, now: float) -> list[Effect]:
        """Begin, if the situation allows; asked by the workshop's wire or the unit's own page.

        Asking again while it is on changes nothing: its end is not pushed away.
        """
        if self._until is not None:
            return self.wake(now)
        refused = may(Kind.SERVICE, situation)
        if refused is not None:
            return [Tell(ServiceRefused(refused))]
        self._ignition = situation.ignition
        self._until = now + self._settings.lasts_s
        return [Tell(ServiceEntered(self._settings.lasts_s)), WakeAt(self._until)]

    def leave(self, now: float) -> list[Effect]:
        """End it because somebody asks."""
        del now
        return self._end("asked")

    def observe(self, situation: Situation, now: float) -> list[Effect]:
        """Look whether it may go on; to be asked whenever anything of the situation changes."""
        if self._until is None:
            return []
        if situation.ignition is not self._ignition:
            return self._end("ignition")
        refused = may(Kind.SERVICE, situation)
        if refused is not None:
            return self._end(refused.text_key)
        return self.wake(now)

    def gate(self, cause: Cause, now: float) -> tuple[bool, list[Effect]]:
        """Return whether a trigger may go to the call procedure; a crash always may."""
        ended = self.wake(now)
        if self._until is None:
            return True, ended
        if cause is Cause.AUTOMATIC:
            return True, self._end("crash")
        return False, ended

    def wake(self, now: float) -> list[Effect]:
        """End when the time is over; waking up too early is harmless."""
        if self._until is None:
            return []
        return self._end("time") if now >= self._until else [WakeAt(self._until)]

    def _end(self, why: str) -> list[Effect]:
        if self._until is None:
            return []
        self._until = None
        return [Tell(ServiceEnded(why))]
