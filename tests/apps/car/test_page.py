"""``opensos car do|move|ignition|status``, against a unit that runs in a pretend car."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.apps.vehicle.process import Running, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("unit"), "--centre", "sip:127.0.0.1:9") as found:
        yield found


def test_an_action_says_what_it_did_and_needs_a_car_that_stands(unit: Running) -> None:
    unit.ask("car", "fault", "inject", "led_open")
    unit.ask("car", "move", "drive", "--place", "city")
    refused = unit.ask("car", "do", "replace_led")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Not while" in refused.stderr
    assert unit.ask("car", "move", "park", "--place", "garage").stdout == "Done: park, garage.\n"
    done = unit.ask("car", "do", "replace_led").stdout
    assert "It helped" in done
    assert "Cured: led_open." in done
    again = unit.json("car", "do", "replace_led")
    assert (again["text_key"], again["cured"]) == ("done.no_change", [])


def test_actions_are_listed_for_people_and_programs(unit: Running) -> None:
    names = {one["id"] for one in unit.json("car", "do")}
    assert {"wait", "replace_backup_battery", "dry_fin"} <= names
    assert "Replace the backup battery" in unit.ask("car", "do").stdout


def test_the_car_is_moved_and_says_how_it_is(unit: Running) -> None:
    unit.ask("car", "move", "park")
    assert unit.ask("car", "ignition", "on").stdout == "Ignition on.\n"
    plain = unit.ask("car", "status").stdout
    assert "ignition  on" in plain
    assert "power     main" in plain
    unit.json("car", "move", "engine")
    trip = unit.json("car", "status")["trip"]
    assert (trip["engine_running"], trip["place"]) == (True, "street")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("do", "pray"), "pray"), (("move", "park", "--place", "moon"), "moon")],
)
def test_what_cannot_be_is_one_clear_sentence(
    unit: Running, arguments: tuple[str, ...], word: str
) -> None:
    answer = unit.ask("car", *arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert word in answer.stderr
