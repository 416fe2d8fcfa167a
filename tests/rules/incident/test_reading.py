from __future__ import annotations

import dataclasses

import pytest

from opensos.protocols import msd as msd_room
from opensos.protocols import pidf
from opensos.protocols.pidf import Location, LocationResult
from opensos.rules.incident import read_location, read_msd
from tests.pretend_car import HANOVER, VIN, a_location, an_msd


def test_all_that_the_car_says_reaches_the_card() -> None:
    found = read_msd(msd_room.decode(an_msd()))
    assert found.received
    assert found.test is True
    vehicle = found.vehicle
    assert vehicle is not None
    assert (vehicle.vin, vehicle.make, vehicle.model_year) == (VIN, "Volkswagen", 2017)
    assert vehicle.vin_masked == "WVW***********456"
    assert (vehicle.type, vehicle.propulsion) == ("M1", ("gasoline",))
    assert (vehicle.direction_deg, vehicle.occupants) == (90, 2)
    crash = found.crash
    assert crash is not None
    assert (crash.impact, crash.rollover, crash.range_kmh) == ("front", False, 125)
    assert (crash.delta_v_x_kmh, crash.delta_v_y_kmh) == (-45, 10)
    assert crash.severity is not None
    assert 0 < crash.severity.low <= crash.severity.probability <= crash.severity.high < 1


def test_a_car_without_crash_data_has_no_crash() -> None:
    found = read_msd(msd_room.decode(an_msd(crash=False)))
    assert found.crash is None


def test_a_message_cut_before_the_position_is_not_acknowledged_but_read() -> None:
    found = read_msd(msd_room.decode(an_msd()[:18]))
    assert not found.received
    assert found.msd is not None
    assert found.vehicle is not None
    assert any(f.code == "msd.truncated" for f in found.findings)


def test_an_unknown_position_is_received_and_none() -> None:
    unknown = dataclasses.replace(
        _decoded(), latitude_mas=2_147_483_647, longitude_mas=2_147_483_647
    )
    found = read_msd(msd_room.decode(msd_room.encode(unknown)))
    assert found.received
    assert found.position is None
    assert any(f.code == "position.unknown" for f in found.findings)


def test_nobody_in_the_car_and_nobody_said_so_are_told_apart() -> None:
    empty = msd_room.encode(dataclasses.replace(_decoded(), occupants=0))
    silent = msd_room.encode(dataclasses.replace(_decoded(), occupants=None))
    vehicles = [read_msd(msd_room.decode(m)).vehicle for m in (empty, silent)]
    assert [v.occupants if v else "?" for v in vehicles] == [0, None]


def test_the_networks_location_is_read_with_its_radius() -> None:
    position, findings = read_location(pidf.decode(a_location(HANOVER, 30.0)))
    assert position is not None
    assert (position.lat, position.lon) == pytest.approx(HANOVER)
    assert position.radius_m == pytest.approx(30.0)
    assert findings == ()


@pytest.mark.parametrize("document", [b"", b"<", b"<a/>", b"\xff" * 100])
def test_an_unreadable_location_is_a_finding(document: bytes) -> None:
    position, findings = read_location(pidf.decode(document))
    assert position is None
    assert findings


def test_an_address_without_a_position_is_shown() -> None:
    place = Location(civic={"country": "DE", "A3": "Hannover"})
    position, findings = read_location(LocationResult(place))
    assert position is None
    assert findings[0].text == "Address: DE, Hannover"


@pytest.mark.parametrize("lat", [float("nan"), 91.0, float("inf")])
def test_a_position_that_no_map_can_show_is_none(lat: float) -> None:
    position, findings = read_location(LocationResult(Location(lat=lat, lon=1.0)))
    assert position is None
    assert findings


def test_a_radius_without_bounds_is_unknown() -> None:
    position, _ = read_location(LocationResult(Location(1.0, 2.0, radius_m=float("inf"))))
    assert position is not None
    assert position.radius_m is None


def _decoded() -> msd_room.Msd:
    found = msd_room.decode(an_msd()).msd
    assert found is not None
    return found
