from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.at import PROFILES, CallState, News
from opensos.sim.modem import PretendModem
from opensos.sim.modem_pty import PtyModem
from opensos.sim.modem_radio import Card, Identity, Ills, ModemWorld, Psap, Radio
from tests.promises.modem import eventually

if TYPE_CHECKING:
    from pathlib import Path


class Terminal:
    """A person at the modem's serial line."""

    def __init__(self, world: ModemWorld | None = None) -> None:
        self.said = bytearray()
        self.modem = PretendModem(self.said.extend, world)

    def type(self, line: str) -> str:
        """Type one line and return all that is said to it."""
        self.said.clear()
        self.modem.receive(line.encode() + b"\r")
        return self.said.decode("latin-1")


def test_a_modem_echoes_until_it_is_told_not_to() -> None:
    t = Terminal()
    assert t.type("AT") == "AT\r\r\nOK\r\n"
    assert t.type("ATE0") == "ATE0\r\r\nOK\r\n"
    assert t.type("AT+CGMM") == "\r\nPRETEND-1\r\n\r\nOK\r\n"
    t.modem.world.ills.echo = True
    assert t.type("AT").startswith("AT\r")


def test_results_are_words_or_numbers() -> None:
    t = Terminal()
    assert t.type("ATE0V0").endswith("\r\n0\r\n")
    assert t.type("AT+WHAT").endswith("\r\n4\r\n")
    assert t.type("ATV1").endswith("\r\nOK\r\n")


def test_errors_of_the_card_are_numbers_only_where_they_were_asked_for() -> None:
    t = Terminal(ModemWorld(card=Card(state="absent")))
    t.type("ATE0")
    assert "+CME ERROR: SIM not inserted" in t.type("AT+CPIN?")
    t.type("AT+CMEE=1")
    assert "+CME ERROR: 10" in t.type("AT+CPIN?")


def test_what_is_no_command_is_not_answered() -> None:
    t = Terminal()
    t.type("ATE0")
    assert t.type("hello") == ""
    assert t.modem.heard == ["ATE0"]


@pytest.mark.parametrize("maker", [name for name, p in PROFILES.items() if p.msd is not None])
def test_every_maker_takes_an_msd_in_its_own_form_and_refuses_what_is_none(maker: str) -> None:
    t = Terminal(ModemWorld(identity=Identity(maker=maker)))
    form = PROFILES[maker].msd
    assert form is not None
    for msd, taken in ((b"\x02\x04", True), (bytes(141), False)):
        command = form.fill(msd)
        said = t.type(command.text)
        if command.payload is not None:
            assert said.endswith("\r\n> ")
            t.said.clear()
            t.modem.receive(command.payload + b"\x1a")
            said = t.said.decode()
        assert said.endswith("OK\r\n" if taken else "ERROR\r\n")
    assert t.modem.msds == [b"\x02\x04"]


def test_a_prompt_is_left_by_escape_without_taking_anything() -> None:
    t = Terminal(ModemWorld(identity=Identity(maker="telit")))
    t.type("AT#MSDSEND")
    t.modem.receive(b"0204\x1b")
    assert t.modem.msds == []
    assert t.type("AT").endswith("OK\r\n")


def test_a_call_goes_its_whole_way() -> None:
    t = Terminal(ModemWorld(identity=Identity(maker="telit")))
    t.type("ATE0")
    said = t.type("AT+CECALL=0")
    words = re.findall(r"[^\r\n]+", said)
    assert words == ["OK", "RINGING", "CONNECTED", "#ECALLEV: 0", "#ECALLEV: 1", "#ECALLEV: 2"]
    assert "+CLCC: 1,0,0,0,0" in t.type("AT+CLCC")
    assert t.type("AT+CECALL=0").strip() == "NO CARRIER"  # one call at a time
    t.said.clear()
    t.modem.clear_down()
    assert "#ECALLEV: 2,1" in t.said.decode()
    assert t.type("AT+CLCC").strip() == "OK"
    assert "normal call clearing" in t.type("AT+CEER")
    assert t.modem.placed == [0]


