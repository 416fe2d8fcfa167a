from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.pidf import Location, decode
from tests.shared import SHARED, needs_vectors

if TYPE_CHECKING:
    from pathlib import Path

VECTORS = SHARED / "vectors" / "pidf"
PAGE_BREAK = re.compile(r"\n*\n[^\n]*\[Page \d+\]\n\x0c?\n?RFC \d+[^\n]*\n+")
WGS84 = 'srsName="urn:ogc:def:crs:EPSG::4326"'
METRES = 'uom="urn:ogc:def:uom:EPSG::9001"'


def presence(body: str) -> bytes:
    return (
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:d" xmlns:gp="urn:g"'
        ' xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0"'
        f' xmlns:con="urn:c" entity="pres:x@y">{body}</presence>'
    ).encode()


def placed(shape: str, rest: str = "") -> bytes:
    return presence(
        f"<tuple><status><gp:geopriv><gp:location-info>{shape}</gp:location-info>"
        f"</gp:geopriv></status>{rest}</tuple>"
    )


def place(shape: str, rest: str = "") -> Location:
    result = decode(placed(shape, rest))
    assert result.problems == ()
    assert result.position is not None
    return result.position


def point(pos: str, attributes: str = WGS84) -> str:
    return f"<gml:Point {attributes}><gml:pos>{pos}</gml:pos></gml:Point>"


def rfc_locations(number: int) -> list[bytes]:
    text = (SHARED / "rfc" / f"rfc{number}.txt").read_text(encoding="utf-8")
    text = PAGE_BREAK.sub("\n", text)
    return [m.encode() for m in re.findall(r"<presence.*?</presence>", text, re.DOTALL)]


# --- documents made by others ----------------------------------------------------------------


@needs_vectors
@pytest.mark.parametrize("path", sorted(VECTORS.glob("*Location*.xml")), ids=lambda p: p.name)
def test_every_collected_location_is_read_without_a_problem(path: Path) -> None:
    result = decode(path.read_bytes())
    assert result.problems == ()
    assert result.position is not None


EXPECTED = {
    "DevicePointLocation": ("Point", 41.772035, -88.473291, None),
    "DeviceCircleLocation": ("Circle", 41.760537, -88.261914, 50.0),
    "RFC5491TupleEllipsoidLocation": ("Ellipsoid", 42.5463, -73.2512, 7.7156),
    "RFC5491TuplePrismLocation": ("Prism", 42.606844, -73.298157, 6925.0),
    "RFC5491TuplePolygonCompactLocation": ("Polygon", 43.27, -73.272, 17000.0),
    "RFC5491TupleArcBandLocation": ("ArcBand", -43.5417, 153.2420, 741.0),
}


@needs_vectors
@pytest.mark.parametrize("name", EXPECTED)
def test_each_shape_becomes_a_centre_and_a_radius(name: str) -> None:
    shape, lat, lon, radius = EXPECTED[name]
    found = decode((VECTORS / f"{name}.xml").read_bytes()).position
    assert found is not None
    assert found.shape == shape
    assert (found.lat, found.lon) == pytest.approx((lat, lon), abs=0.02)
    assert found.radius_m == (None if radius is None else pytest.approx(radius, rel=0.1))


@needs_vectors
def test_civic_addresses_keep_their_elements() -> None:
    found = decode((VECTORS / "DeviceCivicLocation.xml").read_bytes()).position
    assert found is not None
    assert found.lat is None
    assert found.shape is None
    assert found.civic == {
        "country": "US",
        "A1": "IL",
        "A2": "KANE",
        "A3": "AURORA",
        "PRD": "E",
        "RD": "NEW YORK",
        "STS": "ST",
        "HNO": "2106",
        "PCN": "AURORA",
    }
    assert (found.method, found.timestamp) == ("802.11", "2015-07-09T20:57:29Z")


