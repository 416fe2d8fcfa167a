"""The MOST ring: where the light stops, and what the units say of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import RemoteError, UserError
from opensos.sim.most import RING, MostRing, Node, RingAnswer, decode_answers, encode_answers

ADDRESSES = [node.address for node in RING]
any_unit = st.sampled_from(ADDRESSES)


def _place(answers: tuple[RingAnswer, ...]) -> tuple[str, int] | None:
    """The search as a workshop does it: before position 0 lies the fault."""
    for i, answer in enumerate(answers):
        if answer.position == 0:
            before = answers[i - 1]
            return ("fibre", answer.address) if before.answered else ("unit", before.address)
    return None


def test_light_comes_round_a_whole_ring() -> None:
    ring = MostRing()
    assert ring.closed()
    assert all(ring.reachable(address) for address in ADDRESSES)
    assert {answer.position for answer in ring.ring_break_diagnosis()} == {None}


def test_who_is_not_in_the_ring_is_not_reached_over_it() -> None:
    assert not MostRing().reachable(0x61)


@given(any_unit)
def test_a_broken_fibre_is_found_before_the_unit_that_saw_no_light(address: int) -> None:
    ring = MostRing()
    ring.change(broken=[address])
    assert not ring.closed()
    assert not ring.reachable(0x36)
    assert _place(ring.ring_break_diagnosis()) == ("fibre", address)


@given(any_unit)
def test_a_dead_unit_is_found_because_it_said_nothing(address: int) -> None:
    ring = MostRing()
    ring.change(dead=[address])
    assert not ring.closed()
    assert _place(ring.ring_break_diagnosis()) == ("unit", address)


@given(any_unit)
def test_positions_count_on_from_the_unit_without_light(address: int) -> None:
    ring = MostRing()
    ring.change(broken=[address])
    start = ADDRESSES.index(address)
    turned = [ring.ring_break_diagnosis()[(start + i) % len(RING)] for i in range(len(RING))]
    assert [answer.position for answer in turned] == list(range(len(RING)))


def test_a_weak_fibre_carries_light_today_and_fails_the_attenuation_test() -> None:
    ring = MostRing()
    ring.change(loss_db={0x36: 11.0})
    assert ring.closed()
    assert _place(ring.ring_break_diagnosis(attenuated=True)) == ("fibre", 0x36)
    levels = {a.address: a.level_dbm for a in ring.ring_break_diagnosis()}
    assert levels[0x36] == min(level for level in levels.values() if level is not None)


def test_of_two_breaks_each_has_a_unit_with_position_0_after_it() -> None:
    ring = MostRing()
    ring.change(broken=[0x36], dead=[0x62])
    answers = {a.address: a for a in ring.ring_break_diagnosis()}
    assert answers[0x36].position == 0
    assert answers[0x63].position == 0
    assert answers[0x62] == RingAnswer(0x62, answered=False)


def test_a_repaired_ring_is_whole_again() -> None:
    ring = MostRing()
    ring.change(broken=[0x36])
    ring.change()
    assert ring.closed()


@pytest.mark.parametrize(
    "faults",
    [{"broken": [0x12]}, {"dead": [0x99]}, {"loss_db": {0x01: 1.0}}, {"loss_db": {0x36: -1.0}}],
)
def test_a_fault_that_no_ring_can_have_is_refused(faults: dict[str, object]) -> None:
    with pytest.raises(UserError):
        MostRing().change(**faults)  # type: ignore[arg-type]  # several kinds of faults in one list


@pytest.mark.parametrize("nodes", [[], [Node(1, "a")], [Node(1, "a"), Node(1, "b")]])
def test_a_ring_of_one_unit_or_with_a_unit_twice_is_refused(nodes: list[Node]) -> None:
    with pytest.raises(UserError):
        MostRing(nodes)


@given(st.sets(any_unit, max_size=3), st.sets(any_unit, max_size=3), st.booleans())
def test_what_the_units_saw_survives_its_packing(
    broken: set[int],
    dead: set[int],
    attenuated: bool,  # noqa: FBT001  hypothesis names it
) -> None:
    ring = MostRing()
    ring.change(broken=broken, dead=dead)
    answers = ring.ring_break_diagnosis(attenuated=attenuated)
    assert decode_answers(encode_answers(answers)) == answers


@given(st.binary(max_size=40))
def test_any_bytes_are_a_ring_diagnosis_or_an_error_of_the_peer(data: bytes) -> None:
    try:
        answers = decode_answers(data)
    except RemoteError:
        assert len(data) % 5
    else:
        assert len(answers) == len(data) // 5
