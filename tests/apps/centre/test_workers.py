from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opensos.apps.centre.desk import UnknownIncidentError
from opensos.protocols.effects import Address, RoadError, UserError
from opensos.protocols.ngecall import events as ecall
from tests.centre import card_when, cards, kinds, record, running, settings_for
from tests.pretend_car import PretendCar, an_msd

if TYPE_CHECKING:
    from opensos.apps.centre import Centre


async def hear_call(centre: Centre, vin: str) -> str:
    card = await card_when(
        centre, lambda c: c["vehicle"]["vin"] == vin and c["established"], within=20
    )
    return str(card["id"])


def workers_of_this_process() -> list[int]:
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    lines = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
    return [pid for pid, line in lines.items() if b"opensos.apps.centre.worker" in line]


def test_workers_take_calls_and_operators_reach_the_right_one(tmp_path: Path) -> None:
    async def main() -> None:
        settings = settings_for(tmp_path, workers=2, worker_ports=True)
        async with running(settings) as centre:
            console = centre.feed.open()
            one, two = centre.sip_addresses
            async with PretendCar(one, "one") as car1, PretendCar(two, "two") as car2:
                car1.dial(an_msd(vin="A" * 16 + "1"))
                car2.dial(an_msd(vin="A" * 16 + "2"))
                assert (await car1.hear(ecall.Connected)).received is True
                assert (await car2.hear(ecall.Connected)).received is True
                first = await hear_call(centre, "A" * 16 + "1")
                second = await hear_call(centre, "A" * 16 + "2")
                for incident in (first, second):
                    await centre.act("acknowledge", incident)
                    await centre.act("clear-down", incident)
                await car1.hear(ecall.ClearedDown)
                await car2.hear(ecall.ClearedDown)
                await card_when(centre, lambda c: c["id"] == second and c["state"] == "ended")
                with pytest.raises(UserError, match="no call to clear down"):
                    await centre.act("clear-down", second)
                with pytest.raises(UnknownIncidentError):
                    await centre.act("acknowledge", "0" * 16)
            chunk = await console.take(1.0)
            assert chunk is not None
            numbers = [line for line in chunk.decode().split("\n") if line.startswith("id: ")]
            assert numbers == [f"id: {n}" for n in range(1, len(numbers) + 1)]
            assert centre.trouble is None
        assert workers_of_this_process() == []

    asyncio.run(main())


def test_workers_share_one_port(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(settings_for(tmp_path, workers=2)) as centre:
            (address,) = centre.sip_addresses
            for number in range(8):
                async with PretendCar(address, f"car {number}") as car:
                    car.dial()
                    await car.hear(ecall.Connected)
            assert len(await cards(centre)) == 8

    asyncio.run(main())


def test_a_worker_that_is_killed_comes_back_and_the_other_never_notices(tmp_path: Path) -> None:
    async def main() -> None:
        settings = settings_for(tmp_path, workers=2, worker_ports=True)
        async with running(settings) as centre:
            one, two = centre.sip_addresses
            async with PretendCar(one, "one") as car1, PretendCar(two, "two") as car2:
                car1.dial(an_msd(vin="A" * 16 + "1"))
                car2.dial(an_msd(vin="A" * 16 + "2"))
                lost = await hear_call(centre, "A" * 16 + "1")
                stays = await hear_call(centre, "A" * 16 + "2")
                os.kill(min(workers_of_this_process()), signal.SIGKILL)
                car1.dial(an_msd(vin="A" * 16 + "3"))  # waits in the kernel for the new worker
                await hear_call(centre, "A" * 16 + "3")
                found = await record(centre, lost)
                assert found["card"]["ended_why"] == "lost_at_restart"
                assert kinds(found)[-1] == "call.ended"
                await centre.act("request-data", stays)
                await car2.hear(ecall.MsdDelivered)
                await centre.act("call-back", lost)
                await car1.hear(ecall.CallbackEstablished)
                assert centre.trouble is None

    asyncio.run(main())


def test_calls_of_an_earlier_run_with_more_workers_are_closed(tmp_path: Path) -> None:
    async def main() -> None:
        settings = settings_for(tmp_path, workers=2, worker_ports=True)
        async with (
            running(settings) as centre,
            PretendCar(centre.sip_addresses[1]) as car,
        ):
            car.dial()
            await hear_call(centre, "WVWZZZAUZHW123456")
        async with running(settings_for(tmp_path)) as single:
            card = await card_when(single, lambda c: c["state"] == "ended")
            assert card["ended_why"] == "lost_at_restart"

    asyncio.run(main())


def test_what_cannot_be_is_said_at_the_start(tmp_path: Path) -> None:
    async def start(sip: Address) -> None:
        async with running(settings_for(tmp_path, workers=1, sip=(sip,))):
            pass

    async def main() -> None:
        with pytest.raises(UserError, match="TCP and TLS need a port"):
            await start(Address("tcp", "127.0.0.1", 0))
        with pytest.raises(RoadError):
            await start(Address("udp", "192.0.2.1", 5060))

    asyncio.run(main())
