"""The whole machine: self-test, warning, readiness, memory, restart, and lives in any order."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from opensos.protocols.effects import LocalError, Tell, WakeAt
from opensos.rules.readiness import (
    AskToneTest,
    FaultChanged,
    Health,
    HealthNote,
    HealthSettings,
    Outcome,
    ReadinessChanged,
    Remember,
    SelfTestEnded,
    WarningChanged,
)
from opensos.rules.readiness import status as bits
from opensos.rules.readiness.readings import Circuit, Readings, Registration
from tests.rules.readiness.spoilt import SPOILT, antenna, gone, part
from tests.rules.readiness.wellness import UTC, Life, healthy, profile, settings, woken

ALLOWED = (
    *(AskToneTest, FaultChanged, HealthNote, ReadinessChanged, Remember, SelfTestEnded),
    WarningChanged,
)
BROKEN = antenna("main", Circuit.OPEN)


# --- self-test ------------------------------------------------------------------------------------


def test_a_healthy_car_is_ready_after_its_first_self_test() -> None:
    life = Life()
    states: list[str] = [life.health.self_test.state]
    assert life.health.readiness.state == "unknown"
    life.ignition(on=True)
    life.live(1)
    states.append(life.health.self_test.state)
    life.live(60)
    test = life.health.self_test
    assert [*states, test.state] == ["never", "running", "ended"]
    assert test.why == "ignition"
    assert not [one for one in test.results.values() if one.outcome is Outcome.FAILED]
    ready = life.health.readiness
    assert ready.state == "ready"
    assert ready.reasons == ()
    assert len(ready.works) == 6
    assert sum(isinstance(one, SelfTestEnded) for one in life.told) == 1


def test_a_self_test_ends_by_its_deadline_even_if_nobody_looks() -> None:
    health = Health(profile(), settings())
    (wish,) = [one for one in health.begin("schedule", 5.0) if isinstance(one, WakeAt)]
    assert wish.when == 125.0
    told = [one.event for one in health.wake(125.0) if isinstance(one, Tell)]
    (ended,) = [one for one in told if isinstance(one, SelfTestEnded)]
    assert {one.outcome for one in ended.result.results.values()} == {Outcome.NOT_COMPLETED}
    assert health.readiness.state == "unknown"


def test_a_request_tests_everything_anew() -> None:
    life = woken()
    life.take(life.health.begin("request", life.at))
    results = life.health.self_test.results.values()
    assert {one.outcome for one in results} == {Outcome.NOT_COMPLETED}
    assert life.health.readiness.state == "ready", "what was known stays known"
    life.live(130)
    assert life.health.self_test.results["modem.answers"].outcome is Outcome.PASSED


def test_the_tone_is_asked_for_by_a_person_always_and_by_the_ignition_once_a_week() -> None:
    life = woken()
    life.ignition(on=False)
    life.ignition(on=True)
    life.live(130)
    assert not [one for one in life.told if isinstance(one, AskToneTest)]
    life.take(life.health.begin("request", life.at))
    life.live(130)
    assert sum(isinstance(one, AskToneTest) for one in life.told) == 1
    life.ignition(on=False)
    life.at += 8 * 86_400
    life.told.clear()
    life.live(2)
    life.ignition(on=True)
    life.live(130)
    assert sum(isinstance(one, AskToneTest) for one in life.told) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda r: replace(r, in_call=True),
        lambda r: replace(r, service_mode=True),
        part("vehicle", cranking=True),
        gone("audio"),
    ],
    ids=["call", "service mode", "cranking", "no audio"],
)
def test_no_tone_is_asked_for_in_a_call_or_where_it_means_nothing(change: Any) -> None:
    life = woken()
    life.take(life.health.begin("request", life.at))
    life.live(130, change)
    assert not [one for one in life.told if isinstance(one, AskToneTest)]
    assert life.health.self_test.state == "ended"


def test_a_tone_that_nobody_answers_is_asked_for_three_times_at_most() -> None:
    health = Health(profile(), settings())
    asked = 0
    health.begin("request", 0.0)
    for at in range(200):
        effects = health.observe(healthy(float(at)), None)
        asked += sum(isinstance(e, Tell) and isinstance(e.event, AskToneTest) for e in effects)
    assert asked == 3


# --- fault, warning, readiness --------------------------------------------------------------------


def test_a_record_comes_before_what_it_is_about() -> None:
    life = woken()
    life.live(30, BROKEN)
    kinds = [type(one) for one in life.told]
    assert kinds.index(Remember) < kinds.index(FaultChanged) < kinds.index(WarningChanged)
    assert life.records[0]["fault"]["entries"][0]["key"] == "main_antenna.open"


def test_nothing_is_written_while_nothing_changes() -> None:
    life = woken()
    life.live(200)
    life.records.clear()
    life.live(3600, step=2)
    assert life.records == []


def test_a_clear_makes_nothing_ready_and_takes_no_warning_away() -> None:
    life = woken()
    life.live(30, BROKEN)
    life.take(life.health.clear(0xFFFFFF, "fault", life.at))
    assert life.health.faults == ()
    assert life.health.warning is not None
    assert life.health.readiness.state == "unknown"
    assert {one.text_key for one in life.health.readiness.reasons} == {"reason.untested"}
    assert life.health.readiness.works == ()
    life.live(100)
    assert life.health.to_json()["warning"] is None
    assert life.health.to_json()["readiness"]["state"] == "ready"


def test_a_clear_while_the_fault_is_there_brings_it_back() -> None:
    life = woken()
    life.live(30, BROKEN)
    life.take(life.health.clear(0xFFFFFF, "fault", life.at))
    life.live(30, BROKEN)
    assert life.fault_keys() == {"main_antenna.open"}
    assert life.health.faults[0].occurrences == 1


def test_a_repaired_battery_leaves_its_fault_until_it_is_cleared_or_aged() -> None:
    life = woken()
    life.live(60, SPOILT["backup_battery.end_of_life"].change)
    for _ in range(10):
        life.ignition(on=False)
        life.ignition(on=True)
        life.live(60)
    assert life.health.warning is None
    assert life.health.readiness.state == "ready"
    (fault,) = life.health.faults
    assert fault.key == "backup_battery.end_of_life"
    assert not fault.active
    for _ in range(40):
        life.ignition(on=False)
        life.ignition(on=True)
        life.live(60)
    assert life.health.faults == ()
    assert life.changes("aged") == ["backup_battery.end_of_life"] * 2  # both memories


def test_the_worst_is_shown_first() -> None:
    life = woken()
    life.live(60, lambda r: part("modem", heard_at=-1e3)(part("backup", health_pct=55.0)(r)))
    assert [one.level.value for one in life.health.readiness.reasons] == ["not_ready", "advice"]
    warning = life.health.warning
    assert warning is not None
    assert (warning.text_key, warning.priority, warning.led) == ("warning.failure", 1, "steady_red")


@pytest.mark.parametrize(
    ("keys", "state", "lost"),
    [
        (["main_antenna.open"], "limited", set()),
        (["main_antenna.open", "second_antenna.open"], "limited", set()),
        (
            ["main_antenna.open", "second_antenna.open", "emergency_antenna.open"],
            "not_ready",
            {"call", "manual_call", "automatic_call"},
        ),
        (["accelerometer.frozen"], "limited", set()),
        (["accelerometer.frozen", "airbag_line.silent"], "limited", {"automatic_call"}),
        (["button.open"], "limited", {"manual_call"}),
        (
            ["button.open", "accelerometer.frozen", "airbag_line.silent"],
            "not_ready",
            {"manual_call", "automatic_call"},
        ),
        (["microphone.open"], "limited", {"voice"}),
        (["gnss_antenna.open"], "limited", {"position"}),
        (["backup_battery.too_weak"], "limited", {"without_car_battery"}),
        (["coding.disabled"], "not_ready", {"call", "manual_call", "automatic_call"}),
        (["backup_battery.nearing_end"], "ready", set()),
        (["network.no_service"], "limited", set()),
    ],
)
def test_readiness_says_what_still_works(keys: list[str], state: str, lost: set[str]) -> None:
    life = woken()
    before = set(life.health.readiness.works)

    def change(readings: Readings) -> Readings:
        for key in keys:
            readings = SPOILT[key].change(readings)
        return readings

    life.live(250, change)
    assert life.health.readiness.state == state
    assert before - set(life.health.readiness.works) == {f"works.{one}" for one in lost}


def test_a_fault_of_two_trips_warns_in_the_second_cycle() -> None:
    life = woken()
    weak = part("supply", main_v=11.9)
    life.live(500, weak)
    (fault,) = life.health.faults
    assert fault.status & bits.PENDING
    assert not fault.status & bits.CONFIRMED
    assert life.health.warning is None
    life.ignition(on=False)
    life.ignition(on=True)
    life.live(500, weak)
    assert life.health.faults[0].status & bits.CONFIRMED
    assert life.health.warning is not None


def test_what_is_found_with_recording_off_is_written_when_it_is_on_again() -> None:
    life = woken()
    life.health.set_recording(False)
    life.live(60, BROKEN)
    assert not life.health.recording
    assert life.health.faults == ()
    assert life.health.readiness.state == "limited", "readiness is no record"
    life.take(life.health.report_event("reset_logged", life.at))
    assert life.health.faults == ()
    life.health.set_recording(True)
    life.live(1, BROKEN)
    assert life.fault_keys() == {"main_antenna.open"}


def test_events_are_logged_by_name_and_a_wrong_name_is_ours_to_blame() -> None:
    life = woken()
    life.take(life.health.report_event("reset_logged", life.at, (("cause", "watchdog"),)))
    (fault,) = life.health.faults
    assert fault.key == "software.reset_logged"
    assert ("cause", "watchdog") in fault.frames[0].data
    assert life.health.warning is None
    assert life.health.readiness.state == "ready"
    with pytest.raises(LocalError):
        life.health.report_event("nonsense", life.at)


def test_a_jump_of_the_clock_is_noted() -> None:
    life = woken()
    life.live(1, part("clock", utc=UTC + 1e9))
    assert [one.text_key for one in life.told if isinstance(one, HealthNote)] == [
        "note.clock_jumped"
    ]


def test_a_frame_holds_neither_a_position_nor_anything_that_names_a_car() -> None:
    life = woken()
    life.live(30, BROKEN)
    names = {name for frame in life.health.faults[0].frames for name, _ in frame.data}
    assert names <= {
        *("ignition_on", "engine_running", "speed_kmh", "main_v", "backup_v", "board_c"),
        *("registration", "signal_dbm", "millivolts"),
    }


def test_what_is_shown_is_plain_json() -> None:
    life = woken()
    life.live(60, lambda r: BROKEN(part("modem", heard_at=-1e3)(r)))
    shown = json.loads(json.dumps(life.health.to_json(), allow_nan=False))
    assert {one["code"] for one in shown["faults"]} == {"B7F335", "B7F32B"}
    assert shown["readiness"]["state"] == "not_ready"
    assert len(shown["self_test"]["results"]) == 44


def test_the_settings_refuse_what_could_not_work() -> None:
    for change in ({"fault_entries": 0}, {"self_test_s": 0.0}, {"heal_cycles": 0}):
        with pytest.raises(LocalError):
            HealthSettings(**change)


# --- restart --------------------------------------------------------------------------------------


def _restarted(life: Life, record: Any) -> Life:
    plain = json.loads(json.dumps(record, allow_nan=False))
    health, effects = Health.restore(profile(), settings(), plain, 0.0, UTC)
    again = Life(health)
    again.take(effects)
    return again


def test_faults_warning_and_what_is_known_survive_a_restart() -> None:
    life = woken()
    life.live(60, BROKEN)
    again = _restarted(life, life.health.to_record())
    assert again.health.faults == life.health.faults
    assert again.health.warning == life.health.warning
    assert [one.warning for one in again.warnings()] == [life.health.warning]
    assert again.health.readiness.state == "limited"
    assert again.health.statuses("fault") == life.health.statuses("fault")
    assert again.health.to_record() == json.loads(json.dumps(life.health.to_record()))


def test_a_restart_in_a_drive_is_no_new_cycle_but_tests_again() -> None:
    life = woken()
    life.live(500, part("supply", main_v=11.9))
    again = _restarted(life, life.health.to_record())
    again.ignition(on=True)
    again.live(500, part("supply", main_v=11.9))
    assert not again.health.faults[0].status & bits.CONFIRMED
    assert again.health.self_test.state == "ended"


def test_a_record_of_another_version_is_noted_and_everything_is_untested() -> None:
    again = _restarted(Life(), {"version": 999})
    assert [one.text_key for one in again.told if isinstance(one, HealthNote)] == [
        "note.record_unreadable"
    ]
    assert again.health.readiness.state == "unknown"
    assert Health.restore(profile(), None, None, 0.0, None)[1] == []


damage = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)
GOOD_RECORD = woken().health.to_record()
_SICK = woken()
_SICK.live(60, BROKEN)
SICK_RECORD = _SICK.health.to_record()


@given(
    st.sampled_from([GOOD_RECORD, SICK_RECORD]),
    st.sampled_from(sorted(SICK_RECORD)),
    st.sampled_from(["", "entries", "statuses", "order", "modem.answers", "main_antenna.line"]),
    damage,
)
def test_a_damaged_record_loses_only_what_is_damaged(
    record: dict[str, Any], where: str, inside: str, value: Any
) -> None:
    broken = json.loads(json.dumps(record))
    if inside and isinstance(broken[where], dict):
        broken[where][inside] = value
    else:
        broken[where] = value
    health, _ = Health.restore(profile(), settings(), broken, 0.0, None)
    for byte in (byte for _, byte in health.statuses("fault")):
        assert 0 <= byte <= 255
    for one in health.faults:
        assert one.status & bits.FAILED_SINCE_CLEAR
    health.observe(healthy(1.0), UTC)
    json.dumps(health.to_record(), allow_nan=False)


# --- any life -------------------------------------------------------------------------------------

situations = st.sampled_from(sorted(SPOILT))


class AnyLife(RuleBasedStateMachine):
    """Faults, cures, cycles, clears, restarts, jumps of time, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life()
        self.on = False
        self.ill: set[str] = set()
        self.tested = False

    def _change(self, readings: Readings) -> Readings:
        for key in sorted(self.ill):
            whole = readings
            try:
                readings = SPOILT[key].change(readings)
            except TypeError:  # the part is gone already
                readings = whole
        return readings

    @rule(key=situations)
    def fall_ill(self, key: str) -> None:
        self.ill.add(key)

    @rule()
    def be_cured(self) -> None:
        self.ill.clear()

    @rule(
        seconds=st.sampled_from([1, 15, 60]),
        driving=st.booleans(),
        step=st.sampled_from([1, 5, 29]),
    )
    def live(self, seconds: int, *, driving: bool, step: int) -> None:
        before = {name: known for name, (known, _) in self.life.health.known.items()}
        warned = self.life.health.warning
        self.life.live(seconds, self._change, ignition=self.on, driving=driving, step=step)
        if warned is not None and self.life.health.warning is None:
            passed = [n for n, (k, _) in self.life.health.known.items() if k is Outcome.PASSED]
            assert passed, before

    @rule()
    def turn_the_key(self) -> None:
        self.on = not self.on
        self.life.ignition(on=self.on)

    @rule(why=st.sampled_from(["request", "schedule"]))
    def begin(self, why: Any) -> None:
        self.life.take(self.life.health.begin(why, self.life.at))

    @rule(memory=st.sampled_from(["fault", "info"]), group=st.sampled_from([0xFFFFFF, 0xB7F32B, 1]))
    def clear(self, memory: Any, group: int) -> None:
        warning = self.life.health.warning
        works = set(self.life.health.readiness.works)
        self.life.take(self.life.health.clear(group, memory, self.life.at))
        assert self.life.health.warning == warning
        assert set(self.life.health.readiness.works) <= works, "a clear makes nothing ready"

    @rule(on=st.booleans())
    def record(self, *, on: bool) -> None:
        self.life.health.set_recording(on)

    @rule()
    def restart(self) -> None:
        record = json.loads(json.dumps(self.life.health.to_record(), allow_nan=False))
        health, effects = Health.restore(profile(), settings(), record, self.life.at, None)
        self.life.health = health
        self.life.take(effects)
        self.on = False

    @rule(seconds=st.sampled_from([100.0, 1e5, 1e9]))
    def sleep(self, seconds: float) -> None:
        self.life.at += seconds

    @rule(key=st.sampled_from(["reset_logged", "network_event"]))
    def event(self, key: str) -> None:
        self.life.take(self.life.health.report_event(key, self.life.at))

    @invariant()
    def nothing_is_told_but_what_is_listed(self) -> None:
        assert all(isinstance(one, ALLOWED) for one in self.life.told)
        self.life.told.clear()
        self.life.records.clear()

    @invariant()
    def readiness_claims_only_what_was_tested(self) -> None:
        health = self.life.health
        passed = {name for name, (known, _) in health.known.items() if known is Outcome.PASSED}
        if health.readiness.state == "ready":
            assert {"modem.answers", "sim.state"} <= passed
        if "works.call" in health.readiness.works:
            assert {"modem.answers", "sim.state"} <= passed

    @invariant()
    def the_memory_is_bounded_and_its_bytes_are_sound(self) -> None:
        for one in (*self.life.health.faults, *self.life.health.infos):
            assert one.status & bits.FAILED_SINCE_CLEAR
            assert one.status & (bits.PENDING | bits.CONFIRMED)
            assert 1 <= one.occurrences <= 255
            assert len(one.frames) <= 2
        assert len(self.life.health.faults) <= 32


