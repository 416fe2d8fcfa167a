"""Batteries and power: what holds when 12 V goes, and for how long."""

from __future__ import annotations

import time

import pytest

from opensos.sim import weather
from opensos.sim.batteries import CALL_A, LeadAcid, NickelMetal, charge_v, usable_ah
from opensos.sim.car import PretendCar
from opensos.sim.clock import PRETEND_UTC
from opensos.sim.dice import bell, between, drifting, share
from opensos.sim.supply import CAPACITOR_S

DAY = 86_400.0
JULY = PRETEND_UTC + 195 * DAY


def parked(**options: float) -> PretendCar:
    car = PretendCar(utc_at_start=options.get("utc", JULY))
    car.park(0.0, "street")
    return car


# --- power of the unit ---------------------------------------------------------------------------


def test_a_short_disconnect_of_12v_does_not_restart_the_unit() -> None:
    car = parked()
    car.do("disconnect_12v:15", 10.0)
    on_backup = car.power(300.0)
    assert (on_backup.source, on_backup.since) == ("backup", 10.0)
    assert on_backup.left_s is not None
    assert 2.0 * 3600.0 < on_backup.left_s < 5.0 * 3600.0
    assert car.supply(300.0).main_connected is False
    again = car.power(10.0 + 16 * 60.0)
    assert (again.source, again.restarts) == ("main", 0)


def test_a_long_disconnect_empties_battery_then_capacitors_then_the_unit_restarts() -> None:
    car = parked()
    car.do("disconnect_12v:600", 10.0)
    left = car.power(11.0).left_s
    assert left is not None
    ends = 11.0 + left - CAPACITOR_S
    assert car.power(ends - 900.0).source == "backup"  # the evening cools, so it ends sooner
    steps = [car.power(ends - 900.0 + 30.0 * k).source for k in range(60)]
    assert [s for i, s in enumerate(steps) if s not in steps[:i]] == [
        "backup",
        "capacitors",
        "none",
    ]
    assert 5 <= steps.count("capacitors") <= 7
    assert car.modem(ends + 901.0) is None
    assert car.button(ends + 901.0) is None
    back = car.power(10.0 + 601 * 60.0)
    assert (back.source, back.restarts) == ("main", 1)
    assert car.fix(10.0 + 600 * 60.0 + 10.0) is None, "a cold receiver needs half a minute"
    assert car.fix(10.0 + 602 * 60.0) is not None


@pytest.mark.parametrize("fault", ["backup_missing", "backup_open", "backup_short"])
def test_without_a_backup_battery_only_the_capacitors_hold(fault: str) -> None:
    car = parked()
    car.inject(fault, 1.0)
    car.do("disconnect_12v:15", 10.0)
    assert car.power(10.0 + CAPACITOR_S - 5.0).source == "capacitors"
    assert car.power(10.0 + CAPACITOR_S + 5.0).source == "none"
    assert car.power(10.0 + 16 * 60.0).restarts == 1


def test_the_same_past_gives_the_same_power_whether_one_looked_often_or_never() -> None:
    often, never = parked(), parked()
    for car in (often, never):
        car.inject("backup_aged", 1.0)
        car.do("disconnect_12v:300", 10.0)
    for k in range(1, 250):
        often.power(10.0 + 60.0 * k)
    a, b = often.power(15_000.0), never.power(15_000.0)
    assert a.source == b.source
    assert a.since == pytest.approx(b.since, abs=60.0)


def test_a_call_draws_more_than_standing_by() -> None:
    calling, quiet = parked(), parked()
    for car in (calling, quiet):
        car.do("disconnect_12v:60", 10.0)
    calling.call_began(10.0)
    a, b = calling.power(600.0).left_s, quiet.power(600.0).left_s
    assert a is not None
    assert b is not None
    assert a < b / 3.0
    calling.call_ended(601.0)
    after = calling.power(602.0).left_s
    assert after is not None
    assert after > 2.0 * a


def test_a_new_backup_battery_carries_a_call_for_more_than_half_an_hour() -> None:
    battery = NickelMetal(1.0, JULY)
    assert battery.left_s(CALL_A, 1.0, 20.0) > 30 * 60.0
    assert battery.left_s(CALL_A, 0.4, -20.0) < 10 * 60.0


