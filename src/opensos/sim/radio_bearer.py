"""Lets a real bearer or data path work only while the pretend radio carries it.

A wrapper around the real thing: it needs no socket itself. What the radio refuses is reported as
``Unreached``, what it loses as ``Dropped``; a call back that nobody can receive does not arrive.
The wrapped bearer still stands on its own road: whoever wants its packets gone too gives ``cut``,
which is told before the lost call is taken down, so that no clear-down slips out over a dead radio.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from opensos.ports import DataReport
from opensos.rules.emergency import (
    Answered,
    CalledBack,
    ClearedDown,
    Dropped,
    Refused,
    Unreached,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.ports import Bearer, CallLoad, Clock, DataPath
    from opensos.rules.emergency import Dial, Report

HOLDS_S: Final = 4.0
"""A standing call survives a gap of the radio this long (made up)."""

CHECK_S: Final = 0.2
IDLE_CHECK_S: Final = 1.0
"""The same while there is no call: only a callback could come."""

Soon: TypeAlias = "Callable[[Callable[[], None]], Any]"

_POWERLESS: Final = frozenset({"no_power", "no_modem"})
_OVER = (Refused, Unreached, Dropped, ClearedDown)


def _loop_soon(what: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_soon(what)


class RadioGate(Protocol):
    """What is asked of the pretend car."""

    def why_no_call(self, rung: str, now: float) -> str | None:
        """Return why a call cannot travel on the rung now, None if it can."""
        ...

    def why_no_data(self, now: float) -> str | None:
        """Return why no data session stands now, None if one does."""
        ...

    def call_began(self, now: float) -> None:
        """A call draws power from now on."""
        ...

    def call_ended(self, now: float) -> None:
        """It does not any more."""
        ...


class GatedBearer:
    """Keeps the port ``Bearer``.

    Args:
        inner: the bearer that really calls.
        gate: the pretend car.
        clock: the same that the car runs on.
        rung: ``ng`` or ``cs``.
        soon: runs something after the present call has returned, since a bearer does not report
            while it is being asked. None takes the running event loop, on which the bearer then
            also checks by itself; with a ``soon`` of its own the owner calls :meth:`check`.
        cut: told True when the inner bearer's road shall lose everything, False when it is back.
    """

    def __init__(
        self,
        inner: Bearer,
        gate: RadioGate,
        rung: str,
        clock: Clock,
        *,
        soon: Soon | None = None,
        cut: Callable[[bool], None] | None = None,
    ) -> None:
        self._inner, self._gate, self._clock = inner, gate, clock
        self._rung, self._soon, self._cut = rung, soon or _loop_soon, cut
        self._tell: Callable[[Report], None] = lambda _: None
        self._calls: dict[str, bool] = {}  # name -> whether it stands
        self._gone_since: float | None = None
        self._is_cut = False
        self._next: asyncio.TimerHandle | None = None
        inner.listen(self._heard)
        if soon is None:
            self._go_on()

    def close(self) -> None:
        """Stop checking. The inner bearer is its owner's to close."""
        if self._next is not None:
            self._next.cancel()
        for call in list(self._calls):
            self._end(call)

    def _go_on(self) -> None:
        wait = CHECK_S if self._calls else IDLE_CHECK_S
        self._next = asyncio.get_running_loop().call_later(wait, self._tick)

    def _tick(self) -> None:
        self.check()
        self._go_on()

    def listen(self, tell: Callable[[Report], None]) -> None:
        """Say where reports go."""
        self._tell = tell

    # --- what the unit asks -----------------------------------------------------------------------

    def dial(self, order: Dial, load: CallLoad) -> None:
        """Place one attempt, if the radio lets it out at all."""
        why = self._why_not()
        self._road(dead=why is not None)
        if why is not None:
            self._later(Unreached(order.call, why))
            return
        self._begin(order.call, stands=False)
        self._inner.dial(order, load)

    def send_data(self, call: str, msd: bytes) -> None:
        """Send a fresh MSD in the call."""
        if call in self._calls:
            self._inner.send_data(call, msd)

    def cannot_send(self, call: str) -> None:
        """Tell the centre that no MSD can be made."""
        if call in self._calls:
            self._inner.cannot_send(call)

    def hang_up(self, call: str) -> None:
        """End the call, or take the attempt back."""
        self._end(call)
        self._inner.hang_up(call)

    def answer_callback(self, call: str) -> None:
        """Take the call back."""
        if call in self._calls:
            self._inner.answer_callback(call)

    def decline(self, call: str) -> None:
        """Answer the call back with busy."""
        self._end(call)
        self._inner.decline(call)

    # --- time -------------------------------------------------------------------------------------

    def check(self) -> None:
        """Look whether the radio still carries the calls; to be called a few times a second.

        A call is dropped at once when the unit's power or modem goes, and after a gap of
        ``HOLDS_S`` when only the signal does.
        """
        why, now = self._why_not(), self._clock.now()
        self._road(dead=why is not None)
        if why is None or not self._calls:
            self._gone_since = None
            return
        if self._gone_since is None:
            self._gone_since = now
        if why in _POWERLESS or now - self._gone_since >= HOLDS_S:
            for call, stands in list(self._calls.items()):
                self._end(call)
                self._inner.hang_up(call)
                self._tell(Dropped(call, why) if stands else Unreached(call, why))

    # --- inside -----------------------------------------------------------------------------------

    def _why_not(self) -> str | None:
        return self._gate.why_no_call(self._rung, self._clock.now())

    def _road(self, *, dead: bool) -> None:
        if self._cut is not None and dead is not self._is_cut:
            self._is_cut = dead
            self._cut(dead)

    def _heard(self, report: Report) -> None:
        call = report.call
        if isinstance(report, CalledBack):
            if self._why_not() is not None:
                self._inner.decline(call)
                return
            self._begin(call, stands=True)
        elif call not in self._calls:
            return  # hung up or lost by us: nothing of it follows
        elif isinstance(report, Answered):
            self._calls[call] = True
        elif isinstance(report, _OVER):
            self._end(call)
        self._tell(report)

    def _begin(self, call: str, *, stands: bool) -> None:
        if call not in self._calls:
            self._gate.call_began(self._clock.now())
        self._calls[call] = stands

    def _end(self, call: str) -> None:
        if self._calls.pop(call, None) is not None:
            self._gate.call_ended(self._clock.now())

    def _later(self, report: Report) -> None:
        self._soon(lambda: self._tell(report))