@needs_vectors
def test_extensions_of_civic_addresses_keep_their_namespace_unless_registered() -> None:
    private = decode((VECTORS / "RFC6848CivicExtendedExample1.xml").read_bytes()).position
    assert private is not None
    assert private.civic is not None
    assert private.civic["{http://devon.canals.example.com/civic}bridge"] == "21451338"
    registered = decode((VECTORS / "RFC6848Figure8Example.xml").read_bytes()).position
    assert registered is not None
    assert registered.civic is not None
    assert (registered.civic["STP"], registered.civic["HNP"]) == ("Boulevard", "A")


@needs_vectors
def test_a_device_comes_before_a_person_and_the_point_is_still_found() -> None:
    result = decode((VECTORS / "DeviceAndPerson.xml").read_bytes())
    assert result.problems == ()
    assert result.position is not None
    assert result.position.source == "device"
    assert [other.source for other in result.others] == ["person"]
    assert result.point is not None
    assert result.point.radius_m == 50.0


@needs_vectors
def test_an_empty_document_is_a_problem() -> None:
    result = decode((VECTORS / "XMLFile1.xml").read_bytes())
    assert result.position is None
    assert result.point is None
    assert result.problems


@needs_vectors
@pytest.mark.parametrize("number", [4119, 5491])
def test_the_locations_in_the_rfcs_are_read(number: int) -> None:
    documents = rfc_locations(number)
    assert len(documents) >= 2
    for document in documents:
        if b"..." in document:
            continue  # a sketch, not a document
        assert decode(document).position is not None, document.decode()


# --- shapes ----------------------------------------------------------------------------------


def test_a_point_has_no_radius_and_may_have_an_altitude() -> None:
    found = place(point("48.137 11.575 519.5", 'srsName="urn:ogc:def:crs:EPSG::4979"'))
    assert (found.lat, found.lon, found.altitude, found.radius_m) == (48.137, 11.575, 519.5, None)
    assert found.source == "tuple"
    assert found.entity == "pres:x@y"


def test_a_circle_in_feet_becomes_metres() -> None:
    found = place(
        f'<gs:Circle {WGS84}><gml:pos>1 2</gml:pos><gs:radius uom="urn:ogc:def:uom:EPSG::9002">100'
        "</gs:radius></gs:Circle>"
    )
    assert found.radius_m == pytest.approx(30.48)


def test_an_ellipse_is_covered_by_its_longer_half_axis() -> None:
    found = place(
        f"<gs:Ellipse {WGS84}><gml:pos>1 2</gml:pos>"
        f"<gs:semiMajorAxis {METRES}>10</gs:semiMajorAxis>"
        f"<gs:semiMinorAxis {METRES}>20</gs:semiMinorAxis></gs:Ellipse>"
    )
    assert found.radius_m == 20.0


def test_a_sphere_keeps_its_altitude() -> None:
    found = place(
        '<gs:Sphere srsName="urn:ogc:def:crs:EPSG::4979"><gml:pos>1 2 3</gml:pos>'
        f"<gs:radius {METRES}>8.5E2</gs:radius></gs:Sphere>"
    )
    assert (found.radius_m, found.altitude, found.shape) == (850.0, 3.0, "Sphere")


def test_angles_may_be_radians() -> None:
    band = (
        "<gs:ArcBand {crs}><gml:pos>10 20</gml:pos><gs:innerRadius {m}>100</gs:innerRadius>"
        "<gs:outerRadius {m}>200</gs:outerRadius><gs:startAngle uom='urn:ogc:def:uom:EPSG::{u}'>{s}"
        "</gs:startAngle><gs:openingAngle uom='urn:ogc:def:uom:EPSG::{u}'>{o}</gs:openingAngle>"
        "</gs:ArcBand>"
    )
    degrees = place(band.format(crs=WGS84, m=METRES, u=9102, s=90, o=60))
    radians = place(band.format(crs=WGS84, m=METRES, u=9101, s=1.5707963268, o=1.0471975512))
    assert (degrees.lat, degrees.lon) == pytest.approx((radians.lat, radians.lon))
    assert degrees.radius_m == pytest.approx(radians.radius_m)


