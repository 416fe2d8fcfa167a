"""What a person can do in the cockpit, with a whole pretend car on a running loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from opensos.apps.vehicle.cockpit import Cockpit, RefusedError
from opensos.apps.vehicle.pretend import PretendOrder, PretendVehicle
from opensos.apps.vehicle.words import english
from opensos.protocols.effects import Address, UserError
from opensos.rules.emergency import ButtonSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOBODY = Address("udp", "127.0.0.1", 9)


def seated(
    folder: Path,
    story: Callable[[Cockpit], None],
    *,
    at_rest: Callable[[Cockpit], None] | None = None,
    **order: Any,
) -> None:
    """Let the story happen in a car whose unit has just started; then park, and go on at rest."""

    async def whole() -> None:
        vehicle = PretendVehicle(PretendOrder(NOBODY, folder, **order))
        await vehicle.start()
        try:
            cockpit = Cockpit(vehicle.box, vehicle, english)
            story(cockpit)
            if at_rest is not None:
                cockpit.move("park", "garage")
                await standing(cockpit)
                at_rest(cockpit)
        finally:
            await vehicle.stop()

    asyncio.run(whole())


async def standing(cockpit: Cockpit) -> None:
    """Wait until the car has come to rest."""
    async with asyncio.timeout(20):
        # The car itself tells nobody that it has come to rest.
        while cockpit.unit.vehicle().speed_kmh or cockpit.unit.vehicle().engine_running:  # noqa: ASYNC110
            await asyncio.sleep(0)


def refused(do: Callable[[], object]) -> str:
    with pytest.raises(RefusedError) as found:
        do()
    assert str(found.value) == english(found.value.text_key)
    return found.value.text_key


def keys(cockpit: Cockpit) -> list[str]:
    return [line.text_key for line in cockpit.unit.diary.lines]


def test_faults_go_in_show_in_the_state_and_come_out(tmp_path: Path) -> None:
    def story(cockpit: Cockpit) -> None:
        cockpit.inject("led_open", severity=0.5)
        assert cockpit.inject_from('[[fault]]\nid = "weak_12v"\nmode = "intermittent"\n') == 1
        present = {one["id"]: one for one in cockpit.to_json()["pretend"]["faults"]}
        assert present["led_open"]["severity"] == 0.5
        assert present["weak_12v"]["mode"] == "intermittent"
        cockpit.take_out("led_open")
        cockpit.take_out("all")
        assert cockpit.to_json()["pretend"]["faults"] == []
        assert keys(cockpit).count("fault_taken_out") == 2
        with pytest.raises(UserError, match="not in the car"):
            cockpit.take_out("jammed")

    seated(tmp_path, story)


def test_what_needs_a_car_that_stands_is_refused_on_the_road(tmp_path: Path) -> None:
    def story(cockpit: Cockpit) -> None:
        cockpit.inject("led_open")
        cockpit.move("drive", "city")
        assert refused(lambda: cockpit.do("replace_led")) == "refused.driving"
        assert refused(lambda: cockpit.reset("unit")) == "reset.refused.driving"
        assert refused(lambda: cockpit.service(on=True)) == "reset.refused.driving"

    def at_rest(cockpit: Cockpit) -> None:
        assert cockpit.do("replace_led").cured == ("led_open",)
        cockpit.reset("soft")
        assert cockpit.to_json()["pretend"]["head_unit"]["restarting"] is True
        cockpit.ignition(on=True)
        assert refused(lambda: cockpit.reset("hard")) == "reset.refused.ignition_on"
        assert {"car_drive", "car_park", "action_done", "soft_reset"} <= set(keys(cockpit))

    seated(tmp_path, story, at_rest=at_rest)


def test_an_old_head_unit_is_not_reset_by_a_press(tmp_path: Path) -> None:
    def at_rest(cockpit: Cockpit) -> None:
        assert refused(lambda: cockpit.reset("soft")) == "reset.refused.no_soft"

    seated(tmp_path, lambda _: None, at_rest=at_rest, family="E")


def test_lists_hold_what_this_family_can_have(tmp_path: Path) -> None:
    found: dict[str, set[str]] = {}

    def story(cockpit: Cockpit) -> None:
        known = cockpit.known()
        found[cockpit.to_json()["pretend"]["family"]] = {one["id"] for one in known["faults"]}
        assert "garage" in known["places"]
        assert known["actions"]

    seated(tmp_path / "e", story, family="E")
    seated(tmp_path / "g", story, family="G")
    assert "most_ring_broken" in found["E"] - found["G"]


def test_the_button_that_was_ordered_is_the_one_that_is_shown(tmp_path: Path) -> None:
    def story(cockpit: Cockpit) -> None:
        cockpit.button(down=True)
        cockpit.button(down=False)
        assert cockpit.to_json()["button"]["hold_s"] == 0.5

    seated(tmp_path, story, button=ButtonSettings(hold_s=0.5))


@pytest.mark.parametrize(("what", "word"), [("fly", "not 'fly'"), ("", "engine, drive")])
def test_a_car_does_not_do_everything(tmp_path: Path, what: str, word: str) -> None:
    def story(cockpit: Cockpit) -> None:
        with pytest.raises(UserError, match=word):
            cockpit.move(what)

    seated(tmp_path, story)