class GatedDataPath:
    """Keeps the port ``DataPath``: offers travel only while a data session stands.

    Args:
        inner: the path that really delivers.
        gate: the pretend car.
        clock: the same that the car runs on.
        soon: as in :class:`GatedBearer`.
    """

    def __init__(
        self,
        inner: DataPath,
        gate: RadioGate,
        clock: Clock,
        *,
        soon: Soon | None = None,
    ) -> None:
        self._inner, self._gate, self._clock = inner, gate, clock
        self._soon = soon or _loop_soon
        self._tell: Callable[[DataReport], None] = lambda _: None
        inner.listen(self._heard)

    @property
    def name(self) -> str:
        """Return the inner path's name."""
        return self._inner.name

    def listen(self, tell: Callable[[DataReport], None]) -> None:
        """Say where reports go."""
        self._tell = tell

    def offer(self, message_id: str, envelope: bytes, timeout_s: float) -> None:
        """Try once to deliver; without a data session it fails soon."""
        why = self._gate.why_no_data(self._clock.now())
        if why is None:
            self._inner.offer(message_id, envelope, timeout_s)
            return
        report = DataReport(message_id, delivered=False, why=why)
        self._soon(lambda: self._tell(report))

    def _heard(self, report: DataReport) -> None:
        """An acknowledgement that arrives while the radio is gone was not heard."""
        why = self._gate.why_no_data(self._clock.now())
        if report.delivered and why is not None:
            report = DataReport(report.message_id, delivered=False, why=why)
        self._tell(report)

    async def close(self) -> None:
        """Let go of the network."""
        await self._inner.close()
