"""A healthy car never warns: 1 000 days of tunnels, garages, cold nights, holidays and dead zones.

The days are lived in four pieces, two cars in turn, so that two workers share them: a piece begins
with a car that is as old as its first day. OPENSOS_EXPLORE=1 lets both cars live all of them. What
is tested is the whole of ``rules/readiness`` on the pretend car's physics; the unit looks every
four seconds while a self-test runs, and later every 28.
"""

from __future__ import annotations

import os

import pytest

from opensos.rules.readiness.readings import Component
from tests.apps.vehicle.life import Patient, untraced

PIECE_DAYS = 250
LIVES = ((1, "G"), (2, "own"))  # seed of the car and of its owner's days, family
PIECES = [
    pytest.param(seed, family, first, id=f"{family}-{seed}-from-day-{first}")
    for number, (seed, family) in enumerate(LIVES)
    for first in range(0, 1000, PIECE_DAYS)
    if os.environ.get("OPENSOS_EXPLORE") or first // PIECE_DAYS % len(LIVES) == number
]


@pytest.mark.parametrize(("seed", "family", "first"), PIECES)
def test_a_healthy_car_never_warns_in_a_thousand_days(seed: int, family: str, first: int) -> None:
    one = Patient(seed, family)
    with untraced():
        one.grow_old(first, seed)
        one.live(PIECE_DAYS, seed)
    assert one.warnings == []
    assert {dtc.key for _, dtc, _ in one.faults} <= {"network.no_service"}, "a gap is no fault"
    assert one.health.faults == ()
    assert one.tests_ended > 1.5 * PIECE_DAYS, "it did test itself, day by day"
    assert any(dtc.key == "network.no_service" for _, dtc, _ in one.faults), "there were gaps"


@pytest.mark.parametrize(
    ("fault", "part"),
    [
        ("backup_end_of_life", Component.BACKUP_BATTERY),
        ("gnss_receiver_deaf", Component.GNSS_RECEIVER),
        ("alternator_dead", Component.MAIN_SUPPLY),
        ("sim_not_active", Component.NETWORK),
    ],
)
def test_the_same_life_with_a_fault_in_it_does_warn(fault: str, part: Component) -> None:
    one = Patient(1, "G")
    one.grow_old(20, 1)
    one.car.inject(fault, one.now)
    one.live(21, 1)
    assert one.warnings
    assert one.warnings[-1][1].components[0] is part
