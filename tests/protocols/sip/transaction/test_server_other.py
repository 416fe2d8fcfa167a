from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols.sip.transaction import Notice, On, ServerOther, State
from tests.protocols.sip.transaction.host import TCP, TIMES, UDP, NoteHost

if TYPE_CHECKING:
    from opensos.protocols.effects import Address


def begin(to: Address = UDP) -> tuple[NoteHost, ServerOther]:
    host = NoteHost()
    transaction = ServerOther(host, TIMES, to, ("z9hG4bKx", "INFO"), None)
    assert transaction.step(On.START) is Notice.MESSAGE
    return host, transaction


def test_a_repeated_request_is_absorbed_until_there_is_an_answer() -> None:
    host, transaction = begin()
    transaction.step(On.REQUEST)
    assert host.sent == []
    transaction.respond(100, b"100")
    transaction.step(On.REQUEST)
    transaction.respond(200, b"200")
    transaction.step(On.REQUEST)
    assert host.sent == [b"100", b"100", b"200", b"200"]


def test_timer_j_keeps_the_answer_for_64_t1() -> None:
    host, transaction = begin()
    transaction.respond(200, b"200")
    assert host.running == {On.TIMER_J: 32.0}
    host.fire(transaction, On.TIMER_J)
    assert host.over == [transaction]


def test_a_reliable_transport_needs_no_timer_j() -> None:
    host, transaction = begin(TCP)
    transaction.respond(200, b"200")
    assert host.over == [transaction]


def test_a_second_final_answer_is_discarded() -> None:
    host, transaction = begin()
    transaction.respond(200, b"200")
    transaction.respond(500, b"500")
    transaction.step(On.REQUEST)
    assert host.sent == [b"200", b"200"]


def test_a_failed_road_is_told_but_the_transaction_stays() -> None:
    for status in (0, 100, 200):
        _, transaction = begin()
        if status:
            transaction.respond(status, b"x")
        state = transaction.state
        assert transaction.step(On.ROAD_FAILED) is Notice.ROAD
        assert transaction.state is state is not State.TERMINATED
