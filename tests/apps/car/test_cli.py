"""``opensos car``: asking, recording and playing, as a person and as a program use it."""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from opensos.apps.car.cli import app
from opensos.apps.car.sources import HsfzSource
from opensos.edges.hsfz_asker import HsfzAsker
from opensos.protocols.effects import RemoteError, RoadError, UserError
from opensos.sim.recording import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def run(*words: str, text: str | None = None) -> str:
    done = CliRunner().invoke(app, list(words), input=text, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "car.jsonl"
    run("record", str(path), "--fault", "backup_end_of_life", "--note", "before the repair")
    return path


def codes(*words: str) -> dict[str, list[str] | None]:
    rows: list[dict[str, Any]] = json.loads(run("units", "--json", *words))
    return {row["address"]: row["codes"] for row in rows}


def test_a_healthy_pretend_car_has_units_and_no_codes() -> None:
    found = codes()
    assert {"10", "40", "60", "61", "63"} <= set(found)
    assert all(stored == [] for stored in found.values())
    assert "61  " in run("units")


def test_a_dead_bus_shows_as_no_answer_and_in_the_neighbours() -> None:
    found = codes("--fault", "bus_off")
    assert found["61"] is None
    assert (found["60"], found["40"]) == (["E114C8"], ["D916C3"])
    assert "61  no answer" in run("units", "--fault", "bus_off")


def test_a_recording_answers_as_the_car_did_and_hides_who_it_is(recorded: Path) -> None:
    imported = load(recorded.read_bytes())
    assert imported.warnings == ()
    assert imported.recording.note == "before the repair"
    assert imported.recording.generation == "g"
    found = codes("--recording", str(recorded))
    assert found == codes("--fault", "backup_end_of_life")
    vin = json.loads(run("ask", "10", "22F190", "--recording", str(recorded), "--json"))
    assert bytes.fromhex(vin["answers"][0]["data"])[3:] == b"ZZ9***********001"
    assert b"TESTS" not in recorded.read_bytes()
    assert b"ZZ9TESTS6RA000001".hex().upper().encode() not in recorded.read_bytes()


def test_a_recording_can_be_recorded_again(recorded: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.jsonl"
    told = json.loads(run("record", str(again), "--recording", str(recorded), "--json"))
    first = load(recorded.read_bytes()).recording
    assert told["exchanges"] == len(first.exchanges)
    second = load(again.read_bytes()).recording
    assert [(e.request, [r.data for r in e.answers]) for e in second.exchanges] == [
        (e.request, [r.data for r in e.answers]) for e in first.exchanges
    ]


def test_a_recording_comes_from_standard_input_and_its_bad_lines_are_said(recorded: Path) -> None:
    text = recorded.read_text() + "rubbish\n"
    done = CliRunner().invoke(app, ["ask", "61", "22D029", "--recording", "-"], input=text)
    assert done.exit_code == 0
    assert "is left out" in done.stderr
    assert done.stdout.startswith("61  62D029")


def test_an_answer_is_shown_with_its_reason_and_hidden_identifiers() -> None:
    assert "request out of range" in run("ask", "61", "22FFFF")
    assert run("ask", "99", "22F101").strip() == "no answer"
    assert "54455354" not in run("ask", "10", "22F190")
    assert len(run("ask", "DF", "22F150").splitlines()) == 8


@pytest.mark.parametrize("request_hex", ["3101A079", "2ED34D01"])
def test_what_may_never_be_sent_is_refused_before_anybody_is_asked(request_hex: str) -> None:
    with pytest.raises(UserError, match="never sent"):
        run("ask", "61", request_hex)
    with pytest.raises(UserError, match="airbag"):
        run("ask", "DF", "14FFFFFF")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ask", "6x", "22F101"], "no address"),
        (["ask", "161", "22F101"], "no address"),
        (["ask", "61", "hello"], "no request"),
        (["ask", "61", ""], "no request"),
        (["units", "--generation", "q"], "generation"),
        (["units", "--fault", "nonsense"], "no fault"),
        (["units", "--recording", "nowhere.jsonl"], "no file"),
        (["units", "--recording", "x", "--url", "hsfz://127.0.0.1"], "not both"),
        (["units", "--fault", "bus_off", "--url", "hsfz://127.0.0.1"], "pretend car"),
        (["units", "--url", "http://127.0.0.1:6801"], "no address of a gateway"),
        (["units", "--url", "hsfz://127.0.0.1:99999"], "no address of a gateway"),
        (["units", "--url", "hsfz://169.254.1.2:6801"], "not this machine"),
    ],
)
def test_a_wrong_word_is_answered_with_a_sentence(words: list[str], says: str) -> None:
    with pytest.raises(UserError, match=says):
        run(*words)


