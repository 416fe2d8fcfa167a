from __future__ import annotations

import pytest

from opensos.protocols.at import (
    CTRL_Z,
    ESC,
    PROBE,
    Answered,
    Command,
    Failed,
    Final,
    Limits,
    Noise,
    Ready,
    Silent,
    Unasked,
)
from opensos.protocols.effects import LocalError
from opensos.sim.modem_radio import Identity, Ills, ModemWorld
from tests.protocols.at.bench import Bench

CSQ = Command("AT+CSQ", "+CSQ:")
CREG = Command("AT+CREG?", "+CREG:")
OK = Final(ok=True, word="OK")


def bench(**ills: object) -> Bench:
    made = Bench(ModemWorld(identity=Identity(maker="telit"), ills=Ills(**ills)))  # type: ignore[arg-type]
    made.ready()
    made.told.clear()
    made.sent.clear()
    return made


def quiet() -> Bench:
    """A dialogue that is ready, with nobody at the other end."""
    made = bench()
    made.deaf = True
    return made


def test_a_command_is_answered_with_its_lines_and_result() -> None:
    b = bench()
    assert b.answer(CSQ) == Answered(2 - 1, CSQ, OK, ("+CSQ: 14,99",))
    assert b.told == [b.reply(1)]


def test_one_command_is_out_at_a_time_and_the_others_follow_in_order() -> None:
    b = quiet()
    first, second = b.ask(CSQ), b.ask(CREG)
    assert b.sent == [b"AT+CSQ\r"]
    b.hear(b"\r\n+CSQ: 9,99\r\n\r\nOK\r\n")
    assert b.sent == [b"AT+CSQ\r", b"AT+CREG?\r"]
    b.hear(b"\r\n+CREG: 2,1\r\n\r\nERROR\r\n")
    assert b.reply(first) == Answered(first, CSQ, OK, ("+CSQ: 9,99",))
    assert b.reply(second) == Answered(second, CREG, Final(ok=False, word="ERROR"), ("+CREG: 2,1",))


def test_an_urgent_command_goes_before_those_that_wait_but_after_the_one_that_is_out() -> None:
    b = quiet()
    hang_up = Command("AT+CHUP", urgent=True)
    more = Command("ATH", urgent=True)
    for command in (CSQ, CREG, hang_up, more):
        b.ask(command)
    for _ in range(4):
        b.hear(b"OK\r\n")
    assert b.sent == [b"AT+CSQ\r", b"AT+CHUP\r", b"ATH\r", b"AT+CREG?\r"]


@pytest.mark.parametrize("echo", [True, False])
def test_echo_makes_no_difference(*, echo: bool) -> None:
    b = quiet()
    ticket = b.ask(CSQ)
    b.hear((b"AT+CSQ\r" if echo else b"") + b"\r\n+CSQ: 9,99\r\n\r\nOK\r\n")
    assert b.reply(ticket) == Answered(ticket, CSQ, OK, ("+CSQ: 9,99",))
    assert b.told == [b.reply(ticket)]


def test_news_in_the_middle_of_an_answer_are_told_and_do_not_disturb_it() -> None:
    b = quiet()
    model = Command("AT+CGMM")
    ticket = b.ask(model)
    b.hear(b"\r\nRING\r\n\r\nLE910C1\r\n\r\n+CREG: 2\r\n\r\nNO CARRIER\r\n\r\nOK\r\n")
    assert b.told == [
        Unasked("RING"),
        Unasked("+CREG: 2"),
        Unasked("NO CARRIER"),
        Answered(ticket, model, OK, ("LE910C1",)),
    ]


def test_news_of_the_same_name_as_the_question_belong_to_the_answer_in_their_order() -> None:
    b = quiet()
    ticket = b.ask(CREG)
    b.hear(b'+CREG: 2,1\r\n+CREG: 5,"00A1","01B2",7\r\nOK\r\n')
    assert b.reply(ticket) == Answered(ticket, CREG, OK, ("+CREG: 2,1", '+CREG: 5,"00A1","01B2",7'))


