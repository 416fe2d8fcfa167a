"""Each monitor finds what it is there for, blames that alone, and lets it go when it is well."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from opensos.rules.readiness import Health, Outcome
from opensos.rules.readiness.monitors import EVENTS, MONITORS, all_keys
from opensos.rules.readiness.readings import Circuit, Component, Readings, Registration, SimCard
from opensos.rules.readiness.scene import Need
from tests.rules.readiness.spoilt import SPOILT, Spoilt, antenna, part
from tests.rules.readiness.wellness import UTC, YEAR, Life, profile, settings, woken

MISSING_TWICE = {"microphone.missing", "speaker.missing"}  # one reading, two parts


def _ill(spoilt: Spoilt) -> Life:
    life = woken()
    if spoilt.tone is not None:
        life.heard_db, life.noise_db = spoilt.tone
        life.take(life.health.begin("request", life.at))
    for cycle in range(spoilt.cycles):
        if cycle:
            life.ignition(on=False)
            life.live(1, spoilt.change, ignition=False)
            life.ignition(on=True)
        life.live(spoilt.seconds, spoilt.change, ignition=spoilt.ignition, driving=spoilt.driving)
    return life


def _found(life: Life) -> set[str]:
    return {
        one.text_key.removeprefix("reason.")
        for one in life.health.readiness.reasons
        if one.level != "untested"
    }


def test_there_is_a_way_to_bring_about_every_finding() -> None:
    assert set(SPOILT) == set(all_keys()) - set(EVENTS)


@pytest.mark.parametrize("key", sorted(SPOILT))
def test_a_fault_is_found_and_blamed_alone(key: str) -> None:
    life = _ill(SPOILT[key])
    expected = MISSING_TWICE if key in MISSING_TWICE else {key}
    assert _found(life) == expected
    stored = {one.key for one in (*life.health.faults, *life.health.infos)}
    assert stored == expected
    assert all(one.status & 0x2F == 0x2F for one in life.health.faults if one.key in expected)
    row = life.health.profile.row(key)
    assert row is not None
    assert bool(life.health.faults) is (row.fault is not None)


@pytest.mark.parametrize("key", sorted(SPOILT))
def test_a_warning_goes_when_a_test_passes_and_the_stored_fault_stays(key: str) -> None:
    spoilt = SPOILT[key]
    life = _ill(spoilt)
    warn = next(
        s.warn for m in MONITORS for s, k in zip(m.symptoms, m.keys, strict=True) if k == key
    )
    assert (life.health.warning is not None) is (warn > 0)
    if warn:
        assert life.health.warning is not None
        assert life.health.warning.priority == warn
    life.heard_db, life.noise_db = 25.0, -55.0
    if spoilt.tone is not None:
        life.take(life.health.begin("request", life.at))
    life.live(200, ignition=spoilt.ignition, driving=spoilt.driving)
    assert life.health.warning is None
    assert _found(life) == set()
    stored = [*life.health.faults, *life.health.infos]
    assert {one.key for one in stored} >= {key}
    assert not any(one.active for one in stored)


@pytest.mark.parametrize("name", [one.name for one in fields(Readings) if one.default is None])
def test_a_part_without_a_reading_never_passes_and_never_crashes(name: str) -> None:
    life = Life()
    life.ignition(on=True)
    life.live(130, lambda r: replace(r, **{name: None}))  # type: ignore[arg-type]  # by name
    owner = {"gnss": "gnss_receiver", "modem": "modem", "supply": "main_supply"}.get(name, name)
    for one in life.health.self_test.results.values():
        if one.component.value == owner:
            assert one.outcome is not Outcome.PASSED


def test_a_unit_without_any_reading_knows_nothing() -> None:
    life = Life()
    life.ignition(on=True)
    life.live(130, lambda r: Readings(at=r.at))
    results = life.health.self_test.results.values()
    assert not any(one.outcome is Outcome.PASSED for one in results)
    assert life.health.readiness.state == "not_ready"
    assert life.health.readiness.works == ()


def test_a_part_that_the_unit_never_had_is_no_fault() -> None:
    fitted = frozenset(Component) - {Component.BACKUP_BATTERY, Component.BUTTON}
    life = Life(Health(profile(), settings(fitted=fitted)))
    life.ignition(on=True)
    life.live(130, lambda r: replace(r, backup=None, button=None))
    assert life.health.readiness.state == "ready"
    assert "works.manual_call" not in life.health.readiness.works
    assert "works.without_car_battery" not in life.health.readiness.works


@pytest.mark.parametrize(
    "number", [float("nan"), float("inf"), float("-inf")], ids=["nan", "inf", "-inf"]
)
def test_a_number_that_is_none_never_passes(number: float) -> None:
    life = Life()
    life.ignition(on=True)

    def change(r: Readings) -> Readings:
        r = part("supply", main_v=number)(r)
        r = part("backup", health_pct=number, loaded_v=number, charge_pct=number)(r)
        r = part("accelerometer", rest_g=number)(r)
        r = part("modem", heard_at=number)(r)
        r = part("setup", certificate_until_utc=number)(r)
        return part("clock", utc=number, reference_utc=number)(r)

    life.live(130, change)
    passed = {
        one.monitor
        for one in life.health.self_test.results.values()
        if one.outcome is Outcome.PASSED
    }
    assert not passed & {
        *("main_supply.voltage", "main_supply.charge", "backup_battery.health", "clock.time"),
        *("backup_battery.load", "accelerometer.rest", "modem.answers", "provisioning.certificate"),
    }
    life.health.to_record()


# --- what is no fault ----------------------------------------------------------------------


def _no_warning(life: Life) -> None:
    assert life.warnings() == []
    assert life.fault_keys() == set()


def test_a_cold_crank_down_to_8_volts_is_no_fault() -> None:
    life = woken()

    def crank(r: Readings) -> Readings:
        return part("vehicle", cranking=True)(part("supply", main_v=8.0)(r))

    life.live(6, crank)
    life.live(4, part("supply", main_v=8.8))
    life.live(60)
    _no_warning(life)


def test_a_crank_that_nobody_announces_is_too_short_to_be_a_fault() -> None:
    life = woken()
    life.live(8, lambda r: part("vehicle", cranking=None)(part("supply", main_v=8.0)(r)))
    life.live(60)
    _no_warning(life)


def test_a_week_in_an_underground_garage_is_no_fault() -> None:
    life = woken()
    life.ignition(on=False)

    def below(r: Readings) -> Readings:
        r = part("modem", registration=Registration.SEARCHING, signal_dbm=None, plmn=None)(r)
        r = part("gnss", fix_kind="none", satellites_seen=0, satellites_used=0, cn0_dbhz=None)(r)
        return part("clock", reference_utc=None)(r)

    for _ in range(7):
        life.live(600, below, ignition=False, step=5)
        life.at += 86_400 - 600
    assert [one.text_key for one in life.health.readiness.reasons] == ["reason.network.no_service"]
    assert life.health.readiness.state == "limited"
    _no_warning(life)
    assert {one.key for one in life.health.infos} == {"network.no_service"}


def test_a_night_at_minus_20_is_no_fault() -> None:
    life = woken()
    life.ignition(on=False)

    def cold(r: Readings) -> Readings:
        r = part("backup", temperature_c=-20.0, loaded_v=3.8, voltage_v=4.6)(r)
        return part("software", board_c=-20.0)(part("supply", main_v=12.1)(r))

    life.live(3600, cold, ignition=False, step=5)
    life.ignition(on=True)
    life.live(200, lambda r: part("supply", main_v=13.0)(cold(r)))
    _no_warning(life)


def test_a_weak_backup_battery_is_found_in_the_cold_too() -> None:
    life = woken()
    life.live(100, part("backup", temperature_c=-20.0, loaded_v=3.4))
    assert life.fault_keys() == {"backup_battery.too_weak"}


@pytest.mark.parametrize(
    ("years", "found"),
    [(4.0, set()), (6.0, {"backup_battery.nearing_end"}), (8.0, {"backup_battery.end_of_life"})],
)
def test_a_battery_of_unknown_health_is_judged_by_its_age(years: float, found: set[str]) -> None:
    life = woken()
    life.live(60, part("backup", health_pct=None, installed_utc=UTC - years * YEAR))
    assert life.fault_keys() == found


def test_a_battery_of_unknown_health_and_age_is_not_judged() -> None:
    life = woken()
    life.take(life.health.begin("request", life.at))
    life.live(60, part("backup", health_pct=None, installed_utc=None))
    result = life.health.self_test.results["backup_battery.health"]
    assert result.outcome is Outcome.NOT_COMPLETED


def test_a_battery_without_line_diagnosis_is_open_when_it_has_no_voltage() -> None:
    life = woken()
    life.live(60, part("backup", circuit=None, voltage_v=0.1))
    assert life.fault_keys() == {"backup_battery.open"}


def test_below_30_degrees_of_frost_the_load_test_means_nothing() -> None:
    life = woken()
    life.live(100, part("backup", temperature_c=-35.0, loaded_v=2.0))
    _no_warning(life)


def test_without_a_temperature_only_what_no_cold_explains_is_a_weak_battery() -> None:
    life = woken()
    life.live(100, part("backup", temperature_c=None, loaded_v=3.8))
    _no_warning(life)
    life.live(100, part("backup", temperature_c=None, loaded_v=3.3))
    assert life.fault_keys() == {"backup_battery.too_weak"}


def test_a_tunnel_of_twenty_minutes_is_no_fault() -> None:
    life = woken()
    life.live(
        1200,
        lambda r: part("modem", registration=Registration.SEARCHING)(
            part("gnss", fix_kind="none", satellites_seen=0, cn0_dbhz=None)(r)
        ),
        driving=True,
        step=2,
    )
    life.live(60, driving=True)
    _no_warning(life)
    assert life.health.readiness.state == "ready"


def test_roaming_and_minutes_of_jamming_are_no_fault() -> None:
    life = woken()
    life.live(600, part("modem", registration=Registration.ROAMING, plmn="20801"))
    life.live(
        300,
        part("modem", registration=Registration.DENIED, jammed=True, signal_dbm=-110),
    )
    life.live(60)
    _no_warning(life)
    assert "network.jammed" in {one.key for one in life.health.infos}


def test_a_receiver_without_a_fix_in_a_garage_is_not_blamed_however_long() -> None:
    life = woken()
    life.live(7200, part("gnss", fix_kind="none", satellites_seen=2, cn0_dbhz=20.0), step=5)
    _no_warning(life)


def test_half_an_hour_of_driving_without_a_fix_blames_the_receiver() -> None:
    life = woken()
    blind = part("gnss", fix_kind="none", satellites_seen=0, cn0_dbhz=None)
    life.live(1750, blind, driving=True, step=5)
    assert "gnss_receiver.no_fix" not in life.fault_keys()
    life.live(120, blind, driving=True, step=5)
    assert life.fault_keys() == {"gnss_receiver.no_fix"}


def test_evidence_against_the_receiver_outlives_the_ignition() -> None:
    life = woken()
    blind = part("gnss", fix_kind="none", satellites_seen=0, cn0_dbhz=None)
    for _ in range(3):
        life.live(700, blind, driving=True, step=5)
        life.ignition(on=False)
        life.live(10, blind, ignition=False)
        life.ignition(on=True)
    assert life.fault_keys() == {"gnss_receiver.no_fix"}


def test_a_broken_antenna_is_blamed_and_not_its_receiver() -> None:
    life = woken()
    broken = antenna("gnss", Circuit.OPEN)
    life.live(4000, lambda r: part("gnss", fix_kind="none")(broken(r)), driving=True, step=5)
    assert life.fault_keys() == {"gnss_antenna.open"}


def test_a_dead_card_is_blamed_and_not_the_network_that_denies_it() -> None:
    life = woken()
    dead = part("modem", sim=SimCard("failed"), registration=Registration.DENIED)
    life.live(900, dead)
    assert life.fault_keys() == {"sim.failed"}


def test_a_dead_bus_is_blamed_and_not_the_airbag_unit_behind_it() -> None:
    life = woken()
    life.live(100, lambda r: part("bus", state="bus_off")(part("airbag_line", heard_at=-1000.0)(r)))
    assert life.fault_keys() == {"bus.bus_off"}


def test_an_undervoltage_is_blamed_and_not_the_parts_that_it_silences() -> None:
    life = woken()
    life.live(100, lambda r: part("supply", main_v=7.0)(part("modem", heard_at=-1000.0)(r)))
    assert life.fault_keys() == {"main_supply.too_low"}


def test_a_deaf_microphone_is_told_from_a_mute_speaker_and_from_a_loud_car() -> None:
    for heard, noise, expected in (
        (0.0, -100.0, {"microphone.deaf"}),
        (0.0, -50.0, {"speaker.mute"}),
        (0.0, -5.0, set()),
    ):
        life = woken()
        life.heard_db, life.noise_db = heard, noise
        life.take(life.health.begin("request", life.at))
        life.live(130)
        assert life.fault_keys() == expected


def test_one_failed_tone_is_tried_again_before_anything_is_blamed() -> None:
    life = woken()
    life.heard_db = 0.0
    life.take(life.health.begin("request", life.at))
    life.live(2)
    life.heard_db = 25.0
    life.live(130)
    _no_warning(life)
    results = life.health.self_test.results
    assert results["speaker.tone"].outcome is Outcome.PASSED


def test_an_aborted_tone_test_is_not_completed() -> None:
    life = woken()
    life.heard_db = None
    life.take(life.health.begin("request", life.at))
    life.live(130)
    _no_warning(life)
    assert life.health.self_test.results["speaker.tone"].outcome is Outcome.NOT_COMPLETED


@pytest.mark.parametrize("seconds", [1, 5, 15, 29])
def test_a_long_press_is_no_stuck_button(seconds: int) -> None:
    life = woken()
    for _ in range(5):
        life.live(seconds, part("button", pressed=True))
        life.live(1)
    _no_warning(life)


def test_a_bouncing_contact_is_no_stuck_button() -> None:
    life = woken()
    life.live(300, lambda r: part("button", pressed=int(r.at) % 3 > 0)(r))
    _no_warning(life)


def test_a_fault_that_comes_and_goes_is_found() -> None:
    life = woken()
    broken = antenna("main", Circuit.OPEN)
    life.live(400, lambda r: broken(r) if int(r.at) % 10 < 6 else r)
    assert life.fault_keys() == {"main_antenna.open"}


def test_a_single_bad_look_every_minute_is_no_fault() -> None:
    life = woken()
    broken = antenna("main", Circuit.OPEN)
    life.live(3600, lambda r: broken(r) if int(r.at) % 60 == 0 else r)
    _no_warning(life)


def test_nothing_is_blamed_right_after_a_wake_up() -> None:
    life = woken()
    life.at += 5000
    stale = part("modem", heard_at=100.0)
    life.live(25, stale)
    _no_warning(life)
    life.live(40, stale)
    assert life.fault_keys() == {"modem.silent"}


def test_a_clock_that_jumps_by_years_ends_no_certificate_and_ages_no_battery() -> None:
    life = woken()
    jumped = part("clock", utc=1_795_000_000.0 + 30 * 365 * 86_400)
    life.live(40, jumped)
    life.live(20)
    _no_warning(life)
    life.live(130, jumped)
    assert life.fault_keys() == {"clock.wrong"}


def test_a_clock_that_nothing_has_set_is_found_once_something_could_have() -> None:
    life = woken()
    life.live(200, part("clock", utc=None, reference_utc=None))
    _no_warning(life)
    life.live(100, part("clock", utc=None))
    assert life.fault_keys() == {"clock.implausible"}


def test_a_network_that_refuses_once_warns_nobody() -> None:
    life = woken()
    life.live(300, SPOILT["network.denied"].change)
    states: list[str] = [life.health.readiness.state]
    assert life.warnings() == []
    life.live(60)
    assert [*states, life.health.readiness.state] == ["limited", "ready"]


def test_a_workshop_mode_is_left_over_only_in_a_car_that_drives() -> None:
    life = woken()
    life.live(600, SPOILT["mode.workshop"].change)
    _no_warning(life)


def test_an_expired_plan_is_no_fault() -> None:
    for plan in ("expired", "none", "suspended", None):
        life = woken()
        life.live(130, part("setup", plan=plan))
        _no_warning(life)
        assert life.health.readiness.state == "ready"


def test_every_condition_is_a_bit_of_its_own() -> None:
    values = [one.value for one in Need if one.value]
    assert values == [1 << at for at in range(len(values))]


def test_the_monitors_have_names_of_their_own_and_belong_to_their_part() -> None:
    ids = [one.id for one in MONITORS]
    assert len(set(ids)) == len(ids)
    assert all(one.id.split(".")[0] == one.component.value for one in MONITORS)
    assert {one.component for one in MONITORS} == set(Component)
    keys = [key for one in MONITORS for key in one.keys]
    shared = {key for key in keys if keys.count(key) > 1}
    assert shared == set()
