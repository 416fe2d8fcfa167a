"""Every fault shows in what the unit reads, and yields only to what really cures it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from opensos.protocols.effects import UserError
from opensos.rules.readiness.readings import Circuit, Registration
from opensos.sim.car import PretendCar
from opensos.sim.damage import HEALTHY
from opensos.sim.faults import actions, faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opensos.rules.readiness.readings import Readings

UNSEEN_BY_ITS_OWN_UNIT = {"key_fob_empty", "ethernet_off", "software_hang"}
"""What no part of the telematics unit can read: neighbours or the owner see it."""

CURES = [(fault.id, cure) for fault in faults().values() for cure in fault.cures]


def a_car(fault_id: str | None = None, *, seed: int = 1) -> PretendCar:
    """A car of the family in which the fault occurs, parked at home at 0."""
    families = faults()[fault_id].families if fault_id else ("G",)
    car = PretendCar(seed=seed, family="G" if "G" in families else families[0])
    car.park(0.0, "street")
    return car


def registration(car: PretendCar, now: float) -> Registration | None:
    modem = car.modem(now)
    return None if modem is None else modem.registration


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Name every field that differs by more than noise."""
    if dataclasses.is_dataclass(one) and type(one) is type(other):
        for field in dataclasses.fields(one):
            a, b = getattr(one, field.name), getattr(other, field.name)
            yield from differences(a, b, f"{path}.{field.name}")
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from differences(a, b, f"{path}[{i}]")
    elif isinstance(one, float) and isinstance(other, float):
        stands_still = path.endswith("noise_g") and (one == 0.0) is not (other == 0.0)
        if stands_still or abs(one - other) > max(0.3, 0.02 * abs(one)):
            yield path
    elif one != other:
        yield path


def a_day(car: PretendCar, start: float) -> Iterator[Readings]:
    """Look at the car in every situation: ignition, start, drive, tone test, abroad, parked."""
    car.ignition(start + 10.0, on=True)
    car.test_tone(start + 11.0)
    yield car.readings(start + 20.0)
    car.drive(start + 100.0, "road")
    yield car.readings(start + 100.6)
    yield from (car.readings(start + 400.0 + 0.013 * k) for k in range(12))
    car.travel(start + 500.0, "FR")
    yield car.readings(start + 600.0)
    car.travel(start + 700.0, "DE")
    car.park(start + 800.0, "street")
    yield car.readings(start + 900.0)


def evidence(ill: PretendCar, twin: PretendCar, start: float) -> set[str]:
    """Return all fields in which a day of the one differs from the same day of the other."""
    pairs = zip(a_day(ill, start), a_day(twin, start), strict=True)
    return {path for a, b in pairs for path in differences(a, b)}


@pytest.mark.parametrize("fault_id", faults())
def test_a_fault_shows_in_what_the_unit_reads(fault_id: str) -> None:
    ill, twin = a_car(fault_id), a_car(fault_id)
    assert evidence(a_car(fault_id), twin, 0.0) == set()
    twin = a_car(fault_id)
    ill.inject(fault_id, 1.0)
    assert bool(evidence(ill, twin, 0.0)) == (fault_id not in UNSEEN_BY_ITS_OWN_UNIT)


@pytest.mark.parametrize(("fault_id", "cure"), CURES)
def test_a_true_cure_makes_the_car_whole(fault_id: str, cure: str) -> None:
    ill, twin = a_car(fault_id), a_car(fault_id)
    ill.inject(fault_id, 1.0)
    done = ill.do(cure, 5.0)
    assert done.cured == (fault_id,)
    assert done.changed
    assert done.text_key == "done.cured"
    twin.do(cure, 5.0)
    for car in (ill, twin):  # what was drained stays empty until it is charged
        car.do("charge_12v", 6.0)
        car.world.supply.backup.charge = 0.9
        car.surround(7.0, "street")
    assert ill.faults(10.0) == ()
    assert ill.damage(10.0) == HEALTHY
    assert evidence(ill, twin, 100.0) == set()


