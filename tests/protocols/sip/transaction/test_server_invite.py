from __future__ import annotations

import pytest

from opensos.protocols.effects import Address, LocalError
from opensos.protocols.sip.transaction import Notice, On, ServerInvite, State
from tests.protocols.sip.transaction.host import TCP, TIMES, UDP, NoteHost


def begin(to: Address = UDP) -> tuple[NoteHost, ServerInvite]:
    host = NoteHost()
    transaction = ServerInvite(host, TIMES, to, ("z9hG4bKx", "INVITE"), None)
    assert transaction.step(On.START) is Notice.MESSAGE
    return host, transaction


def test_a_repeated_invite_gets_the_latest_provisional_answer() -> None:
    host, transaction = begin()
    transaction.step(On.REQUEST)
    assert host.sent == []
    transaction.respond(100, b"100")
    transaction.respond(180, b"180")
    transaction.step(On.REQUEST)
    assert host.sent == [b"100", b"180", b"180"]
    assert host.running == {}


def test_timer_g_repeats_a_refusal_from_t1_doubling_up_to_t2() -> None:
    host, transaction = begin()
    transaction.respond(486, b"486")
    lengths = [host.running[On.TIMER_G]]
    for _ in range(5):
        host.fire(transaction, On.TIMER_G)
        lengths.append(host.running[On.TIMER_G])
    assert lengths == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    transaction.step(On.REQUEST)
    assert host.sent == [b"486"] * 7


def test_timer_h_gives_up_the_ack_after_64_t1() -> None:
    host, transaction = begin()
    transaction.respond(486, b"486")
    assert host.running[On.TIMER_H] == 32.0
    assert host.fire(transaction, On.TIMER_H) is Notice.TIMEOUT
    assert host.over == [transaction]


def test_timer_i_absorbs_repeated_acks_for_t4() -> None:
    host, transaction = begin()
    transaction.respond(486, b"486")
    assert transaction.step(On.ACK) is None
    assert host.running == {On.TIMER_I: 5.0}
    assert transaction.step(On.ACK) is None
    transaction.step(On.REQUEST)
    assert host.sent == [b"486"]
    host.fire(transaction, On.TIMER_I)
    assert host.over == [transaction]


def test_a_reliable_transport_needs_neither_g_nor_i_but_h() -> None:
    host, transaction = begin(TCP)
    transaction.respond(486, b"486")
    assert host.running == {On.TIMER_H: 32.0}
    transaction.step(On.ACK)
    assert host.over == [transaction]


@pytest.mark.parametrize("to", [UDP, TCP])
def test_timer_l_absorbs_repeated_invites_after_a_2xx_for_64_t1(to: Address) -> None:
    host, transaction = begin(to)
    transaction.respond(200, b"200")
    transaction.step(On.REQUEST)
    assert host.sent == [b"200"]
    assert host.running == {On.TIMER_L: 32.0}
    host.fire(transaction, On.TIMER_L)
    assert host.over == [transaction]


def test_the_core_may_repeat_its_2xx_and_gets_the_ack() -> None:
    host, transaction = begin()
    transaction.respond(200, b"200")
    transaction.respond(200, b"200")
    assert host.sent == [b"200", b"200"]
    assert transaction.step(On.ACK) is Notice.MESSAGE


def test_a_failed_road_is_told_but_the_transaction_stays() -> None:
    for status in (100, 200, 486):
        _, transaction = begin()
        transaction.respond(status, b"x")
        state = transaction.state
        assert transaction.step(On.ROAD_FAILED) is Notice.ROAD
        assert transaction.state is state


def test_no_answer_follows_a_final_one() -> None:
    host, transaction = begin()
    transaction.respond(486, b"486")
    for status in (180, 200, 603):
        with pytest.raises(LocalError):
            transaction.respond(status, b"other")
    assert transaction.message == b"486"
    assert transaction.state is State.COMPLETED
    assert host.sent == [b"486"]