def test_cold_and_age_weaken_the_backup_battery() -> None:
    battery = NickelMetal(0.9, JULY)
    assert usable_ah(1.0, -20.0) == pytest.approx(0.3, abs=0.03)
    assert battery.volts(1.0, 1.0, 20.0) > battery.volts(1.0, 1.0, -20.0)
    assert battery.volts(1.0, 0.9, 20.0) > 4.8
    assert battery.volts(1.0, 0.15, 20.0) < 4.2
    five_years = battery.health(JULY + 5 * 365.25 * DAY, 1.0, 0.0)
    assert 0.55 < five_years < 0.7


# --- 12 V ----------------------------------------------------------------------------------------


def test_the_engine_starts_with_a_dip_and_then_charges() -> None:
    car = parked()
    rest = car.supply(10.0).main_v
    assert car.start_engine(20.0)
    dip, running = car.supply(20.5).main_v, car.supply(30.0).main_v
    assert rest is not None
    assert dip is not None
    assert running is not None
    assert 12.4 < rest < 13.0
    assert 9.0 < dip < 11.5
    assert 13.8 < running < 15.0
    assert car.vehicle(20.5).cranking
    assert not car.vehicle(30.0).cranking


def test_a_weak_battery_dips_deep_in_the_cold() -> None:
    cold, warm = parked(utc=PRETEND_UTC), parked()
    for car in (cold, warm):
        car.inject("weak_12v", 1.0)
        car.start_engine(10.0)
    low, high = cold.supply(10.5).main_v, warm.supply(10.5).main_v
    assert low is not None
    assert high is not None
    assert low < high < 9.0


def test_a_healthy_car_starts_after_three_weeks_and_one_with_an_accessory_does_not() -> None:
    healthy, drained = parked(), parked()
    drained.inject("accessory_drain", 1.0)
    assert healthy.start_engine(21 * DAY)
    assert not drained.start_engine(21 * DAY)
    assert not drained.drive(21 * DAY + 10.0)
    assert drained.trip(21 * DAY + 11.0).state == "parked"


def test_the_formulas_of_lead_stay_within_their_bounds() -> None:
    battery = LeadAcid(0.0, JULY)
    assert battery.rest_v() == 5.0
    assert LeadAcid(1.0, JULY).rest_v() == 12.85
    assert battery.health(JULY + 100 * 365.25 * DAY, 1.0) == 0.02
    assert charge_v(-40.0) == 15.0
    assert charge_v(90.0) == 13.6
    battery.run(1e9, 1.0, 10.0, charging=False)
    assert battery.charge == 0.0


# --- weather and chance --------------------------------------------------------------------------


def test_january_nights_are_colder_than_july_days_and_a_garage_is_milder() -> None:
    night, noon = PRETEND_UTC + 10 * DAY + 4 * 3600.0, JULY + 14 * 3600.0
    assert weather.temperature_c(night, 1) < 6.0
    assert weather.temperature_c(noon, 1) > 15.0
    assert weather.indoors_c(night, 1) > weather.temperature_c(night, 1)
    wet = sum(weather.wet(PRETEND_UTC + k * 6 * 3600.0, 1) for k in range(1000))
    assert 200 < wet < 400


def test_chance_is_even_bounded_and_repeats() -> None:
    shares = [share(1, "x", k) for k in range(2000)]
    assert shares == [share(1, "x", k) for k in range(2000)]
    assert 0.47 < sum(shares) / 2000 < 0.53
    assert all(0.0 <= s < 1.0 for s in shares)
    bells = [bell(3, "y", k) for k in range(2000)]
    assert abs(sum(bells) / 2000) < 0.1
    assert max(map(abs, bells)) < 3.5
    assert 2.0 <= between(2.0, 3.0, 1, "z") < 3.0
    assert abs(drifting(1, "d", 4.999999) - drifting(1, "d", 5.000001)) < 0.001


def test_a_year_at_rest_costs_no_more_than_a_moment() -> None:
    car = parked()
    began = time.process_time()
    car.readings(365 * DAY)
    assert time.process_time() - began < 0.1