AnyLife.TestCase.settings = hypothesis_settings(
    max_examples=60, stateful_step_count=30, deadline=None
)
TestAnyLife = AnyLife.TestCase


# --- a healthy year -------------------------------------------------------------------------------


def _weather(day: int) -> float:
    return 8.0 - 22.0 * math.cos(2 * math.pi * day / 365)


def _drive(life: Life, day: int) -> None:
    """A cold start, a crank, some driving with gaps, an evening."""
    cold = _weather(day)

    def weather(r: Readings) -> Readings:
        loaded = 4.9 - max(0.0, 25.0 - cold) * 0.012
        r = part("backup", temperature_c=cold, loaded_v=loaded)(r)
        return part("software", board_c=cold + 15)(r)

    def crank(r: Readings) -> Readings:
        low = part("supply", main_v=8.0 if cold < 0 else 9.5)
        return part("vehicle", cranking=True, engine_running=False)(low(weather(r)))

    def tunnel(r: Readings) -> Readings:
        r = part("gnss", fix_kind="none", satellites_seen=0, cn0_dbhz=None)(weather(r))
        return part("modem", registration=Registration.SEARCHING, signal_dbm=None)(r)

    def abroad(r: Readings) -> Readings:
        return part("modem", registration=Registration.ROAMING, plmn="20801")(weather(r))

    life.ignition(on=True)
    life.live(4, crank)
    life.live(130, weather, step=5)
    life.live(300, weather, driving=True, step=25)
    life.live(90 + 10 * (day % 30), tunnel, driving=True, step=25)
    life.live(300, abroad if day % 20 < 5 else weather, driving=True, step=25)
    life.live(10, lambda r: part("button", pressed=day % 3 == 0)(weather(r)))
    life.live(60, lambda r: part("modem", jammed=day % 50 == 0)(weather(r)), driving=True, step=5)
    life.ignition(on=False)
    life.live(200, lambda r: part("supply", main_v=12.35)(weather(r)), ignition=False, step=25)


def test_a_healthy_car_never_warns_in_a_year() -> None:
    life = Life(Health(profile(), settings()))
    for day in range(365):
        if day % 40 != 39:  # now and then it stands for a day
            _drive(life, day)
        life.at = (day + 1) * 86_400.0
    assert life.warnings() == []
    assert life.fault_keys() == set()
    assert {one.key for one in life.health.infos} <= {"network.no_service", "network.jammed"}
    assert len(life.records) < 365 * 8


def test_a_look_at_every_part_is_cheap() -> None:
    life = woken()
    looks = [healthy(life.at + second) for second in range(1, 301)]
    calls = 0

    def count(frame: object, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        for readings in looks:
            life.health.observe(readings, readings.at + UTC)
    finally:
        sys.setprofile(None)
    # About 40 µs on an idle core; calls are counted, because a loaded machine makes time lie.
    assert calls / len(looks) < 300