def test_the_end_of_a_call_ends_only_a_command_that_calls() -> None:
    b = quiet()
    dial = Command("AT+CECALL=0", call=True)
    ticket = b.ask(dial)
    b.hear(b"\r\nNO CARRIER\r\n")
    assert b.reply(ticket) == Answered(ticket, dial, Final(ok=False, word="NO CARRIER"), ())


def test_data_are_sent_at_the_prompt_and_their_echo_is_not_an_answer() -> None:
    b = quiet()
    msd = Command("AT#MSDSEND", payload=b"0204AB")
    ticket = b.ask(msd)
    assert b.sent == [b"AT#MSDSEND\r"]
    b.hear(b"\r\n> ")
    assert b.sent[-1] == b"0204AB" + CTRL_Z
    b.hear(b"0204AB\r\n\r\nOK\r\n")
    assert b.reply(ticket) == Answered(ticket, msd, OK, ())
    b.hear(b"> ")
    assert len(b.sent) == 2


def test_a_prompt_that_nobody_asked_for_sends_nothing() -> None:
    b = quiet()
    b.ask(CSQ)
    b.hear(b"\r\n> \r\n")
    assert b.sent == [b"AT+CSQ\r"]
    assert b.told == [Unasked(">")]


def test_a_modem_that_hangs_at_its_prompt_is_freed_from_it() -> None:
    b = quiet()
    ticket = b.ask(Command("AT#MSDSEND", payload=b"00", timeout_s=4.0))
    b.later(4.0)
    assert b.reply(ticket) == Failed(
        ticket, Command("AT#MSDSEND", payload=b"00", timeout_s=4.0), "timeout"
    )
    assert b.sent[1:] == [ESC + b"\r", PROBE.wire]


def test_a_command_without_an_answer_fails_and_the_line_is_probed_until_it_answers() -> None:
    b = bench()
    b.modem.world.ills.hung = True
    ticket = b.ask(CSQ)
    b.later(5.0)
    assert b.reply(ticket) == Failed(ticket, CSQ, "timeout")
    b.later(20.0)
    assert [e for e in b.told if isinstance(e, Silent)] == [Silent(105.0 + 1.0)]
    assert b.sent.count(PROBE.wire) >= 3
    b.modem.world.ills.hung = False
    b.later(20.0)
    assert b.told[-1] == Ready()
    assert b.answer(CSQ).final.ok


def test_a_late_result_is_not_taken_for_the_answer_to_a_later_command() -> None:
    b = quiet()
    slow = b.ask(CSQ)
    b.later(5.0)
    assert b.reply(slow) == Failed(slow, CSQ, "timeout")
    b.hear(
        b"\r\n+CSQ: 9,99\r\n\r\nOK\r\n"
    )  # of the command that was given up, taken for the probe's
    later = b.ask(CREG)
    assert b.reply(later) is None
    b.hear(b"\r\nOK\r\n")  # the probe's own
    b.later(1.0)
    assert b.sent[-1] == CREG.wire
    assert b.reply(later) is None
    b.hear(b"+CREG: 2,1\r\nOK\r\n")
    assert b.reply(later) == Answered(later, CREG, OK, ("+CREG: 2,1",))


def test_results_that_never_stop_do_not_keep_the_line_for_ever() -> None:
    b = quiet()
    b.ask(CSQ)
    b.later(5.0)
    for _ in range(40):
        b.hear(b"\r\nOK\r\n")
        b.later(0.1)
    assert Ready() in b.told


def test_nothing_waits_for_a_dead_modem_longer_than_a_few_probes() -> None:
    b = bench()
    b.modem.world.ills.hung = True
    tickets = [b.ask(CSQ) for _ in range(5)]
    b.later(12.0)
    assert [type(b.reply(t)) for t in tickets] == [Failed] * 5


