"""The unit on an emulated board, end to end: real sockets, real terminals, nothing of it pretend.

Never tried on a real board or network: what is real here is every line of ours.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opensos.apps.vehicle import UnitConfig
from opensos.apps.vehicle.real import RealOrder, RealVehicle
from opensos.edges.clock import SystemClock
from opensos.edges.data_https import HttpsPath, HttpsSettings
from opensos.protocols.effects import Address, LocalError, UserError
from opensos.rules.emergency import State
from opensos.rules.emergency.ladder import LadderSettings
from tests.apps.vehicle.emulated import (
    Emulated,
    centre_with_page,
    closed_port,
    keys,
    real_vehicle,
)
from tests.centre import card_when, cards, running, settings_for
from tests.edges.nmea_log import second
from tests.edges.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from opensos.apps.vehicle.unit import Unit


def on_a_board(folder: Path, story: Callable[[Emulated], Coroutine[object, object, None]]) -> None:
    """Tell a story about an emulated board; afterwards nothing of it may run on."""

    async def whole() -> None:
        board = Emulated.made(folder / "board")
        try:
            await story(board)
        finally:
            board.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    open_before = descriptors()
    asyncio.run(whole())
    assert descriptors() <= open_before, "something stayed open"


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def modem_speaks(vehicle: RealVehicle) -> None:
    await until(lambda: (seen := vehicle.unit.readings) and seen.modem and seen.modem.registration)


async def held(vehicle: RealVehicle, board: Emulated, unit_is: Callable[[], bool]) -> None:
    """Hold SOS until the unit did what is waited for; it is seen free before."""
    board.press(down=False)
    panel = vehicle.unit.panel
    assert panel is not None
    await until(lambda: panel.button.pressed is False)
    board.press(down=True)
    try:
        await until(unit_is)
    finally:
        board.press(down=False)


def dialled(board: Emulated) -> list[str]:
    heard = board.pty.modem.heard
    return [line for line in heard if line.startswith(("ATD", "AT+CECALL=")) and "?" not in line]


# --- calls ----------------------------------------------------------------------------------------


def test_a_held_button_calls_is_answered_and_cleared_down(tmp_path: Path) -> None:
    async def story(board: Emulated) -> None:
        async with (
            running(settings_for(tmp_path / "centre")) as centre,
            real_vehicle(board.file, tmp_path / "unit", centre.sip_addresses[0]) as vehicle,
        ):
            os.write(board.gnss, b"".join(map(second, range(4))))
            await until(lambda: vehicle.board.button(vehicle.clock.now()))
            await until(lambda: vehicle.board.fix(vehicle.clock.now()))
            await until(lambda: (seen := vehicle.unit.readings) and seen.button)
            await held(vehicle, board, lambda: vehicle.unit.state is State.CONNECTED)
            card = await card_when(centre, lambda card: card["can"]["clear_down"])
            assert card["test"] is True
            await centre.act("clear-down", card["id"])
            await until(lambda: vehicle.unit.state is State.CALLBACK_WINDOW)
            assert dialled(board) == [], "the ladder had no need of the modem"

    on_a_board(tmp_path, story)


def test_the_airbags_frame_calls_once_and_not_again_after_a_reset(tmp_path: Path) -> None:
    async def story(board: Emulated) -> None:
        async with running(settings_for(tmp_path / "centre")) as centre:
            where = centre.sip_addresses[0]
            async with real_vehicle(board.file, tmp_path / "unit", where) as vehicle:
                await until(lambda: board.frame(0x320, 1) or vehicle.unit.state is State.CONNECTED)
                card = await card_when(centre, lambda card: card["can"]["clear_down"])
                await centre.act("clear-down", card["id"])
                await until(lambda: vehicle.unit.state is State.CALLBACK_WINDOW)
                first = vehicle.unit
                vehicle.box.restart("test", boot_s=0.0)
                await until(lambda: vehicle.box.unit not in {None, first})
                for _ in range(3):
                    board.frame(0x320, 1)  # a crash output stays
                await looked_again(vehicle)
                assert vehicle.unit.state is State.CALLBACK_WINDOW
            # The program is started anew, the car still says that its airbags have fired.
            async with real_vehicle(board.file, tmp_path / "unit", where) as vehicle:
                await until(
                    lambda: (
                        board.frame(0x320, 1) or vehicle.board.airbag_fired_at(vehicle.clock.now())
                    )
                )
                await looked_again(vehicle)
                assert vehicle.unit.state is State.CALLBACK_WINDOW
            assert len(await cards(centre)) == 1

    on_a_board(tmp_path, story)


async def looked_again(vehicle: RealVehicle) -> None:
    """Wait until the unit has looked at all of its parts twice more."""
    for _ in range(2):
        await _looked(vehicle.unit)


async def _looked(unit: Unit) -> None:
    seen = unit.readings
    await until(lambda: unit.readings is not seen)


def test_without_sip_the_ladder_goes_to_the_modem_and_only_a_test_leaves(tmp_path: Path) -> None:
    async def story(board: Emulated) -> None:
        nobody = Address("udp", "127.0.0.1", closed_port())
        async with real_vehicle(board.file, tmp_path / "unit", nobody) as vehicle:
            await modem_speaks(vehicle)
            vehicle.unit.press_sos()
            await until(lambda: vehicle.unit.state is State.CONNECTED)
            assert dialled(board) == ["AT+CECALL=0"]
            assert board.pty.modem.placed == [0]
            board.pty.modem.clear_down()
            await until(lambda: vehicle.unit.state is State.CALLBACK_WINDOW)

    on_a_board(tmp_path, story)


def test_with_modem_and_sip_dead_the_sos_goes_as_data_into_one_incident(tmp_path: Path) -> None:
    async def story(board: Emulated) -> None:
        board.pty.modem.world.ills.hung = True
        nobody = Address("udp", "127.0.0.1", closed_port())
        async with centre_with_page(tmp_path / "centre") as (centre, url):
            async with real_vehicle(
                board.file,
                tmp_path / "unit",
                nobody,
                paths=lambda: (HttpsPath(HttpsSettings(url)),),
                ladder=LadderSettings(0.2, 0.4),
            ) as vehicle:
                vehicle.unit.press_sos()
                await until(lambda: vehicle.unit.data.outcome == "acknowledged")
                assert dialled(board) == []
                first = vehicle.unit
                # The way of the data is taken away with an offer on it, and the unit starts anew.
                vehicle.box.restart("test", boot_s=0.0)
                await until(lambda: vehicle.box.unit not in {None, first})
                assert "journal_failed" not in keys(vehicle.unit)
            assert len(await cards(centre)) == 1

    on_a_board(tmp_path, story)


def test_a_unit_that_starts_in_a_dead_spot_has_its_button_and_its_modem(tmp_path: Path) -> None:
    said: list[str] = []

    async def story(board: Emulated) -> None:
        nowhere = Address("udp", "centre.invalid", 5060)
        async with real_vehicle(
            board.file, tmp_path / "unit", nowhere, said=said.append
        ) as vehicle:
            assert vehicle.box.state == "on"
            await modem_speaks(vehicle)
            vehicle.unit.press_sos()
            await until(lambda: vehicle.unit.state is State.CONNECTED)
            assert dialled(board) == ["AT+CECALL=0"]

    on_a_board(tmp_path, story)
    assert any("no way to the centre" in sentence for sentence in said)


# --- resets and what is missing -------------------------------------------------------------------


def test_a_reset_in_rest_works_and_leaves_the_board_open(tmp_path: Path) -> None:
    async def story(board: Emulated) -> None:
        async with real_vehicle(board.file, tmp_path / "unit") as vehicle:
            await modem_speaks(vehicle)
            await until(lambda: board.frame(0x130, 1) or board.frame(0x131, 0) or stands(vehicle))
            hardware, first = vehicle.board, vehicle.unit
            setups = board.pty.modem.heard.count("AT+CMEE=1")
            assert first.reset("unit", "asked") is None
            assert first.reset("unit", "asked") is None, "asked twice it is still one restart"
            vehicle.box.restart("again", boot_s=0.0)
            await until(lambda: vehicle.box.unit not in {None, first})
            assert vehicle.board is hardware
            assert board.pty.modem.heard.count("AT+CMEE=1") == setups
            assert "reset" in keys(vehicle.unit)
            assert vehicle.unit.state is State.IDLE
            await until(lambda: vehicle.unit.readings)

    on_a_board(tmp_path, story)


def stands(vehicle: RealVehicle) -> bool:
    seen = vehicle.unit.vehicle()
    return seen.ignition_on is True and seen.speed_kmh == 0.0


def test_missing_hardware_is_a_finding_and_the_unit_calls(tmp_path: Path) -> None:
    async def story(board: Emulated) -> None:
        text = board.file.read_text().replace(str(board.folder), "/nowhere")
        board.file.write_text(text)
        async with running(settings_for(tmp_path / "centre")) as centre:
            where = centre.sip_addresses[0]
            async with real_vehicle(board.file, tmp_path / "unit", where) as vehicle:
                await until(lambda: vehicle.unit.readings)
                seen = vehicle.unit.readings
                assert seen is not None
                assert seen.gnss is None or seen.gnss.heard_at is None
                assert seen.button is not None
                assert seen.button.fitted is False
                keeper = vehicle.unit.keeper
                assert keeper is not None
                vehicle.unit.self_test()
                await until(lambda: keeper.health.readiness.state != "unknown", within_s=20.0)
                assert keeper.health.readiness.reasons
                vehicle.unit.press_sos()
                await until(lambda: vehicle.unit.state is State.CONNECTED)
                assert "sensor_failed" not in keys(vehicle.unit)

    on_a_board(tmp_path, story)


def test_garbage_and_a_hung_line_leave_the_unit_calling(tmp_path: Path) -> None:
    async def story(board: Emulated) -> None:
        async with running(settings_for(tmp_path / "centre")) as centre:
            where = centre.sip_addresses[0]
            async with real_vehicle(board.file, tmp_path / "unit", where) as vehicle:
                await modem_speaks(vehicle)
                ills = board.pty.modem.world.ills
                ills.hung = True
                os.write(board.gnss, bytes(range(256)) * 8 + b"$GNRMC,,,,,,*00\r\n$" + b"9" * 900)
                board.pty.noise(bytes(range(256)) * 4)
                os.write(board.button, b"\xff" * 480)
                board.frame(0x320)  # shorter than its bits
                (board.folder / "bq" / "voltage_now").write_text("nan\n")
                (board.folder / "mains" / "voltage_now").write_text("9" * 400 + "\n")
                await looked_again(vehicle)
                vehicle.unit.press_sos()
                await until(lambda: vehicle.unit.state is State.CONNECTED)
                os.write(board.gnss, b"\r\n" + b"".join(map(second, range(4))))
                await until(lambda: vehicle.board.fix(vehicle.clock.now()))

    on_a_board(tmp_path, story)


@dataclass
class JumpingClock(SystemClock):
    """A machine whose civil time jumps; the steady time goes on."""

    jump_s: float = 0.0

    def utc(self) -> float:
        return super().utc() + self.jump_s


@pytest.mark.parametrize("years", [-56.0, 30.0, 9000.0])
def test_a_clock_that_jumps_by_years_changes_nothing_of_a_call(
    tmp_path: Path, years: float
) -> None:
    async def story(board: Emulated) -> None:
        clock = JumpingClock()
        async with running(settings_for(tmp_path / "centre")) as centre:
            where = centre.sip_addresses[0]
            async with real_vehicle(board.file, tmp_path / "unit", where, clock=clock) as vehicle:
                vehicle.unit.press_sos()
                await until(lambda: vehicle.unit.state is State.CONNECTED)
                clock.jump_s = years * 365.25 * 86_400
                await looked_again(vehicle)
                assert vehicle.unit.state is State.CONNECTED
                first = vehicle.unit
                vehicle.box.restart("test", boot_s=0.0)
                await until(lambda: vehicle.box.unit not in {None, first})
                # The call goes on, or the unit says that it is years too late for that.
                await until(
                    lambda: vehicle.unit.state is State.CONNECTED or "gave_up" in keys(vehicle.unit)
                )
            assert len(await cards(centre)) <= 2

    on_a_board(tmp_path, story)


# --- what is refused ------------------------------------------------------------------------------


def live(tmp_path: Path, transport: str) -> RealOrder:
    centre = Address(transport, "127.0.0.1", 9)
    return RealOrder(tmp_path / "board.toml", centre, tmp_path / "unit", UnitConfig(live=True))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_live_without_tls_is_refused(tmp_path: Path, transport: str) -> None:
    with pytest.raises(UserError, match="TLS"):
        RealVehicle(live(tmp_path, transport))


def test_live_on_a_bus_that_is_none_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        board = Emulated.made(tmp_path / "board")
        order = live(tmp_path, "tls")
        order.board.write_text(board.file.read_text())
        vehicle = RealVehicle(order)
        try:
            with pytest.raises(UserError, match="virtual"):
                await vehicle.start()
        finally:
            await vehicle.stop()
            board.close()
        assert not (tmp_path / "unit").exists()

    asyncio.run(story())


def test_before_the_start_there_is_neither_unit_nor_board(tmp_path: Path) -> None:
    async def story() -> None:
        order = RealOrder(tmp_path / "no.toml", Address("udp", "127.0.0.1", 9), tmp_path)
        vehicle = RealVehicle(order)
        with pytest.raises(LocalError):
            _ = vehicle.unit
        with pytest.raises(LocalError):
            _ = vehicle.board
        with pytest.raises(UserError, match="no board's file"):
            await vehicle.start()
        await vehicle.stop()

    asyncio.run(story())
