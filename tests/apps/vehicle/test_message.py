from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.apps.vehicle.config import masked
from opensos.apps.vehicle.crash import CrashFigures, figures_from_json
from opensos.apps.vehicle.message import NO_VIN, Observation, Purpose, build_load
from opensos.ports import Fix, VehicleIdentity
from opensos.protocols.effects import RoadError
from opensos.protocols.msd import EuroNcap, Msd, decode
from opensos.rules.crash import FullScale
from tests.apps.vehicle.garage import read

UTC = 1_800_000_000.0
IDENTITY = VehicleIdentity("WM9VDSVDSYA123456", "M1", ("diesel_tank_present",))
PURPOSE = Purpose(1, automatic=False, test=True, crash=None)


def fix(lat: float, lon: float, **more: float | None) -> Fix:
    return Fix(UTC, lat, lon, **{"accuracy_m": 5.0, "heading_deg": 90.0, **more})


def message(fix_: Fix | None, *recent: Fix, utc: float | None = UTC, occupants: int = 1) -> Msd:
    seen = Observation(IDENTITY, utc, fix_, recent, occupants)
    return read(build_load(seen, PURPOSE)[0].msd)


def test_two_recent_positions_are_told_each_against_the_next() -> None:
    sent = message(fix(50.0, 8.0), fix(50.001, 8.002), fix(50.0, 8.0))
    assert sent.version == 3
    n1, n2 = sent.recent_positions
    assert n1 == pytest.approx((50.001, 8.002), abs=2e-5)
    assert n2 == pytest.approx((50.0, 8.0), abs=3e-5)


def test_a_recent_position_that_is_unknown_or_too_far_is_left_out() -> None:
    assert message(fix(50.0, 8.0)).recent_n1 is None
    assert message(fix(50.0, 8.0), fix(51.0, 8.0), fix(51.0, 8.0)).recent_n1 is None
    near = message(fix(50.0, 8.0), fix(50.001, 8.0), fix(52.0, 8.0))
    assert near.version == 2
    assert near.recent_n1 is not None
    assert near.recent_n2 is None
    assert message(None, fix(50.0, 8.0)).recent_n1 is None


def test_a_recent_position_across_the_date_line_is_near() -> None:
    sent = message(fix(0.0, 179.9999), fix(0.0, -179.9999), fix(0.0, 179.9999))
    assert sent.recent_n1 == (0, 7)


@pytest.mark.parametrize(
    ("place", "utc", "trusted"),
    [
        (fix(50.0, 8.0, accuracy_m=150.0), UTC, True),
        (fix(50.0, 8.0, accuracy_m=151.0), UTC, False),
        (fix(50.0, 8.0, accuracy_m=None), UTC, False),
        (fix(50.0, 8.0), UTC + 11, False),
        (fix(50.0, 8.0), None, False),
        (None, UTC, False),
    ],
)
def test_a_position_is_trusted_only_if_it_is_good_and_fresh(
    place: Fix | None, utc: float | None, *, trusted: bool
) -> None:
    assert message(place, utc=utc).position_can_be_trusted is trusted


def test_direction_and_propulsion_are_told() -> None:
    sent = message(fix(50.0, 8.0, heading_deg=91.2))
    assert sent.direction_deg == 92
    assert sent.propulsion is not None
    assert sent.propulsion.diesel_tank_present is True
    assert sent.propulsion.gasoline_tank_present is False


def test_a_vin_that_cannot_be_sent_becomes_zeros_and_is_noted() -> None:
    seen = Observation(VehicleIdentity("OIQ", "spaceship", ("steam",)), UTC, None, (), None)
    load, findings = build_load(seen, PURPOSE)
    assert read(load.msd).vin == NO_VIN
    assert findings == ("vin_unusable", "location_unknown")


numbers = st.floats(allow_nan=True, allow_infinity=True)
fixes = st.builds(Fix, numbers, numbers, numbers, st.none() | numbers, st.none() | numbers)


