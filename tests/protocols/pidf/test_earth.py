from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.pidf import decode
from opensos.protocols.pidf.earth import bearing_deg, cover, distance_m, travel, wrap

LATS = st.floats(-89.9, 89.9)
LONS = st.floats(-180, 180)


def test_a_degree_of_latitude_is_about_111_kilometres() -> None:
    assert distance_m((0, 0), (1, 0)) == pytest.approx(111_195, rel=1e-4)
    assert distance_m((0, 179.5), (0, -179.5)) == pytest.approx(111_195, rel=1e-4)
    assert distance_m((90, 0), (90, 123)) == pytest.approx(0, abs=1e-6)


@given(LATS, LONS, st.floats(0, 360), st.floats(1, 1_000_000))
def test_travelling_covers_the_distance(lat: float, lon: float, bearing: float, far: float) -> None:
    end = travel((lat, lon), bearing, far)
    assert distance_m((lat, lon), end) == pytest.approx(far, rel=1e-6, abs=0.5)


def test_bearings_are_clockwise_from_north() -> None:
    assert bearing_deg((0, 0), (1, 0)) == pytest.approx(0)
    assert bearing_deg((0, 0), (0, 1)) == pytest.approx(90)
    assert wrap(190) == -170
    assert wrap(-180) == -180


@given(st.lists(st.tuples(st.floats(-80, 80), LONS), min_size=1, max_size=16))
def test_a_covering_circle_covers(points: list[tuple[float, float]]) -> None:
    centre, radius = cover(points)
    assert all(distance_m(centre, point) <= radius + 0.01 for point in points)


@given(
    LATS, LONS, st.lists(st.tuples(st.floats(0, 360), st.floats(1, 50_000)), min_size=3, max_size=9)
)
def test_a_covering_circle_is_not_much_too_large(
    lat: float, lon: float, around: list[tuple[float, float]]
) -> None:
    points = [travel((lat, lon), bearing, far) for bearing, far in around]
    _, radius = cover(points)
    widest = max(distance_m(a, b) for a in points for b in points)
    # Jung: at least half the widest span, and 0.578 of it would do.
    assert widest / 2 <= radius + 0.01
    assert radius <= 0.85 * widest + 1


def test_points_all_around_the_earth_still_have_a_cover() -> None:
    _, radius = cover([(0, 0), (0, 180)])
    assert radius > 0


@given(
    st.tuples(st.floats(0, 5000), st.floats(1, 5000)),
    st.tuples(st.floats(0, 360), st.floats(0, 179)),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_an_arc_band_is_covered(
    radii: tuple[float, float], angles: tuple[float, float], where: tuple[float, float]
) -> None:
    (inner, thick), (start, opening), (across, along) = radii, angles, where
    outer = inner + thick
    document = (
        '<presence xmlns:g="urn:g" xmlns="urn:p"><tuple><g:location-info>'
        '<g:ArcBand srsName="urn:ogc:def:crs:EPSG::4326"><g:pos>48 11</g:pos>'
        f'<g:innerRadius uom="x:9001">{inner!r}</g:innerRadius>'
        f'<g:outerRadius uom="x:9001">{outer!r}</g:outerRadius>'
        f'<g:startAngle uom="x:9102">{start!r}</g:startAngle>'
        f'<g:openingAngle uom="x:9102">{opening!r}</g:openingAngle>'
        "</g:ArcBand></g:location-info></tuple></presence>"
    )
    found = decode(document.encode()).position
    assert found is not None
    assert found.lat is not None
    assert found.lon is not None
    assert found.radius_m is not None
    somewhere = travel((48, 11), start + opening * along, inner + thick * across)
    assert distance_m((found.lat, found.lon), somewhere) <= found.radius_m + 0.01
    assert found.radius_m <= outer * math.sqrt(2)
