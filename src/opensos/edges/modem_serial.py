"""A modem on a serial line behind the ports ``Modem`` and ``Sim``: polled gently, heard in between.

What the modem says is kept with the time at which it was last heard. A line that hangs, is
unplugged or carries noise leaves the old values, and their age shows it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.edges.modem_reading import reading_of, sim_card_of
from opensos.edges.serial_line import LineSettings, SerialLine, serial_opener
from opensos.protocols.at import (
    Answered,
    Command,
    ModemState,
    News,
    Profile,
    poll,
    poll_slowly,
    set_up,
)
from opensos.protocols.effects import LocalError, UserError
from opensos.rules.readiness.readings import ModemReading, SimCard

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.edges.serial_line import LineHealth
    from opensos.ports import Clock

ANTENNAS = ("main", "emergency")


@dataclass(frozen=True, slots=True)
class ModemSettings:
    """How a modem is watched.

    Attributes:
        poll_s: between two rounds of the quick questions; between them the modem reports by itself.
        slow_every: each so-many-th round asks the slow questions too.
        profile: the maker's, None = as the modem names its maker.
        esim: whether the eSIM is asked for its profiles (SGP.22 eSIMs only).
        antenna_pin: the modem's output pin that switches the antennas: 0 main, 1 emergency.
        switch_antenna: what switches instead, where a pin of the board does it.
    """

    poll_s: float = 10.0
    slow_every: int = 6
    profile: Profile | None = None
    esim: bool = False
    antenna_pin: int | None = None
    switch_antenna: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        """Refuse a rate that would keep the unit awake or never look."""
        if not self.poll_s > 0 or self.slow_every < 1:
            raise LocalError("a modem is polled at a positive rate")


class SerialModem:
    """Keeps ``Modem`` and ``Sim``. ``line`` may be shared with a bearer."""

    def __init__(self, line: SerialLine, settings: ModemSettings | None = None) -> None:
        """Watch the modem on ``line``; ``start`` begins it."""
        self.line = line
        self.state = ModemState()
        self._settings = settings or ModemSettings()
        if self._settings.profile is not None:
            self.state.profile = self._settings.profile
        self._heard_at: float | None = None
        self._antenna: str | None = None
        self._wanted_antenna: str | None = None
        self._rounds = 0
        self._must_set_up = True
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._switching: set[asyncio.Task[None]] = set()
        self._fresh = asyncio.Event()
        line.listen(self)

    def start(self) -> None:
        """Open the line and begin to watch, on the running event loop."""
        self.line.start()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        """Stop watching and let go of the line."""
        tasks = [*self._switching, *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self.line.close()

    # --- the ports

    def modem(self, now: float) -> ModemReading | None:
        """Return what is known, however old; never None, for there should be a modem."""
        del now
        return reading_of(self.state, self._last_heard(), self._antenna)

    def sim_card(self, now: float) -> SimCard:
        """Return the card; ``failed`` while the modem has never spoken of one."""
        del now
        return sim_card_of(self.state) or SimCard("failed")

    def use_antenna(self, name: str, now: float) -> None:
        """Switch to ``main`` or ``emergency``; the reading names it when it is done.

        Raises:
            UserError: there is no antenna of that name.
        """
        del now
        if name not in ANTENNAS:
            raise UserError(f"{name!r} is not an antenna: use main or emergency.")
        self._wanted_antenna = name
        if self._settings.switch_antenna is not None:
            self._settings.switch_antenna(name)
            self._antenna = name
        elif self._settings.antenna_pin is not None:
            task = asyncio.get_running_loop().create_task(self._switch(name))
            self._switching.add(task)
            task.add_done_callback(self._switching.discard)

    def line_health(self) -> LineHealth:
        """Return what is the matter with the line itself."""
        return self.line.health()

    async def fresh(self) -> None:
        """Wait for the end of the next round of questions (tests and start-up)."""
        self._fresh.clear()
        await self._fresh.wait()

    # --- what the line tells

    def line_ready(self) -> None:
        """Set the modem up again: it may have lost its settings with its power."""
        self._must_set_up = True
        self._ready.set()

    def line_says(self, text: str) -> None:
        """Take news."""
        if self.state.hear(text):
            self._heard_at = self.line.now()
        meaning = self.state.profile.meaning_of(text)
        if meaning is not None and meaning.news is News.RESTARTED:
            self.line.restarted()

    # --- watching

    async def _watch(self) -> None:
        while True:
            await self._wait()
            if not self.line.ready:
                continue
            if self._must_set_up:
                self._must_set_up = False
                if not await self.line.run(set_up(self.state, self._settings.profile)):
                    self._must_set_up = True
                    continue
                self._rounds = 0
                if self._wanted_antenna is not None and self._settings.antenna_pin is not None:
                    await self._switch(self._wanted_antenna)
            if await self._round():
                self._fresh.set()

    async def _wait(self) -> None:
        """Wait for the next round, or for a modem that has just come."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.poll_s):
                await self._ready.wait()
        self._ready.clear()

    async def _round(self) -> bool:
        slow = self._rounds % self._settings.slow_every == 0
        self._rounds += 1
        done = await self.line.run(poll(self.state))
        if done and slow:
            done = await self.line.run(poll_slowly(self.state, esim=self._settings.esim))
        return done

    async def _switch(self, name: str) -> None:
        """Set the pin; the reading names the antenna only when the modem has said OK."""
        pin = self._settings.antenna_pin
        commands = () if pin is None else self._pin_commands(pin, ANTENNAS.index(name))
        for command in commands:
            reply = await self.line.ask(command)
            if not (isinstance(reply, Answered) and reply.final.ok):
                return
        if commands:
            self._antenna = name

    def _pin_commands(self, pin: int, value: int) -> tuple[Command, ...]:
        return self.state.profile.pin_commands(pin, value)

    def _last_heard(self) -> float | None:
        times = [t for t in (self._heard_at, self.line.answered_at) if t is not None]
        return max(times, default=None)


def open_modem(
    path: str,
    clock: Clock,
    *,
    baud: int = 115_200,
    settings: ModemSettings | None = None,
    line: LineSettings | None = None,
) -> SerialModem:
    """Return a modem on the serial line at ``path``; nothing is opened before ``start``."""
    return SerialModem(SerialLine(serial_opener(path, baud), clock, line), settings)
