"""A pretend car on real sockets with a real centre: power, radio and unit fail in the middle."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from opensos.apps.vehicle import UnitConfig
from opensos.apps.vehicle.pretend import PretendOrder, PretendVehicle
from opensos.edges.data_https import HttpsPath, HttpsSettings
from opensos.protocols.effects import Address, RoadError, UserError
from opensos.rules.emergency import ButtonSettings, Settings, State
from tests.apps.vehicle.emulated import NOBODY, LeapingClock, centre_with_page, keys
from tests.centre import card_when, cards, running, settings_for
from tests.edges.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from opensos.apps.centre import Centre
    from opensos.ports import DataPath

QUICK = Settings(cancel_window_s=0, redial_delays_s=(0.0, 0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2))


@asynccontextmanager
async def pretend(
    folder: Path,
    centre: Address = NOBODY,
    *,
    paths: Callable[[], tuple[DataPath, ...]] = tuple,
) -> AsyncIterator[tuple[PretendVehicle, LeapingClock]]:
    clock = LeapingClock()
    config = UnitConfig(procedure=QUICK)
    order = PretendOrder(
        centre, folder, config, paths=paths, button=ButtonSettings(hold_s=0.2), seed=3
    )
    vehicle = PretendVehicle(order, clock=clock)
    try:
        await vehicle.start()
        yield vehicle, clock
    finally:
        await vehicle.stop()


@asynccontextmanager
async def in_a_call(tmp_path: Path) -> AsyncIterator[tuple[PretendVehicle, LeapingClock, Centre]]:
    async with (
        running(settings_for(tmp_path / "centre")) as centre,
        pretend(tmp_path / "unit", centre.sip_addresses[0]) as (vehicle, clock),
    ):
        vehicle.unit.press_sos()
        await until(lambda: vehicle.unit.state is State.CONNECTED)
        yield vehicle, clock, centre


def inject(vehicle: PretendVehicle, *faults: str) -> None:
    for fault in faults:
        vehicle.car.inject(fault, vehicle.clock.now())


async def redialled_once(centre: Centre) -> None:
    """Two calls of one car came in, the first was lost on the road: never a third."""
    found = await cards(centre)
    assert len(found) == 2
    assert len({card["vehicle"]["vin"] for card in found}) == 1


def test_the_loss_of_12_v_in_a_call_keeps_the_call(tmp_path: Path) -> None:
    async def story() -> None:
        async with in_a_call(tmp_path) as (vehicle, _, centre):
            unit, box = vehicle.unit, vehicle.box
            inject(vehicle, "supply_wire_broken")
            await until(lambda: vehicle.car.power(vehicle.clock.now()).source != "main")
            seen = unit.readings
            await until(lambda: unit.readings is not seen)
            assert box.unit is unit
            assert unit.state is State.CONNECTED
            assert len(await cards(centre)) == 1

    asyncio.run(story())


def test_power_that_goes_wholly_in_a_call_and_comes_back_is_one_call_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            running(settings_for(tmp_path / "centre")) as centre,
            pretend(tmp_path / "unit", centre.sip_addresses[0]) as (vehicle, clock),
        ):
            inject(vehicle, "supply_wire_broken", "backup_open")
            clock.leap_s += 150.0  # the unit lives on its capacitors for some minutes
            vehicle.unit.press_sos()
            await until(lambda: vehicle.unit.state is State.CONNECTED)
            first = vehicle.unit
            clock.leap_s += 60.0
            await until(lambda: vehicle.box.state == "off")
            for fault in ("supply_wire_broken", "backup_open"):
                assert vehicle.car.clear_fault(fault, clock.now())
            assert vehicle.powered(clock.now())
            clock.leap_s += 20.0  # the modem finds its network again
            await until(lambda: vehicle.box.unit not in {None, first})
            await until(lambda: vehicle.unit.state is State.CONNECTED)
            assert "restarted" in keys(vehicle.unit)
            await redialled_once(centre)

    asyncio.run(story())


def test_a_hanging_unit_is_off_and_the_cluster_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with pretend(tmp_path) as (vehicle, clock):
            vehicle.car.ignition(clock.now(), on=True)
            inject(vehicle, "software_hang")
            await until(lambda: vehicle.box.state == "off")
            for _ in range(20):
                clock.leap_s += 5.0
                vehicle.network.observe(clock.now())
            assert vehicle.network.message(clock.now()) == "warning.failure"
            assert vehicle.network.ask(0x61, b"\x22\xf1\x90", clock.now()) == []

    asyncio.run(story())


def test_without_coverage_it_redials_and_with_data_back_the_sos_arrives(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            centre_with_page(tmp_path / "centre") as (centre, url),
            pretend(tmp_path / "unit", paths=lambda: (HttpsPath(HttpsSettings(url)),)) as (
                vehicle,
                clock,
            ),
        ):
            inject(vehicle, "no_coverage")
            await until(lambda: vehicle.car.why_no_data(clock.now()) is not None)
            vehicle.unit.press_sos()
            await until(lambda: keys(vehicle.unit).count("not_reached") >= 2)
            assert "data_acknowledged" not in keys(vehicle.unit)
            vehicle.car.clear_fault("no_coverage", clock.now())

            def later() -> bool:
                clock.leap_s += 0.5  # the modem looks for its network, the data for its next turn
                return vehicle.unit.data.outcome == "acknowledged"

            await until(later)
            assert len(await cards(centre)) == 1

    asyncio.run(story())


def test_a_radio_that_goes_in_a_call_drops_it_and_the_unit_redials(tmp_path: Path) -> None:
    async def story() -> None:
        async with in_a_call(tmp_path) as (vehicle, clock, centre):
            inject(vehicle, "modem_dead")
            await until(lambda: "dropped" in " ".join(keys(vehicle.unit)))
            vehicle.car.clear_fault("modem_dead", clock.now())
            clock.leap_s += 60.0
            await until(lambda: vehicle.unit.state is State.CONNECTED)
            await redialled_once(centre)

    asyncio.run(story())


@pytest.mark.parametrize("empty", [False, True])
def test_12_v_off_restarts_the_unit_only_if_its_battery_is_empty(
    tmp_path: Path, *, empty: bool
) -> None:
    async def story() -> None:
        async with pretend(tmp_path) as (vehicle, clock):
            first = vehicle.unit
            if empty:
                inject(vehicle, "backup_empty")
            vehicle.car.park(clock.now())
            clock.leap_s += 10.0
            assert vehicle.car.do("disconnect_12v:15", clock.now()).changed
            clock.leap_s += 400.0
            assert vehicle.powered(clock.now()) is not empty
            if empty:
                await until(lambda: vehicle.box.unit is None)
                clock.leap_s += 900.0
                await until(lambda: vehicle.box.unit not in {None, first})
            else:
                clock.leap_s += 900.0
                await vehicle.box._mind()
                assert vehicle.box.unit is first

    asyncio.run(story())


def test_an_airbag_that_fired_before_a_power_cut_is_no_second_call(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            running(settings_for(tmp_path / "centre")) as centre,
            pretend(tmp_path / "unit", centre.sip_addresses[0]) as (vehicle, clock),
        ):
            vehicle.crash("barrier")
            await until(lambda: vehicle.unit.state is State.CONNECTED)
            await until(lambda: vehicle.car.airbag_fired_at(clock.now()))
            await until(lambda: vehicle.unit.senses.airbag_told)
            card = await card_when(centre, lambda card: card["can"]["clear_down"])
            await centre.act("clear-down", card["id"])
            await until(lambda: vehicle.unit.state is State.CALLBACK_WINDOW)
            first = vehicle.unit
            vehicle.box.restart("power", boot_s=0.0)
            await until(lambda: vehicle.box.unit not in {None, first})
            for _ in range(2):
                seen = vehicle.unit.readings
                await until(lambda seen=seen: vehicle.unit.readings is not seen)  # type: ignore[misc]
            assert vehicle.unit.state is State.CALLBACK_WINDOW
            assert len(await cards(centre)) == 1

    asyncio.run(story())


def test_it_is_never_live_and_what_failed_to_start_leaves_no_socket(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="never"):
        PretendVehicle(PretendOrder(NOBODY, tmp_path, UnitConfig(live=True)))
    said: list[str] = []

    def no_paths() -> tuple[DataPath, ...]:
        raise RoadError("no way for data")

    async def story() -> None:
        vehicle = PretendVehicle(PretendOrder(NOBODY, tmp_path, paths=no_paths), said.append)
        await vehicle.start()
        assert said == ["no way for data"]
        assert vehicle.box.state == "starting"
        await vehicle.stop()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(story())


def test_a_centre_without_a_name_server_keeps_the_unit_from_nothing_but_the_call(
    tmp_path: Path,
) -> None:
    said: list[str] = []

    async def story() -> None:
        nowhere = Address("udp", "nowhere.invalid", 5060)
        vehicle = PretendVehicle(
            PretendOrder(nowhere, tmp_path, UnitConfig(procedure=QUICK)), said.append
        )
        await vehicle.start()
        try:
            await until(lambda: said)
            assert vehicle.box.state == "on"
            vehicle.unit.press_sos()
            await until(lambda: "not_reached" in keys(vehicle.unit))
        finally:
            await vehicle.stop()

    asyncio.run(story())
    assert len(said) == 1
    assert said[0].startswith("There is no way to the centre at nowhere.invalid: ")


def test_a_journal_that_cannot_be_written_is_said_and_the_unit_calls(tmp_path: Path) -> None:
    (tmp_path / "unit").write_text("a file where a folder should be")

    async def story() -> None:
        async with (
            running(settings_for(tmp_path / "centre")) as centre,
            pretend(tmp_path / "unit", centre.sip_addresses[0]) as (vehicle, _),
        ):
            assert "journal_failed" in keys(vehicle.unit)
            vehicle.unit.press_sos()
            await until(lambda: vehicle.unit.state is State.CONNECTED)

    asyncio.run(story())
