"""The road of the pretend car."""

from __future__ import annotations

import itertools

import pytest

from opensos.sim.route import ROUND_TRIP, Route


def test_the_road_has_twenty_points_and_closes() -> None:
    route = Route()
    assert len(ROUND_TRIP) == 20
    assert 10_000.0 < route.length_m < 20_000.0
    assert route.at(route.length_m) == route.at(0.0)
    assert (route.at(0.0).latitude, route.at(0.0).longitude) == ROUND_TRIP[0]


def test_no_two_places_a_metre_apart_are_far_apart() -> None:
    route = Route()
    step = 25.0
    places = [route.at(i * step) for i in range(int(route.length_m / step))]
    for a, b in itertools.pairwise(places):
        assert a.latitude == pytest.approx(b.latitude, abs=0.0003)
        assert a.longitude == pytest.approx(b.longitude, abs=0.0004)
