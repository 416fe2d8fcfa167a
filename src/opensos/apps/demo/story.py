"""One crash without a browser: the story plays the operator and watches both sides."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opensos.apps.demo.timeline import Moment, missing_steps, moment_of_car, moments_of_centre

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.apps.centre.feed import Console
    from opensos.apps.demo.world import DemoWorld

PATIENCE_S = 20.0
_QUIET_S = 3.0  # a scenario that must not call is given this long to be wrong


@dataclass
class Story:
    """Lets something happen to the car and carries the call through to clear-down.

    Attributes:
        world: a started world.
        moments: all that was seen so far.
        card: the operator's newest card.
    """

    world: DemoWorld
    moments: list[Moment] = field(default_factory=list)
    card: dict[str, Any] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _read: int = 0

    async def run(
        self, happen: Callable[[], None], *, call_due: bool = True, patience_s: float | None = None
    ) -> bool:
        """Play it; true if it went as it should: a whole exchange, or no call where none is due.

        ``patience_s`` is how long the exchange may take.
        """
        console = self.world.centre.feed.open()
        watching = asyncio.create_task(self._watch_centre(console))
        stop = self.world.unit.watch(self._look_at_car)
        try:
            self._look_at_car()
            happen()
            if not call_due:
                await asyncio.sleep(_QUIET_S)
                return not self._saw("car", "dialling")
            try:
                async with asyncio.timeout(PATIENCE_S if patience_s is None else patience_s):
                    await self._operate()
            except TimeoutError:
                return False
            return not missing_steps(self.moments)
        finally:
            stop()
            self.world.centre.feed.release(console)
            await watching

    async def _operate(self) -> None:
        """Do what an operator does: ask for new data, look at it, clear the call down."""
        await self._until("centre", "call.established")
        incident = self.card["id"] if self.card else ""
        centre = self.world.centre
        if self._saw("car", "crash"):
            # The call goes out at the trigger; the car sends the whole crash when it is over,
            # unless a short one was over before the message of the call was made.
            await self._until("car", "crash_measured")
            await self._until_delivered()
        await centre.act("acknowledge", incident)
        await centre.act("request-data", incident)
        await self._until("car", "data_delivered", after=("car", "data_requested"))
        await self._until("centre", "msd.received", after=("centre", "msd.requested"))
        await centre.act("clear-down", incident)
        await self._until("car", "cleared_down")
        await self._until("centre", "call.cleared_down")

    def _saw(self, side: str, key: str, after: tuple[str, str] | None = None) -> bool:
        seen = [(m.side, m.key) for m in self.moments]
        start = seen.index(after) if after in seen else (len(seen) if after else 0)
        return (side, key) in seen[start:]

    async def _until(self, side: str, key: str, after: tuple[str, str] | None = None) -> None:
        while not self._saw(side, key, after):
            self._news.clear()
            await self._news.wait()

    async def _until_delivered(self) -> None:
        """Wait until everything that the car has sent in the call has arrived."""
        while self._count("data_delivered") < self._count("data_sent"):
            self._news.clear()
            await self._news.wait()

    def _count(self, key: str) -> int:
        return sum(1 for moment in self.moments if (moment.side, moment.key) == ("car", key))

    def _add(self, moment: Moment) -> None:
        self.moments.append(moment)
        self._news.set()

    def _look_at_car(self) -> None:
        diary = self.world.unit.diary
        fresh = diary.after(self._read)
        self._read = diary.count
        for line in fresh:
            self._add(moment_of_car(line))

    async def _watch_centre(self, console: Console) -> None:
        while (chunk := await console.take(PATIENCE_S)) is not None:
            for moment, card in moments_of_centre(chunk):
                self.card = card
                self._add(moment)
