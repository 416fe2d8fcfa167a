"""Reads and writes that may hang, away from the event loop: one daemon thread a part.

A file of sysfs looks like a quick read, but behind it stands a bus (I2C, SPI, 1-Wire) that can
hang for seconds or for ever. So each part has a thread of its own that looks at it again and
again; who asks gets the newest value and its age at once, and a hung part grows old and stops
nobody, not even the end of the program.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from opensos.edges.why import why
from opensos.protocols.effects import OpenSosError

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.ports import Clock

T = TypeVar("T")

_FAILURES = (OpenSosError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Heard(Generic[T]):
    """A value and the steady second at which it was read."""

    value: T
    at: float


class Poller(Generic[T]):
    """Calls ``read`` every ``every_s`` seconds in its own thread and keeps the newest value.

    ``read`` may raise OSError, ValueError or an error of ours: the value then stays as it was and
    ``trouble`` says why. ``look`` does one read in the caller's thread (tests, first values).
    """

    def __init__(self, read: Callable[[], T], clock: Clock, *, every_s: float, name: str) -> None:
        self._read = read
        self._clock = clock
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"opensos-{name}", daemon=True)
        self.newest: Heard[T] | None = None
        self.trouble: str | None = None

    def start(self) -> None:
        """Begin to read in the background."""
        self._thread.start()

    def look(self) -> None:
        """Read once, now."""
        try:
            value = self._read()
        except _FAILURES as error:
            self.trouble = why(error)
            return
        self.newest = Heard(value, self._clock.now())
        self.trouble = None

    def fresh(self, now: float, within_s: float | None = None) -> T | None:
        """Return the newest value, None once it is older than five rounds (or ``within_s``)."""
        newest = self.newest
        oldest = 5.0 * self._every_s if within_s is None else within_s
        return newest.value if newest is not None and now - newest.at <= oldest else None

    @property
    def heard_at(self) -> float | None:
        """When the part last answered (steady seconds)."""
        newest = self.newest
        return newest.at if newest is not None else None

    def stop(self) -> None:
        """Read no more; a read that hangs is left to hang."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(self._every_s)


class Polled(Generic[T]):
    """A part that is one poller: begun, looked at, let go. Subclasses make readings of it."""

    def __init__(self, poller: Poller[T]) -> None:
        self._poller = poller

    def start(self) -> None:
        """Begin to read in the background."""
        self._poller.start()

    def look(self) -> None:
        """Read once, now (blocks as long as the driver does)."""
        self._poller.look()

    @property
    def trouble(self) -> str | None:
        """Why it cannot be read."""
        return self._poller.trouble

    async def close(self) -> None:
        """Read no more."""
        self._poller.stop()


class Doer(Generic[T]):
    """Carries out ``do(value)`` for the newest value wanted, in its own thread.

    What was wanted in between and never carried out is forgotten: a lamp need not show the past.
    """

    def __init__(self, do: Callable[[T], None], *, name: str) -> None:
        self._do = do
        self._wanted: list[T] = []
        self._changed = threading.Condition()
        self._stopped = False
        self._busy = False
        self._thread = threading.Thread(target=self._run, name=f"opensos-{name}", daemon=True)
        self.trouble: str | None = None

    def start(self) -> None:
        """Begin to work in the background."""
        self._thread.start()

    def want(self, value: T) -> None:
        """Ask for a value; returns at once."""
        with self._changed:
            self._wanted[:] = [value]
            self._changed.notify_all()

    def settled(self, timeout_s: float) -> bool:
        """Wait until all that was wanted is done (tests, closing); tell whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._wanted and not self._busy, timeout_s)

    def stop(self) -> None:
        """Work no more once the newest value is done."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._stopped)
                if not self._wanted:
                    return
                value = self._wanted.pop()
                self._busy = True
            try:
                self._do(value)
                self.trouble = None
            except _FAILURES as error:
                self.trouble = why(error)
            with self._changed:
                self._busy = False
                self._changed.notify_all()


async def in_daemon(do: Callable[[], None], within_s: float) -> bool:
    """Run ``do`` in a thread that nobody waits for at the end; tell whether it ended in time.

    Not the loop's executor: a driver that hangs there would hold the whole program up when it ends.
    """
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def whole() -> None:
        try:
            do()
        finally:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(done.set)

    threading.Thread(target=whole, name="opensos-once", daemon=True).start()
    try:
        async with asyncio.timeout(within_s):
            await done.wait()
    except TimeoutError:
        return False
    return True
