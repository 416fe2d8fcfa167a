"""Lines measured by an ADC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.edges.iio_adc import STALE_S, AdcAntennas, AdcChannel, AdcSupply, AntennaLine
from opensos.protocols.effects import UserError
from opensos.rules.readiness.readings import AntennaReading, Circuit, SupplyReading
from tests.edges.clocks import StillClock

if TYPE_CHECKING:
    from pathlib import Path


def adc(root: Path, **files: str) -> Path:
    device = root / "iio:device1"
    device.mkdir(exist_ok=True)
    for name, text in files.items():
        (device / name).write_text(text + "\n")
    return device


def line(device: Path, name: str = "main") -> AntennaLine:
    return AntennaLine(name, AdcChannel(device, "in_voltage1"), 3000.0, 300.0, 4500.0)


def test_twelve_volts_behind_a_divider_are_measured(tmp_path: Path) -> None:
    device = adc(tmp_path, in_voltage0_raw="2420", in_voltage_scale="0.805664")
    part = AdcSupply(AdcChannel(device, "in_voltage0", factor=6.4), StillClock())
    part.look()
    reading = part.supply(100.0)
    assert reading.main_v == pytest.approx(12.48, abs=0.01)
    assert reading.main_connected is True
    adc(tmp_path, in_voltage0_raw="3")
    part.look()
    assert part.supply(100.0).main_connected is False
    assert part.supply(100.0 + STALE_S + 1) == SupplyReading(None, None, None)


def test_the_channels_own_scale_and_offset_win(tmp_path: Path) -> None:
    device = adc(
        tmp_path,
        in_voltage1_raw="100",
        in_voltage1_scale="2.0",
        in_voltage1_offset="50",
        in_voltage_scale="9.0",
        in_voltage_offset="9",
    )
    assert AdcChannel(device, "in_voltage1").read_mv() == 300.0


@pytest.mark.parametrize(
    ("millivolts", "circuit"),
    [
        (0, Circuit.SHORT_GROUND),
        (299, Circuit.SHORT_GROUND),
        (300, Circuit.OK),
        (2999, Circuit.OK),
        (3000, Circuit.OPEN),
        (4499, Circuit.OPEN),
        (4500, Circuit.SHORT_SUPPLY),
    ],
)
def test_a_voltage_is_a_circuit(tmp_path: Path, millivolts: int, circuit: Circuit) -> None:
    device = adc(tmp_path, in_voltage1_raw=str(millivolts), in_voltage1_scale="1")
    part = AdcAntennas([line(device)], StillClock())
    part.look()
    assert part.antennas(100.0) == (AntennaReading("main", circuit, millivolts),)


def test_a_line_that_cannot_be_measured_is_unknown_and_its_neighbour_is_not(tmp_path: Path) -> None:
    device = adc(tmp_path, in_voltage1_raw="1000", in_voltage1_scale="1")
    gone = AntennaLine("gnss", AdcChannel(device, "in_voltage7"), 3000.0, 300.0)
    part = AdcAntennas([gone, line(device)], StillClock())
    part.look()
    assert part.antennas(100.0) == (
        AntennaReading("gnss"),
        AntennaReading("main", Circuit.OK, 1000),
    )
    assert part.trouble == "iio:device1 has no channel in_voltage7."


@pytest.mark.parametrize("text", ["", "rubbish", "nan", "inf", "1e300"])
def test_rubbish_is_no_voltage(tmp_path: Path, text: str) -> None:
    device = adc(tmp_path, in_voltage1_raw=text)
    part = AdcAntennas([line(device)], StillClock())
    part.look()
    assert part.antennas(100.0) == (AntennaReading("main"),)
    assert part.trouble is not None


@pytest.mark.parametrize("limits", [(300.0, 300.0, None), (3000.0, -1.0, None), (3.0, 1.0, 2.0)])
def test_thresholds_must_rise(tmp_path: Path, limits: tuple[float, float, float | None]) -> None:
    with pytest.raises(UserError, match="thresholds of the main antenna must rise"):
        AntennaLine("main", AdcChannel(tmp_path, "in_voltage1"), *limits)


@given(st.floats(0, 1e5), st.floats(0, 1e5))
def test_more_voltage_never_means_less_open(one: float, other: float) -> None:
    order = [Circuit.SHORT_GROUND, Circuit.OK, Circuit.OPEN, Circuit.SHORT_SUPPLY]
    antenna = AntennaLine("main", AdcChannel.__new__(AdcChannel), 3000.0, 300.0, 4500.0)
    low, high = sorted((one, other))
    assert order.index(antenna.judge(low)) <= order.index(antenna.judge(high))