@pytest.mark.parametrize(
    ("does", "word"), [("busy", "BUSY"), ("no_answer", "NO ANSWER"), ("no_carrier", "NO CARRIER")]
)
def test_a_centre_that_does_not_answer_says_why(does: str, word: str) -> None:
    t = Terminal(ModemWorld(psap=Psap(does=does)))
    assert word in t.type("AT+CECALL=0")
    assert t.modem.call is None


def test_without_a_network_or_without_the_command_there_is_no_call() -> None:
    assert "NO CARRIER" in Terminal(ModemWorld(radio=Radio(stat=0))).type("AT+CECALL=0")
    assert "ERROR" in Terminal(ModemWorld(ills=Ills(no_ecall=True))).type("AT+CECALL=0")


def test_a_lost_call_is_redialled_by_a_modem_that_does_so_until_it_is_hung_up() -> None:
    t = Terminal(ModemWorld(ills=Ills(redials=1)))
    t.type("AT+CECALL=0")
    states = []
    for _ in range(2):
        t.modem.drop()
        states.append(t.modem.call.state if t.modem.call is not None else None)
    assert states == [CallState.DIALLING, None]
    assert t.modem.placed == [0, 0]


def test_somebody_calls_and_is_answered_or_gives_up() -> None:
    t = Terminal()
    t.modem.ring()
    assert "RING" in t.said.decode()
    assert t.type("ATA").endswith("OK\r\n")
    assert t.modem.call is not None
    assert t.modem.call.state is CallState.ACTIVE
    t.type("AT+CHUP")
    assert t.type("ATA").strip().endswith("NO CARRIER")
    t.modem.ring()
    t.modem.stop_ringing()
    assert t.modem.call is None


def test_a_change_of_the_radio_is_told_unasked() -> None:
    t = Terminal(ModemWorld(identity=Identity(maker="telit")))
    t.modem.world.radio = Radio(stat=5, act=0, circuit=False, ims_emergency=False, jammed=True)
    t.modem.changed()
    assert re.findall(r"[^\r\n]+", t.said.decode()) == [
        '+CEREG: 5,"00A1","01B2C3D4",0',
        "+CREG: 0",
        "+CNEMS1: 0",
        "+CIREPI: 1",
        "#JDR: JAMMED",
    ]


def test_a_hung_modem_says_nothing_at_all() -> None:
    t = Terminal(ModemWorld(ills=Ills(hung=True)))
    assert t.type("AT") == ""
    t.modem.news("RING")
    t.modem.tell(News.RINGING)
    assert t.said == b""


def test_a_maker_without_words_for_something_says_nothing() -> None:
    t = Terminal()
    t.modem.tell(News.MSD_RECEIVED)
    assert t.said == b""


@given(st.lists(st.binary(max_size=60), max_size=6), st.sampled_from(list(PROFILES)))
def test_no_bytes_break_the_modem(chunks: list[bytes], maker: str) -> None:
    t = Terminal(ModemWorld(identity=Identity(maker=maker)))
    for chunk in chunks:
        t.modem.receive(chunk)
    t.modem.receive(b"\x1b\rATE0V1\r")
    assert t.said.endswith(b"OK\r\n")


def test_a_modem_on_a_pseudo_terminal_is_opened_by_its_name_and_unplugged(tmp_path: Path) -> None:
    async def story() -> None:
        pty = PtyModem(link=tmp_path / "modem")
        for _ in range(2):
            path = pty.plug_in()
            assert path == str(tmp_path / "modem")
            fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            os.write(fd, b"ATE0\r")
            await eventually(lambda: pty.modem.heard == ["ATE0"])
            assert os.read(fd, 100) == b"ATE0\r\r\nOK\r\n"
            pty.unplug()
            pty.unplug()
            pty.noise(b"nobody hears this")
            assert os.read(fd, 100) == b""
            os.close(fd)
            pty.modem.heard.clear()
        assert not (tmp_path / "modem").is_symlink()

    asyncio.run(story())


def test_a_modem_that_nobody_reads_does_not_block(tmp_path: Path) -> None:
    async def story() -> None:
        pty = PtyModem()
        pty.plug_in()
        for _ in range(100):
            pty.noise(b"x" * 4096)
        pty.unplug()

    asyncio.run(story())
