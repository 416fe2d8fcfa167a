"""The fault memory keeps its laws, whatever happens in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from opensos.rules.readiness import status as bits
from opensos.rules.readiness.dtc import FreezeFrame
from opensos.rules.readiness.memory import ALL_GROUPS, Bank, Failure
from opensos.rules.readiness.profile import Profile, Row

KEYS = [
    f"{part}.{symptom}" for part in ("modem", "button", "led") for symptom in ("open", "silent")
]
PROFILE = Profile(
    "test", "one", {key: Row(key, 0x100 + at // 2, None) for at, key in enumerate(KEYS)}
)
FRAME = FreezeFrame(None, ())
HEAL, AGEING, SIZE = 1, 2, 3
keys = st.sampled_from(KEYS)


def _bank(size: int = 32) -> Bank:
    return Bank("fault", PROFILE, size)


def _fail(bank: Bank, key: str = KEYS[0], *, trips: int = 1, priority: int = 2) -> bool:
    return bank.failed(Failure(key, priority, trips, FRAME))


class Memory(RuleBasedStateMachine):
    """Any order of tests, cycles and clears."""

    def __init__(self) -> None:
        super().__init__()
        self.bank = _bank(SIZE)
        self.failed_since_clear: set[str] = set()
        self.tested_since_clear: set[str] = set()
        self.tested_this_cycle: set[str] = set()

    @rule(key=keys, trips=st.integers(1, 2), priority=st.integers(1, 4))
    def fail(self, key: str, trips: int, priority: int) -> None:
        self.bank.failed(Failure(key, priority, trips, FRAME))
        self.failed_since_clear.add(key)
        self.tested_since_clear.add(key)
        self.tested_this_cycle.add(key)

    @rule(key=keys)
    def pass_(self, key: str) -> None:
        self.bank.passed([key])
        self.tested_since_clear.add(key)
        self.tested_this_cycle.add(key)

    @rule()
    def cycle(self) -> None:
        self.bank.end_cycle(HEAL, AGEING)
        self.bank.begin_cycle()
        self.tested_this_cycle.clear()

    @rule(group=st.sampled_from([ALL_GROUPS, 0x100, 0x101, 0x999]))
    def clear(self, group: int) -> None:
        for key in self.bank.clear(group):
            for memory in (
                *(self.failed_since_clear, self.tested_since_clear, self.tested_this_cycle),
            ):
                memory.discard(key)

    @rule(key=keys, on=st.booleans())
    def warn(self, key: str, *, on: bool) -> None:
        self.bank.set_warning([key], on=on)

    @invariant()
    def what_is_pending_or_confirmed_is_an_entry_and_the_other_way_round(self) -> None:
        stored = {
            key
            for key, byte in self.bank.statuses.items()
            if byte & (bits.PENDING | bits.CONFIRMED)
        }
        assert stored == set(self.bank.entries)
        assert len(stored) <= SIZE

    @invariant()
    def confirmed_implies_failed_since_clear(self) -> None:
        for key, byte in self.bank.statuses.items():
            if byte & (bits.CONFIRMED | bits.PENDING | bits.TEST_FAILED):
                assert byte & bits.FAILED_SINCE_CLEAR or key not in self.bank.entries
                assert key in self.failed_since_clear

    @invariant()
    def not_completed_means_that_nothing_was_tested(self) -> None:
        for key, byte in self.bank.statuses.items():
            assert bool(byte & bits.NOT_COMPLETED_SINCE_CLEAR) is (
                key not in self.tested_since_clear
            )
            assert bool(byte & bits.NOT_COMPLETED_THIS_CYCLE) is (key not in self.tested_this_cycle)
            assert not (byte & bits.FAILED_THIS_CYCLE and byte & bits.NOT_COMPLETED_THIS_CYCLE)

    @invariant()
    def what_testers_see_is_sound(self) -> None:
        for _, byte in self.bank.by_code():
            assert not (byte & bits.FAILED_THIS_CYCLE and byte & bits.NOT_COMPLETED_THIS_CYCLE)
        assert {one.key for one in self.bank.dtcs()} == set(self.bank.entries)
        self.bank.changes.clear()


Memory.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=40)
TestMemory = Memory.TestCase


def test_after_a_clear_nothing_is_tested() -> None:
    bank = _bank()
    _fail(bank)
    bank.clear(ALL_GROUPS)
    assert bank.statuses[KEYS[0]] == 0xD0, "bit 7 says what the lamp shows, and it still shows"
    bank.set_warning([KEYS[0]], on=False)
    assert set(bank.statuses.values()) == {0x50}
    assert bank.dtcs() == ()


def test_a_failure_that_is_confirmed_at_once_has_the_known_byte() -> None:
    bank = _bank()
    assert _fail(bank)
    assert bank.statuses[KEYS[0]] == 0xAF
    bank.passed([KEYS[0]])
    assert bank.statuses[KEYS[0]] == 0xAE


def test_a_second_trip_in_another_cycle_confirms() -> None:
    bank = _bank()
    bank.begin_cycle()
    assert not _fail(bank, trips=2)
    bank.passed([KEYS[0]])
    assert not _fail(bank, trips=2), "the same cycle is the same trip"
    bank.end_cycle(3, 40)
    bank.begin_cycle()
    assert _fail(bank, trips=2)
    told = [one.what for one in bank.changes]
    assert told == ["appeared", "passed", "returned", "confirmed"]


def test_a_pending_fault_heals_after_a_tested_and_well_cycle_only() -> None:
    bank = _bank()
    bank.begin_cycle()
    _fail(bank, trips=2)
    bank.passed([KEYS[0]])
    bank.end_cycle(3, 40)
    bank.begin_cycle()
    bank.end_cycle(3, 40)
    assert bank.statuses[KEYS[0]] & bits.PENDING, "a cycle without a test heals nothing"
    bank.begin_cycle()
    bank.passed([KEYS[0]])
    bank.end_cycle(3, 40)
    assert not bank.statuses[KEYS[0]] & bits.PENDING
    assert bank.entries == {}


def test_a_confirmed_fault_ages_out_after_its_cycles_and_no_sooner() -> None:
    bank = _bank()
    bank.begin_cycle()
    _fail(bank)
    for number in range(1, 45):
        bank.passed([KEYS[0]])
        bank.end_cycle(3, 40)
        bank.begin_cycle()
        # The cycle of the failure itself does not count.
        assert (KEYS[0] in bank.entries) is (number - 1 < 43), number
    assert bank.changes[-1].what == "aged"
    assert bank.statuses[KEYS[0]] & (bits.CONFIRMED | bits.FAILED_SINCE_CLEAR) == 0


def test_a_fault_that_comes_back_begins_to_age_anew_and_counts() -> None:
    bank = _bank()
    _fail(bank)
    for _ in range(5):
        bank.begin_cycle()
        bank.passed([KEYS[0]])
        bank.end_cycle(3, 40)
    assert bank.dtcs()[0].ageing == 5
    bank.begin_cycle()
    _fail(bank)
    assert bank.dtcs()[0].ageing == 0
    assert bank.dtcs()[0].occurrences == 2


def test_occurrences_stop_at_255() -> None:
    bank = _bank()
    for _ in range(300):
        _fail(bank)
        bank.passed([KEYS[0]])
    assert bank.dtcs()[0].occurrences == 255


def test_a_full_memory_displaces_what_is_over_and_matters_least() -> None:
    bank = _bank(2)
    _fail(bank, KEYS[0], priority=1)
    _fail(bank, KEYS[1], priority=3)
    bank.passed([KEYS[0]])
    _fail(bank, KEYS[2], priority=2)
    assert set(bank.entries) == {KEYS[1], KEYS[2]}, "what is over goes first"
    _fail(bank, KEYS[3], priority=2)
    assert set(bank.entries) == {KEYS[2], KEYS[3]}, "then the least important"
    assert bank.changes[-3].what == "displaced"


def test_what_matters_less_than_everything_stored_displaces_nothing() -> None:
    bank = _bank(1)
    _fail(bank, KEYS[0], priority=1)
    assert _fail(bank, KEYS[1], priority=3), "it is still a confirmed failure"
    assert set(bank.entries) == {KEYS[0]}
    assert bank.statuses[KEYS[1]] & bits.TEST_FAILED


def test_first_and_latest_frame_are_kept_and_no_more() -> None:
    bank = _bank()
    for number in range(5):
        frame = FreezeFrame(float(number), (("main_v", number),))
        bank.failed(Failure(KEYS[0], 2, 1, frame))
        bank.passed([KEYS[0]])
    frames = bank.dtcs()[0].frames
    assert [one.utc for one in frames] == [0.0, 4.0]
    assert (bank.dtcs()[0].first_utc, bank.dtcs()[0].last_utc) == (0.0, 4.0)


def test_an_event_is_over_at_once_and_ages_without_a_test() -> None:
    bank = _bank()
    bank.event(KEYS[0], FRAME)
    assert not bank.statuses[KEYS[0]] & bits.TEST_FAILED
    assert [one.what for one in bank.changes] == ["event"]
    for _ in range(10):
        bank.begin_cycle()
        bank.end_cycle(3, 4)
    assert bank.entries == {}


def test_a_clear_of_one_code_leaves_the_others() -> None:
    bank = _bank()
    _fail(bank, KEYS[0])
    _fail(bank, KEYS[2])
    assert set(bank.clear(0x100)) == {KEYS[0], KEYS[1]}
    assert set(bank.entries) == {KEYS[2]}
    assert bank.clear(0x999) == ()


@pytest.mark.parametrize("byte", range(256))
def test_no_step_of_the_byte_leaves_eight_bits(byte: int) -> None:
    for after in (
        *(bits.failed(byte, confirmed=True), bits.failed(byte, confirmed=False)),
        *(bits.passed(byte), bits.cycle_began(byte), bits.cycle_ended(byte), bits.forgotten(byte)),
    ):
        assert 0 <= after <= 0xFF
