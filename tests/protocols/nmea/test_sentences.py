"""Each sentence as a value; what cannot be is None."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.nmea import (
    AntennaStatus,
    Gga,
    Gll,
    Gsa,
    Gsv,
    Rmc,
    Vtg,
    Zda,
    decode,
)
from opensos.protocols.nmea.sentences import midnight

NOON = 12 * 3600.0


def rmc(**changes: str) -> bytes:
    fields = {
        "time": "120000.00",
        "status": "A",
        "lat": "5222.5540",
        "ns": "N",
        "lon": "00943.9200",
        "ew": "E",
        "knots": "30.0",
        "course": "45.0",
        "date": "241126",
        "var": "",
        "varew": "",
        "mode": "A",
    } | changes
    return ("GNRMC," + ",".join(fields.values())).encode()


def test_rmc_is_read() -> None:
    read = decode(rmc())
    assert isinstance(read, Rmc)
    assert read.valid
    assert not read.estimated
    assert read.day_s == NOON
    assert read.latitude == pytest.approx(52.375900)
    assert read.longitude == pytest.approx(9.732)
    assert read.speed_kmh == pytest.approx(55.56)
    assert read.course_deg == 45.0
    assert read.date == 1_795_478_400  # 2026-11-24


@pytest.mark.parametrize("talker", ["GP", "GN", "GL", "GA", "GB"])
def test_every_talker_is_understood(talker: str) -> None:
    read = decode(talker.encode() + rmc()[2:])
    assert isinstance(read, Rmc)
    assert read.talker == talker


@pytest.mark.parametrize("talker", [b"AI", b"II", b"PU", b"xx"])
def test_a_ships_talker_is_none_of_ours(talker: bytes) -> None:
    assert decode(talker + rmc()[2:]) is None


def test_south_and_west_are_negative() -> None:
    read = decode(rmc(ns="S", ew="W"))
    assert isinstance(read, Rmc)
    assert read.latitude == pytest.approx(-52.3759)
    assert read.longitude == pytest.approx(-9.732)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lat": "9100.0000"}, "latitude"),
        ({"lat": "5260.0000"}, "latitude"),
        ({"lat": "nan"}, "latitude"),
        ({"ns": ""}, "latitude"),
        ({"lon": "18000.0001"}, "longitude"),
        ({"ew": "X"}, "longitude"),
        ({"knots": "9999"}, "speed_kmh"),
        ({"knots": "-1"}, "speed_kmh"),
        ({"knots": "1e3"}, "speed_kmh"),
        ({"course": "361"}, "course_deg"),
        ({"date": "310226"}, "date"),
        ({"date": "001326"}, "date"),
        ({"date": "\u0661\u0662\u0663\u0664\u0665\u0666"}, "date"),
        ({"time": "240000"}, "day_s"),
        ({"time": "1200"}, "day_s"),
    ],
)
def test_an_impossible_field_is_unknown_and_spoils_no_other(
    change: dict[str, str], field: str
) -> None:
    read = decode(rmc(**change))
    assert isinstance(read, Rmc)
    assert getattr(read, field) is None
    assert read.valid
    others = {"latitude", "longitude", "speed_kmh", "course_deg", "date", "day_s"} - {field}
    if field in {"latitude", "longitude"}:
        others -= {"latitude", "longitude"}  # half a place is no place
    assert all(getattr(read, other) is not None for other in others)


def test_course_360_is_north() -> None:
    read = decode(rmc(course="360.0"))
    assert isinstance(read, Rmc)
    assert read.course_deg == 0.0


def test_mode_n_is_no_fix_and_mode_e_is_an_estimate() -> None:
    none, dead = decode(rmc(mode="N")), decode(rmc(mode="E"))
    assert isinstance(none, Rmc)
    assert isinstance(dead, Rmc)
    assert not none.valid
    assert dead.valid
    assert dead.estimated


@given(st.integers(-90 * 600_000, 90 * 600_000), st.integers(-180 * 600_000, 180 * 600_000))
def test_every_place_on_earth_is_read_back(lat: int, lon: int) -> None:
    """In ten-thousandths of a minute, as receivers write."""

    def angle(value: int, digits: int) -> str:
        degrees, rest = divmod(abs(value), 600_000)
        return f"{degrees:0{digits}d}{rest // 10_000:02d}.{rest % 10_000:04d}"

    read = decode(
        rmc(
            lat=angle(lat, 2),
            ns="N" if lat >= 0 else "S",
            lon=angle(lon, 3),
            ew="E" if lon >= 0 else "W",
        )
    )
    assert isinstance(read, Rmc)
    assert read.latitude == pytest.approx(lat / 600_000, abs=1e-9)
    assert read.longitude == pytest.approx(lon / 600_000, abs=1e-9)


def test_gga_is_read() -> None:
    body = b"GNGGA,120000.00,5222.5540,N,00943.9200,E,1,09,0.9,55.0,M,46.0,M,,"
    read = decode(body)
    assert isinstance(read, Gga)
    assert (read.quality, read.satellites, read.hdop, read.altitude_m) == (1, 9, 0.9, 55.0)


def test_gsa_is_read_with_and_without_the_system() -> None:
    old = decode(b"GPGSA,A,3,04,05,,09,12,,,24,,,,,2.5,1.3,2.1")
    new = decode(b"GNGSA,A,2,65,66,,,,,,,,,,,2.5,1.3,2.1,2")
    assert isinstance(old, Gsa)
    assert isinstance(new, Gsa)
    assert (old.mode, old.used, old.hdop, old.system) == (3, (4, 5, 9, 12, 24), 1.3, None)
    assert (new.mode, new.used, new.system) == (2, (65, 66), 2)


def test_gsv_is_read_with_and_without_the_signal() -> None:
    old = decode(b"GPGSV,2,1,08,01,40,083,46,02,17,308,41,12,07,344,,14,22,228,45")
    new = decode(b"GLGSV,1,1,01,65,40,083,33,1")
    assert isinstance(old, Gsv)
    assert isinstance(new, Gsv)
    assert old.satellites == ((1, 46), (2, 41), (12, None), (14, 45))
    assert (old.in_view, old.signal) == (8, None)
    assert (new.satellites, new.signal) == (((65, 33),), "1")


@pytest.mark.parametrize("body", [b"GPGSV,2,3,08", b"GPGSV,,,", b"GPGSV,1,1,xx", b"GPGSV"])
def test_a_page_that_cannot_be_is_none(body: bytes) -> None:
    assert decode(body) is None


def test_vtg_is_read_in_either_unit() -> None:
    kmh, knots = decode(b"GPVTG,45.0,T,,M,30.0,N,55.6,K,A"), decode(b"GPVTG,45.0,T,,M,30.0,N,,K,A")
    assert isinstance(kmh, Vtg)
    assert isinstance(knots, Vtg)
    assert kmh.speed_kmh == 55.6
    assert knots.speed_kmh == pytest.approx(55.56)


def test_gll_and_zda_are_read() -> None:
    gll = decode(b"GPGLL,5222.5540,N,00943.9200,E,120000.00,A,A")
    zda = decode(b"GPZDA,120000.00,24,11,2026,00,00")
    assert isinstance(gll, Gll)
    assert isinstance(zda, Zda)
    assert gll.valid
    assert gll.day_s == NOON
    assert zda.utc == 1_795_478_400 + NOON


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"GPTXT,01,01,02,ANTSTATUS=OK", "ok"),
        (b"GNTXT,01,01,02,ANTSTATUS=OPEN", "open"),
        (b"GPTXT,01,01,02,ANTSTATUS=SHORT", "short"),
        (b"GPTXT,01,01,02,ANTSTATUS=INIT", None),
        (b"GPTXT,01,01,01,ANTENNA OPEN", "open"),
        (b"PGTOP,11,1", "short"),
        (b"PGTOP,11,2", "open"),
        (b"PCD,11,3", "ok"),
        (b"PCD,11,9", None),
    ],
)
def test_the_antennas_state_is_read(body: bytes, status: str | None) -> None:
    assert decode(body) == AntennaStatus(status)


@pytest.mark.parametrize("body", [b"GPTXT,01,01,02,u-blox ag", b"PGTOP,12,1", b"PMTK011,MTKGPS"])
def test_another_text_says_nothing_of_the_antenna(body: bytes) -> None:
    assert decode(body) is None


@pytest.mark.parametrize(
    ("day", "there"),
    [
        ((2028, 2, 29), True),
        ((2026, 2, 29), False),
        ((2100, 2, 29), False),
        ((2000, 2, 29), True),
        ((1969, 12, 31), False),
        ((2026, 13, 1), False),
        ((2026, 4, 31), False),
    ],
)
def test_only_days_that_exist_are_days(day: tuple[int, int, int], there: bool) -> None:  # noqa: FBT001
    assert (midnight(*day) is not None) is there
