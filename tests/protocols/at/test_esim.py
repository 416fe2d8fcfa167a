from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.at import Answered, Command, Failed, Final
from opensos.protocols.at.esim import profile_state, state_in
from opensos.sim.modem_radio import Card, ModemWorld
from tests.protocols.at.bench import Bench

OK = Final(ok=True, word="OK")


@pytest.mark.parametrize(
    ("digits", "state"),
    [
        ("BF2D08A006E3049F700101", "enabled"),
        ("BF2D08A006E3049F700100", "disabled"),
        ("BF2D0EA00CE3049F700100E3049F700101", "enabled"),
        ("BF2D02A000", "none"),
        ("BF2D8108A006E3049F700101", "enabled"),
        ("BF2D03810101", None),
        ("BF2E02A000", None),
        ("BF2D", None),
        ("", None),
        ("BF2D83000000", None),
    ],
)
def test_the_list_of_profiles_says_whether_one_is_enabled(digits: str, state: str | None) -> None:
    assert state_in(bytes.fromhex(digits)) == state


@pytest.mark.parametrize("state", ["enabled", "disabled", "none"])
def test_an_esim_is_asked_over_a_channel_that_is_closed_again(state: str) -> None:
    b = Bench(ModemWorld(card=Card(esim=state)))
    b.ready()
    assert ask(b) == state
    assert b.modem.heard[-1] == "AT+CCHC=1"
    assert sum(line.startswith("AT+CGLA") for line in b.modem.heard) == 2  # in two parts


def test_a_card_that_is_no_esim_says_nothing() -> None:
    b = Bench()
    b.ready()
    assert ask(b) is None
    assert not any(line.startswith("AT+CGLA") for line in b.modem.heard)


def ask(b: Bench) -> str | None:
    steps = profile_state()
    command = next(steps)
    try:
        while True:
            command = steps.send(b.answer(command))
    except StopIteration as end:
        result: str | None = end.value
        return result


@pytest.mark.parametrize(
    "line", ['+CGLA: 4,"6A88"', '+CGLA: 4,"xx"', "+CGLA: 2", '+CGLA: 2,"90"', "+CREG: 1"]
)
def test_an_answer_that_is_none_leaves_the_state_unknown_and_closes_the_channel(line: str) -> None:
    steps = profile_state()
    opened = next(steps)
    steps.send(Answered(1, opened, OK, ("+CCHO: 2",)))
    closing = steps.send(Answered(2, opened, OK, (line,)))
    assert closing.text == "AT+CCHC=2"
    with pytest.raises(StopIteration) as end:
        steps.send(Answered(3, closing, OK, ()))
    assert end.value.value is None


def test_a_card_that_never_ends_its_answer_is_left() -> None:
    steps = profile_state()
    command = next(steps)
    command = steps.send(Answered(1, command, OK, ("1",)))
    rounds = 0
    while command.text.startswith("AT+CGLA"):
        rounds += 1
        command = steps.send(Answered(1, command, OK, ('+CGLA: 8,"00006110"',)))
    assert rounds == 8


def test_a_silent_modem_ends_it() -> None:
    steps = profile_state()
    command = next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(Failed(1, Command(command.text), "timeout"))
    assert end.value.value is None


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    state_in(data)
    state_in(b"\xbf\x2d" + data)
