"""The bearer ladder: which rung, which next, and one report for every attempt."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import Effect, LocalError, Tell, WakeAt
from opensos.rules.emergency import (
    Answered,
    CalledBack,
    ClearedDown,
    DataDelivered,
    DataRequested,
    Dropped,
    Ladder,
    LadderSettings,
    LeaveRung,
    PassOn,
    Refused,
    Ringing,
    TryRung,
    Unreached,
)
from opensos.rules.emergency.ladder import CS, NG, order_of, renamed

NOTHING: frozenset[str] = frozenset()
UNKNOWN: dict[str, bool | None] = {NG: None, CS: None}
BOTH: dict[str, bool | None] = {NG: True, CS: True}


def told(effects: list[Effect]) -> list[object]:
    return [effect.event for effect in effects if isinstance(effect, Tell)]


def woken(effects: list[Effect]) -> list[float]:
    return [effect.when for effect in effects if isinstance(effect, WakeAt)]


def dialled(offer: dict[str, bool | None] = UNKNOWN) -> Ladder:
    ladder = Ladder()
    ladder.dial("1-1", 0, offer, new_case=True)
    return ladder


# --- the order


@pytest.mark.parametrize(
    ("ng", "cs", "order"),
    [
        (True, True, (NG, CS)),
        (True, None, (NG, CS)),
        (True, False, (NG, CS)),
        (None, True, (CS, NG)),
        (None, None, (NG, CS)),
        (None, False, (NG, CS)),
        (False, True, (CS, NG)),
        (False, None, (CS, NG)),
        (False, False, (NG, CS)),
    ],
)
def test_what_the_cell_offers_decides_the_order_and_nothing_is_left_out(
    *,
    ng: bool | None,
    cs: bool | None,
    order: tuple[str, ...],
) -> None:
    assert order_of((NG, CS), {NG: ng, CS: cs}, last_resort=NOTHING) == order


@pytest.mark.parametrize(
    ("ng", "cs", "order"),
    [
        (True, True, (CS, NG)),
        (True, None, (CS, NG)),
        (True, False, (NG, CS)),
        (None, None, (CS, NG)),
        (False, False, (NG, CS)),
    ],
)
def test_a_rung_that_was_sent_away_comes_last_of_those_that_are_there(
    *,
    ng: bool | None,
    cs: bool | None,
    order: tuple[str, ...],
) -> None:
    assert order_of((NG, CS), {NG: ng, CS: cs}, last_resort=frozenset({NG})) == order


def test_a_rung_of_which_nothing_was_said_is_not_known() -> None:
    assert order_of((NG, CS), {CS: True}, last_resort=NOTHING) == (CS, NG)


# --- one attempt


def test_an_attempt_begins_on_the_first_rung() -> None:
    ladder = Ladder()
    effects = ladder.dial("1-1", 0, BOTH, new_case=True)
    assert told(effects) == [TryRung(NG, "1-1")]
    assert woken(effects) == [15.0]
    assert ladder.rung == NG
    assert not ladder.standing


@pytest.mark.parametrize(
    "failure", [Unreached("1-1", "road"), Refused("1-1", 503, None), Refused("1-1", 486, None),
    Refused("1-1", 603, received=False), Refused("1-1", 404, received=True)],
)  # fmt: skip
def test_a_rung_that_fails_gives_way_to_the_next(failure: Unreached | Refused) -> None:
    ladder = dialled()
    effects = ladder.report(NG, failure, 3)
    assert told(effects) == [TryRung(CS, "1-1")]
    assert woken(effects) == [3 + 39.0]


@pytest.mark.parametrize("status", [486, 600, 603])
def test_a_person_who_knows_is_not_called_again_by_another_way(status: int) -> None:
    ladder = dialled()
    report = Refused("1-1", status, received=True)
    assert told(ladder.report(NG, report, 3)) == [PassOn(report, NG)]
    assert ladder.rung is None
    assert ladder.wake(100) == []


def test_the_failure_of_the_last_rung_is_the_failure_of_the_attempt() -> None:
    ladder = dialled()
    ladder.report(NG, Unreached("1-1", "road"), 1)
    report = Refused("1-1", 503, None)
    assert told(ladder.report(CS, report, 2)) == [PassOn(report, CS)]


def test_a_ladder_without_rungs_reaches_nobody_and_says_so() -> None:
    effects = Ladder(()).dial("1-1", 0, {}, new_case=True)
    assert told(effects) == [PassOn(Unreached("1-1", "no_bearer"), None)]
    assert woken(effects) == []


def test_a_silent_rung_is_left_for_the_next_and_hung_up() -> None:
    ladder = dialled()
    assert ladder.wake(14.9) == [WakeAt(15.0)]
    effects = ladder.wake(15)
    assert told(effects) == [LeaveRung(NG, "1-1"), TryRung(CS, "1-1")]
    effects = ladder.wake(15 + 39)
    assert told(effects) == [LeaveRung(CS, "1-1"), PassOn(Unreached("1-1", "silence"), None)]
    assert ladder.wake(1000) == []


def test_a_rung_is_given_more_time_where_the_other_is_said_to_be_missing() -> None:
    effects = Ladder().dial("1-1", 0, {NG: None, CS: False}, new_case=True)
    assert woken(effects) == [39.0]


def test_a_rung_that_rings_is_waited_for() -> None:
    ladder = dialled()
    assert told(ladder.report(NG, Ringing("1-1"), 5)) == [PassOn(Ringing("1-1"), NG)]
    assert ladder.wake(100) == []


def test_an_answer_stands_and_what_follows_is_passed_on() -> None:
    ladder = dialled()
    for report in (
        Answered("1-1", received=True),
        DataRequested("1-1", "t"),
        DataDelivered("1-1"),
        Answered("1-1", received=True),
    ):
        assert told(ladder.report(NG, report, 5)) == [PassOn(report, NG)]
    assert ladder.standing
    assert ladder.wake(100) == []


@pytest.mark.parametrize("end", [Dropped("1-1", "road"), ClearedDown("1-1"),
    Refused("1-1", 500, None), Unreached("1-1", "road")])  # fmt: skip
def test_the_end_of_a_standing_call_is_no_reason_for_another_rung(end: Any) -> None:
    ladder = dialled()
    ladder.report(NG, Answered("1-1", None), 5)
    assert told(ladder.report(NG, end, 9)) == [PassOn(end, NG)]
    assert ladder.rung is None
    assert not ladder.standing


# --- late words


def test_a_rung_that_answers_after_it_was_left_is_hung_up() -> None:
    ladder = dialled()
    ladder.wake(15)
    assert told(ladder.report(NG, Answered("1-1", None), 20)) == [LeaveRung(NG, "1-1")]
    assert ladder.rung == CS


@pytest.mark.parametrize("late", [Ringing("1-1"), Unreached("1-1", "road"),
    Refused("1-1", 486, received=True), Dropped("1-1", "road"), ClearedDown("1-1")])  # fmt: skip
def test_other_late_words_are_no_news(late: Any) -> None:
    ladder = dialled()
    ladder.wake(15)
    assert ladder.report(NG, late, 20) == []
    assert ladder.rung == CS


def test_an_attempt_that_was_taken_back_is_left_on_the_rung_that_had_it() -> None:
    ladder = dialled()
    ladder.wake(15)
    assert told(ladder.hang_up("1-1", 20)) == [LeaveRung(CS, "1-1")]
    assert ladder.hang_up("1-1", 20) == []
    assert told(ladder.report(CS, Answered("1-1", None), 21)) == [LeaveRung(CS, "1-1")]


def test_hanging_up_what_is_not_ours_does_nothing() -> None:
    assert dialled().hang_up("0-1", 1) == []


def test_a_new_attempt_leaves_what_was_under_way() -> None:
    ladder = dialled()
    effects = ladder.dial("2-1", 1, UNKNOWN, new_case=True)
    assert told(effects) == [LeaveRung(NG, "1-1"), TryRung(NG, "2-1")]


# --- what an attempt teaches the next


def test_the_alternative_service_is_the_circuit_switched_one_for_the_whole_case() -> None:
    ladder = dialled(BOTH)
    assert told(ladder.report(NG, Refused("1-1", 380, None), 1)) == [TryRung(CS, "1-1")]
    ladder.report(CS, Unreached("1-1", "road"), 2)
    assert told(ladder.dial("1-2", 3, BOTH, new_case=False)) == [TryRung(CS, "1-2")]
    effects = ladder.dial("2-1", 4, BOTH, new_case=True)
    assert told(effects) == [LeaveRung(CS, "1-2"), TryRung(NG, "2-1")]


def test_a_rung_that_carried_the_call_carries_its_redial() -> None:
    ladder = dialled(BOTH)
    ladder.report(NG, Unreached("1-1", "road"), 1)
    ladder.report(CS, Answered("1-1", None), 5)
    ladder.report(CS, Dropped("1-1", "road"), 9)
    assert told(ladder.dial("1-2", 10, BOTH, new_case=False)) == [TryRung(CS, "1-2")]
    ladder.report(CS, Unreached("1-2", "road"), 11)
    ladder.report(NG, Unreached("1-2", "road"), 12)
    assert told(ladder.dial("1-3", 13, BOTH, new_case=False)) == [TryRung(NG, "1-3")]


def test_a_rung_that_carried_the_call_and_is_gone_does_not_come_first() -> None:
    ladder = dialled(BOTH)
    ladder.report(NG, Answered("1-1", None), 1)
    ladder.report(NG, Dropped("1-1", "road"), 2)
    offer: dict[str, bool | None] = {NG: False, CS: None}
    assert told(ladder.dial("1-2", 3, offer, new_case=False)) == [TryRung(CS, "1-2")]


# --- callbacks


def test_a_callback_is_passed_on_with_the_rung_that_rang() -> None:
    assert told(Ladder().report(CS, CalledBack("cb"), 0)) == [PassOn(CalledBack("cb"), CS)]


def test_a_callback_stands_on_the_rung_that_rang() -> None:
    ladder = Ladder()
    assert ladder.answer_callback(CS, "cb", 0) == []
    assert (ladder.rung, ladder.standing) == (CS, True)
    assert told(ladder.report(CS, DataRequested("cb", "t"), 1)) == [
        PassOn(DataRequested("cb", "t"), CS)
    ]
    assert told(ladder.hang_up("cb", 2)) == [LeaveRung(CS, "cb")]


def test_a_callback_that_is_taken_leaves_what_was_under_way() -> None:
    assert told(dialled().answer_callback(CS, "cb", 1)) == [LeaveRung(NG, "1-1")]


def test_a_report_can_be_given_another_name() -> None:
    assert renamed(Refused("7", 486, None), "cs 7") == Refused("cs 7", 486, None)


# --- settings and every life


@pytest.mark.parametrize(("patience", "last"), [(0.0, 39.0), (39.0, 39.0)])
def test_times_that_leave_none_to_the_next_rung_are_refused(patience: float, last: float) -> None:
    with pytest.raises(LocalError):
        LadderSettings(patience, last)


def test_a_rung_stands_on_the_ladder_once() -> None:
    with pytest.raises(LocalError):
        Ladder((NG, NG))


def test_a_ladder_reaches_up_within_the_time_of_one_attempt() -> None:
    settings = LadderSettings()
    assert settings.patience_s + 20 < 40, "the second rung has too little time"
    assert settings.last_s < 40, "the procedure would take an attempt back before the ladder"


WORDS = st.sampled_from(
    [Ringing, Answered, Refused, Unreached, Dropped, ClearedDown, CalledBack, "wake", "hang_up"]
)
STEPS = st.lists(
    st.tuples(WORDS, st.sampled_from([NG, CS]), st.sampled_from(["1-1", "1-2", "cb"]),
    st.sampled_from([380, 486, 503]), st.booleans(), st.sampled_from([0.0, 1.0, 16.0, 40.0])),
    max_size=40,
)  # fmt: skip


def _report(word: Any, call: str, status: int, received: bool) -> Any:  # noqa: FBT001
    if word is Refused:
        return Refused(call, status, received)
    if word is Answered:
        return Answered(call, received)
    return word(call, "road") if word in (Unreached, Dropped) else word(call)


@given(STEPS, st.sampled_from(list(product((True, False, None), repeat=2))))
def test_every_attempt_ends_in_exactly_one_report_and_stands_on_one_rung(
    steps: list[Any], offered: tuple[bool | None, bool | None]
) -> None:
    ladder = Ladder()
    offer = dict(zip((NG, CS), offered, strict=True))
    on_air = {(e.rung, e.call) for e in told(ladder.dial("1-1", 0, offer, new_case=True))
        if isinstance(e, TryRung)}  # fmt: skip
    ends, hung_up, now = 0, False, 0.0
    for word, rung, call, status, received, later in steps:
        now += later
        if word == "wake":
            effects = ladder.wake(now)
        elif word == "hang_up":
            hung_up |= call == "1-1" and ladder.rung is not None
            effects = ladder.hang_up(call, now)
        else:
            report = _report(word, call, status, received)
            if isinstance(report, (Refused, Unreached, Dropped, ClearedDown)):
                on_air.discard((rung, call))
            effects = ladder.report(rung, report, now)
        for event in told(effects):
            match event:
                case TryRung(tried, name):
                    on_air.add((tried, name))
                case LeaveRung(left, name):
                    on_air.discard((left, name))
                case PassOn(Refused() | Unreached() | Dropped() | ClearedDown()):
                    ends += 1
        assert len(on_air) <= 1, "two rungs at once"
    assert ends <= 1
    assert not (ends and hung_up), "a report after hanging up"
    assert (ladder.rung is None) == bool(ends or hung_up)
