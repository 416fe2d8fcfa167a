"""What is coming: ageing, certificates, networks that end; unknown is never 'never'."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from opensos.protocols.effects import UserError
from opensos.rules.readiness import sunsets_from_data
from opensos.rules.readiness.forecast import Outlook, Trend, forecast_of, sunset_passed
from opensos.rules.readiness.readings import Readings, Registration, Technology
from opensos.rules.readiness.sunset import endings, moment_of
from tests.rules.readiness.spoilt import part
from tests.rules.readiness.wellness import UTC, YEAR, healthy, package_data, settings, woken

DAY = 86_400.0
WEEK = 7 * DAY


def _outlook(readings: Readings, utc: float | None = UTC) -> Outlook:
    return Outlook(readings, utc, Trend([]), Trend([]))


def _keys(readings: Readings, utc: float | None = UTC) -> dict[str, Any]:
    return {one.text_key: one for one in forecast_of(_outlook(readings, utc), settings())}


def _unit(country: str | None, *technologies: Technology, **modem: Any) -> Readings:
    readings = part("vehicle", country=country)(healthy(0.0))
    return part("modem", technologies=technologies or None, **modem)(readings)


# --- networks -------------------------------------------------------------------------------------


def test_the_serving_operators_date_is_told_with_its_source() -> None:
    found = _keys(_unit("DE", Technology.GSM, plmn="26202"))
    ending = found["forecast.network_sunset.all"]
    assert dict(ending.data)["operator"] == "Vodafone"
    assert ending.due_utc == moment_of("2028-09")
    assert ending.source_date == "2025-09-22"


def test_an_unknown_operator_gets_the_first_date_of_the_country() -> None:
    ending = _keys(_unit("DE", Technology.GSM, plmn="26203"))["forecast.network_sunset.all"]
    assert ending.due_utc == moment_of("2028-06-30")


def test_a_unit_that_can_use_newer_networks_loses_a_part_only() -> None:
    assert "forecast.network_sunset.part" in _keys(_unit("DE", Technology.GSM, Technology.LTE))


@pytest.mark.parametrize("country", [None, "JP"])
def test_a_country_that_is_not_in_the_table_is_not_known(country: str | None) -> None:
    found = _keys(_unit(country, Technology.GSM))
    assert found["forecast.network_sunset.unknown"].due_utc is None
    assert endings(settings().sunsets, "JP", ["gsm"]) is None


def test_a_unit_that_does_not_say_what_it_can_use_is_not_known() -> None:
    assert "forecast.network_sunset.unknown" in _keys(_unit("DE"))


def test_networks_that_have_ended_make_an_old_unit_not_ready() -> None:
    old = _unit("SE", Technology.GSM, Technology.UMTS, registration=Registration.SEARCHING)
    reason = sunset_passed(_outlook(old), settings())
    assert reason is not None
    assert reason.level == "not_ready"
    life = woken()
    life.live(
        250,
        lambda r: part("vehicle", country="SE")(
            part(
                "modem",
                technologies=(Technology.GSM,),
                registration=Registration.SEARCHING,
            )(r)
        ),
    )
    assert life.health.readiness.state == "not_ready"
    assert life.health.warning is None, "no part is at fault"


@pytest.mark.parametrize(
    "readings",
    [
        _unit("SE", Technology.GSM, registration=Registration.HOME),
        _unit("SE", Technology.GSM, registration=None),
        _unit("SE", Technology.GSM, Technology.LTE, registration=Registration.SEARCHING),
        _unit("DE", Technology.UMTS, registration=Registration.SEARCHING),
        _unit(None, Technology.GSM, registration=Registration.SEARCHING),
        _unit("JP", Technology.GSM, registration=Registration.SEARCHING),
        replace(healthy(0.0), modem=None),
    ],
    ids=["registered", "not asked", "newer", "operators only", "no country", "unknown", "no modem"],
)
def test_what_does_not_prove_that_the_networks_are_gone(readings: Readings) -> None:
    assert sunset_passed(_outlook(readings), settings()) is None


def test_before_the_date_nothing_has_passed() -> None:
    old = _unit("SE", Technology.GSM, registration=Registration.SEARCHING)
    assert sunset_passed(_outlook(old, moment_of("2024")), settings()) is None
    assert sunset_passed(_outlook(old, None), settings()) is None


# --- battery, certificate, supply -----------------------------------------------------------------


def test_a_battery_that_ages_is_told_by_its_trend() -> None:
    trend = Trend([])
    for week in range(30):
        assert trend.add(UTC + week * WEEK, 90.0 - week * 0.5)
        assert not trend.add(UTC + week * WEEK + DAY, 1.0), "one point a week"
    outlook = Outlook(healthy(0.0), UTC + 30 * WEEK, trend, Trend([]))
    (one,) = [f for f in forecast_of(outlook, settings()) if f.kind == "backup_battery"]
    assert one.text_key == "forecast.backup_battery.trend"
    assert one.due_utc == pytest.approx(UTC + 60 * WEEK, abs=DAY)


def test_a_battery_that_does_not_age_is_told_by_its_years() -> None:
    assert "forecast.backup_battery.age" not in _keys(healthy(0.0))
    old = part("backup", installed_utc=UTC - 3 * YEAR)(healthy(0.0))
    assert _keys(old)["forecast.backup_battery.age"].due_utc == UTC + YEAR
    unknown = part("backup", installed_utc=None)(healthy(0.0))
    assert not [key for key in _keys(unknown) if "backup" in key]


def test_a_trend_of_few_weeks_says_nothing_and_a_jump_back_begins_anew() -> None:
    trend = Trend([])
    for week in range(5):
        trend.add(UTC + week * WEEK, 90.0 - week)
    assert trend.slope() is None
    trend.add(UTC - 10 * WEEK, 80.0)
    assert trend.points == [(UTC - 10 * WEEK, 80.0)]


def test_a_trend_is_bounded() -> None:
    trend = Trend([])
    for week in range(500):
        trend.add(UTC + week * WEEK, 90.0)
    assert len(trend.points) == 104
    assert trend.slope() == pytest.approx(0.0)


def test_a_certificate_is_told_in_its_last_three_months() -> None:
    soon = part("setup", certificate_until_utc=UTC + 30 * DAY)(healthy(0.0))
    assert dict(_keys(soon)["forecast.certificate.ends"].data) == {"days": 30}
    assert "forecast.certificate.ends" not in _keys(soon, None)
    assert "forecast.certificate.ends" not in _keys(healthy(0.0))


def test_a_car_battery_that_is_weak_for_weeks_is_told() -> None:
    rest = Trend([])
    for week in range(4):
        rest.add(UTC + week * WEEK, 11.9)
    weak = forecast_of(Outlook(healthy(0.0), UTC, Trend([]), rest), settings())
    assert [one.text_key for one in weak if one.kind == "supply"] == ["forecast.supply.weak"]


def test_the_soonest_comes_first() -> None:
    readings = part("setup", certificate_until_utc=UTC + 10 * DAY)(
        part("backup", installed_utc=UTC - 3 * YEAR)(healthy(0.0))
    )
    kinds = [one.kind for one in forecast_of(_outlook(readings), settings())]
    assert kinds == ["certificate", "backup_battery", "network_sunset"]


# --- the table ------------------------------------------------------------------------------------


def test_every_row_of_the_table_has_a_source_and_a_date() -> None:
    rows = sunsets_from_data(package_data("sunset.json"))
    assert len(rows) > 20
    assert all(row.source and moment_of(row.source_date) > 0 for row in rows)
    assert {"DE", "FR", "GB", "US", "SE", "CH", "AU"} == {row.country for row in rows}


def test_a_year_a_month_and_a_day_are_read() -> None:
    assert moment_of("1970") == 0.0
    assert moment_of("1970-02") == 31 * DAY
    assert moment_of("1970-01-02") == DAY


ROW = {"country": "DE", "technology": "gsm", "ends": "2028", "source": "x", "source_date": "2026"}


@pytest.mark.parametrize(
    "change",
    [
        {"country": "Germany"},
        {"country": "de"},
        {"technology": "2g"},
        {"ends": "soon"},
        {"ends": "2028-13"},
        {"source": ""},
        {"source_date": None},
        {"operator": 3},
        {"plmns": "26201"},
        {"plmns": ["2620x"]},
        {"surprise": 1},
    ],
)
def test_a_broken_row_is_refused_by_its_number(change: dict[str, Any]) -> None:
    good = copy.deepcopy(ROW)
    assert len(sunsets_from_data({"rows": [good]})) == 1
    with pytest.raises(UserError, match="row 2"):
        sunsets_from_data({"rows": [good, {**good, **change}]})


@pytest.mark.parametrize("data", [{}, {"rows": 3}, {"rows": [3]}])
def test_what_is_no_table_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        sunsets_from_data(data)
