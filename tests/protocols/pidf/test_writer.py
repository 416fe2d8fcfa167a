from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError
from opensos.protocols.pidf import Location, decode, encode

ENTITY = "pres:anonymous@anonymous.invalid"


def test_a_point_is_written_with_time_and_method() -> None:
    location = Location(48.1372, 11.5756, method="GPS", timestamp="2026-11-24T13:00:00Z")
    result = decode(encode(location))
    assert result.problems == ()
    assert result.position == Location(
        48.1372,
        11.5756,
        method="GPS",
        timestamp="2026-11-24T13:00:00Z",
        entity=ENTITY,
        shape="Point",
        source="tuple",
    )


def test_a_radius_makes_a_circle_and_an_altitude_a_point_in_space() -> None:
    circle = decode(encode(Location(1, 2, radius_m=12.5, altitude=3))).position
    assert circle is not None
    assert (circle.shape, circle.radius_m, circle.altitude) == ("Circle", 12.5, None)
    space = decode(encode(Location(1, 2, altitude=-3.25))).position
    assert space is not None
    assert (space.shape, space.altitude) == ("Point", -3.25)


def test_what_is_written_cannot_break_out_of_its_element() -> None:
    location = Location(1, 2, entity='pres:"><x/>', method="<&>")
    found = decode(encode(location)).position
    assert found is not None
    assert (found.entity, found.method) == ('pres:"><x/>', "<&>")


@given(
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.none() | st.floats(0, 20_000_000),
    st.none() | st.text(st.characters(min_codepoint=33, max_codepoint=0xD7FF), min_size=1),
)
def test_every_place_on_earth_survives_the_wire(
    lat: float, lon: float, radius: float | None, method: str | None
) -> None:
    method = (
        None
        if method is None or any(c.isspace() or 0x7F <= ord(c) <= 0x9F for c in method)
        else method
    )
    result = decode(encode(Location(lat, lon, radius, method=method)))
    assert result.problems == ()
    assert result.position is not None
    assert result.position.lat == pytest.approx(lat, abs=1e-7)
    assert result.position.lon == pytest.approx(lon, abs=1e-7)
    assert result.position.method == method
    if radius is not None:
        assert result.position.radius_m == pytest.approx(radius, abs=1e-3)


@pytest.mark.parametrize(
    "location",
    [
        Location(),
        Location(1, None),
        Location(90.1, 0),
        Location(0, -180.1),
        Location(math.nan, 0),
        Location(0, math.inf),
        Location(0, 0, radius_m=-1),
        Location(0, 0, radius_m=math.nan),
        Location(0, 0, altitude=math.inf),
        Location(0, 0, timestamp="now"),
        Location(0, 0, timestamp="2026-11-24T13:00:00Z\n"),
        Location(0, 0, method="\0"),
        Location(0, 0, entity="\ud800"),
    ],
    ids=str,
)
def test_a_location_that_no_document_can_hold_is_our_own_fault(location: Location) -> None:
    with pytest.raises(LocalError):
        encode(location)
