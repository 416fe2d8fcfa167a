from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from dbus_fast import Variant

from opensos.edges.clock import SystemClock
from opensos.edges.modem_manager import ManagedModem, ManagerSettings
from opensos.edges.modem_manager_values import MODEM, MODEM_3GPP, SIGNAL
from opensos.protocols.at import Command
from opensos.protocols.effects import LocalError, RoadError
from opensos.rules.readiness.readings import Registration, SimCard
from tests.edges.modem_bus import MODEM_0, PretendManager, manager, missing
from tests.promises.modem import ModemPromises, ModemWorld, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

WHY_NOT = missing()
pytestmark = [pytest.mark.dbus, pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))]


class BusWorld(ModemWorld):
    def __init__(self, pretend: PretendManager, modem: ManagedModem, switched: list[str]) -> None:
        self.pretend = pretend
        self.modem = self.managed = modem
        self._switched = switched

    async def roam_on_gsm(self) -> None:
        await self.pretend.update(MODEM_0, MODEM_3GPP, {"RegistrationState": Variant("u", 5)})
        await self.pretend.update(MODEM_0, MODEM, {"AccessTechnologies": Variant("u", 1 << 1)})
        gsm = Variant("a{sv}", {"rssi": Variant("d", -93.0)})
        await self.pretend.update(MODEM_0, SIGNAL, {"Gsm": gsm, "Lte": Variant("a{sv}", {})})

    async def pull_card(self) -> None:
        failed = {"State": Variant("i", -1), "StateFailedReason": Variant("u", 2)}
        await self.pretend.update(MODEM_0, MODEM, failed)

    async def lock_card(self) -> None:
        locked = {"UnlockRequired": Variant("u", 2), "State": Variant("i", 2)}
        await self.pretend.update(MODEM_0, MODEM, locked)

    async def go_away(self) -> None:
        await self.pretend.remove_modem()
        await eventually(lambda: self.managed.why_away is not None)

    async def come_back(self) -> None:
        await self.pretend.add_modem()

    @property
    def switched(self) -> list[str]:
        return self._switched


@asynccontextmanager
async def world(tmp_path: Path, **settings: object) -> AsyncIterator[BusWorld]:
    switched: list[str] = []
    async with manager(tmp_path) as pretend:
        modem = ManagedModem(
            SystemClock(),
            ManagerSettings(
                address=pretend.address,
                reopen_s=(0.01,),
                **{"switch_antenna": switched.append, **settings},  # type: ignore[arg-type]
            ),
        )
        modem.start()
        try:
            yield BusWorld(pretend, modem, switched)
        finally:
            await modem.close()


class TestManagedModem(ModemPromises):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.tmp_path = tmp_path

    def world(self) -> AbstractAsyncContextManager[ModemWorld]:
        return self._world()

    @asynccontextmanager
    async def _world(self) -> AsyncIterator[ModemWorld]:
        async with world(self.tmp_path) as w:
            yield w


def run(tmp_path: Path, story: Callable[[BusWorld], Awaitable[None]], **settings: object) -> None:
    async def whole() -> None:
        async with world(tmp_path, **settings) as w:
            await eventually(lambda: w.reading().heard_at is not None)
            await story(w)

    asyncio.run(whole())


def test_the_signal_is_measured_as_often_as_settings_say(tmp_path: Path) -> None:
    async def story(w: BusWorld) -> None:
        assert await w.pretend.calls(MODEM_0, "Setup") == [[7]]

    run(tmp_path, story, signal_s=7)


def test_a_manager_that_goes_and_comes_back_is_found_again(tmp_path: Path) -> None:
    async def story(w: BusWorld) -> None:
        w.pretend.stop()
        await eventually(lambda: w.managed.why_away is not None)
        assert w.reading().registration is Registration.HOME  # the last word, growing old
        await w.pretend.start()
        await w.pretend.add_modem()
        await eventually(lambda: w.managed.why_away is None)

    run(tmp_path, story)


def test_at_commands_pass_only_where_they_are_allowed_and_never_a_call(tmp_path: Path) -> None:
    async def story(w: BusWorld) -> None:
        assert await w.managed.command(Command("AT+CSQ", timeout_s=3.0)) == ""
        for text in ("ATD112;", "AT+CECALL=2"):
            with pytest.raises(LocalError):
                await w.managed.command(Command(text))
        w.managed.use_antenna("emergency", 0.0)
        await eventually(lambda: w.reading().antenna == "emergency")
        assert await w.pretend.calls(MODEM_0, "Command") == [
            ["AT+CSQ", 3],
            ["AT+UGPIOC=9,0", 5],
            ["AT+UGPIOW=9,1", 5],
        ]
        await w.go_away()
        with pytest.raises(RoadError):
            await w.managed.command(Command("AT"))

    run(tmp_path, story, allow_at=True, antenna_pin=9, switch_antenna=None)


def test_without_leave_no_command_passes(tmp_path: Path) -> None:
    async def story(w: BusWorld) -> None:
        with pytest.raises(LocalError):
            await w.managed.command(Command("AT+CSQ"))

    run(tmp_path, story)


def test_another_modem_than_the_one_asked_for_is_not_taken(tmp_path: Path) -> None:
    async def story() -> None:
        async with manager(tmp_path) as pretend:
            settings = ManagerSettings(address=pretend.address, imei="000000000000000")
            modem = ManagedModem(SystemClock(), settings)
            modem.start()
            await eventually(lambda: modem.why_away == "ModemManager has no modem.")
            assert modem.sim_card(0.0) == SimCard("failed")
            await modem.close()

    asyncio.run(story())


def test_a_bus_that_dies_is_a_finding_and_its_age(tmp_path: Path) -> None:
    async def story() -> None:
        async with manager(tmp_path) as pretend:
            modem = ManagedModem(
                SystemClock(), ManagerSettings(address=pretend.address, reopen_s=(0.01,))
            )
            modem.start()
            await eventually(lambda: modem.why_away is None)
        await eventually(lambda: modem.why_away is not None)
        reading = modem.modem(0.0)
        assert reading is not None
        assert reading.registration is Registration.HOME
        await modem.close()

    asyncio.run(story())


@pytest.mark.parametrize("address", ["unix:path=/nowhere/at/all", "nonsense"])
def test_a_bus_that_is_not_there_blocks_nobody(address: str) -> None:
    async def story() -> None:
        modem = ManagedModem(SystemClock(), ManagerSettings(address=address, reopen_s=(0.01,)))
        modem.start()
        await eventually(lambda: "cannot be reached" in (modem.why_away or ""))
        await modem.close()

    asyncio.run(story())
