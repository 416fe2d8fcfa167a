"""A bearer that may not be there yet: a unit without a way to its centre starts all the same.

At a start in a dead spot no name can be looked up and no local address is known; button, modem and
journal must work nevertheless. And a board whose mobile address changes keeps a socket that leads
nowhere: what fails on the road is opened anew before the next attempt.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from opensos.ports import Bearer
from opensos.rules.emergency import Unreached

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opensos.ports import CallLoad
    from opensos.rules.emergency import Dial, Report

_AGAIN_S = 5.0
_FIRST_S = 0.5  # a start waits so long for the bearer, so that most units begin with one


class ClosingBearer(Bearer, Protocol):
    """A bearer with a socket of its own."""

    async def close(self) -> None:
        """Let go of the socket."""
        ...


class LateBearer:
    """Keeps the port ``Bearer``.

    Args:
        open_: opens the real one; may raise OpenSosError or OSError, and is asked again.
        said: is told why it could not, once for each reason.
    """

    def __init__(
        self, open_: Callable[[], Awaitable[ClosingBearer]], said: Callable[[str], None]
    ) -> None:
        self._open = open_
        self._said = said
        self._reason = ""
        self._inner: ClosingBearer | None = None
        self._old: ClosingBearer | None = None  # failed on the road; to be closed
        self._tell: Callable[[Report], None] = _nobody_listens
        self._poke = asyncio.Event()
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to open; returns when that is done, or not done soon."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        try:
            async with asyncio.timeout(_FIRST_S):
                await self._ready.wait()
        except TimeoutError:
            return

    @property
    def there(self) -> bool:
        """Whether the bearer is open."""
        return self._inner is not None

    async def close(self) -> None:
        """Stop trying, and let go of what is open."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._shut()

    # --- the port

    def listen(self, tell: Callable[[Report], None]) -> None:
        """Say where reports go."""
        self._tell = tell

    def dial(self, order: Dial, load: CallLoad) -> None:
        """Place one attempt; without a way it fails at once, and the way is sought again."""
        if self._inner is not None:
            self._inner.dial(order, load)
            return
        self._poke.set()
        report = Unreached(order.call, "road")
        asyncio.get_running_loop().call_soon(lambda: self._tell(report))

    def send_data(self, call: str, msd: bytes) -> None:
        """Send a fresh MSD in the call."""
        if self._inner is not None:
            self._inner.send_data(call, msd)

    def cannot_send(self, call: str) -> None:
        """Tell the centre that no MSD can be made."""
        if self._inner is not None:
            self._inner.cannot_send(call)

    def hang_up(self, call: str) -> None:
        """End the call, or take the attempt back."""
        if self._inner is not None:
            self._inner.hang_up(call)

    def answer_callback(self, call: str) -> None:
        """Take the call back."""
        if self._inner is not None:
            self._inner.answer_callback(call)

    def decline(self, call: str) -> None:
        """Answer the call back with busy."""
        if self._inner is not None:
            self._inner.decline(call)

    # --- inside

    def _heard(self, report: Report) -> None:
        if isinstance(report, Unreached) and report.why == "road" and self._inner is not None:
            # At once: a redial must not be placed on what is about to be closed beneath it.
            self._old, self._inner = self._inner, None
            self._poke.set()
        self._tell(report)

    async def _run(self) -> None:
        while True:
            self._poke.clear()
            wait: float | None = _AGAIN_S
            if await self._opened():
                wait = None
                self._poke.clear()  # who asked meanwhile has what was asked for
            self._ready.set()
            try:
                async with asyncio.timeout(wait):
                    await self._poke.wait()
            except TimeoutError:
                pass
            await self._shut()

    async def _opened(self) -> bool:
        try:
            inner = await self._open()
        except Exception as error:  # noqa: BLE001  # whatever it was: it is tried again
            if str(error) != self._reason:
                self._reason = str(error)
                self._said(self._reason)
            return False
        self._reason = ""
        self._inner = inner
        inner.listen(self._heard)
        return True

    async def _shut(self) -> None:
        leaving = [inner for inner in (self._old, self._inner) if inner is not None]
        self._old = self._inner = None
        for inner in leaving:
            try:
                await inner.close()
            except Exception as error:  # noqa: BLE001  # the next one is opened all the same
                self._said(str(error))


def _nobody_listens(report: Report) -> None:
    del report