def test_a_wide_arc_band_is_covered_by_its_outer_circle() -> None:
    found = place(
        f"<gs:ArcBand {WGS84}><gml:pos>10 20</gml:pos><gs:innerRadius {METRES}>1</gs:innerRadius>"
        f"<gs:outerRadius {METRES}>200</gs:outerRadius>"
        "<gs:startAngle uom='urn:ogc:def:uom:EPSG::9102'>0</gs:startAngle>"
        "<gs:openingAngle uom='urn:ogc:def:uom:EPSG::9102'>270</gs:openingAngle></gs:ArcBand>"
    )
    assert (found.lat, found.lon, found.radius_m) == (10.0, 20.0, 200.0)


def test_a_polygon_of_single_positions_crosses_the_date_line() -> None:
    corners = ["0 179.9", "0 -179.9", "0.2 -179.9", "0.2 179.9", "0 179.9"]
    ring = "".join(f"<gml:pos>{corner}</gml:pos>" for corner in corners)
    found = place(
        f"<gml:Polygon {WGS84}><gml:exterior><gml:LinearRing>{ring}</gml:LinearRing></gml:exterior>"
        "</gml:Polygon>"
    )
    assert found.lat == pytest.approx(0.1, abs=0.01)
    assert abs(found.lon or 0.0) == pytest.approx(180.0, abs=0.01)
    assert found.radius_m == pytest.approx(15_700, rel=0.03)


@pytest.mark.parametrize(
    ("numbers", "attributes"),
    [
        ("1 2 9 1 3 9 2 3 9 1 2 9", ""),
        ("1 2 9 1 3 9 2 3 9 1 2 9", 'srsDimension="3"'),
        ("1 2 1 3 2 3 1 2", ""),
        ("1 2 1 3 2 3 1 2", 'srsDimension="2"'),
        ("1 2 1 3 2 3", ""),
        ("1 2 9 1 3 9 2 3 9", ""),
    ],
)
def test_corners_in_a_list_are_told_apart_by_twos_or_threes(numbers: str, attributes: str) -> None:
    found = place(
        f"<gml:Polygon {WGS84}><gml:posList {attributes}>{numbers}</gml:posList></gml:Polygon>"
    )
    assert (found.lat, found.lon) == pytest.approx((1.5, 2.5), abs=0.2)


def test_the_coordinates_of_older_documents_are_read() -> None:
    old = f"<gml:location><gml:Point {WGS84}><gml:coordinates>{{}}</gml:coordinates></gml:Point>"
    old += "</gml:location>"
    sexagesimal = place(old.format("37:46:30N 122:25:10W"))
    assert (sexagesimal.lat, sexagesimal.lon) == pytest.approx((37.775, -122.419444))
    plain = place(old.format("37.775,-122.4194"))
    assert (plain.lat, plain.lon) == (37.775, -122.4194)


def test_a_point_and_an_address_together_are_one_place() -> None:
    found = place(
        point("1 2") + "<civicAddress><FLR>2</FLR><FLR/><LMK>a  b</LMK><LMK>c</LMK></civicAddress>"
    )
    assert (found.lat, found.civic) == (1.0, {"FLR": "2", "LMK": "a b, c"})


def test_confidence_method_and_time_are_kept() -> None:
    found = place(
        point("1 2") + "<con:confidence>67</con:confidence>",
        "<gp:method>GPS</gp:method><timestamp>2026-11-24T13:00:00.5+01:00</timestamp>",
    )
    assert (found.confidence, found.method) == (67.0, "GPS")
    assert found.timestamp == "2026-11-24T13:00:00.5+01:00"
    assert place(point("1 2") + "<con:confidence>unknown</con:confidence>").confidence is None


