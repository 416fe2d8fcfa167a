from __future__ import annotations

import pytest

from opensos.protocols.at import PROFILES, Command, may_call_for_help
from opensos.protocols.at.procedures import SETUP

DANGEROUS = [
    "AT+CECALL=1",
    "AT+CECALL=2",
    "AT+CECALL=3",
    "at+cecall=2",
    "AT+CECALL = 3",
    "AT+CECALL=0;+CECALL=3",
    "AT+CMEE=1;+CECALL=2",
    "AT+CECALL=00",
    "AT+CECALL",
    "ATD112;",
    "ATD 112;",
    "ATDL",
    "ATE0D112;",
    "AT&F0D112",
    "AT+CMEE=1;D112;",
    "AT+CECALLS=112,0",
    "AT+QECALL=1,2",
    'AT+QECALL="MSD","00";D112;',
    "AT#ECALL=1",
    "AT+UECALLDATA=1;+CECALL=2",
]
HARMLESS = [
    "AT",
    "ATE0V1Q0",
    "AT&D2",
    "ATA",
    "ATH",
    "AT+CHUP",
    "AT+CECALL=0",
    "at+cecall=0",
    "AT+CECALL=?",
    "AT+CECALL?",
    'AT+CGDCONT=1,"IP","d112"',
    'AT^SIND="ecallda",1',
    'AT^SCFG="Call/Ecall/Msd","0102"',
    "AT#ECALLURC=2",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_could_call_for_help_is_recognised(text: str) -> None:
    assert may_call_for_help(Command(text))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_cannot_call_is_let_through(text: str) -> None:
    assert not may_call_for_help(Command(text))


def test_nothing_that_we_send_to_set_up_or_to_set_an_msd_is_forbidden() -> None:
    for profile in PROFILES.values():
        commands = [Command(text) for text in (*SETUP, *profile.setup, *profile.iccid)]
        commands += profile.pin_commands(3, 1)
        if profile.msd is not None:
            commands.append(profile.msd.fill(bytes(140)))
        assert [c.text for c in commands if may_call_for_help(c)] == []


def test_a_command_ends_with_one_carriage_return_and_holds_no_other_signs() -> None:
    assert Command("AT+CSQ").wire == b"AT+CSQ\r"
    assert Command("ATé").wire == b"AT?\r"
