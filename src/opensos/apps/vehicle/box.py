"""The unit's housing: whether it has power, and starting it anew after a reset or a power cut.

A unit that loses its power is not closed: its timers and sockets go, its journal stays as it was
written, and a new unit reads that when the power is back. So a reset and a power cut are the same
thing to the call procedure, and are tested by the same suite.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Protocol

from opensos.apps.vehicle.steady import Steady
from opensos.protocols.effects import LocalError, OpenSosError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opensos.apps.vehicle.unit import Unit
    from opensos.ports import Clock

BOOT_S = 2.0
"""How long a unit is away after a reset."""

_LOOK_S = 0.5
_TRY_AGAIN_S = 5.0
_LEAVE_S = 10.0


class Fitted(NamedTuple):
    """A unit that is ready to start, and what lets go of its sockets."""

    unit: Unit
    let_go: Callable[[], Awaitable[None]]


class Housing(Protocol):
    """Where a unit lives, as page and tester see it."""

    @property
    def unit(self) -> Unit | None:
        """The unit that runs."""
        ...

    @property
    def newest(self) -> Unit:
        """The unit that runs, or ran last."""
        ...

    @property
    def state(self) -> str:
        """``on``, ``starting`` or ``off``."""
        ...

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` after every change; returns what ends that."""
        ...

    def changed(self) -> None:
        """Tell who watches."""
        ...


class OpenBox:
    """A housing around a unit that somebody else runs, and that is always on."""

    state = "on"

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    @property
    def newest(self) -> Unit:
        """The unit."""
        return self.unit

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Watch the unit itself."""
        return self.unit.watch(changed)

    def changed(self) -> None:
        """Tell who watches the unit."""
        self.unit.changed()


class Box:
    """Holds the unit that runs now; None while it has no power or is starting.

    Args:
        build: makes a unit with its bearers, reading the same journal each time.
        clock: for the boot time.
        powered: whether the unit has power at that steady time; None = always.
        said: is told why a unit could not be started.
    """

    def __init__(
        self,
        build: Callable[[], Awaitable[Fitted]],
        clock: Clock,
        *,
        powered: Callable[[float], bool] | None = None,
        said: Callable[[str], None] | None = None,
    ) -> None:
        self._build = build
        self._clock = clock
        self._powered = powered
        self._said = said or nobody_hears
        self._fitted: Fitted | None = None
        self._last: Unit | None = None
        self._boot_at: float | None = None
        self._why = "power_on"
        self._reason: str | None = None
        self._steady = Steady()
        self._watchers: set[Callable[[], None]] = set()
        self._end_watch: Callable[[], None] | None = None
        self._minder: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._rung = asyncio.Event()

    # --- life

    async def start(self) -> None:
        """Start the unit if it has power, and mind its power until ``close``."""
        await self._mind()
        self._minder = asyncio.get_running_loop().create_task(self._mind_for_ever())

    async def close(self) -> None:
        """Stop minding and let the unit go."""
        if self._minder is not None:
            self._minder.cancel()
            await asyncio.gather(self._minder, return_exceptions=True)
        await self._drop()

    def restart(self, why: str, *, boot_s: float = BOOT_S) -> None:
        """Let the unit go as if its power were cut, and start it again after ``boot_s``."""
        if self._fitted is None and self._boot_at is not None:
            return  # on its way already: asked again and again it would never come
        self._why = why
        self._boot_at = self._clock.now() + boot_s
        self._rung.set()

    # --- what can be seen

    @property
    def unit(self) -> Unit | None:
        """The unit that runs."""
        return None if self._fitted is None else self._fitted.unit

    @property
    def newest(self) -> Unit:
        """The unit that runs, or else the one that ran last: its page shows what it last knew.

        Raises:
            LocalError: none has run yet.
        """
        if self._last is None:
            raise LocalError("the unit has not been started")
        return self._last

    @property
    def state(self) -> str:
        """``on``, ``starting`` or ``off``."""
        if self._fitted is not None and self._boot_at is None:
            return "on"
        return "starting" if self._has_power() else "off"

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` after every change of the unit or of its power; returns what ends it."""
        self._watchers.add(changed)
        return lambda: self._watchers.discard(changed)

    def changed(self) -> None:
        """Tell who watches."""
        for changed in tuple(self._watchers):
            self._steady(changed)  # a terminal that is gone is no reason to start the unit again

    # --- inside

    def _has_power(self) -> bool:
        return self._powered is None or self._powered(self._clock.now())

    async def _mind_for_ever(self) -> None:
        while True:
            wait = _LOOK_S if self._powered is not None or self._boot_at is not None else None
            try:
                async with asyncio.timeout(wait):
                    await self._rung.wait()
            except TimeoutError:
                pass
            self._rung.clear()
            try:
                await self._mind()
            except Exception as error:  # noqa: BLE001  # nobody else would start the unit again
                self._failed(error)

    async def _mind(self) -> None:
        """Bring the unit into the state that power and reset ask for."""
        if self._fitted is not None and (self._boot_at is not None or not self._has_power()):
            await self._drop()
            self.changed()
        due = self._boot_at is None or self._clock.now() >= self._boot_at
        if self._fitted is None and due and self._has_power():
            await self._boot()

    async def _boot(self) -> None:
        try:
            fitted = await self._build()
        except (OpenSosError, OSError) as error:
            self._failed(error)
            return
        self._boot_at = None
        self._fitted, self._last = fitted, fitted.unit
        self._end_watch = fitted.unit.watch(self.changed)
        fitted.unit.start(self._why)
        self._why, self._reason = "power_on", None
        self.changed()

    def _failed(self, error: Exception) -> None:
        """Say what happened, and try again in a while."""
        reason = str(error) or type(error).__name__
        if reason != self._reason:  # once, however often the same thing fails
            self._reason = reason
            self._said(reason)
        self._boot_at = self._clock.now() + _TRY_AGAIN_S

    async def _drop(self) -> None:
        fitted, self._fitted = self._fitted, None
        if fitted is not None:
            if self._end_watch is not None:
                self._end_watch()
            self._leaving = asyncio.get_running_loop().create_task(self._let_go(fitted))
        if self._leaving is not None:
            # Who closes the box while a unit is on its way out waits for it: nothing stays open.
            # But a socket that never closes must not keep the next unit from its start.
            await asyncio.wait({self._leaving}, timeout=_LEAVE_S)

    async def _let_go(self, fitted: Fitted) -> None:
        try:
            await fitted.unit.close()
            await fitted.let_go()
        except Exception as error:  # noqa: BLE001  # however it goes, the next one starts
            self._said(str(error) or type(error).__name__)


def nobody_hears(sentence: str) -> None:
    """Take a sentence that nobody asked for."""
    del sentence