def test_the_first_device_wins_then_the_tuple_then_the_person() -> None:
    def held(name: str, lat: int) -> str:
        info = f"<gp:location-info>{point(f'{lat} 0')}</gp:location-info>"
        return f"<{name}><gp:geopriv>{info}</gp:geopriv></{name}>"

    document = presence(
        held("dm:person", 1)
        + held("tuple", 2)
        + held("dm:device", 3)
        + held("dm:device", 4)
        + held("other", 5)
    )
    result = decode(document)
    assert result.position is not None
    assert [p.lat for p in (result.position, *result.others)] == [3.0, 4.0, 2.0, 1.0, 5.0]


def test_a_place_without_any_frame_is_read_with_a_problem() -> None:
    document = (
        presence("x")
        .replace(b"presence", b"gp:location-info")
        .replace(b">x<", (f">{point('1 2')}<").encode())
    )
    result = decode(document)
    assert result.position is not None
    assert (result.position.lat, result.position.source) == (1.0, None)
    assert "root element" in result.problems[0]


def test_a_place_straight_under_the_root_is_read() -> None:
    result = decode(presence(f"<gp:location-info>{point('1 2')}</gp:location-info>"))
    assert result.position is not None
    assert result.position.source is None


# --- what is wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        (point("91 0"), "latitude 91"),
        (point("-90.0001 0"), "latitude"),
        (point("0 400"), "longitude 400"),
        (point("0 -181"), "longitude -181"),
        (point("NaN 0"), "not two or three numbers"),
        (point("INF 0"), "not two or three numbers"),
        (point("1e999 0"), "not two or three numbers"),
        (point("1,5 2"), "not two or three numbers"),
        (point("1"), "not two or three numbers"),
        (point("1 2 3 4 5 6"), "not two or three numbers"),
        (point(""), "not two or three numbers"),
        (point("٣ 1"), "not two or three numbers"),
        (point("1" * 70 + " 1"), "not two or three numbers"),
        (f"<gml:Polygon {WGS84}/>", "Polygon cannot be used"),
        (f"<gml:Polygon {WGS84}><gml:posList>a b c d</gml:posList></gml:Polygon>", "not two"),
        ("<gs:Circle><gml:pos>99 99</gml:pos></gs:Circle>", "Circle cannot be used"),
        (f"<gs:ArcBand {WGS84}/>", "ArcBand cannot be used"),
    ],
)
def test_a_bad_number_is_a_problem_and_no_place(shape: str, problem: str) -> None:
    result = decode(placed(shape))
    assert result.position is None
    assert any(problem in sentence for sentence in result.problems)


@pytest.mark.parametrize(
    ("shape", "lat", "lon", "radius", "problem"),
    [
        (point("1 270"), 1, -90, None, "a turn was taken off"),
        (point("1 2", 'srsName="urn:ogc:def:crs:EPSG::31467"'), 1, 2, None, "unknown"),
        (point("1 2", ""), 1, 2, None, "No reference system"),
        (point("1 2", 'srsName="urn:ogc:def:crs:OGC:1.3:CRS84"'), 2, 1, None, "longitude first"),
        (f"<gs:Circle {WGS84}><gml:pos>1 2</gml:pos></gs:Circle>", 1, 2, None, "radius is missing"),
        (
            f"<gs:Circle {WGS84}><gml:pos>1 2</gml:pos><gs:radius>-3</gs:radius></gs:Circle>",
            1, 2, None, "no usable number",
        ),
        (
            f"<gs:Circle {WGS84}><gml:pos>1 2</gml:pos><gs:radius>3</gs:radius></gs:Circle>",
            1, 2, 3, "read as metres",
        ),
        (
            f"<gs:ArcBand {WGS84}><gml:pos>1 2</gml:pos></gs:ArcBand>",
            1, 2, None, "outerRadius is missing",
        ),
        (
            (
                f"<gs:ArcBand {WGS84}><gml:pos>1 2</gml:pos><gs:startAngle>x</gs:startAngle>"
                f"<gs:outerRadius {METRES}>9</gs:outerRadius></gs:ArcBand>"
            ),
            1, 2, 9, "openingAngle is missing",
        ),
    ],
)  # fmt: skip
def test_what_can_be_saved_is_saved_with_a_problem(
    shape: str, lat: float, lon: float, radius: float | None, problem: str
) -> None:
    result = decode(placed(shape))
    assert result.position is not None
    assert (result.position.lat, result.position.lon) == (lat, lon)
    assert result.position.radius_m == radius
    assert any(problem in sentence for sentence in result.problems)


