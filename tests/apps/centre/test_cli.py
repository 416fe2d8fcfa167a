from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from opensos.cli import main
from opensos.protocols.ngecall import events as ecall
from tests.apps.centre.process import centre_process
from tests.pretend_car import PretendCar

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def call(tmp_path: Path) -> str:
    """A database with one call in it; the name of its incident."""

    async def make() -> None:
        async with (
            centre_process("--data", str(tmp_path)) as centre,
            PretendCar(centre.address) as car,
        ):
            car.dial()
            await car.hear(ecall.Connected)
            async with httpx.AsyncClient() as web:
                link = await web.get(centre.link)
                assert link.status_code == 303
                answer = await web.get(f"{centre.url}/api/incidents")
                assert len(answer.json()["incidents"]) == 1
            # An orderly end: no traceback, exit code 0.
            centre.process.send_signal(signal.SIGTERM)
            assert await centre.process.wait() == 0
            assert centre.process.stderr is not None
            assert await centre.process.stderr.read() == b""

    asyncio.run(make())
    return str(tmp_path)


def test_incidents_are_listed_and_shown(call: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("centre", "incidents", "--data", call, "--json")
    (card,) = json.loads(capsys.readouterr().out)
    run("centre", "incidents", "--data", call)
    listed = capsys.readouterr().out
    assert "TEST" in listed
    assert card["vehicle"]["vin"] not in listed
    run("centre", "show", card["id"], "--data", call, "--json")
    shown = json.loads(capsys.readouterr().out)
    assert shown["card"]["id"] == card["id"]
    assert shown["timeline"][0]["kind"] == "incident.opened"
    run("centre", "show", card["id"], "--data", call)
    assert "call.answered" in capsys.readouterr().out
    assert run("centre", "show", "nothing", "--data", call) == 2
    assert "There is no incident" in capsys.readouterr().err


def test_a_new_sign_in_link_can_be_made_while_the_centre_runs(
    call: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("centre", "sign-in-link", "--data", call, "--web", "127.0.0.1:8113")
    link = capsys.readouterr().out.strip()
    assert re.fullmatch(r"http://127\.0\.0\.1:8113/sign-in\?token=[\w-]{40,}", link)


def test_a_database_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("centre", "incidents", "--data", str(tmp_path)) == 2
    assert "say where with --data" in capsys.readouterr().err


def test_a_port_in_use_says_which_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code = run("centre", "run", "--data", str(tmp_path), "--web", f"127.0.0.1:{port}")
    assert code == 6
    said = capsys.readouterr().err
    assert str(port) in said
    assert "--web" in said


def test_a_live_centre_is_unmistakable(tmp_path: Path) -> None:
    async def look() -> None:
        async with centre_process("--data", str(tmp_path), "--live") as centre:
            assert "LIVE" in centre.said
            assert "Test mode" not in centre.said

    asyncio.run(look())


def run(*arguments: str) -> int:
    """Run a command; return its exit code."""
    try:
        main(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    return 0
