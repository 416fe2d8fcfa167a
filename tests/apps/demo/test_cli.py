"""The demo as a person runs it: a process, its output, its exit code."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.shared import SHARED, needs_vectors

if TYPE_CHECKING:
    from pathlib import Path

DEMO = [sys.executable, "-m", "opensos", "demo"]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DEMO, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_one_crash_without_a_browser_prints_its_timeline_and_succeeds() -> None:
    done = _run("--scenario", "barrier", "--exit")
    assert done.returncode == 0, done.stderr
    assert "whole exchange was seen from both sides" in done.stderr
    assert "Crash detected" in done.stdout
    assert "Traceback" not in done.stderr
    times = [float(match) for match in re.findall(r"^\s+\+(\d+\.\d+) s", done.stdout, re.MULTILINE)]
    assert times == sorted(times)
    assert len(times) >= 12


def test_the_timeline_is_there_for_programs_too() -> None:
    done = _run("--scenario", "sos", "--exit", "--json")
    assert done.returncode == 0, done.stderr
    moments = [json.loads(line) for line in done.stdout.splitlines()]
    assert {m["side"] for m in moments} == {"car", "centre"}


@needs_vectors
def test_a_recorded_crash_tells_its_trigger_time_and_direction() -> None:
    done = _run("--pulse", str(SHARED / "vectors" / "crash" / "v10146.093"), "--exit")
    assert done.returncode == 0, done.stderr
    found = re.search(r"Trigger \(delta_v\) at (\d+\.\d) ms", done.stderr)
    assert found
    assert float(found.group(1)) == pytest.approx(23, abs=1)
    assert "force from the front" in done.stderr


def test_a_csv_pulse_that_is_too_weak_says_so_and_fails(tmp_path: Path) -> None:
    weak = tmp_path / "weak.csv"
    rows = [f"{n / 1000:.3f},{-1.0 if n > 50 else 0.0},0" for n in range(300)]
    weak.write_text("t (s),ax (g),ay (g)\n" + "\n".join(rows) + "\n")
    done = _run("--pulse", str(weak), "--exit")
    assert done.returncode == 6
    assert "No trigger" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--scenario", "meteor", "--exit"), "no scenario 'meteor'"),
        (("--pulse", "/no/such/file", "--exit"), "no file"),
    ],
)
def test_a_wrong_wish_is_answered_in_one_sentence(
    arguments: tuple[str, ...], sentence: str
) -> None:
    done = _run(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_page_port_in_use_is_said_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = _run("--port", str(taken.getsockname()[1]))
    assert done.returncode == 6
    assert "choose another" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_browser_demo_says_where_to_look_serves_and_ends_on_ctrl_c() -> None:
    with subprocess.Popen(
        [*DEMO, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            url = _url_of(process)
            assert httpx.get(f"{url}/car").status_code == 200
            assert httpx.get(f"{url}/healthz").json()["mode"] == "test"
            process.send_signal(signal.SIGINT)
            assert process.wait(15) == 0
            assert process.stderr is not None
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()


def _url_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
        if found:
            return found.group()
    raise AssertionError("the demo did not say where to look")


def test_a_recording_that_begins_inside_the_crash_is_announced_as_one(tmp_path: Path) -> None:
    hard = tmp_path / "hard.csv"
    hard.write_text(
        "t (s),ax (g),ay (g)\n" + "".join(f"{n / 1000:.3f},0,-25\n" for n in range(200))
    )
    done = _run("--pulse", str(hard), "--exit")
    assert done.returncode == 0, done.stderr
    assert "No trigger" not in done.stderr
    assert "force from the right" in done.stderr


def test_a_recording_and_a_scenario_at_once_are_refused() -> None:
    done = _run("--pulse", "x.csv", "--scenario", "side", "--exit")
    assert done.returncode == 2
    assert "either" in done.stderr
