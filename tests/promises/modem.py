"""What every modem behind the ports ``Modem`` and ``Sim`` promises; both adapters inherit it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import pytest

from opensos.protocols.effects import UserError
from opensos.rules.readiness.readings import ModemReading, Registration, SimCard, Technology

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

PATIENCE_S = 10.0


async def eventually(true: Callable[[], bool]) -> None:
    """Wait until something holds that nobody announces; fail when patience is over."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110  # a reading has no event to wait for
            await asyncio.sleep(0.001)


class AnyModem(Protocol):
    def modem(self, now: float) -> ModemReading | None: ...
    def sim_card(self, now: float) -> SimCard: ...
    def use_antenna(self, name: str, now: float) -> None: ...
    async def close(self) -> None: ...


class ModemWorld(ABC):
    """A modem adapter and the pretend modem behind it, whichever road lies between."""

    modem: AnyModem

    @abstractmethod
    async def roam_on_gsm(self) -> None:
        """The network changes: roaming, GSM, -93 dBm."""

    @abstractmethod
    async def pull_card(self) -> None:
        """The card is taken out."""

    @abstractmethod
    async def lock_card(self) -> None:
        """The card asks for its PIN."""

    @abstractmethod
    async def go_away(self) -> None:
        """The modem disappears."""

    @abstractmethod
    async def come_back(self) -> None:
        """The modem is there again."""

    @property
    @abstractmethod
    def switched(self) -> list[str]:
        """Which antennas the board's switch was asked for."""

    def reading(self) -> ModemReading:
        reading = self.modem.modem(0.0)
        assert reading is not None
        return reading

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something holds."""
        await eventually(true)


class ModemPromises:
    """Inherit, and give ``world``."""

    def world(self) -> AbstractAsyncContextManager[ModemWorld]:
        raise NotImplementedError

    def run(self, story: Callable[[ModemWorld], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with self.world() as world:
                await story(world)

        asyncio.run(whole())

    def test_a_registered_modem_says_who_and_where_it_is(self) -> None:
        async def story(w: ModemWorld) -> None:
            card = SimCard("ready", "89000000000000000001")
            await w.until(lambda: w.reading().signal_dbm is not None)
            await w.until(lambda: w.reading().sim == card)
            await w.until(lambda: None not in {w.reading().operator, w.reading().plmn})
            reading = w.reading()
            assert reading.registration is Registration.HOME
            assert reading.technology is Technology.LTE
            assert (reading.plmn, reading.operator) == ("00101", "Test Net")
            assert reading.signal_dbm == -85
            assert (reading.model, reading.imei) == ("PRETEND-1", "490154203237518")
            assert reading.sim == w.modem.sim_card(0.0) == card
            assert reading.technologies == (Technology.GSM, Technology.UMTS, Technology.LTE)
            assert reading.heard_at is not None

        self.run(story)

    def test_what_changes_is_heard_without_being_asked(self) -> None:
        async def story(w: ModemWorld) -> None:
            await w.until(lambda: w.reading().registration is Registration.HOME)
            await w.roam_on_gsm()
            await w.until(lambda: w.reading().registration is Registration.ROAMING)
            await w.until(lambda: w.reading().technology is Technology.GSM)
            await w.until(lambda: w.reading().signal_dbm == -93)

        self.run(story)

    def test_a_card_that_is_pulled_or_locked_shows_in_both_ports(self) -> None:
        async def story(w: ModemWorld) -> None:
            await w.until(lambda: w.modem.sim_card(0.0).state == "ready")
            await w.lock_card()
            await w.until(lambda: w.modem.sim_card(0.0).state == "locked")
            await w.pull_card()
            await w.until(lambda: w.modem.sim_card(0.0).state == "absent")
            assert w.reading().sim == SimCard("absent")

        self.run(story)

    def test_a_modem_that_goes_is_seen_by_the_age_of_its_last_word_and_comes_back(self) -> None:
        async def story(w: ModemWorld) -> None:
            await w.until(lambda: w.reading().registration is Registration.HOME)
            await w.go_away()
            before = w.reading()
            assert w.reading().heard_at == before.heard_at
            assert before.registration is Registration.HOME
            await w.come_back()
            await w.until(lambda: (w.reading().heard_at or 0.0) > (before.heard_at or 0.0))

        self.run(story)

    def test_an_antenna_is_switched_by_the_board_and_named_in_the_reading(self) -> None:
        async def story(w: ModemWorld) -> None:
            assert w.reading().antenna is None
            w.modem.use_antenna("emergency", 0.0)
            assert w.reading().antenna == "emergency"
            w.modem.use_antenna("main", 0.0)
            assert (w.reading().antenna, w.switched) == ("main", ["emergency", "main"])
            with pytest.raises(UserError, match="antenna"):
                w.modem.use_antenna("roof", 0.0)

        self.run(story)

    def test_before_anything_was_heard_nothing_is_known_and_nothing_waits(self) -> None:
        async def story(w: ModemWorld) -> None:
            await w.modem.close()
            await w.modem.close()
            reading = w.reading()
            assert reading.jammed is None or reading.jammed is False

        self.run(story)


@asynccontextmanager
async def closing(world: ModemWorld) -> AsyncIterator[ModemWorld]:
    """Close the adapter when the story is over."""
    try:
        yield world
    finally:
        await world.modem.close()
