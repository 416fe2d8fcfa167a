from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opensos.protocols.sip.transaction import ClientOther, Notice, On, State
from tests.protocols.sip.transaction.host import TCP, TIMES, UDP, NoteHost

if TYPE_CHECKING:
    from opensos.protocols.effects import Address


def begin(to: Address = UDP) -> tuple[NoteHost, ClientOther]:
    host = NoteHost()
    transaction = ClientOther(host, TIMES, to, ("z9hG4bKx", "BYE"), None)
    transaction.message = b"BYE"
    transaction.step(On.START)
    return host, transaction


def test_timer_e_begins_at_t1_and_doubles_up_to_t2() -> None:
    host, transaction = begin()
    lengths = [host.running[On.TIMER_E]]
    for _ in range(5):
        host.fire(transaction, On.TIMER_E)
        lengths.append(host.running[On.TIMER_E])
    assert lengths == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    assert host.sent == [b"BYE"] * 6


def test_timer_e_is_t2_once_a_provisional_answer_came() -> None:
    host, transaction = begin()
    assert transaction.receive(100) is Notice.MESSAGE
    host.fire(transaction, On.TIMER_E)
    assert host.running[On.TIMER_E] == 4.0
    assert host.sent == [b"BYE"] * 2
    assert transaction.receive(182) is Notice.MESSAGE


@pytest.mark.parametrize("before", [[], [100]])
def test_timer_f_ends_it_after_64_t1(before: list[int]) -> None:
    host, transaction = begin()
    for status in before:
        transaction.receive(status)
    assert host.running[On.TIMER_F] == 32.0
    assert host.fire(transaction, On.TIMER_F) is Notice.TIMEOUT
    assert host.over == [transaction]
    assert host.running == {}


def test_timer_k_absorbs_repeated_answers_for_t4() -> None:
    host, transaction = begin()
    assert transaction.receive(200) is Notice.MESSAGE
    assert transaction.receive(200) is None
    assert transaction.receive(100) is None
    assert host.running == {On.TIMER_K: 5.0}
    host.fire(transaction, On.TIMER_K)
    assert host.over == [transaction]


def test_a_reliable_transport_needs_neither_e_nor_k() -> None:
    host, transaction = begin(TCP)
    assert host.running == {On.TIMER_F: 32.0}
    assert transaction.receive(481) is Notice.MESSAGE
    assert host.over == [transaction]


@pytest.mark.parametrize("before", [[], [100]])
def test_a_failed_road_is_told_and_ends_it(before: list[int]) -> None:
    host, transaction = begin()
    for status in before:
        transaction.receive(status)
    assert transaction.step(On.ROAD_FAILED) is Notice.ROAD
    assert host.over == [transaction]


def test_a_failed_road_after_the_answer_changes_nothing() -> None:
    _, transaction = begin()
    transaction.receive(200)
    assert transaction.step(On.ROAD_FAILED) is None
    assert transaction.state is State.COMPLETED
