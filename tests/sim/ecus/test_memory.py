"""A neighbour's fault memory: status bytes, debounce, cycles, clearing, freeze frames."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.uds import ALL_GROUPS, FAULT_MEMORY, INFO_MEMORY, Nrc, Status
from opensos.sim.ecus.memory import AGEING_CYCLES, HEAL_CYCLES, Memory, Watch
from opensos.sim.ecus.surroundings import Surroundings

LOW, INFO = 0x804011, 0x610025
NOW = Surroundings(at=0.0, utc=1e9, supply_v=12.5)


def memory() -> Memory:
    return Memory(
        [
            Watch(LOW, lambda s: None if s.cranking else s.supply_v < 8.5, 2.0),
            Watch(INFO, lambda s: s.drain_a > 1.0, 0.0, INFO_MEMORY),
        ]
    )


def status(one: Memory, code: int = LOW, where: int = FAULT_MEMORY) -> Status:
    return next(Status(dtc.status) for dtc in one.statuses(where) if dtc.code == code)


def live(one: Memory, seconds: float, *, start: float, **what: object) -> float:
    for i in range(int(seconds) + 1):
        one.step(replace(NOW, at=start + i, utc=1e9 + start + i, **what))  # type: ignore[arg-type]
    return start + seconds


def test_nothing_is_tested_before_the_first_look() -> None:
    assert status(memory()) == (
        Status.TEST_NOT_COMPLETED_SINCE_LAST_CLEAR | Status.TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE
    )
    assert memory().stored() == frozenset()


def test_a_test_that_passes_leaves_no_code() -> None:
    one = memory()
    live(one, 5, start=0)
    assert status(one) == Status(0)
    assert one.stored() == frozenset()


def test_a_test_that_means_nothing_is_not_a_pass() -> None:
    one = memory()
    live(one, 60, start=0, cranking=True)
    assert status(one) & Status.TEST_NOT_COMPLETED_THIS_OPERATION_CYCLE


def test_a_short_dip_is_not_stored_and_a_lasting_one_is() -> None:
    one = memory()
    now = live(one, 1, start=0, supply_v=7.0)
    live(one, 5, start=now + 1)
    assert one.stored() == frozenset()
    live(one, 3, start=20, supply_v=7.0)
    assert one.stored() == {LOW}
    assert status(one) == (
        Status.TEST_FAILED
        | Status.TEST_FAILED_THIS_OPERATION_CYCLE
        | Status.PENDING_DTC
        | Status.CONFIRMED_DTC
        | Status.TEST_FAILED_SINCE_LAST_CLEAR
    )


def test_a_fault_that_went_stays_stored_and_is_not_active() -> None:
    one = memory()
    live(one, 3, start=0, supply_v=7.0)
    live(one, 3, start=10)
    assert not status(one) & Status.TEST_FAILED
    assert status(one) & Status.CONFIRMED_DTC


def test_a_cleared_fault_comes_back_only_if_it_is_still_there() -> None:
    one = memory()
    live(one, 3, start=0, supply_v=7.0)
    assert one.clear(ALL_GROUPS, FAULT_MEMORY) is None
    assert one.stored() == frozenset()
    live(one, 1, start=4, supply_v=7.0)
    assert one.stored() == frozenset()
    live(one, 3, start=6, supply_v=7.0)
    assert one.stored() == {LOW}
    one.clear(LOW, FAULT_MEMORY)
    live(one, 10, start=10)
    assert one.stored() == frozenset()


def test_a_code_that_a_unit_does_not_have_cannot_be_cleared() -> None:
    assert memory().clear(0x123456, FAULT_MEMORY) is Nrc.REQUEST_OUT_OF_RANGE
    assert memory().clear(LOW, INFO_MEMORY) is Nrc.REQUEST_OUT_OF_RANGE
    assert memory().clear(LOW, 7) is Nrc.REQUEST_OUT_OF_RANGE


def test_the_info_memory_is_another_one() -> None:
    one = memory()
    live(one, 1, start=0, drain_a=2.0)
    assert one.stored(INFO_MEMORY) == {INFO}
    assert one.stored() == frozenset()
    one.clear(ALL_GROUPS, FAULT_MEMORY)
    assert one.stored(INFO_MEMORY) == {INFO}


def test_codes_are_not_stored_while_a_tester_forbids_it() -> None:
    one = memory()
    one.record(on=False)
    live(one, 10, start=0, supply_v=7.0)
    assert one.stored() == frozenset()
    one.record(on=True)
    live(one, 3, start=11, supply_v=7.0)
    assert one.stored() == {LOW}


def test_freeze_frames_hold_the_first_and_the_latest_time_and_counters_count() -> None:
    one = memory()
    for start in (0, 100, 200):
        live(one, 3, start=start, supply_v=7.0 + start / 1000)
        live(one, 3, start=start + 50)
    volts = [dict(shot.values)[0xDAD6] for shot in one.snapshots(LOW, FAULT_MEMORY)]
    assert volts == [(70).to_bytes(2, "big"), (72).to_bytes(2, "big")]
    assert [record.data[0] for record in one.extended(LOW, FAULT_MEMORY)] == [3, 0]
    assert one.snapshots(INFO, INFO_MEMORY) == []
    assert one.extended(INFO, INFO_MEMORY) == []


@pytest.mark.parametrize(("cycles", "kept"), [(HEAL_CYCLES, True), (AGEING_CYCLES + 10, False)])
def test_a_fault_heals_and_is_forgotten_after_enough_good_cycles(
    cycles: int,
    kept: bool,  # noqa: FBT001
) -> None:
    one = memory()
    now = live(one, 3, start=0, supply_v=7.0)
    for _ in range(cycles):
        now = live(one, 2, start=now + 1, ignition_on=False)
        now = live(one, 4, start=now + 1)
    assert (LOW in one.stored()) is kept
    assert not status(one) & Status.PENDING_DTC


@given(st.lists(st.tuples(st.floats(0, 20), st.booleans(), st.floats(0.1, 100)), max_size=30))
def test_what_is_stored_was_low_and_what_was_never_low_is_not_stored(
    life: list[tuple[float, bool, float]],
) -> None:
    one, now = memory(), 0.0
    for volts, ignition, step in life:
        now += step
        one.step(replace(NOW, at=now, supply_v=volts, ignition_on=ignition))
        byte = status(one)
        assert not (byte & Status.TEST_FAILED and byte & Status.TEST_NOT_COMPLETED_SINCE_LAST_CLEAR)
    if all(volts >= 8.5 for volts, _, _ in life):
        assert one.stored() == frozenset()