def test_a_recording_without_units_cannot_be_played(tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_text('{"format": "opensos-recording", "version": 1}\n')
    with pytest.raises(UserError, match="no unit"):
        run("play", str(path))


# --- over HSFZ and DoIP --------------------------------------------------------------------------


@contextmanager
def playing(path: Path) -> Iterator[dict[str, Any]]:
    """Start ``opensos car play`` on free ports and say where it listens."""
    command = [sys.executable, "-m", "opensos", "car", "play", str(path), "--json", "--speed", "0"]
    with subprocess.Popen(
        [*command, "--hsfz-port", "0", "--doip-port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            assert process.stdout is not None
            ready, _, _ = select.select([process.stdout], [], [], 30)
            assert ready, "it did not say where it listens"
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)


def port(url: str) -> int:
    return int(url.rpartition(":")[2])


def test_a_played_recording_is_read_over_hsfz_like_the_car_itself(recorded: Path) -> None:
    with playing(recorded) as where:
        found = codes("--url", where["hsfz"])
        wanted = codes("--recording", str(recorded))
        assert {a: c for a, c in found.items() if c is not None} == wanted
        source = HsfzSource(where["hsfz"], lambda: 0.0)
        everyone = source.ask(0xDF, bytes.fromhex("3E00"))
        assert [reply.source for reply in everyone] == sorted(int(u, 16) for u in where["units"])
        assert source.ask(0x99, b"\x3e\x00") == []  # the gateway refuses the address
        source.close()


def test_scapy_reads_a_played_recording(recorded: Path) -> None:
    from scapy.config import conf  # noqa: PLC0415  heavy, for this test alone

    conf.ipv6_enabled = False
    from scapy.contrib.automotive.bmw.hsfz import HSFZSocket, UDS_HSFZSocket  # noqa: PLC0415
    from scapy.contrib.automotive.uds import UDS  # noqa: PLC0415

    with playing(recorded) as where:
        assert HSFZSocket is not None
        with UDS_HSFZSocket(0xF4, 0x61, "127.0.0.1", port(where["hsfz"])) as socket:
            answer = socket.sr1(UDS(bytes.fromhex("19020C")), timeout=5, verbose=False)
    assert answer is not None
    assert bytes(answer)[:2] == b"\x59\x02"
    assert bytes.fromhex("B7F341") in bytes(answer)


def test_doipclient_reads_a_played_recording(recorded: Path) -> None:
    doip: Any = importlib.import_module("doipclient")
    with playing(recorded) as where:
        client = doip.DoIPClient(
            "127.0.0.1", 0x61, tcp_port=port(where["doip"]), client_logical_address=0x0EF3
        )
        client.send_diagnostic(bytes.fromhex("22D029"))
        answer = client.receive_diagnostic(timeout=5)
        client.close()
    assert bytes(answer[:3]) == b"\x62\xd0\x29"


def test_nobody_listening_and_a_gateway_that_hangs_up_are_told_apart(recorded: Path) -> None:
    with pytest.raises(RoadError, match="No gateway"):
        HsfzAsker("127.0.0.1", 1)
    with playing(recorded) as where:
        asker = HsfzAsker("127.0.0.1", port(where["hsfz"]))
        with pytest.raises(RemoteError, match="no such unit"):
            asker.ask(0x99, b"\x3e\x00")
    with asker, pytest.raises(RoadError, match=r"hung up|gone"):
        asker.ask(0x61, b"\x3e\x00")
