from __future__ import annotations

import functools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.edges.places import EARTH_KM, NearestPlace, Town, WorldPlaces, world_towns


@functools.cache
def towns() -> tuple[Town, ...]:
    return tuple(world_towns())


@functools.cache
def world() -> NearestPlace:
    return NearestPlace(towns())


def km_between(a_lat: float, a_lon: float, b_lat: float, b_lon: float) -> float:
    """Return the haversine distance: another formula than the one under test."""
    phi1, phi2 = math.radians(a_lat), math.radians(b_lat)
    h = (
        math.sin((phi2 - phi1) / 2) ** 2
        + math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(b_lon - a_lon) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(h)))


latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


@settings(max_examples=60, deadline=None)
@given(latitudes, longitudes)
def test_it_agrees_with_looking_at_every_city(latitude: float, longitude: float) -> None:
    place = world().nearest(latitude, longitude)
    assert place is not None
    best = min(km_between(latitude, longitude, t.latitude, t.longitude) for t in towns())
    assert place.km == pytest.approx(best, abs=0.06)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(latitudes, longitudes), min_size=1, max_size=30),
    latitudes,
    longitudes,
)
def test_any_list_of_towns_is_searched_right(
    spots: list[tuple[float, float]], latitude: float, longitude: float
) -> None:
    few = NearestPlace(Town(str(i), "", lat, lon) for i, (lat, lon) in enumerate(spots))
    place = few.nearest(latitude, longitude)
    assert place is not None
    best = min(km_between(latitude, longitude, lat, lon) for lat, lon in spots)
    assert place.km == pytest.approx(best, abs=0.11)


def test_a_known_place_is_named_with_country_and_direction() -> None:
    place = world().nearest(52.60, 13.38)
    assert place is not None
    assert place.country == "Germany"
    assert place.km < 6


def test_the_direction_is_where_the_incident_lies_seen_from_the_town() -> None:
    town = NearestPlace([Town("Middle", "Nowhere", 50.0, 10.0)])
    seen = {
        name: town.nearest(50 + dlat, 10 + dlon)
        for name, dlat, dlon in (
            ("N", 0.1, 0.0),
            ("NE", 0.1, 0.155),
            ("E", 0.0, 0.1),
            ("SE", -0.1, 0.155),
            ("S", -0.1, 0.0),
            ("SW", -0.1, -0.155),
            ("W", 0.0, -0.1),
            ("NW", 0.1, -0.155),
        )
    }
    assert {name: p.bearing if p else None for name, p in seen.items()} == {n: n for n in seen}


def test_the_antimeridian_is_no_border() -> None:
    two = NearestPlace([Town("West", "", -16.5, 179.99), Town("East", "", -16.5, -178.0)])
    place = two.nearest(-16.5, -179.99)
    assert place is not None
    assert (place.name, place.bearing) == ("West", "E")
    assert place.km < 3


def test_the_pole_has_a_nearest_place() -> None:
    for latitude in (90.0, -90.0):
        place = world().nearest(latitude, 0.0)
        assert place is not None
        assert 0 < place.km < 6000


def test_no_position_and_no_towns_give_none() -> None:
    assert world().nearest(math.nan, 0.0) is None
    assert world().nearest(0.0, math.inf) is None
    assert world().nearest(91.0, 0.0) is None
    assert NearestPlace([]).nearest(0.0, 0.0) is None


def test_the_world_answers_none_until_it_is_loaded() -> None:
    places = WorldPlaces()
    assert places.nearest(50, 10) is None
    places.load()
    places.wait()
    assert places.nearest(50, 10) is not None