def test_the_queue_is_bounded_and_an_urgent_command_takes_the_place_of_an_ordinary_one() -> None:
    b = Bench(limits=Limits(queue=2))
    b.ready()
    b.deaf = True
    out, first, second = b.ask(CSQ), b.ask(CSQ), b.ask(CREG)
    full = b.ask(CSQ)
    assert b.reply(full) == Failed(full, CSQ, "full")
    urgent = b.ask(Command("AT+CHUP", urgent=True))
    assert b.reply(second) == Failed(second, CREG, "full")
    assert [b.reply(t) for t in (out, first, urgent)] == [None] * 3
    again, third = (b.ask(Command("ATH", urgent=True)) for _ in range(2))
    assert b.reply(first) == Failed(first, CSQ, "full")
    assert b.reply(again) is None
    assert b.reply(third) == Failed(third, Command("ATH", urgent=True), "full")
    assert b.dialogue.waiting == 3


def test_an_answer_of_endless_lines_is_cut() -> None:
    b = quiet()
    ticket = b.ask(CSQ)
    b.hear(b"+CSQ: 1,1\r\n" * 500 + b"OK\r\n")
    reply = b.reply(ticket)
    assert isinstance(reply, Answered)
    assert len(reply.lines) == Limits().answer_lines


def test_a_line_that_goes_fails_all_that_waits_and_takes_nothing_until_it_is_open_again() -> None:
    b = quiet()
    tickets = [b.ask(CSQ), b.ask(CREG)]
    b.lose()
    assert [b.reply(t) for t in tickets] == [
        Failed(tickets[0], CSQ, "lost"),
        Failed(tickets[1], CREG, "lost"),
    ]
    ticket = b.ask(CSQ)
    assert b.reply(ticket) == Failed(ticket, CSQ, "lost")
    b.hear(b"OK\r\n")
    b.restart()
    assert not b.dialogue.ready
    b.deaf = False
    b.open()
    b.later(1.0)
    assert b.dialogue.ready


def test_a_modem_that_starts_anew_is_probed_and_what_waited_fails() -> None:
    b = quiet()
    ticket = b.ask(CSQ)
    b.deaf = False
    b.restart()
    assert b.reply(ticket) == Failed(ticket, CSQ, "reset")
    b.later(1.0)
    assert b.told[-1] == Ready()


def test_noise_is_told_and_counted() -> None:
    b = quiet()
    b.hear(b"\x01\x02\x03\r\n")
    assert b.told == [Noise(3)]


def test_a_result_that_nobody_waits_for_is_nothing() -> None:
    b = quiet()
    b.hear(b"OK\r\nERROR\r\n")
    assert b.told == []


@pytest.mark.parametrize("text", ["AT+CECALL=2", "AT+CECALL=3", "ATD112;"])
def test_a_call_for_help_is_refused_unless_the_dialogue_is_live(text: str) -> None:
    b = bench()
    with pytest.raises(LocalError, match="never sent in test mode"):
        b.ask(Command(text, call=True))
    assert b.modem.placed == []
    assert b.sent == []
    live = Bench(live=True)
    live.ready()
    live.ask(Command(text, call=True))
    assert live.sent[-1] == text.encode() + b"\r"


def test_waking_too_early_is_harmless() -> None:
    b = quiet()
    b.ask(CSQ)
    assert b.dialogue.wake(b.now) == b.dialogue.wake(b.now + 1)
    fresh = Bench()
    assert fresh.dialogue.wake(1e9) == []


def test_a_modem_in_numeric_mode_with_echo_is_healed_by_the_probe() -> None:
    b = Bench()
    b.modem.words = False
    b.ready()
    assert b.modem.words
    assert not b.modem.echo
    assert b.answer(CSQ).lines == ("+CSQ: 14,99",)


def test_a_probe_that_fails_while_the_modem_stays_silent_is_told_once() -> None:
    b = bench()
    b.modem.world.ills.hung = True
    b.ask(CSQ)
    b.later(300.0)
    assert len([e for e in b.told if isinstance(e, Silent)]) == 1


@pytest.mark.parametrize("how", ["restart", "open"])
def test_a_modem_left_at_its_prompt_by_a_restart_of_either_side_is_freed(how: str) -> None:
    b = bench()
    b.modem.receive(b"AT#MSDSEND\r")  # nobody here remembers this one
    if how == "restart":
        b.restart()
    else:
        b.lose()
        b.open()
    b.later(10.0)
    assert b.answer(CSQ).lines == ("+CSQ: 14,99",)
    assert b.modem.msds == []
