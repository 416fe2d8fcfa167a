"""The diagnostic socket of a unit on a board: by HSFZ, and by ISO-TP on a virtual bus."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import can
import pytest

from opensos.apps.vehicle.diagnosis import WORKSHOP_LEVEL, key_for
from opensos.apps.vehicle.real import RealOrder, RealVehicle
from opensos.apps.vehicle.tester import DiagOrder, can_settings, open_diag, workshop_key
from opensos.edges.hsfz_asker import HsfzAsker
from opensos.protocols.effects import Address, UserError
from tests.edges.waiting import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

KEY = b"the workshop's own secret"
TELEMATICS = 0x61


def with_unit(
    folder: Path, order: DiagOrder, story: Callable[[RealVehicle, Address], Awaitable[None]]
) -> None:
    board = folder / "board.toml"
    board.write_text('[car]\nvin = "ZZ9TESTS6RA000001"\n', encoding="utf-8")

    async def whole() -> None:
        vehicle = RealVehicle(RealOrder(board, Address("udp", "127.0.0.1", 9), folder / "journal"))
        await vehicle.start()
        servers = await open_diag(vehicle, order)
        try:
            assert servers.hsfz is not None
            await story(vehicle, servers.hsfz)
        finally:
            await servers.close()
            await vehicle.stop()

    asyncio.run(whole())


def test_a_tester_identifies_a_unit_on_a_board_and_opens_it_with_the_workshops_key(
    tmp_path: Path,
) -> None:
    secret = tmp_path / "key"
    secret.write_bytes(KEY + b"\n")

    async def story(vehicle: RealVehicle, where: Address) -> None:
        async def ask(*requests: bytes) -> list[bytes]:
            return await asyncio.to_thread(_asked, where, requests)

        (vin,) = await ask(b"\x22\xf1\x90")
        assert vin == b"\x62\xf1\x90ZZ9TESTS6RA000001"
        assert await asyncio.to_thread(_opened, where, b"W0-17")
        assert vehicle.unit.workshop_code == "W0-17"

    with_unit(tmp_path, DiagOrder(0, 0, 0, key=secret), story)


def test_without_a_key_what_is_locked_stays_locked(tmp_path: Path) -> None:
    async def story(vehicle: RealVehicle, where: Address) -> None:
        assert not await asyncio.to_thread(_opened, where, b"W0-17")
        assert vehicle.unit.workshop_code == ""

    with_unit(tmp_path, DiagOrder(0, 0, 0), story)


def test_a_unit_on_a_board_answers_on_a_bus_too(tmp_path: Path) -> None:
    async def story(vehicle: RealVehicle, where: Address) -> None:
        del where
        heard: list[can.Message] = []
        with can.Bus(interface="virtual", channel="opensos-tester") as bus:
            bus.send(
                can.Message(
                    arbitration_id=0x6F1,
                    data=bytes((TELEMATICS, 0x03, 0x22, 0xD1, 0x08)),
                    is_extended_id=False,
                )
            )

            def answered() -> bool:
                message = bus.recv(0)
                if message is not None:
                    heard.append(message)
                return bool(heard)

            await until(answered)
        assert heard[0].arbitration_id == 0x600 + TELEMATICS
        assert bytes(heard[0].data)[:5] == bytes((0xF1, 0x04, 0x62, 0xD1, 0x08))
        assert vehicle.box.unit is not None

    with_unit(tmp_path, DiagOrder(0, 0, 0, can="virtual:opensos-tester"), story)


@pytest.mark.parametrize("text", ["can0", "socketcan:", ":can0", ""])
def test_a_bus_is_written_as_interface_and_channel(text: str) -> None:
    with pytest.raises(UserError, match="interface:channel"):
        can_settings(text)


def test_a_key_that_is_missing_or_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        workshop_key(tmp_path / "nothing")
    short = tmp_path / "short"
    short.write_bytes(b"abc\n")
    with pytest.raises(UserError, match="at least 16"):
        workshop_key(short)
    assert workshop_key(None) == b""


def _asked(where: Address, requests: tuple[bytes, ...]) -> list[bytes]:
    with HsfzAsker(where.host, where.port) as tester:
        return [tester.ask(TELEMATICS, request)[-1].data for request in requests]


def _opened(where: Address, code: bytes) -> bool:
    """Open the unit with the key and write the workshop's code; whether both were taken."""
    with HsfzAsker(where.host, where.port) as tester:
        tester.ask(TELEMATICS, b"\x10\x03")
        seed = tester.ask(TELEMATICS, b"\x27\x01")[-1].data
        if seed[0] != 0x67:
            return False
        key = key_for(KEY, WORKSHOP_LEVEL, seed[2:])
        tester.ask(TELEMATICS, b"\x27\x02" + key)
        return bool(tester.ask(TELEMATICS, b"\x2e\xf1\x98" + code)[-1].data[0] == 0x6E)
