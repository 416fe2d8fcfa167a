"""The command line as a person types it: its own processes, its own ports, its own folders."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 30.0
OPENSOS = (sys.executable, "-m", "opensos", "vehicle")


def opensos(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*OPENSOS, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


class Running:
    """A unit in a process of its own; ``out`` and ``err`` give its lines as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out: queue.Queue[str] = queue.Queue()
        self.err: queue.Queue[str] = queue.Queue()
        for stream, lines in ((process.stdout, self.out), (process.stderr, self.err)):
            threading.Thread(target=self._read, args=(stream, lines), daemon=True).start()
        first = self.err.get(timeout=PATIENCE_S)
        assert "http://" in first, first
        self.url = "http://" + first.split("http://", 1)[1].split("/car", 1)[0]

    @staticmethod
    def _read(stream: Any, lines: queue.Queue[str]) -> None:
        for line in stream:
            lines.put(line.rstrip("\n"))


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Running]:
    command = [*OPENSOS, "run", "--port", "0", "--journal", str(folder), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        try:
            yield Running(process)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0


def test_a_unit_runs_is_pressed_and_asked_and_ends_at_ctrl_c(tmp_path: Path) -> None:
    # Port 9 of this machine: nobody listens there.
    arguments = ("--centre", "sip:127.0.0.1:9", "--cancel-window", "0", "--json")
    with running(tmp_path, *arguments) as unit:
        pressed = opensos("sos", "--url", unit.url)
        assert (pressed.returncode, pressed.stdout) == (0, "SOS pressed, in test mode.\n")
        keys = [json.loads(unit.out.get(timeout=PATIENCE_S))["text_key"] for _ in range(3)]
        assert keys == ["sos_pressed", "dialling", "not_reached"]
        said = json.loads(opensos("status", "--json", "--url", unit.url).stdout)
        assert said["mode"] == "test"
        assert said["state"] in {"dialling", "redial_wait"}
        plain = opensos("status", "--url", unit.url).stdout
        assert "mode      test" in plain
        assert "attempt" in plain
        again = opensos("sos", "--test", "--url", unit.url)
        assert again.returncode == 2
        assert "nothing else is under way" in again.stderr
    assert (tmp_path / "journal.log").stat().st_size > 0


def test_a_unit_that_was_killed_in_a_call_redials_when_it_runs_again(tmp_path: Path) -> None:
    arguments = ("--centre", "sip:127.0.0.1:9", "--cancel-window", "0", "--json")
    command = [*OPENSOS, "run", "--port", "0", "--journal", str(tmp_path), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        unit = Running(process)
        opensos("sos", "--url", unit.url)
        unit.out.get(timeout=PATIENCE_S)
        process.kill()
    with running(tmp_path, *arguments) as again:
        keys = [json.loads(again.out.get(timeout=PATIENCE_S))["text_key"] for _ in range(2)]
        assert keys == ["restarted", "redial_planned"]


def test_a_test_call_is_said_to_be_one(tmp_path: Path) -> None:
    with running(tmp_path, "--centre", "sip:127.0.0.1:9") as unit:
        assert opensos("sos", "--test", "--json", "--url", unit.url).stdout == '{"ok": true}\n'
        assert "Test call started" in unit.out.get(timeout=PATIENCE_S)


def test_live_is_refused_together_with_the_pretend_car() -> None:
    answer = opensos("run", "--live")
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert "pretend" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("run", "--centre", "tel:112"), 2, "SIP address"),
        (("run", "--centre", "sip:["), 2, "SIP address"),
        (("run", "--vin", "SHORT"), 2, "VIN"),
        (("status", "--url", "file:///etc/passwd"), 2, "address"),
        (("status", "--url", "http://127.0.0.1:9"), 6, "No unit answers"),
        (("sos", "--url", "http://127.0.0.1:9"), 6, "No unit answers"),
    ],
)
def test_what_cannot_be_is_one_clear_sentence(
    arguments: tuple[str, ...], code: int, word: str
) -> None:
    answer = opensos(*arguments)
    assert (answer.returncode, answer.stdout) == (code, "")
    assert word in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    with running(tmp_path / "a", "--centre", "sip:127.0.0.1:9") as unit:
        port = unit.url.rsplit(":", 1)[1]
        answer = opensos("run", "--port", port, "--journal", str(tmp_path / "b"))
        assert answer.returncode == 6
        assert "in use" in answer.stderr
