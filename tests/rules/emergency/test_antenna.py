"""Main or emergency antenna: over when it must be, back when it is calm, and never to and fro."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import Effect, LocalError, Tell, WakeAt
from opensos.rules.emergency import AntennaChoice, AntennaSettings, AntennaView, UseAntenna
from opensos.rules.readiness.readings import Circuit

CALM = AntennaView(main=Circuit.OK, emergency=Circuit.OK, registered=True)
BROKEN = replace(CALM, main=Circuit.OPEN)
LOST = replace(CALM, registered=False, wanted=True)
STANDING = replace(CALM, wanted=True, standing=True)


class Roof:
    def __init__(self) -> None:
        self.choice = AntennaChoice()
        self.t = 0.0
        self.changes: list[tuple[str, str]] = []

    def do(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Tell):
                assert isinstance(effect.event, UseAntenna)
                self.changes.append((effect.event.name, effect.event.why))

    def see(self, view: AntennaView, seconds: float) -> list[tuple[str, str]]:
        """Look at the same view for so long; returns the changes that came of it."""
        before = len(self.changes)
        end = self.t + seconds
        while True:
            self.do(self.choice.observe(view, self.t))
            if self.t >= end:
                return self.changes[before:]
            self.t = min(end, self.t + 0.25)


def test_the_main_antenna_is_used_while_nothing_speaks_against_it() -> None:
    roof = Roof()
    assert roof.see(CALM, 100) == []
    assert roof.choice.in_use == "main"


@pytest.mark.parametrize("circuit", sorted(set(Circuit) - {Circuit.OK}))
def test_a_broken_main_antenna_gives_way_once_that_is_sure(circuit: Circuit) -> None:
    roof = Roof()
    assert roof.see(replace(CALM, main=circuit), 0.25) == []
    assert roof.see(replace(CALM, main=circuit), 0.25) == [("emergency", "broken")]
    assert roof.see(replace(CALM, main=circuit), 1000) == []


def test_a_broken_antenna_for_a_moment_changes_nothing() -> None:
    roof = Roof()
    roof.see(BROKEN, 0.25)
    assert roof.see(CALM, 10) == []


def test_nothing_is_won_by_a_broken_emergency_antenna() -> None:
    both = replace(BROKEN, emergency=Circuit.SHORT_GROUND)
    assert Roof().see(both, 100) == []
    assert Roof().see(replace(LOST, emergency=Circuit.OPEN), 100) == []


def test_what_is_not_known_is_neither_broken_nor_lost() -> None:
    assert Roof().see(AntennaView(wanted=True), 1000) == []


def test_an_emergency_antenna_of_which_nothing_is_known_is_tried() -> None:
    assert Roof().see(replace(BROKEN, emergency=None), 1) == [("emergency", "broken")]


def test_a_lost_network_is_no_reason_while_nobody_wants_to_call() -> None:
    assert Roof().see(replace(CALM, registered=False), 1000) == []


def test_a_lost_network_while_a_call_is_wanted_is_searched_on_the_other_antenna() -> None:
    roof = Roof()
    assert roof.see(LOST, 7.75) == []
    assert roof.see(LOST, 0.25) == [("emergency", "lost")]


def test_a_search_goes_to_and_fro_ever_slower() -> None:
    roof = Roof()
    assert roof.see(LOST, 8 + 16 + 32 + 64 + 64) == [
        ("emergency", "lost"),
        ("main", "lost"),
        ("emergency", "lost"),
        ("main", "lost"),
        ("emergency", "lost"),
    ]


def test_a_search_never_goes_back_to_a_broken_antenna() -> None:
    roof = Roof()
    roof.see(BROKEN, 1)
    assert roof.see(replace(BROKEN, registered=False, wanted=True), 1000) == []


def test_a_new_search_begins_as_fast_as_the_first() -> None:
    roof = Roof()
    roof.see(LOST, 60)
    roof.see(CALM, 200)
    assert roof.choice.in_use == "main"
    assert roof.see(LOST, 8) == [("emergency", "lost")]


def test_calm_brings_the_main_antenna_back() -> None:
    roof = Roof()
    roof.see(BROKEN, 1)
    assert roof.see(CALM, 59) == []
    assert roof.see(CALM, 1.25) == [("main", "calm")]


def test_it_is_not_calm_while_a_call_is_wanted_or_the_antenna_is_broken() -> None:
    roof = Roof()
    roof.see(BROKEN, 1)
    assert roof.see(BROKEN, 100) == []
    assert roof.see(replace(CALM, wanted=True), 100) == []


def test_a_call_survives_the_loss_of_the_roof_and_stays_where_it_is() -> None:
    roof = Roof()
    roof.see(STANDING, 10)
    torn = replace(STANDING, main=Circuit.OPEN)
    assert roof.see(torn, 1) == [("emergency", "broken")]
    for _ in range(20):
        assert roof.see(STANDING, 5) == []
        assert roof.see(torn, 5) == []


def test_a_second_call_may_change_over_once_too() -> None:
    roof = Roof()
    roof.see(replace(STANDING, main=Circuit.OPEN), 1)
    roof.see(CALM, 61)
    roof.see(STANDING, 1)
    assert roof.see(replace(STANDING, main=Circuit.OPEN), 1) == [("emergency", "broken")]


def test_a_lost_network_in_a_standing_call_moves_no_antenna() -> None:
    assert Roof().see(replace(STANDING, registered=False), 100) == []


def test_it_asks_to_be_woken_when_something_is_due() -> None:
    choice = AntennaChoice()
    assert choice.observe(LOST, 0) == [WakeAt(8.0)]
    assert choice.wake(4) == [WakeAt(8.0)]
    assert choice.wake(8) == [Tell(UseAntenna("emergency", "lost")), WakeAt(24.0)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"confirm_s": -0.1},
        {"confirm_s": 10.1},
        {"lost_s": 1.9},
        {"lost_s": 65.0},
        {"calm_s": 9.9},
    ],
)
def test_times_that_flap_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        replace(AntennaSettings(), **wrong)


CIRCUITS = st.sampled_from([Circuit.OK, Circuit.OPEN, None])
VIEWS = st.builds(AntennaView, CIRCUITS, CIRCUITS, st.none() | st.booleans(), st.booleans(),
    st.booleans())  # fmt: skip


@given(st.lists(st.tuples(VIEWS, st.sampled_from([0.25, 1.0, 9.0, 70.0])), max_size=25))
def test_no_life_has_two_changes_in_a_call_or_a_change_without_its_reason(
    life: list[tuple[AntennaView, float]],
) -> None:
    roof = Roof()
    in_call = 0
    for view, seconds in life:
        changes = roof.see(view, seconds)
        in_call = in_call + len(changes) if view.standing else 0
        assert in_call <= 1
        for name, why in changes:
            assert why != "calm" or not view.wanted
            assert name != "emergency" or view.emergency in {Circuit.OK, None}
