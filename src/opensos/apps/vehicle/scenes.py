"""Lets scenarios happen to a pretend car, and makes it whole again between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.rules.emergency import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.apps.vehicle.unit import Unit
    from opensos.sim.car import PretendCar

_OVER = frozenset({State.IDLE, State.CALLBACK_WINDOW})


def repair(unit: Unit, car: PretendCar) -> None:
    """Make a car whose last call is over whole again, so that it can crash anew."""
    now = unit.clock.now()
    if unit.state in _OVER and not car.busy(now):
        car.recover(now)


def crasher(unit: Unit, car: PretendCar) -> Callable[[str], None]:
    """Return what ``web.car_router`` needs to let a scenario begin to a repaired car."""

    def crash(scenario: str) -> None:
        repair(unit, car)
        car.happen(scenario, unit.clock.now())

    return crash
