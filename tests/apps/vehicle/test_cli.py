"""The command line as a person types it: its own processes, its own ports, its own folders."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from opensos.apps.vehicle.tables import READINESS_EXIT
from opensos.edges.hsfz_asker import HsfzAsker
from tests.apps.vehicle.process import OPENSOS, PATIENCE_S, Running, opensos, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Port 9 of this machine: nobody listens there.
NOBODY = ("--centre", "sip:127.0.0.1:9")


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A unit that several tests look at; who calls or breaks takes one of its own."""
    with running(tmp_path_factory.mktemp("unit"), *NOBODY) as found:
        yield found


def test_a_unit_runs_is_pressed_and_asked_and_ends_at_ctrl_c(tmp_path: Path) -> None:
    with running(tmp_path, *NOBODY, "--cancel-window", "0", "--json") as unit:
        pressed = unit.ask("vehicle", "sos")
        assert (pressed.returncode, pressed.stdout) == (0, "SOS pressed, in test mode.\n")
        keys = unit.keys_until("not_reached")
        assert keys[:2] == ["sos_pressed", "dialling"]
        said = unit.json("vehicle", "status")
        assert said["mode"] == "test"
        assert said["state"] in {"dialling", "redial_wait"}
        plain = unit.ask("vehicle", "status").stdout
        assert "mode      test" in plain
        assert "attempt" in plain
        again = unit.ask("vehicle", "sos", "--test")
        assert again.returncode == 2
        assert "nothing else is under way" in again.stderr
        refused = unit.ask("vehicle", "reset", "unit")
        assert (refused.returncode, refused.stdout) == (2, "")
        assert refused.stderr.startswith("opensos: Not ")
    assert (tmp_path / "journal.log").stat().st_size > 0


