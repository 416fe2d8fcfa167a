"""Whatever a modem does, every command ends once, in bounded time, and the line recovers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.at import LONGEST_LINE, Answered, Command, Failed, Limits
from opensos.sim.modem_radio import Identity, Ills, ModemWorld
from tests.protocols.at.bench import Bench

COMMANDS = (
    Command("AT+CSQ", "+CSQ:"),
    Command("AT+CREG?", "+CREG:"),
    Command("AT+CGMM"),
    Command("AT+NONSENSE"),
    Command("AT+CPIN?", "+CPIN:"),
    Command("AT#MSDSEND", payload=b"0204", timeout_s=4.0),
    Command("AT+CECALL=0", call=True, urgent=True),
    Command("AT+CHUP", call=True, urgent=True),
)
steps = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(range(len(COMMANDS)))),
    st.tuples(st.just("bytes"), st.binary(max_size=60)),
    st.tuples(
        st.just("bytes"),
        st.sampled_from(
            [b"\r\nRING\r\n", b"> ", b"\r\nNO CARRIER\r\n", b"OK", b"\r\n", b'+CREG: 1,"A"\r\n']
        ),
    ),
    st.tuples(st.just("wait"), st.floats(0, 30)),
    st.tuples(
        st.just("ill"),
        st.sampled_from(["hung", "noise", "echo", "split", "well", "storm", "lost", "reset"]),
    ),
)


def sicken(bench: Bench, ill: str) -> None:
    ills = bench.modem.world.ills
    match ill:
        case "well":
            bench.modem.world.ills = Ills()
        case "storm":
            ills.storm = 5
        case "lost":
            bench.lose()
            bench.open()
        case "reset":
            bench.modem.reset()
            bench.restart()
        case _:
            setattr(ills, ill, True)


@settings(max_examples=150)
@given(st.lists(steps, max_size=30))
def test_every_command_ends_once_and_in_bounded_time(walk: list[tuple[str, object]]) -> None:
    b = Bench(ModemWorld(identity=Identity(maker="telit")), limits=Limits(queue=6))
    b.open()
    tickets: list[int] = []
    for what, value in walk:
        if what == "ask":
            assert isinstance(value, int)
            tickets.append(b.ask(COMMANDS[value]))
        elif what == "bytes":
            assert isinstance(value, bytes)
            b.hear(value)
        elif what == "wait":
            assert isinstance(value, float)
            b.later(value)
        else:
            sicken(b, str(value))
        assert b.dialogue.waiting <= 7
        assert b.dialogue._reader.held <= LONGEST_LINE
    b.later(120.0)
    assert [t for t in tickets if b.reply(t) is None] == []
    assert b.dialogue.waiting == 0


@settings(max_examples=60)
@given(st.lists(steps, max_size=20))
def test_after_anything_a_modem_that_is_well_again_is_understood(
    walk: list[tuple[str, object]],
) -> None:
    b = Bench(ModemWorld(identity=Identity(maker="telit")))
    b.open()
    for what, value in walk:
        if what == "bytes" and isinstance(value, bytes):
            b.hear(value)
        elif what == "ill":
            sicken(b, str(value))
        elif what == "ask" and isinstance(value, int):
            b.ask(COMMANDS[value])
    b.modem.world.ills = Ills()
    b.hear(b"\r\n")
    b.later(120.0)
    reply = b.reply(b.ask(COMMANDS[0]))
    assert isinstance(reply, Answered)
    assert reply.lines == ("+CSQ: 14,99",)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_no_bytes_in_the_middle_of_an_answer_lose_its_result(noise: bytes) -> None:
    """Unless they hold a result themselves: then it comes sooner, never later."""
    b = Bench()
    b.ready()
    b.deaf = True
    ticket = b.ask(Command("AT+CSQ", "+CSQ:"))
    b.hear(noise)
    b.hear(b"\r\nOK\r\n")
    assert isinstance(b.reply(ticket), Answered)


def test_ten_thousand_commands_leave_nothing_behind() -> None:
    b = Bench()
    b.ready()
    b.told.clear()
    for _ in range(10_000):
        b.ask(COMMANDS[0])
    assert b.dialogue.waiting == 0
    assert len(b.told) == 10_000
    assert not any(isinstance(e, Failed) for e in b.told)