def test_a_bad_time_and_a_bad_confidence_are_problems_and_the_place_stays() -> None:
    result = decode(
        placed(
            point("1 2") + "<con:confidence>140</con:confidence><con:confidence>x</con:confidence>",
            "<timestamp>yesterday</timestamp>",
        )
    )
    assert result.position is not None
    assert (result.position.timestamp, result.position.confidence) == (None, None)
    assert len(result.problems) == 3


def test_a_document_without_a_place_says_so() -> None:
    result = decode(placed("<civicAddress/>"))
    assert result.problems == ("The document names no place.",)


def test_a_thousand_places_are_not_all_read() -> None:
    info = f"<tuple><gp:location-info>{point('1 2')}</gp:location-info></tuple>"
    result = decode(presence(info * 100))
    assert len(result.others) == 15
    assert "first 16" in result.problems[-1]


def test_a_polygon_of_thousands_of_corners_is_cut_short() -> None:
    ring = " ".join(f"1 {n / 1000}" for n in range(3000))
    result = decode(placed(f"<gml:Polygon {WGS84}><gml:posList>{ring}</gml:posList></gml:Polygon>"))
    assert result.position is not None
    assert "first 512" in result.problems[0]


def test_a_location_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    document = placed(point("1 2"))
    result = decode(document[: document.index(b"</gp:geopriv>")])
    assert result.position is not None
    assert result.position.lat == 1.0
    assert "not well formed" in result.problems[0]


def test_other_pieces_between_the_shapes_are_overlooked() -> None:
    assert place("<x/>" + point("1 2") + point("3 4")).lat == 1.0
    assert place("<x/><civicAddress><A1>q</A1></civicAddress><x/>").civic == {"A1": "q"}


def test_hostile_xml_is_refused() -> None:
    laughs = b'<!DOCTYPE l [<!ENTITY a "1 2"><!ENTITY b "&a;&a;&a;&a;">]>' + placed(point("&b;"))
    assert decode(laughs).position is None
    assert decode(laughs.decode().encode("utf-16")).position is None
    assert decode(b"<a>" * 400).position is None
    assert decode(b"x" * 70_000).problems == (
        "The XML document has 70000 bytes; 65536 are allowed.",
    )
    assert decode(b"").position is None
    broken = decode(placed(point("1 &unknown; 2") + "<civicAddress>&x;<A1>q</A1></civicAddress>"))
    assert broken.problems


def test_latin_1_is_read() -> None:
    document = placed(point("1 2") + "<civicAddress><RD>Stra\xdfe</RD></civicAddress>").decode()
    found = decode(document.encode("latin-1"))
    assert found.position is not None
    assert found.position.civic == {"RD": "Straße"}
    assert "not UTF-8" in found.problems[0]
    declared = '<?xml version="1.0" encoding="ISO-8859-1"?>' + document
    assert decode(declared.encode("latin-1")).problems == ()


@given(st.binary(max_size=400))
def test_any_bytes_give_an_answer(data: bytes) -> None:
    result = decode(data)
    assert result.position is not None or result.problems


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_numbers_give_an_answer(pos: str, attribute: str) -> None:
    document = placed(
        f"<gml:Point {WGS84}><gml:pos><![CDATA[{pos}]]></gml:pos></gml:Point>{attribute}"
    )
    result = decode(document.decode("utf-8", "replace").encode("utf-8", "replace"))
    assert result.position is not None or result.problems