@pytest.mark.parametrize("fault_id", faults())
def test_nothing_but_a_true_cure_takes_a_fault_away(fault_id: str) -> None:
    cures = set(faults()[fault_id].cures)
    for action in actions():
        car = a_car(fault_id)
        car.inject(fault_id, 1.0)
        car.do(action, 5.0)
        left = fault_id in {p.fault.id for p in car.faults(6.0)}
        assert left == (action not in cures), action


@pytest.mark.parametrize("fault_id", [f.id for f in faults().values() if f.codes])
def test_a_fault_makes_units_store_codes_in_its_familys_numbers(fault_id: str) -> None:
    for family in faults()[fault_id].families:
        car = PretendCar(family=family)
        car.inject(fault_id, 0.0)
        numbers = {code.code < 0x10000 for code in car.codes(1.0)}
        assert numbers <= {family == "E"}
        assert car.symptoms(1.0)


# --- what the facts say about resets ------------------------------------------------------------


def test_a_reset_cures_a_hanging_software_and_no_battery() -> None:
    car = a_car()
    for fault_id in ("software_hang", "backup_end_of_life", "water_in_fin"):
        car.inject(fault_id, 1.0)
    assert car.do("soft_reset", 2.0).cured == ()
    done = car.do("unit_reset", 3.0)
    assert (done.cured, done.effect) == (("software_hang",), "unit_reset")
    assert [p.fault.id for p in car.faults(4.0)] == ["backup_end_of_life", "water_in_fin"]


def test_a_restart_of_the_head_unit_leaves_the_telematics_units_radio_alone() -> None:
    car = a_car()
    before = registration(car, 60.0)
    assert before is not Registration.SEARCHING
    car.do("soft_reset", 61.0)
    assert registration(car, 62.0) is before
    car.do("unit_reset", 63.0)
    assert registration(car, 63.5) is Registration.SEARCHING


def test_charging_cures_a_flat_battery_and_only_helps_a_dead_one_for_a_while() -> None:
    flat, dead = a_car(), a_car()
    flat.inject("flat_12v", 1.0)
    dead.inject("dead_12v", 1.0)
    assert not flat.start_engine(2.0)
    assert not dead.start_engine(2.0)
    for car in (flat, dead):
        car.ignition(3.0, on=False)
    assert flat.do("charge_12v", 4.0).cured == ("flat_12v",)
    assert dead.do("charge_12v", 4.0).text_key == "done.eased"
    three_days = 4.0 + 3 * 86_400.0
    assert flat.main_battery(three_days).charge > 0.9
    assert dead.main_battery(three_days).charge < 0.2
    assert flat.start_engine(three_days)


def test_disconnecting_during_an_interrupted_update_makes_it_worse() -> None:
    car = a_car()
    car.inject("update_interrupted", 1.0)
    done = car.do("disconnect_12v:20", 2.0)
    assert (done.worse, done.text_key, done.minutes) == (("image_corrupt",), "done.worse", 20.0)
    assert car.do("disconnect_12v:20", 3.0).worse == ()


def test_an_action_for_a_parked_car_is_refused_in_a_drive() -> None:
    car = PretendCar()
    car.inject("led_open", 1.0)
    done = car.do("replace_led", 2.0)
    assert (done.text_key, done.changed) == ("refused.driving", False)
    assert len(car.faults(3.0)) == 1


def test_a_new_12v_battery_wants_to_be_registered() -> None:
    car = a_car()
    car.do("replace_12v", 1.0)
    assert not car.main_battery(2.0).registered
    car.do("register_12v", 3.0)
    assert car.main_battery(4.0).registered


def test_a_plan_that_has_ended_takes_no_call_away() -> None:
    car = a_car()
    car.inject("plan_expired", 1.0)
    assert car.why_no_call("ng", 60.0) is car.why_no_call("cs", 60.0) is None


# --- putting faults in --------------------------------------------------------------------------


