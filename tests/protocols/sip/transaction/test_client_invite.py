from __future__ import annotations

import pytest

from opensos.protocols.effects import Address, LocalError
from opensos.protocols.sip.transaction import ClientInvite, Notice, On, State, Times
from tests.protocols.sip.transaction.host import TCP, TIMES, UDP, NoteHost


def begin(to: Address = UDP, times: Times = TIMES) -> tuple[NoteHost, ClientInvite]:
    host = NoteHost()
    transaction = ClientInvite(host, times, to, ("z9hG4bKx", "INVITE"), None)
    transaction.message = b"INVITE"
    transaction.ack = b"ACK"
    transaction.step(On.START)
    return host, transaction


def test_timer_a_begins_at_t1_and_doubles_without_a_cap() -> None:
    host, transaction = begin()
    lengths = [host.running[On.TIMER_A]]
    for _ in range(5):
        host.fire(transaction, On.TIMER_A)
        lengths.append(host.running[On.TIMER_A])
    assert lengths == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
    assert host.sent == [b"INVITE"] * 6


def test_timer_b_ends_it_after_64_t1() -> None:
    host, transaction = begin()
    assert host.running[On.TIMER_B] == 32.0
    assert host.fire(transaction, On.TIMER_B) is Notice.TIMEOUT
    assert host.over == [transaction]
    assert host.running == {}


def test_a_reliable_transport_is_not_repeated_on() -> None:
    host, _ = begin(TCP)
    assert host.running == {On.TIMER_B: 32.0}


def test_a_provisional_answer_stops_both_timers() -> None:
    host, transaction = begin()
    assert transaction.receive(100) is Notice.MESSAGE
    assert transaction.receive(180) is Notice.MESSAGE
    assert host.running == {}
    assert transaction.state is State.PROCEEDING


def test_a_refusal_is_acknowledged_and_each_repetition_again_but_told_once() -> None:
    host, transaction = begin()
    assert transaction.receive(486) is Notice.MESSAGE
    assert transaction.receive(486) is None
    assert host.sent == [b"INVITE", b"ACK", b"ACK"]
    assert host.running == {On.TIMER_D: 32.0}
    assert host.fire(transaction, On.TIMER_D) is None
    assert host.over == [transaction]


@pytest.mark.parametrize(("t1", "length"), [(0.1, 32.0), (1.0, 64.0)])
def test_timer_d_is_64_t1_but_never_under_32_seconds(t1: float, length: float) -> None:
    host, transaction = begin(times=Times(t1, 4.0, 5.0))
    transaction.receive(603)
    assert host.running[On.TIMER_D] == length


def test_timer_d_is_nothing_on_a_reliable_transport() -> None:
    host, transaction = begin(TCP)
    assert transaction.receive(486) is Notice.MESSAGE
    assert host.sent == [b"INVITE", b"ACK"]
    assert host.over == [transaction]


def test_every_2xx_is_passed_up_until_timer_m_after_64_t1() -> None:
    host, transaction = begin()
    assert transaction.receive(200) is Notice.MESSAGE
    assert transaction.receive(200) is Notice.MESSAGE
    assert transaction.receive(486) is None
    assert transaction.receive(180) is None
    assert host.running == {On.TIMER_M: 32.0}
    assert host.sent == [b"INVITE"]
    host.fire(transaction, On.TIMER_M)
    assert host.over == [transaction]


def test_timer_m_runs_on_reliable_transports_too() -> None:
    host, transaction = begin(TCP)
    transaction.receive(200)
    assert host.running == {On.TIMER_M: 32.0}


@pytest.mark.parametrize("before", [[], [100], [486]])
def test_a_failed_road_is_told_and_ends_it(before: list[int]) -> None:
    host, transaction = begin()
    for status in before:
        transaction.receive(status)
    assert transaction.step(On.ROAD_FAILED) is Notice.ROAD
    assert host.over == [transaction]


def test_a_failed_road_after_a_2xx_changes_nothing() -> None:
    _, transaction = begin()
    transaction.receive(200)
    assert transaction.step(On.ROAD_FAILED) is None
    assert transaction.state is State.ACCEPTED


def test_a_cancelled_one_can_be_given_up() -> None:
    host, transaction = begin()
    transaction.receive(180)
    transaction.step(On.GIVE_UP)
    assert host.over == [transaction]
    with pytest.raises(LocalError):
        transaction.step(On.GIVE_UP)
