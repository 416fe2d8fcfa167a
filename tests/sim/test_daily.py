"""An ordinary life: about three drives a day, and nothing in it that is a fault."""

from __future__ import annotations

import itertools
import json
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from opensos.rules.readiness import Health, profile_from_data
from opensos.rules.readiness.readings import Registration
from opensos.sim.car import PretendCar
from opensos.sim.clock import PRETEND_UTC
from opensos.sim.daily import DailyLife, live
from opensos.sim.damage import HEALTHY
from opensos.sim.geography import networks, places

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86_400.0


def lived(car: PretendCar, days: int, seed: int) -> Iterator[tuple[str, float]]:
    """Let the car live; give each step's name and time just after it happened."""
    car.park(0.0, "home")
    for step in DailyLife(seed).steps(PRETEND_UTC, days):
        now = step.utc - PRETEND_UTC
        live(car, step, now)
        yield step.what, now


@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_days_leave_a_healthy_car_healthy(seed: int) -> None:
    car = PretendCar(seed=seed)
    drives, now = 0, 0.0
    lowest_main, lowest_backup = 1.0, 1.0
    registered: dict[Registration | None, int] = {}
    for what, now in lived(car, 1000, seed):
        drives += what == "drive"
        assert car.world.driving.engine_running == (what != "park"), "it always starts"
        lowest_main = min(lowest_main, car.main_battery(now).charge)
        backup, modem = car.backup(now + 20.0), car.modem(now + 20.0)
        assert backup is not None
        assert backup.charge_pct is not None
        assert modem is not None
        lowest_backup = min(lowest_backup, backup.charge_pct / 100.0)
        registered[modem.registration] = registered.get(modem.registration, 0) + 1
    assert 2_000 < drives < 3_500
    assert lowest_main > 0.6
    assert lowest_backup > 0.7
    assert car.damage(now) == HEALTHY
    assert car.power(now).source == "main"
    assert car.power(now).restarts == 0
    searching = registered[Registration.SEARCHING]
    assert 0 < searching < 0.15 * sum(registered.values())
    assert registered[Registration.ROAMING] > 50


def test_a_life_repeats_by_its_seed_and_its_steps_come_in_order() -> None:
    one, same, other = (list(DailyLife(seed).steps(PRETEND_UTC, 400)) for seed in (1, 1, 2))
    assert one == same != other
    assert all(a.utc <= b.utc for a, b in itertools.pairwise(one))
    wheres = {step.where for step in one}
    assert {"tunnel", "dead_zone", "underground", "city", "DE"} <= wheres
    assert wheres <= set(places()) | set(networks())


def test_a_car_parks_after_each_drive_and_comes_home_from_abroad() -> None:
    inside = False
    country = "DE"
    for step in DailyLife(3).steps(PRETEND_UTC, 1000):
        if step.what in {"drive", "park"}:
            assert inside == (step.what == "park")
            inside = step.what == "drive"
        elif step.what == "travel":
            assert country != step.where
            country = step.where
    assert (inside, country) == (False, "DE")


def test_a_month_of_it_raises_no_warning() -> None:
    text = resources.files("opensos.rules.readiness").joinpath("profiles", "plain.json")
    health = Health(profile_from_data(json.loads(text.read_text("utf-8"))))
    car, last, ignition = PretendCar(), 0.0, False
    for _, now in lived(car, 30, 1):
        if ignition:
            while last + 10.0 < now:
                last += 10.0
                health.observe(car.readings(last), car.utc(last))
        last = now
        health.observe(car.readings(now), car.utc(now))
        if bool(car.ignition_on(now)) is not ignition:
            ignition = not ignition
            health.ignition(ignition, now)
        assert health.warning is None
    assert health.faults == ()
