"""``opensos car fault``, against a unit that runs in a pretend car."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.apps.vehicle.process import Running, opensos, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = """
[[fault]]
id = "speaker_open"

[[fault]]
id = "weak_12v"
mode = "intermittent"
severity = 0.5
"""


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("unit"), "--centre", "sip:127.0.0.1:9") as found:
        yield found


def present(unit: Running) -> dict[str, tuple[str, float]]:
    return {one["id"]: (one["mode"], one["severity"]) for one in unit.json("car", "fault", "list")}


def test_faults_go_in_by_name_are_listed_and_come_out(unit: Running) -> None:
    answer = unit.ask("car", "fault", "inject", "led_open", "backup_aged", "--severity", "0.5")
    assert (answer.returncode, answer.stdout) == (0, "Put in: led_open, backup_aged.\n")
    assert present(unit) == {"led_open": ("hard", 0.5), "backup_aged": ("hard", 0.5)}
    assert "SOS lamp: open circuit" in unit.ask("car", "fault", "list").stdout
    assert unit.json("car", "fault", "clear", "led_open") == {"ok": True}
    assert set(present(unit)) == {"backup_aged"}
    assert unit.ask("car", "fault", "clear", "all").stdout == "Taken out: all.\n"
    assert unit.ask("car", "fault", "list").stdout == "No fault is in the car.\n"


@pytest.mark.parametrize("by", ["file", "stdin"])
def test_faults_go_in_by_a_file_or_standard_input(unit: Running, tmp_path: Path, by: str) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(FILE)
    name, given = (str(path), None) if by == "file" else ("-", FILE)
    answer = unit.ask("car", "fault", "inject", "-f", name, "--json", given=given)
    assert (answer.returncode, answer.stdout) == (0, '{"ok": true, "count": 2}\n')
    assert present(unit) == {"speaker_open": ("hard", 1.0), "weak_12v": ("intermittent", 0.5)}
    unit.ask("car", "fault", "clear", "all")


def test_all_faults_of_this_family_are_listed(unit: Running) -> None:
    every = unit.json("car", "fault", "list", "--all")
    assert {"led_open", "jammed", "certificate_expired"} <= {one["id"] for one in every}
    assert "most_ring_broken" not in {one["id"] for one in every}, "an F or G has no ring"
    assert "Radio jammed" in unit.ask("car", "fault", "list", "--all").stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("inject", "meteor"), "meteor"),
        (("inject", "led_open", "--mode", "sometimes"), "sometimes"),
        (("clear", "jammed"), "not in the car"),
        (("inject",), "Name faults"),
        (("inject", "led_open", "-f", "x.toml"), "one of the two"),
        (("inject", "-f", "no-such.toml"), "no-such.toml"),
    ],
)
def test_what_cannot_be_is_one_clear_sentence(
    unit: Running, arguments: tuple[str, ...], word: str
) -> None:
    answer = unit.ask("car", "fault", *arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert word in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_file_that_is_too_long_is_refused(unit: Running, tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text("#" * 5000)
    assert "too long" in unit.ask("car", "fault", "inject", "-f", str(path)).stderr


def test_without_a_unit_the_sentence_says_how_to_start_one() -> None:
    answer = opensos("car", "fault", "list", "--url", "http://127.0.0.1:9")
    assert answer.returncode == 6
    assert "opensos vehicle run" in answer.stderr
