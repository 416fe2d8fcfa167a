"""Several bearers as one: the bearer ladder of the unit.

The procedure dials this bearer as it would any other. Which rung carries an attempt, and when the
next one is tried, ``rules/emergency/ladder.py`` decides; here its words are carried out, and the
names of calls are kept apart: each rung names its callbacks without knowing the others.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from opensos.apps.vehicle.around import PART_FAILS
from opensos.edges.in_turn import InTurn
from opensos.protocols.effects import Tell, WakeAt
from opensos.rules.emergency.events import CalledBack, ClearedDown, Dropped, Unreached
from opensos.rules.emergency.ladder import (
    Ladder,
    LadderSettings,
    LeaveRung,
    PassOn,
    TryRung,
    renamed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opensos.ports import Bearer, CallLoad, Clock
    from opensos.protocols.effects import Effect
    from opensos.rules.emergency.events import Dial, Report


class LadderBearer:
    """Keeps the port ``Bearer`` over bearers by rung.

    Args:
        rungs: the bearers by name, in the standard's order: ``ng``, ``cs``.
        available: whether a rung is there now; None = not known.
        clock: steady time.
        settings: the ladder's times.
        later: calls back after so many seconds and returns what cancels that; None = by the
            running event loop.
    """

    def __init__(
        self,
        rungs: Mapping[str, Bearer],
        available: Callable[[str], bool | None],
        clock: Clock,
        *,
        settings: LadderSettings | None = None,
        later: Callable[[float, Callable[[], None]], Callable[[], None]] | None = None,
    ) -> None:
        self._bearers = dict(rungs)
        self._available = available
        self._clock = clock
        self._ladder = Ladder(tuple(rungs), settings)
        self._later = later or _by_the_loop
        self._cancel_alarm: Callable[[], None] | None = None
        self._do = InTurn(self._carry_out)
        self._tell: Callable[[Report], None] = _nobody_listens
        self._order: tuple[Dial, CallLoad] | None = None
        self._callbacks: dict[str, tuple[str, str]] = {}  # our name -> (rung, the rung's name)
        for rung, bearer in self._bearers.items():
            bearer.listen(self._hearing(rung))

    @property
    def rung(self) -> str | None:
        """Which rung carries the attempt or call under way."""
        return self._ladder.rung

    # --- the port

    def listen(self, tell: Callable[[Report], None]) -> None:
        """Say where reports go."""
        self._tell = tell

    def dial(self, order: Dial, load: CallLoad) -> None:
        """Place one attempt on the rungs, one after the other, until one of them carries it."""
        self._order = (order, load)
        offer = {rung: self._offered(rung) for rung in self._bearers}
        now = self._clock.now()
        self._do(self._ladder.dial(order.call, now, offer, new_case=order.attempt == 1))

    def send_data(self, call: str, msd: bytes) -> None:
        """Send a fresh MSD in the call."""
        bearer, name = self._carrier(call)
        if bearer is not None:
            bearer.send_data(name, msd)

    def cannot_send(self, call: str) -> None:
        """Tell the centre that no MSD can be made."""
        bearer, name = self._carrier(call)
        if bearer is not None:
            bearer.cannot_send(name)

    def hang_up(self, call: str) -> None:
        """End the call, or take the attempt back."""
        self._do(self._ladder.hang_up(call, self._clock.now()))

    def answer_callback(self, call: str) -> None:
        """Take the call back on the rung that rang."""
        found = self._callbacks.get(call)
        if found is None:
            return
        rung, name = found
        self._do(self._ladder.answer_callback(rung, call, self._clock.now()))
        self._bearers[rung].answer_callback(name)

    def decline(self, call: str) -> None:
        """Answer the call back with busy."""
        found = self._callbacks.pop(call, None)
        if found is not None:
            self._bearers[found[0]].decline(found[1])

    def close(self) -> None:
        """Set no alarm any more; the rungs are closed by who opened them."""
        if self._cancel_alarm is not None:
            self._cancel_alarm()
            self._cancel_alarm = None

    def wake(self) -> None:
        """Do what has become due."""
        self._cancel_alarm = None
        self._do(self._ladder.wake(self._clock.now()))

    # --- the rungs

    def _hearing(self, rung: str) -> Callable[[Report], None]:
        def heard(report: Report) -> None:
            name = report.call
            if isinstance(report, CalledBack):
                name = f"{rung} {report.call}"
                self._callbacks[name] = (rung, report.call)
            else:
                name = self._our_name(rung, report.call)
            self._do(self._ladder.report(rung, renamed(report, name), self._clock.now()))
            if isinstance(report, (Dropped, ClearedDown)):
                self._callbacks.pop(name, None)

        return heard

    def _our_name(self, rung: str, name: str) -> str:
        ours = f"{rung} {name}"
        return ours if ours in self._callbacks else name

    def _carrier(self, call: str) -> tuple[Bearer | None, str]:
        """Return who carries a call, and that bearer's own name for it."""
        rung, name = self._callbacks.get(call, (self._ladder.rung, call))
        return (None if rung is None else self._bearers[rung]), name

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case WakeAt(when):
                self._wake_at(when)
            case Tell(TryRung(rung)):
                self._try(rung)
            case Tell(LeaveRung(rung, call)):
                own = self._callbacks.pop(call, (rung, call))[1]
                with suppress(*PART_FAILS):
                    self._bearers[rung].hang_up(own)
            case Tell(PassOn(report)):
                self._tell(report)

    def _offered(self, rung: str) -> bool | None:
        try:
            return self._available(rung)
        except PART_FAILS:
            return None

    def _try(self, rung: str) -> None:
        if self._order is None:
            return
        order, load = self._order
        try:
            self._bearers[rung].dial(order, load)
        except PART_FAILS:  # the next rung is tried at once
            report = Unreached(order.call, "fault")
            self._do(self._ladder.report(rung, report, self._clock.now()))

    def _wake_at(self, when: float) -> None:
        self.close()
        self._cancel_alarm = self._later(max(0.0, when - self._clock.now()), self.wake)


def _by_the_loop(delay_s: float, do: Callable[[], None]) -> Callable[[], None]:
    return asyncio.get_running_loop().call_later(delay_s, do).cancel


def _nobody_listens(report: Report) -> None:
    del report
