"""Crash detection: the trigger, the report, and what must not trigger."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.edges.pulse_file import read_pulse
from opensos.rules.crash import KMH_PER_G_S, CrashDetector, FullScale, Samples, Settings
from opensos.sim.scenarios import Channel, Push
from tests.rules.crash.pulses import cfc, changed, clipped, cut, run, stream
from tests.shared import SHARED, needs_vectors

BARRIER = (Push("x", -28.5, 0.0, 0.100),)


def nhtsa(channel: str) -> Samples:
    return read_pulse([SHARED / "vectors" / "crash" / f"v10146.{channel}"]).samples


# --- NHTSA test 10146: 57 km/h into a barrier ----------------------------------------------------


@needs_vectors
def test_nhtsa_10146_triggers_at_about_23_ms_and_comes_from_the_front() -> None:
    reports, _ = run(nhtsa("093"))
    first, last = reports[0], reports[-1]
    assert first.stage == "triggered"
    assert first.trigger == "delta_v"
    assert first.t_trigger_s == pytest.approx(0.0233, abs=0.0005)
    assert first.max_delta_v_kmh == pytest.approx(8.0, abs=0.1)
    assert first.lower_bound
    assert (first.impact, first.direction_deg, first.clock) == ("front", 0.0, 12)
    assert last.stage == "closed"
    assert last.max_delta_v_kmh == pytest.approx(66.2, abs=0.3)
    assert last.delta_v_x_kmh == pytest.approx(-66.2, abs=0.3)
    assert not last.saturated
    assert not last.lower_bound


@needs_vectors
def test_a_record_of_one_axis_claims_nothing_about_the_other() -> None:
    reports, _ = run(nhtsa("099"))
    assert reports[-1].max_delta_v_kmh == pytest.approx(67.4, abs=0.3)
    assert reports[-1].delta_v_y_kmh is None
    assert reports[-1].rollover is None
    assert "lateral_axis_missing" in [f.code for f in reports[-1].findings]


@needs_vectors
@pytest.mark.parametrize("channel", ["093", "099"])
def test_a_16_g_sensor_still_triggers_but_understates_and_says_so(channel: str) -> None:
    """Clipped at 10 kHz as recorded; see the next test for a sensor with its own filter."""
    reports, _ = run(clipped(nhtsa(channel), 16.0))
    assert reports[-1].max_delta_v_kmh == pytest.approx(31.0, abs=0.6)
    assert reports[-1].saturated_channels == ("x",)
    assert reports[-1].lower_bound


@needs_vectors
@pytest.mark.parametrize("channel", ["093", "099"])
def test_a_16_g_sensor_behind_a_60_class_filter_reads_42_kmh(channel: str) -> None:
    pulse = nhtsa(channel)
    assert pulse.ax is not None
    filtered = Samples(pulse.t, cfc(pulse.ax, 1e-4, 60.0))
    reports, _ = run(clipped(filtered, 16.0))
    assert reports[-1].max_delta_v_kmh == pytest.approx(42.5, abs=1.0)
    assert reports[-1].lower_bound
    quiet, detector = run(clipped(filtered, 2.0))
    assert quiet == []
    assert detector.largest_delta_v_kmh == pytest.approx(6.8, abs=0.4)


@needs_vectors
@pytest.mark.parametrize("full_scale", [None, FullScale(x=2.0)])
def test_a_2_g_sensor_stays_below_the_trigger_and_the_saturation_is_found(
    full_scale: FullScale | None,
) -> None:
    reports, detector = run(clipped(nhtsa("093"), 2.0), full_scale=full_scale)
    assert reports == []
    assert detector.largest_delta_v_kmh < 8.0
    assert [f.code for f in detector.findings] == ["saturated_x"]


# --- what triggers -------------------------------------------------------------------------------


def test_the_reports_of_a_crash_come_in_order_and_the_last_closes_it() -> None:
    reports, _ = run(stream(*BARRIER, seconds=6.0))
    assert [r.stage for r in reports] == ["triggered", "ended", "closed"]
    assert [r.revision for r in reports] == [0, 1, 2]
    assert [r.final for r in reports] == [False, True, True]
    assert [r.multiple_impacts for r in reports] == [None, None, False]
    exact = 28.5 * 2.0 / math.pi * 0.100 * KMH_PER_G_S
    assert reports[1].max_delta_v_kmh == pytest.approx(exact, rel=0.005)
    impact = reports[-1].impacts[0]
    assert impact.t_zero_s == pytest.approx(0.510, abs=0.005)
    assert impact.t_end_s is not None
    assert 0.59 < impact.t_end_s < 0.63


@pytest.mark.parametrize(
    ("x", "y", "side", "clock"),
    [
        (-20.0, 0.0, "front", 12),
        (-15.0, -15.0, "right", 2),
        (0.0, -20.0, "right", 3),
        (20.0, 0.0, "rear", 6),
        (0.0, 20.0, "left", 9),
        (-20.0, 10.0, "front", 11),
    ],
)
def test_the_direction_says_where_the_force_came_from(
    x: float, y: float, side: str, clock: int
) -> None:
    reports, _ = run(stream(Push("x", x, 0.0, 0.08), Push("y", y, 0.0, 0.08)))
    assert reports[-1].clock in (clock, clock % 12 + 1)
    assert reports[-1].impact == side or (x, y) == (-15.0, -15.0)


def test_two_axes_below_the_threshold_make_one_crash_together() -> None:
    one, _ = run(stream(Push("x", -3.3, 0.0, 0.09)))
    both, _ = run(stream(Push("x", -3.3, 0.0, 0.09), Push("y", 3.3, 0.0, 0.09)))
    assert one == []
    assert both[0].max_delta_v_kmh == pytest.approx(8.0, abs=0.15)


def test_exactly_the_threshold_counts_within_150_ms_and_not_over_longer() -> None:
    area = 8.2 / KMH_PER_G_S
    short, _ = run(stream(Push("x", -area * math.pi / 2 / 0.14, 0.0, 0.14)))
    long, _ = run(stream(Push("x", -area * math.pi / 2 / 0.60, 0.0, 0.60)))
    assert short
    assert long == []


def test_a_bias_and_a_slope_do_not_change_the_result() -> None:
    plain, _ = run(stream(*BARRIER))
    for bias in (-2.5, -0.4, 0.3, 2.5):
        shifted, detector = run(stream(*BARRIER, bias=(bias, -bias, -1.0)))
        assert shifted[-1].max_delta_v_kmh == pytest.approx(plain[-1].max_delta_v_kmh, abs=0.05)
        noted = "bias_large" in [f.code for f in detector.findings]
        assert noted == (abs(bias) > 0.5)


def test_a_second_impact_within_five_seconds_is_told_and_the_stronger_one_is_shown() -> None:
    pulse = stream(Push("x", -10.0, 0.0, 0.08), Push("y", 16.0, 1.2, 0.08), seconds=7.0)
    reports, _ = run(pulse)
    assert [r.stage for r in reports] == ["triggered", "ended", "updated", "ended", "closed"]
    assert reports[-1].multiple_impacts is True
    assert reports[-1].impact == "left"
    assert [round(i.t_trigger_s) for i in reports[-1].impacts] == [1, 2]
    assert {r.number for r in reports} == {1}


def test_an_impact_after_six_seconds_is_another_crash() -> None:
    reports, _ = run(stream(Push("x", -10.0, 0.0, 0.08), Push("x", -10.0, 6.0, 0.08), seconds=12.0))
    assert [r.number for r in reports] == [1, 1, 1, 2, 2, 2]
    assert all(r.multiple_impacts is not True for r in reports)


def test_an_event_that_does_not_calm_down_ends_and_does_not_trigger_again() -> None:
    reports, _ = run(stream(Push("x", -3.0, 0.0, 2.0, "plateau"), seconds=7.0))
    assert [r.stage for r in reports] == ["triggered", "ended", "closed"]
    end = reports[-1].impacts[0].t_end_s
    assert end is not None
    assert end - reports[-1].impacts[0].t_zero_s == pytest.approx(0.3, abs=0.01)


def test_braking_hard_before_the_impact_does_not_move_time_zero_far_back() -> None:
    reports, _ = run(
        stream(Push("x", -1.3, 0.0, 2.0, "plateau"), Push("x", -25.0, 1.0, 0.1), seconds=3.0)
    )
    impact = reports[0].impacts[0]
    assert 1.35 < impact.t_zero_s < impact.t_trigger_s < 1.53


# --- the airbag line -----------------------------------------------------------------------------


def test_the_airbag_line_triggers_by_itself_without_any_sample() -> None:
    detector = CrashDetector()
    (report,) = detector.airbag(12.5)
    assert (report.trigger, report.t_trigger_s, report.airbag) == ("airbag", 12.5, True)
    assert report.max_delta_v_kmh is None
    assert report.direction_deg is None
    assert report.clock is None
    assert report.impact == "unknown"
    assert [r.stage for r in detector.finish()] == ["ended", "closed"]


def test_the_airbag_line_may_be_first_and_the_acceleration_is_added() -> None:
    pulse = stream(*BARRIER, seconds=6.0)
    detector = CrashDetector()
    detector.feed(cut(pulse, 0, 508))
    (first,) = detector.airbag(0.507)
    rest = detector.feed(cut(pulse, 508, len(pulse)))
    assert first.trigger == "airbag"
    assert [r.stage for r in rest] == ["ended", "closed"]
    assert rest[-1].max_delta_v_kmh == pytest.approx(64.0, abs=0.5)
    assert rest[-1].impact == "front"


def test_an_airbag_line_in_or_soon_after_an_impact_belongs_to_it() -> None:
    detector = CrashDetector()
    detector.feed(stream(*BARRIER, seconds=0.5))
    (update,) = detector.airbag(math.nan)
    assert (update.stage, update.airbag, len(update.impacts)) == ("updated", True, 1)
    assert detector.airbag(1.0) == []


def test_an_airbag_line_two_seconds_later_is_a_second_impact() -> None:
    detector = CrashDetector()
    detector.feed(stream(*BARRIER, seconds=2.0))
    (update,) = detector.airbag(2.5)
    assert update.multiple_impacts is True
    assert len(update.impacts) == 2


# --- rollover ------------------------------------------------------------------------------------


def _still(seconds: float, y: float, z: float, rate: float | None, start: float) -> Samples:
    n = round(seconds * 500)
    return Samples(
        [start + (i + 1) / 500 for i in range(n)],
        [0.0] * n,
        [y] * n,
        [z] * n,
        None if rate is None else [rate] * n,
    )


def test_a_gyro_sees_the_car_roll_and_that_triggers() -> None:
    detector = CrashDetector()
    assert detector.feed(_still(2.0, 0.0, -1.0, 0.5, 0.0)) == []
    reports = detector.feed(_still(0.5, 0.0, -1.0, 200.0, 2.0))
    assert [(r.trigger, r.rollover) for r in reports[:1]] == [("rollover", True)]
    assert reports[0].t_trigger_s == pytest.approx(2.32, abs=0.03)


def test_a_gyro_that_saw_no_roll_says_no() -> None:
    detector = CrashDetector()
    detector.feed(_still(1.0, 0.0, -1.0, 1.0, 0.0))
    (report,) = detector.airbag(1.0)
    assert report.rollover is False


def test_a_gyro_needs_no_vertical_sensor() -> None:
    n = 300
    t = [i / 500 for i in range(n)]
    reports = CrashDetector().feed(Samples(t, [0.0] * n, None, None, [-180.0] * n))
    assert reports[0].trigger == "rollover"


def test_a_slow_sway_is_no_rollover() -> None:
    detector = CrashDetector()
    t = 0.0
    for rate in (40.0, 0.0, 40.0, 0.0, -40.0, 0.0):
        assert detector.feed(_still(1.0, 0.0, -1.0, rate, t)) == []
        t += 1.0
        assert detector.feed(_still(1.2, 0.0, -1.0, 0.0, t)) == []
        t += 1.2


def test_without_a_gyro_a_car_on_its_roof_is_seen_and_one_on_its_wheels_is_unknown() -> None:
    detector = CrashDetector()
    detector.feed(_still(1.0, 0.0, -1.0, None, 0.0))
    (before,) = detector.airbag(1.0)
    assert before.rollover is None
    later = detector.feed(_still(1.5, 0.0, 1.0, None, 1.0))
    assert [r.stage for r in later] == ["ended", "updated"]
    assert later[-1].rollover is True


def test_a_car_that_stays_on_its_roof_is_one_crash_until_it_stood_upright_again() -> None:
    detector = CrashDetector()
    detector.feed(_still(1.0, 0.0, -1.0, None, 0.0))
    reports = detector.feed(_still(20.0, 0.0, 1.0, None, 1.0))
    assert {r.number for r in reports} == {1}
    assert reports[0].trigger == "rollover"
    assert detector.feed(_still(3.0, 0.0, -1.0, None, 21.0)) == []
    assert detector.feed(_still(3.0, 1.0, 0.0, None, 24.0))[0].number == 2


def test_a_zeroed_vertical_channel_claims_no_rollover() -> None:
    detector = CrashDetector()
    detector.feed(_still(1.0, 0.0, 0.0, None, 0.0))
    assert detector.feed(_still(3.0, 0.0, 0.9, None, 1.0)) == []


# --- what must not trigger: hard driving ---------------------------------------------------------

_AXES: tuple[Channel, ...] = ("x", "y", "z")

HARD_DRIVING = {
    "emergency braking, 4 s": (Push("x", -1.0, 0.0, 4.0, "plateau", 12.0),),
    "cornering at the limit": (Push("y", 1.0, 0.0, 3.0, "plateau", 1.0),),
    "braking in a corner": (
        Push("x", -0.75, 0.0, 2.0, "plateau", 12.0),
        Push("y", 0.75, 0.0, 2.0, "plateau"),
    ),
    "pothole": (Push("x", -2.16, 0.0, 0.03), Push("z", -8.0, 0.0, 0.02)),
    "hardest manoeuvre: 2.16 g, 4.7 km/h": (Push("x", -2.16, 0.0, 0.0968),),
    "kerb": (Push("x", -6.0, 0.0, 0.02), Push("y", 3.0, 0.0, 0.02), Push("z", -10.0, 0.0, 0.03)),
    "braking over a pothole": (
        Push("x", -1.0, 0.0, 2.0, "plateau", 12.0),
        Push("x", -2.16, 0.8, 0.02),
    ),
    "door slam": (Push("y", 3.0, 0.0, 0.15, "ringing", 40.0), Push("z", 2.5, 0.0, 0.1)),
    "offroad": tuple(
        Push(axis, peak, 0.11 * i, 0.1, "ringing", 8.0 + i)
        for i in range(30)
        for axis, peak in zip(_AXES, (2.2, -2.4, 4.0), strict=True)
    ),
    "parking bump at 6 km/h": (Push("x", -4.4, 0.0, 0.06),),
    "speed bump": (Push("z", -3.0, 0.0, 0.2, "ringing", 6.0), Push("x", -1.2, 0.0, 0.1)),
}


@pytest.mark.parametrize("name", HARD_DRIVING)
@pytest.mark.parametrize("rate", [100.0, 1000.0])
def test_hard_driving_calls_nobody(name: str, rate: float) -> None:
    pulse = stream(*HARD_DRIVING[name], seconds=5.0, rate=rate, noise=0.1, lead=2.0)
    reports, detector = run(pulse)
    assert reports == []
    assert detector.largest_delta_v_kmh < 7.0


def test_a_2_g_threshold_would_have_called_for_six_of_them() -> None:
    """The trap: a threshold on acceleration mistakes sharp for strong."""

    def naive(samples: Samples) -> bool:
        assert samples.ax is not None
        assert samples.ay is not None
        return any(math.hypot(x, y) >= 2.0 for x, y in zip(samples.ax, samples.ay, strict=True))

    false_calls = [n for n, pushes in HARD_DRIVING.items() if naive(stream(*pushes, seconds=5.0))]
    assert len(false_calls) >= 6
    assert "hardest manoeuvre: 2.16 g, 4.7 km/h" in false_calls


# --- data that is not as it should be ------------------------------------------------------------


def codes(detector: CrashDetector) -> list[str]:
    return [finding.code for finding in detector.findings]


def test_a_gap_is_not_integrated_over_and_makes_a_lower_bound() -> None:
    pulse = stream(*BARRIER)
    assert pulse.ax is not None
    detector = CrashDetector()
    reports = detector.feed(cut(pulse, 0, 540))
    reports += detector.feed(cut(pulse, 600, len(pulse)))
    reports += detector.finish()
    assert "gap" in codes(detector)
    assert reports[-1].lower_bound
    assert reports[-1].max_delta_v_kmh is not None
    assert reports[-1].max_delta_v_kmh < 40.0


def test_missing_readings_and_absurd_ones_are_left_out_and_told() -> None:
    pulse = stream(*BARRIER)
    assert pulse.ax is not None
    ax = list(pulse.ax)
    ax[300], ax[540], ax[541] = 1e9, math.nan, -math.inf
    reports, detector = run(Samples(pulse.t, ax, pulse.ay, pulse.az))
    assert codes(detector)[:2] == ["absurd_value", "not_a_number"]
    assert reports[-1].lower_bound
    assert reports[-1].max_delta_v_kmh == pytest.approx(62.3, abs=1.0)


def test_a_sample_out_of_order_is_dropped_and_a_clock_set_back_is_followed() -> None:
    pulse = stream(*BARRIER)
    assert pulse.ax is not None
    t = list(pulse.t)
    t[100], t[200] = t[50], math.nan
    late = [value if i < 400 else value - 100.0 for i, value in enumerate(t)]
    reports, detector = run(Samples(late, pulse.ax, pulse.ay, pulse.az))
    assert codes(detector) == ["time_not_rising", "time_invalid", "clock_jumped_back", "gap"]
    assert reports[0].t_trigger_s == pytest.approx(-99.48, abs=0.01)
    assert reports[-1].max_delta_v_kmh == pytest.approx(64.0, abs=0.5)


def test_a_sensor_stuck_at_a_large_value_from_the_start_is_not_believed_until_it_moves() -> None:
    n = 2000
    stuck = Samples([i / 1000 for i in range(n)], [-16.0] * n, [0.0] * n)
    detector = CrashDetector()
    assert detector.feed(stuck) == []
    assert "sensor_stuck" in codes(detector)
    later = stream(*BARRIER, start=2.0)
    assert detector.feed(later)[0].t_trigger_s == pytest.approx(2.52, abs=0.01)


def test_a_record_that_begins_in_the_impact_triggers_and_says_so() -> None:
    pulse = stream(Push("x", -28.5, -0.02, 0.1), lead=0.0, seconds=0.5)
    reports, detector = run(pulse)
    assert reports[0].impact == "front"
    assert "unsettled_start" in codes(detector)
    steady = Samples([i / 1000 for i in range(200)], [-20.0 - 0.01 * i for i in range(200)])
    assert run(steady)[0][0].trigger == "delta_v"


def test_a_record_that_ends_in_the_impact_is_closed_as_a_lower_bound() -> None:
    reports, _ = run(cut(stream(*BARRIER), 0, 540))
    assert [r.stage for r in reports] == ["triggered", "ended", "closed"]
    assert reports[-1].lower_bound
    assert "record_ends_early" in [f.code for f in reports[-1].findings]


def test_a_lateral_sensor_alone_is_enough_and_a_sensor_may_come_and_go() -> None:
    pulse = stream(Push("y", 20.0, 0.0, 0.08), bias=(0.0, 0.4, -1.0))
    reports, _ = run(Samples(pulse.t, None, pulse.ay))
    assert reports[-1].impact == "left"
    assert reports[-1].delta_v_x_kmh is None
    assert "forward_axis_missing" in [f.code for f in reports[-1].findings]
    detector = CrashDetector()
    for i in range(0, 400, 50):
        part = cut(pulse, i, i + 50)
        detector.feed(part if i % 100 else Samples(part.t, part.ax))
    assert detector.largest_delta_v_kmh < 1.0


def test_samples_without_acceleration_never_trigger() -> None:
    assert run(Samples([i / 100 for i in range(100)]))[0] == []
    assert len(Samples([1.0, 2.0], [0.0])) == 1


@pytest.mark.parametrize("channel", ["x", "y"])
def test_saturation_is_told_per_channel_with_and_without_a_known_range(channel: str) -> None:
    pulse = clipped(stream(Push("x", -28.0, 0.0, 0.1), Push("y", 28.0, 0.0, 0.1)), 16.0)
    assert run(pulse)[0][-1].saturated_channels == ("x", "y")
    known = FullScale(**{channel: 16.0})
    assert channel in run(pulse, full_scale=known)[0][-1].saturated_channels
    wide = FullScale(x=100.0, y=100.0)
    assert run(pulse, full_scale=wide)[0][-1].saturated is False


# --- laws ----------------------------------------------------------------------------------------

any_float = st.one_of(
    st.floats(), st.sampled_from([0.0, 1.0, -30.0, 500.0, math.nan, math.inf, 1e308])
)
column = st.one_of(st.none(), st.lists(any_float, max_size=60))


rows = st.builds(Samples, st.lists(any_float, max_size=60), column, column, column, column)


@settings(max_examples=300)
@given(rows, any_float)
def test_no_stream_of_floats_raises(samples: Samples, airbag: float) -> None:
    detector = CrashDetector()
    reports = detector.feed(samples)
    reports += detector.airbag(airbag)
    reports += detector.feed(samples) + detector.finish()
    assert reports[-1].stage == "closed"
    assert all(math.isfinite(r.max_delta_v_kmh or 0.0) for r in reports)


pushes = st.lists(
    st.builds(
        Push,
        st.sampled_from(["x", "y"]),
        st.floats(-40.0, 40.0),
        st.floats(0.0, 0.2),
        st.floats(0.005, 0.2),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(pushes, st.floats(1.0, 3.0))
def test_a_stronger_crash_triggers_whenever_a_weaker_one_does(
    made: list[Push], factor: float
) -> None:
    pulse = stream(*made, seconds=0.5, lead=0.1)
    weak, weak_detector = run(pulse)
    strong, strong_detector = run(changed(pulse, lambda a: a * factor))
    assert bool(strong) >= bool(weak)
    if weak:
        assert strong[0].t_trigger_s <= weak[0].t_trigger_s + 0.0011
    else:
        assert strong_detector.largest_delta_v_kmh >= weak_detector.largest_delta_v_kmh - 0.01


@settings(max_examples=60, deadline=None)
@given(pushes, st.integers(1, 400), st.integers(0, 10_000))
def test_chunks_change_nothing(made: list[Push], size: int, seed: int) -> None:
    pulse = stream(*made, seconds=0.6, lead=0.1)
    whole, _ = run(pulse)
    detector = CrashDetector()
    rnd, parts, i = random.Random(seed), [], 0
    while i < len(pulse):
        step = rnd.randint(1, size)
        parts += detector.feed(cut(pulse, i, i + step))
        i += step
    assert parts + detector.finish() == whole


@settings(max_examples=60, deadline=None)
@given(pushes, st.sampled_from([-4096.0, 64.0, 1024.0, 1_700_000_000.0]))
def test_a_shift_in_time_shifts_the_times_and_nothing_else(made: list[Push], shift: float) -> None:
    pulse = stream(*made, seconds=0.6, lead=0.1, rate=1024.0)
    here, _ = run(pulse)
    there, _ = run(Samples([t + shift for t in pulse.t], pulse.ax, pulse.ay, pulse.az))
    assert len(here) == len(there)
    for one, other in zip(here, there, strict=True):
        assert other.t_trigger_s - shift == pytest.approx(one.t_trigger_s, abs=1e-5)
        assert other.max_delta_v_kmh == pytest.approx(one.max_delta_v_kmh, abs=1e-3)
        assert other.direction_deg == pytest.approx(one.direction_deg, abs=0.11)


@pytest.mark.parametrize("rate", [50.0, 100.0, 400.0, 1000.0, 3333.0, 10_000.0])
def test_every_sample_rate_gives_nearly_the_same_crash(rate: float) -> None:
    reports, _ = run(stream(*BARRIER, rate=rate, noise=0.05))
    assert reports[-1].max_delta_v_kmh == pytest.approx(64.0, abs=0.5 + 100.0 / rate)
    assert reports[0].t_trigger_s == pytest.approx(0.523, abs=1.1 / rate + 0.002)


def test_uneven_time_stamps_are_integrated_as_they_are() -> None:
    rnd = random.Random(3)
    t, now = [], 0.0
    while now < 1.0:
        t.append(now)
        now += rnd.uniform(0.0002, 0.003)
    reports, _ = run(Samples(t, [BARRIER[0].at(v - 0.5) for v in t], [0.0] * len(t)))
    assert reports[-1].max_delta_v_kmh == pytest.approx(64.0, abs=0.3)


def test_settings_move_the_trigger() -> None:
    detector = CrashDetector(Settings(trigger_kmh=70.0))
    assert detector.feed(stream(*BARRIER)) == []
