"""When to ask for a tone test, and how often again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opensos.rules.readiness.outcome import Outcome
from opensos.rules.readiness.scene import Need

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opensos.rules.readiness.monitor import Running
    from opensos.rules.readiness.scene import Scene

_NEEDS: Final = (Need.NO_CALL | Need.NOT_CRANKING | Need.SUPPLY_OK).value
_ANSWER_S: Final = 10.0
_PAUSE_S: Final = 2.0
_MOST_TRIES: Final = 3


class ToneTest:
    """Asks for a tone at most three times: an aborted or failing one is tried again."""

    __slots__ = ("_asked_at", "_not_before", "_running", "_tries", "last_utc", "wanted")

    def __init__(self, running: Iterable[Running]) -> None:
        self._running = tuple(one for one in running if one.on_demand)
        self.wanted = False
        self.last_utc: float | None = None
        """When a tone test last came to a result; None = never, or the clock was not known."""
        self._asked_at: float | None = None
        self._not_before = 0.0
        self._tries = 0

    def want(self) -> None:
        """Let a tone test be asked for as soon as it may be."""
        self.wanted = True
        self._asked_at = None
        self._tries = 0
        self._not_before = 0.0

    def step(self, scene: Scene, utc: float | None, *, audible: bool) -> bool:
        """Return whether to ask now. ``audible``: there is something that could play it."""
        if not self.wanted or scene.at is None:
            return False
        at = scene.at
        if self._asked_at is not None:
            late = at - self._asked_at > _ANSWER_S
            if scene.tone is None and not late:
                return False
            self._asked_at = None
            self._not_before = at + _PAUSE_S
            done = all(one.outcome is not Outcome.NOT_COMPLETED for one in self._running)
            if done:
                self.last_utc = utc
            if done or self._tries >= _MOST_TRIES:
                self.wanted = False
            return False
        if not audible or not scene.has(_NEEDS) or at < self._not_before:
            return False
        self._asked_at = at
        self._tries += 1
        return True
