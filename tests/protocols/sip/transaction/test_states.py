"""Walk the tables of the four machines: nothing unreachable, nothing unhandled."""

from __future__ import annotations

import pytest

from opensos.protocols.sip.transaction import TABLES, Do, On, State, Table

NETWORK = {
    "client INVITE": {On.PROVISIONAL, On.SUCCESS, On.FAILURE, On.ROAD_FAILED},
    "client non-INVITE": {On.PROVISIONAL, On.FINAL, On.ROAD_FAILED},
    "server INVITE": {On.REQUEST, On.ACK, On.ROAD_FAILED},
    "server non-INVITE": {On.REQUEST, On.ROAD_FAILED},
}
EACH = pytest.mark.parametrize("name", sorted(TABLES))
Live = frozenset[On]


def live_after(live: Live, do: tuple[Do, ...]) -> Live:
    timers = set(live)
    for action in do:
        if action is Do.STOP_TIMERS:
            timers.clear()
        elif action.name.startswith("START_"):
            timers.add(On[action.name.replace("START", "TIMER")])
        elif action is Do.SLOWEST_E:
            timers.add(On.TIMER_E)
    return frozenset(timers)


def walk(table: Table) -> set[tuple[State, Live]]:
    """Every state together with the timers that can be running in it."""
    seen: set[tuple[State, Live]] = set()
    todo: list[tuple[State, Live]] = [(State.INITIAL, frozenset())]
    while todo:
        at = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        state, live = at
        for on, rule in table[state].items():
            if on.value.startswith("timer_"):
                if on not in live:
                    continue
                live_now = live - {on}
            else:
                live_now = live
            if rule is not None:
                todo.append((rule.then, live_after(live_now, rule.do)))
    return seen


@EACH
def test_every_state_can_be_reached(name: str) -> None:
    reached = {state for state, _ in walk(TABLES[name])}
    assert reached == set(TABLES[name])


@EACH
def test_every_timer_that_can_run_in_a_state_is_handled_there(name: str) -> None:
    for state, live in walk(TABLES[name]):
        assert live <= set(TABLES[name][state]), (state, live)


@EACH
def test_every_timer_that_is_handled_in_a_state_can_run_there(name: str) -> None:
    running: dict[State, set[On]] = {}
    for state, live in walk(TABLES[name]):
        running.setdefault(state, set()).update(live)
    for state, rules in TABLES[name].items():
        timers = {on for on in rules if on.value.startswith("timer_")}
        assert timers <= running[state], state


@EACH
def test_whatever_the_network_brings_is_handled_in_every_state(name: str) -> None:
    for state, rules in TABLES[name].items():
        if state not in {State.INITIAL, State.TERMINATED}:
            assert NETWORK[name] <= set(rules), state


@EACH
def test_no_timer_outlives_its_transaction(name: str) -> None:
    ends = [live for state, live in walk(TABLES[name]) if state is State.TERMINATED]
    assert ends == [frozenset()]


@EACH
def test_no_state_but_waiting_for_our_own_user_lasts_for_ever(name: str) -> None:
    """A state without a running timer waits for the user, or for a peer's final answer."""
    patient = {
        "client INVITE": {State.PROCEEDING},  # the core cancels
        "client non-INVITE": set(),
        "server INVITE": {State.PROCEEDING},
        "server non-INVITE": {State.TRYING, State.PROCEEDING},
    }[name]
    idle = {
        state
        for state, live in walk(TABLES[name])
        if not live and state not in {State.INITIAL, State.TERMINATED}
    }
    assert idle == patient


def test_all_timers_of_the_rfcs_are_there() -> None:
    handled = {on for table in TABLES.values() for rules in table.values() for on in rules}
    letters = {on.value[-1] for on in handled if on.value.startswith("timer_")}
    assert letters == set("abdefghijklm")  # timer C belongs to proxies