observations = st.builds(
    Observation,
    st.just(IDENTITY),
    st.none() | numbers,
    st.none() | fixes,
    st.lists(fixes, max_size=3).map(tuple),
    st.none() | st.integers(),
)


@given(observations, st.none() | numbers, st.integers(1, 255))
def test_there_is_always_a_message_whatever_the_sensors_say(
    seen: Observation, delta_v: float | None, number: int
) -> None:
    crash = CrashFigures("left", None, delta_v, None, 120)
    load, _ = build_load(seen, Purpose(number, automatic=True, test=False, crash=crash))
    decoded = decode(load.msd)
    assert decoded.msd is not None
    assert decoded.msd.vin == IDENTITY.vin
    assert decoded.msd.message_identifier == number
    assert decoded.msd.automatic_activation is True
    assert decoded.msd.test_call is False
    assert len(load.msd) <= 140


def test_what_the_codec_will_not_take_is_left_out_rather_than_keep_the_call_waiting() -> None:
    seen = Observation(IDENTITY, UTC, fix(50.0, 8.0), (), 1)
    crash = CrashFigures("front", None, -40.0, 0.0, 20)  # a range that TB 040 cannot write
    load, findings = build_load(seen, Purpose(1, automatic=True, test=True, crash=crash))
    assert findings == ("data_reduced",)
    assert read(load.msd).latitude == pytest.approx(50.0)


# --- the figures of a crash


def test_a_crash_of_which_no_speed_is_known_has_no_figures_to_send() -> None:
    assert CrashFigures("front", None, None, None, 120).euro_ncap(driver_on_left=True) is None


def test_an_axis_that_is_not_measured_is_written_as_zero_beside_the_known_one() -> None:
    sent = CrashFigures("front", None, -45.4, None, 120).euro_ncap(driver_on_left=True)
    assert isinstance(sent, EuroNcap)
    assert (sent.delta_v_x, sent.delta_v_y, sent.range_limit) == (-45, 0, 120)


@pytest.mark.parametrize(
    ("impact", "said"),
    [("front", "front"), ("rear", "rear"), ("left", "driverSide"), ("right", "nonDriverSide"),
     ("unknown", "unknown")],
)  # fmt: skip
def test_the_side_of_the_impact_is_told_in_the_words_of_tb_040(impact: str, said: str) -> None:
    sent = CrashFigures(impact, True, 300.0, -300.0, 120).euro_ncap(driver_on_left=True)
    assert sent is not None
    assert sent.location_of_impact == said
    assert (sent.delta_v_x, sent.delta_v_y, sent.rollover_detected) == (255, -255, True)


def test_figures_come_back_from_the_journal_as_they_were() -> None:
    figures = CrashFigures("rear", False, 20.5, None, 120)
    assert figures_from_json(figures.to_json()) == figures


@pytest.mark.parametrize(
    "wrong",
    [
        {"impact": "rear"},
        {"delta_v_x_kmh": "fast"},
        {"delta_v_x_kmh": math.nan},
        {"range_kmh": None},
        {"range_kmh": math.inf},
    ],
)
def test_wrong_figures_are_refused(wrong: dict[str, object]) -> None:
    good = CrashFigures("rear", False, 20.5, None, 120).to_json()
    values = wrong if wrong == {"impact": "rear"} else {**good, **wrong}
    with pytest.raises(RoadError):
        figures_from_json(values)


def test_a_sensor_with_a_small_range_says_so() -> None:
    from opensos.apps.vehicle.crash import _range_kmh  # noqa: PLC0415  # the one formula

    assert _range_kmh(FullScale()) == 255
    assert _range_kmh(FullScale(x=2.0)) == 100
    assert _range_kmh(FullScale(x=30.0)) == 159


def test_a_masked_vin_shows_maker_and_last_three_only() -> None:
    assert masked("WM9VDSVDSYA123456") == "WM9•••••••••••456"
    assert masked("short") == "•••••"
