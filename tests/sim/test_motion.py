"""Speed and distance of the pretend car."""

from __future__ import annotations

import pytest

from opensos.sim.motion import Odometer


def test_distance_is_the_integral_of_speed() -> None:
    car = Odometer(0.0, 36.0)
    assert car.driven_m(10.0) == pytest.approx(100.0)
    car.stop(10.0, 2.0, stays=True)
    assert car.speed_kmh(11.0) == pytest.approx(18.0)
    assert car.driven_m(12.0) == car.driven_m(99.0) == pytest.approx(110.0)
    assert car.driven_m(5.0) == pytest.approx(50.0)


def test_before_the_start_it_came_along_the_same_way() -> None:
    assert Odometer(0.0, 36.0).driven_m(-5.0) == pytest.approx(-50.0)


def test_memory_is_bounded_however_often_it_stops() -> None:
    car = Odometer(0.0, 36.0)
    for k in range(1000):
        car.stop(k * 30.0, 1.0, stays=False)
    assert len(car._times) < 100
    assert car.speed_kmh(31_000.0) == 36.0