def test_several_faults_live_side_by_side_and_leave_one_by_one() -> None:
    car = a_car()
    car.inject("led_open", 1.0)
    car.inject("main_antenna_open", 1.0)
    antennas = car.antennas(2.0)
    assert antennas is not None
    assert antennas[0].circuit is Circuit.OPEN
    assert car.clear_fault("led_open", 3.0)
    assert not car.clear_fault("led_open", 3.0)
    assert car.clear_faults(4.0) == ("main_antenna_open",)


def test_an_intermittent_fault_comes_and_goes_by_its_seed() -> None:
    def seen(seed: int) -> list[bool]:
        car = PretendCar()
        car.inject("microphone_open", 0.0, mode="intermittent", seed=seed)
        return [car.faults(60.0 * k)[0].active for k in range(200)]

    assert seen(1) == seen(1) != seen(2)
    assert seen(1)[0]
    assert 40 < sum(seen(1)) < 120


def test_an_intermittent_fault_waits_for_its_trigger() -> None:
    car = a_car()
    car.inject("microphone_open", 1.0, mode="intermittent")
    assert not any(car.faults(60.0 * k)[0].active for k in range(1, 100))
    car.drive(7000.0)
    assert any(car.faults(7000.0 + 60.0 * k)[0].active for k in range(30))


def test_a_fault_may_begin_later() -> None:
    car = a_car()
    car.inject("flat_12v", 1.0, after_s=100.0)
    assert car.faults(50.0) == ()
    assert car.main_battery(50.0).charge > 0.9
    assert car.main_battery(200.0).charge < 0.05
    assert car.faults(200.0)[0].since == 101.0


def test_faults_come_from_a_file_all_or_none() -> None:
    car = a_car()
    car.inject("led_open", 0.5)
    text = '[[fault]]\nid = "jammed"\nseverity = 0.5\n[[fault]]\nid = "sim_absent"\nafter_s = 9\n'
    assert [p.fault.id for p in car.inject_from(text, 1.0)] == ["jammed", "sim_absent"]
    assert len(car.faults(20.0)) == 3
    car.clear_faults(21.0)
    for bad in (
        "",
        "fault = 3",
        "[[fault",
        "[[fault]]\nname = 'x'",
        "[[fault]]\nid = 'jammed'\ncolour = 1",
        "[[fault]]\nid = 'jammed'\nseverity = true",
        "[[fault]]\nid = 'jammed'\n[[fault]]\nid = 'gremlin'",
    ):
        with pytest.raises(UserError):
            car.inject_from(bad, 22.0)
        assert car.faults(23.0) == ()


@pytest.mark.parametrize(
    ("fault_id", "options", "said"),
    [
        ("gremlin", {}, "no fault"),
        ("led_open", {"mode": "soft"}, "hard or intermittent"),
        ("led_open", {"severity": 0.0}, "severity"),
        ("led_open", {"after_s": -1.0}, "now or later"),
        ("most_ring_broken", {}, "only in E"),
    ],
)
def test_what_cannot_be_put_in_is_refused(
    fault_id: str, options: dict[str, Any], said: str
) -> None:
    car = PretendCar()
    with pytest.raises(UserError, match=said):
        car.inject(fault_id, 0.0, **options)
    assert car.faults(1.0) == ()


def test_a_wrong_name_is_told_the_near_ones_and_a_far_one_all() -> None:
    car = a_car()
    with pytest.raises(UserError, match=r"'led_opn': do you mean led_open[^,]*\?$"):
        car.inject("led_opn", 0.0)
    with pytest.raises(UserError, match=r"'replace_lead': do you mean replace_led\b[^,]*\?$"):
        car.do("replace_lead", 0.0)
    with pytest.raises(UserError, match=r"take flat_12v, .*plan_expired\.$"):
        car.inject("xyzzy", 0.0)


@pytest.mark.parametrize("action", ["pray", "disconnect_12v:x", "disconnect_12v:-3"])
def test_an_unknown_action_is_refused(action: str) -> None:
    with pytest.raises(UserError):
        a_car().do(action, 1.0)