def test_a_unit_that_was_killed_in_a_call_redials_when_it_runs_again(tmp_path: Path) -> None:
    arguments = (*NOBODY, "--cancel-window", "0", "--json")
    command = [*OPENSOS, "vehicle", "run", "--port", "0", "--journal", str(tmp_path), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        unit = Running(process)
        unit.ask("vehicle", "sos")
        unit.keys_until("dialling")
        process.kill()
    with running(tmp_path, *arguments) as again:
        assert "restarted" in again.keys_until("redial_planned")


def test_a_test_call_is_said_to_be_one(tmp_path: Path) -> None:
    with running(tmp_path, *NOBODY) as unit:
        assert unit.ask("vehicle", "sos", "--test", "--json").stdout == '{"ok": true}\n'
        lines = [unit.out.get(timeout=PATIENCE_S)]
        while "Test call started" not in lines[-1]:
            lines.append(unit.out.get(timeout=PATIENCE_S))


def test_the_self_test_prints_every_part_and_ends_with_the_readiness_as_its_exit_code(
    tmp_path: Path,
) -> None:
    with running(tmp_path, *NOBODY) as unit:
        unit.ask("car", "fault", "inject", "led_open")
        answer = unit.ask("vehicle", "selftest")
        assert answer.returncode == 3, answer.stdout
        assert "Microphone" in answer.stdout
        assert "✓ passed" in answer.stdout
        assert "tests are done" in answer.stderr
        assert "\x1b[" not in answer.stdout, "NO_COLOR"
        found = unit.json("vehicle", "status")
        assert found["readiness"]["state"] == "limited"
        failed = [one for one in found["self_test"]["results"] if one["outcome"] == "failed"]
        assert [one["component"] for one in failed] == ["led"]
        plain = unit.ask("vehicle", "status").stdout
        assert "readiness Limited" in plain
        assert "SOS lamp: open circuit" in plain


def test_readiness_decides_the_exit_code_of_a_self_test() -> None:
    assert READINESS_EXIT == {"ready": 0, "limited": 3}


def test_parts_tells_unknown_from_zero(unit: Running) -> None:
    found = unit.json("vehicle", "parts")
    assert found["supply"]["main_v"] > 9
    plain = unit.ask("vehicle", "parts").stdout
    assert "main v" in plain
    assert "None" not in plain


def test_service_mode_and_resets_are_for_a_car_that_stands(tmp_path: Path) -> None:
    with running(tmp_path, *NOBODY, "--json") as unit:
        refused = unit.ask("vehicle", "service", "on")
        assert refused.returncode == 2
        assert "driving" in refused.stderr
        unit.json("car", "move", "park")
        assert "calls nobody" in unit.ask("vehicle", "service", "on").stdout
        assert unit.json("vehicle", "status")["service"]["active"] is True
        assert unit.ask("vehicle", "service", "off").stdout == "Service mode is over.\n"
        assert unit.json("vehicle", "clear") == {"ok": True}
        assert unit.ask("vehicle", "reset", "soft").stdout == "The head unit restarts.\n"
        assert unit.ask("vehicle", "reset", "unit").stdout == "The unit restarts.\n"
        assert "reset" in unit.keys_until("reset")
        unit.json("car", "ignition", "on")
        refused = unit.ask("vehicle", "reset", "hard", "--minutes", "5")
        assert refused.returncode == 2
        assert "ignition must be off" in refused.stderr


def test_a_tester_finds_the_car_by_the_diagnostic_socket(tmp_path: Path) -> None:
    ports = ("--hsfz-port", "0", "--hsfz-udp-port", "0", "--doip-port", "0")
    with running(tmp_path, *NOBODY, "--diag", *ports) as unit:
        said = [unit.err.get(timeout=PATIENCE_S) for _ in range(2)]
        hsfz = next(one.split("hsfz://", 1)[1] for one in said if "hsfz://" in one)
        assert any("doip://" in one for one in said)
        host, port = hsfz.rsplit(":", 1)
        asker = HsfzAsker(host, int(port))
        try:
            assert asker.ask(0x61, b"\x3e\x00")[-1].data == b"\x7e\x00"
        finally:
            asker.close()


def test_an_sos_that_no_call_carries_goes_out_as_data(tmp_path: Path) -> None:
    data = ("--data-url", "http://127.0.0.1:9", "--cancel-window", "0", "--json")
    with running(tmp_path, *NOBODY, *data) as unit:
        unit.ask("vehicle", "sos")
        assert "data_begun" in unit.keys_until("data_offer")


def test_how_long_sos_is_held_is_an_option(tmp_path: Path) -> None:
    with running(tmp_path, *NOBODY, "--hold", "2.5") as unit:
        assert unit.json("vehicle", "status")["button"]["hold_s"] == 2.5


def test_live_is_refused_together_with_the_pretend_car() -> None:
    answer = opensos("vehicle", "run", "--live")
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert "pretend" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("run", "--centre", "tel:112"), 2, "SIP address"),
        (("run", "--centre", "sip:["), 2, "SIP address"),
        (("run", "--vin", "SHORT"), 2, "VIN"),
        (("run", "--data-url", "ftp://127.0.0.1"), 2, "way for data"),
        (("run", "--data-url", "http://centre.example"), 2, "encrypted"),
        (("run", "--data-url", "mqtt://centre.example"), 2, "encrypted"),
        (("run", "--board", "no-such.toml", "--diag"), 2, "no board's file"),
        (("run", "--board", "no-such.toml", "--live"), 2, "TLS"),
        (("run", "--diag-can", "socketcan:can1"), 2, "add --diag"),
        (("run", "--hsfz-port", "0"), 2, "add --diag"),
        (("run", "--ca", "/nowhere"), 2, "nothing here goes by TLS"),
        (("run", "--transport", "tls", "--ca", "/nowhere"), 2, "No such file or directory."),
        (("run", "--workshop-key", "no-such.key"), 2, "add --diag"),
        (("status", "--url", "file:///etc/passwd"), 2, "address"),
        (("status", "--url", "http://127.0.0.1:9"), 6, "No unit answers"),
        (("selftest", "--url", "http://127.0.0.1:9"), 6, "No unit answers"),
        (("sos", "--url", "http://127.0.0.1:9"), 6, "No unit answers"),
    ],
)
def test_what_cannot_be_is_one_clear_sentence(
    arguments: tuple[str, ...], code: int, word: str
) -> None:
    answer = opensos("vehicle", *arguments)
    assert (answer.returncode, answer.stdout) == (code, "")
    assert word in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_port_in_use_is_one_clear_sentence(unit: Running, tmp_path: Path) -> None:
    port = unit.url.rsplit(":", 1)[1]
    answer = opensos("vehicle", "run", "--port", port, "--journal", str(tmp_path))
    assert answer.returncode == 6
    assert "in use" in answer.stderr
