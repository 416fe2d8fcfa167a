from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.sip.alarms import FEW, Alarms


def take_all(alarms: Alarms, now: float) -> None:
    while (ring := alarms.take(now)) is not None:
        ring()


def test_alarms_ring_in_order_of_time_then_of_setting() -> None:
    alarms, rung = Alarms(), list[str]()
    for when, name in ((2.0, "c"), (1.0, "a"), (1.0, "b"), (9.0, "late")):
        alarms.set(when, lambda name=name: rung.append(name))  # type: ignore[misc]  # bound now
    assert alarms.earliest() == 1.0
    take_all(alarms, 2.0)
    assert rung == ["a", "b", "c"]
    assert len(alarms) == 1


def test_a_cancelled_alarm_never_rings_and_may_be_cancelled_again() -> None:
    alarms, rung = Alarms(), list[str]()
    alarm = alarms.set(1.0, lambda: rung.append("x"))
    alarms.cancel(alarm)
    alarms.cancel(alarm)
    alarms.cancel(None)
    assert (len(alarms), alarms.earliest()) == (0, None)
    take_all(alarms, 5.0)
    assert rung == []


def test_an_alarm_that_has_rung_can_be_cancelled_without_harm() -> None:
    alarms = Alarms()
    alarm = alarms.set(1.0, lambda: None)
    take_all(alarms, 1.0)
    alarms.cancel(alarm)
    assert len(alarms) == 0


def test_memory_follows_the_living() -> None:
    alarms = Alarms()
    keep = [alarms.set(1e6, lambda: None) for _ in range(3)]
    for _ in range(10_000):
        alarms.cancel(alarms.set(2e6, lambda: None))
    assert len(alarms) == len(keep)
    assert len(alarms._heap) <= 2 * FEW + 10


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=200))
def test_whatever_is_not_cancelled_rings_once_in_order(plan: list[tuple[float, bool]]) -> None:
    alarms, rung = Alarms(), list[float]()
    for when, cancelled in plan:
        alarm = alarms.set(when, lambda when=when: rung.append(when))  # type: ignore[misc]  # bound
        if cancelled:
            alarms.cancel(alarm)
    take_all(alarms, 100.0)
    assert rung == sorted(when for when, cancelled in plan if not cancelled)
    assert alarms.earliest() is None
