"""The pretend car: what happens to it, and what its parts say."""

from __future__ import annotations

import itertools
import math
import time
from typing import TYPE_CHECKING

import pytest

from opensos.edges.pulse_file import read_pulse
from opensos.protocols.effects import UserError
from opensos.rules.crash import CrashDetector, CrashReport, FullScale, Samples, Settings
from opensos.sim import PRETEND_UTC, SCENARIOS, PretendCar, PretendClock
from tests.shared import SHARED, needs_vectors

if TYPE_CHECKING:
    from opensos.ports import Car, Clock


def drive(car: PretendCar, until: float, *, since: float = 0.0, step: float = 0.01) -> Samples:
    """Read everything in steps and put it together (all five columns are there)."""
    columns: list[list[float]] = [[], [], [], [], []]
    k = 1
    while since + k * step <= until + 1e-9:
        s = car.acceleration(since + k * step)
        for column, part in zip(columns, (s.t, s.ax, s.ay, s.az, s.roll_rate), strict=True):
            column.extend(part or ())
        k += 1
    t, *rest = columns
    return Samples(t, *rest)


def crash(scenario: str, *, seed: int = 1) -> list[CrashReport]:
    """What a unit would hear: 3 s of driving, the scenario, 9 s more."""
    car = PretendCar(seed=seed)
    detector = CrashDetector(Settings(full_scale=car.full_scale))
    reports, fired, now = [], False, 0.0
    for k in range(1, 1201):
        now = k * 0.01
        reports += detector.feed(car.acceleration(now))
        at = car.airbag_fired_at(now)
        if at is not None and not fired:
            fired = True
            reports += detector.airbag(at)
        if k == 300:
            car.happen(scenario, now)
    assert detector.findings == ()
    return reports


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_scenario_calls_if_and_only_if_it_says_so(scenario: str, seed: int) -> None:
    reports = crash(scenario, seed=seed)
    assert bool(reports) == SCENARIOS[scenario].expects_call
    assert {r.number for r in reports} <= {1}


@pytest.mark.parametrize(
    ("scenario", "side", "kmh", "multiple", "rollover"),
    [
        ("barrier", "front", 64.5, False, False),
        ("offset_front", "front", 51.5, False, False),
        ("side", "left", 29.0, False, False),
        ("rear", "rear", 25.7, False, False),
        ("multiple", "front", 29.2, True, False),
        ("rollover", "right", 15.0, False, True),
    ],
)
def test_a_crash_is_reported_as_what_it_is(
    scenario: str, side: str, kmh: float, *, multiple: bool, rollover: bool
) -> None:
    last = crash(scenario)[-1]
    assert (last.impact, last.multiple_impacts, last.rollover) == (side, multiple, rollover)
    assert last.max_delta_v_kmh == pytest.approx(kmh, abs=1.5)
    assert last.stage == "closed"


def test_the_same_seed_gives_the_same_samples_whatever_the_steps() -> None:
    def samples(step: float, seed: int) -> Samples:
        car = PretendCar(seed=seed)
        first = drive(car, 1.0, step=step)
        car.happen("barrier", 1.0)
        second = drive(car, 3.0, since=1.0, step=step)
        return Samples([*first.t, *second.t], [*(first.ax or ()), *(second.ax or ())])

    assert samples(0.01, 5) == samples(0.1, 5)
    assert samples(0.01, 5) != samples(0.01, 6)


def test_time_stamps_rise_through_idle_and_scenario_without_a_gap() -> None:
    car = PretendCar()
    first = drive(car, 1.0)
    car.happen("kerb", 1.0)
    times = [*first.t, *drive(car, 4.0, since=1.0).t]
    steps = [b - a for a, b in itertools.pairwise(times)]
    assert min(steps) > 0.0
    assert max(steps) < 0.03


def test_an_idle_car_gives_fifty_samples_a_second_and_costs_next_to_nothing() -> None:
    car, detector = PretendCar(), CrashDetector()
    began = time.process_time()
    samples = 0
    for k in range(1, 6001):
        chunk = car.acceleration(k * 0.01)
        samples += len(chunk)
        detector.feed(chunk)
    assert samples == 3000
    # One minute of driving: 1 % of a core would be 0.6 s.
    assert time.process_time() - began < 0.6


def test_a_reader_that_slept_gets_ten_seconds_at_most() -> None:
    car = PretendCar()
    assert len(car.acceleration(3600.0)) == 500
    assert len(car.acceleration(3600.0)) == 0
    assert len(car.acceleration(10.0)) == 0


def test_an_unknown_scenario_is_refused_with_the_names_of_the_known() -> None:
    with pytest.raises(UserError, match="barrier"):
        PretendCar().happen("meteor", 0.0)


def test_two_scenarios_come_one_after_the_other() -> None:
    car = PretendCar()
    car.happen("pothole", 0.0)
    car.happen("barrier", 0.1)
    assert car.busy(0.9)
    detector = CrashDetector()
    detector.feed(drive(car, 2.0))
    assert not car.busy(2.0)
    assert detector.largest_delta_v_kmh > 60.0


# --- a recorded pulse ----------------------------------------------------------------------------


