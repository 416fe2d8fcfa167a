"""Which faults are in the car, and which of them show at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opensos.sim.damage import HEALTHY, Damage, combined
from opensos.sim.dice import share
from opensos.sim.view import Present

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from opensos.sim.faults.model import Fault

EPISODE_S: Final = 60.0
"""An intermittent fault shows, or does not, for this long at a time."""


@dataclass(frozen=True, slots=True)
class Ailment:
    """One fault as it was put in."""

    fault: Fault
    mode: str
    severity: float
    since: float
    seed: int


class Ailments:
    """The faults of one car.

    Args:
        triggered: says whether a trigger (vibration, cold …) holds at a time.
    """

    def __init__(self, triggered: Callable[[str, float], bool]) -> None:
        self._triggered = triggered
        self._all: list[Ailment] = []
        self._known: dict[tuple[str, ...], Damage] = {}

    def add(self, ailment: Ailment) -> None:
        """Put a fault in; one that is there already is replaced."""
        self.remove((ailment.fault.id,))
        self._all.append(ailment)
        self._all.sort(key=lambda a: a.since)
        self._known.clear()

    def remove(self, ids: Collection[str]) -> tuple[str, ...]:
        """Take faults out; return which of them were there."""
        gone = tuple(a.fault.id for a in self._all if a.fault.id in ids)
        self._all = [a for a in self._all if a.fault.id not in ids]
        self._known.clear()
        return gone

    def all(self) -> tuple[Ailment, ...]:
        """Return every fault, those that are still to come included."""
        return tuple(self._all)

    def present(self, now: float) -> tuple[Present, ...]:
        """Return the faults that have come by now."""
        return tuple(
            Present(a.fault, a.mode, a.severity, a.since, self._active(a, now))
            for a in self._all
            if a.since <= now
        )

    def damage(self, now: float) -> Damage:
        """Return the dials as all active faults turn them."""
        if not self._all:
            return HEALTHY
        active = tuple(a for a in self._all if self._active(a, now))
        names = tuple(a.fault.id for a in active)
        known = self._known.get(names)
        if known is None:
            if len(self._known) > 64:
                self._known.clear()
            known = combined((a.fault.effects, a.severity) for a in active)
            self._known[names] = known
        return known

    def since(self, dial: str, now: float) -> float | None:
        """Return since when an active fault turns a dial, None if none does."""
        if not self._all:
            return None
        since = [
            a.since if a.mode == "hard" else max(a.since, now // EPISODE_S * EPISODE_S)
            for a in self._all
            if dial in a.fault.effects and self._active(a, now)
        ]
        return min(since, default=None)

    def _active(self, ailment: Ailment, now: float) -> bool:
        if ailment.since > now:
            return False
        if ailment.mode == "hard":
            return True
        if not self._triggered(ailment.fault.trigger, now):
            return False
        episode = int(now // EPISODE_S)
        if episode == int(ailment.since // EPISODE_S):
            return True  # whoever puts it in sees it at once
        return share(ailment.seed, ailment.fault.id, episode) < ailment.fault.share