@needs_vectors
def test_a_recorded_pulse_is_played_as_it_was_recorded() -> None:
    pulse = read_pulse([SHARED / "vectors" / "crash" / "v10146.093"])
    car, reports = PretendCar(), []
    detector = CrashDetector(Settings(full_scale=car.full_scale))
    for k in range(1, 1000):
        if k == 200:
            car.play(pulse.samples, 1.99)
        reports += detector.feed(car.acceleration(k * 0.01))
    contact = 1.99 + 0.05
    assert reports[0].t_trigger_s - contact == pytest.approx(0.0235, abs=0.001)
    assert [r.stage for r in reports] == ["triggered", "ended", "closed"]
    assert reports[-1].impact == "front"
    assert reports[-1].delta_v_y_kmh is None
    assert not reports[-1].lower_bound
    assert reports[-1].max_delta_v_kmh == pytest.approx(66.2, abs=0.4)
    fix = car.fix(5.0)
    assert fix is not None
    assert fix.speed_kmh == 0.0


def test_an_odd_recording_is_played_wholly_or_refused() -> None:
    car = PretendCar()
    car.play(Samples(()), 0.0)
    assert not car.busy(0.0)
    car.play(Samples([0.0, 9.0, math.nan, 0.5], [1.0, 2.0, 3.0, 4.0]), 0.0)
    assert len(car.acceleration(1.0)) >= 4
    with pytest.raises(UserError, match="not numbers"):
        car.play(Samples([0.0, math.inf], [0.0, 0.0]), 2.0)


# --- the other parts -----------------------------------------------------------------------------


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    shrink = math.cos(math.radians(a[0]))
    return math.hypot(b[0] - a[0], (b[1] - a[1]) * shrink) * 111_320.0


def test_the_car_follows_its_road_and_remembers_where_it_was() -> None:
    car = PretendCar()
    fix, later = car.fix(20.0), car.fix(30.4)
    assert fix is not None
    assert later is not None
    assert fix.utc == PRETEND_UTC + 20.0
    assert later.utc == PRETEND_UTC + 30.0
    driven = metres((fix.latitude, fix.longitude), (later.latitude, later.longitude))
    assert driven == pytest.approx(57.0 / 3.6 * 10.0, abs=12.0)
    assert fix.speed_kmh == 57.0
    assert fix.heading_deg is not None
    assert 0.0 <= fix.heading_deg < 360.0
    n1, n2 = car.recent(30.4)
    assert (later.utc - n1.utc, later.utc - n2.utc) == (5.0, 10.0)
    assert n2 == fix


def test_a_fix_is_the_same_whenever_it_is_asked_for_and_rounds_go_on_for_ever() -> None:
    car = PretendCar()
    assert car.fix(7.1) == car.fix(7.9) == PretendCar().fix(7.5)
    far = car.fix(1e7)
    assert far is not None
    assert 50.79 < far.latitude < 50.86


def test_a_crashed_car_stands_and_one_that_braked_drives_on() -> None:
    for scenario, after in (("barrier", 0.0), ("hard_braking", 57.0), ("parking_bump", 57.0)):
        car = PretendCar()
        car.happen(scenario, 5.0)
        for now, speed in ((9.0, 0.0), (60.0, after)):
            fix = car.fix(now)
            assert fix is not None
            assert fix.speed_kmh == pytest.approx(speed)


def test_a_rolled_car_lies_on_its_roof_until_it_recovers() -> None:
    car = PretendCar()
    car.happen("rollover", 0.0)
    drive(car, 6.0)
    lying = drive(car, 7.0, since=6.0)
    assert lying.az is not None
    assert sum(lying.az) / len(lying) == pytest.approx(1.0, abs=0.05)
    car.happen("barrier", 7.0)
    car.recover(8.0)
    upright = drive(car, 9.0, since=8.0)
    assert upright.az is not None
    assert sum(upright.az) / len(upright) == pytest.approx(-1.0, abs=0.05)
    assert car.airbag_fired_at(9.0) is None
    fix = car.fix(30.0)
    assert fix is not None
    assert fix.speed_kmh == 57.0


def test_the_airbag_line_fires_with_its_crash_unless_it_is_broken() -> None:
    car = PretendCar()
    car.happen("barrier", 1.0)
    assert car.airbag_fired_at(1.01) is None
    assert car.airbag_fired_at(1.03) == pytest.approx(1.02)
    car.change(airbag_line=False)
    assert car.airbag_fired_at(2.0) is None


def test_every_part_keeps_its_promise_and_tells_its_state() -> None:
    car: Car = PretendCar()
    assert car.occupants(0.0) == 2
    assert [s.name for s in car.seats(0.0) if s.occupied] == ["driver", "front_passenger"]
    assert car.ignition_on(0.0)
    assert car.supply(0.0).main_connected
    assert car.sim_card(0.0).state == "ready"
    assert car.utc(10.0) == PRETEND_UTC + 10.0
    assert car.full_scale == FullScale(400.0, 400.0, 400.0)
    assert len(car.identity.vin) == 17


def test_parts_can_fail_now_or_later() -> None:
    car = PretendCar()
    car.change(at=5.0, gnss_accuracy_m=None, accelerometer=False, clock_offset_s=None)
    car.change(clock_offset_s=-3600.0)
    assert car.utc(1.0) == PRETEND_UTC + 1.0 - 3600.0
    assert car.fix(4.0) is not None
    assert car.fix(5.0) is None
    assert car.recent(5.0) == ()
    assert car.utc(5.0) is None
    assert len(car.acceleration(6.0)) == 0
    with pytest.raises(TypeError):
        car.change(warp_drive=True)


def test_the_pretend_clock_stands_until_it_is_told_to_go_on() -> None:
    clock = PretendClock(now=5.0)
    promise: Clock = clock
    assert (promise.now(), promise.utc()) == (5.0, PRETEND_UTC)
    assert clock.advance(2.5) == 7.5
    assert clock.advance(-1.0) == 7.5
    clock.set_utc(0.0)
    assert (clock.now(), clock.utc()) == (7.5, 0.0)
