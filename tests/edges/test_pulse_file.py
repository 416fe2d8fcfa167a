"""Recorded pulses from files."""

from __future__ import annotations

import io
import math
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opensos.edges import pulse_file
from opensos.edges.pulse_file import read_ev5, read_pulse
from opensos.protocols.effects import RoadError, UserError
from opensos.rules.crash import CrashDetector
from tests.shared import SHARED, needs_vectors

if TYPE_CHECKING:
    from pathlib import Path

NHTSA = SHARED / "vectors" / "crash"

EV5 = """# a header in the form of NHTSA's, made for this test
----- EV5 -----
----- INSTRUMENTATION -----
1|1|AC|NA|FLLR|XG|SEC|G'S|2800|MFG: A|01/JAN/2020|800|21|57|-500|2999|100|AM|P|LEFT FLOOR X
1|2|AC|NA|FLLR|YG|SEC|G'S|2800|MFG: A|01/JAN/2020|600|21|57|-500|2999|100|AM|P|LEFT FLOOR Y
1|3|AC|NA|ENGN|XG|SEC|G'S|2800|MFG: A|01/JAN/2020|bad|21|57|-500|2999|100|AM|P|ENGINE X
1|4|AC|NA|FLLR|XG|SEC|G'S|2800|MFG: A|01/JAN/2020|800|21|57|-500|2999|100|AM|R|LEFT FLOOR XR
1|5|LC|NA|SHBT|NA|SEC|NWT|2800|MFG: A|01/JAN/2020|800|21|57|-500|2999|100|AM|P|BELT
----- END -----
"""


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def track(folder: Path, channel: int, value: float = -1.0, rows: int = 3) -> Path:
    return put(
        folder,
        f"v1.{channel:03d}",
        "".join(f"{i / 1000:.6f}\t{value:.6f}\n" for i in range(rows)),
    )


# --- NHTSA ---------------------------------------------------------------------------------------


@needs_vectors
def test_a_channel_of_nhtsa_10146_is_read_with_its_axis_from_the_header() -> None:
    pulse = read_pulse([NHTSA / "v10146.093"])
    assert len(pulse.samples) == 3500
    assert pulse.samples.ay is None
    assert (pulse.samples.t[0], pulse.samples.t[3499]) == (-0.05, 0.2999)
    assert pulse.full_scale.x == 800.0
    assert pulse.notes == ("v10146.093 is ax: left rear seat crossmember x.",)


@needs_vectors
def test_of_several_sensors_of_one_axis_the_one_on_the_body_is_taken() -> None:
    pulse = read_pulse([NHTSA / f"v10146.{c}" for c in ("095", "099", "093")])
    assert pulse.source == "v10146.093"
    assert "v10146.095 was measured on the engine, not on the body." in pulse.notes
    assert CrashDetector().feed(pulse.samples)[0].impact == "front"


def test_two_axes_come_from_two_files(tmp_path: Path) -> None:
    put(tmp_path, "v1.EV5", EV5)
    pulse = read_pulse([track(tmp_path, 1, -3.0), track(tmp_path, 2, 2.0)])
    assert pulse.samples.ax is not None
    assert pulse.samples.ay is not None
    assert (pulse.samples.ax[0], pulse.samples.ay[0]) == (-3.0, 2.0)
    assert (pulse.full_scale.x, pulse.full_scale.y) == (800.0, 600.0)


def test_the_header_may_be_given_and_may_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    header = put(tmp_path / "other", "any.EV5", EV5)
    pulse = read_pulse([track(tmp_path, 2), header])
    assert pulse.samples.ax is None
    assert pulse.samples.ay is not None


def test_without_a_header_forward_is_assumed_and_said(tmp_path: Path) -> None:
    pulse = read_pulse([track(tmp_path, 1)])
    assert pulse.samples.ax is not None
    assert "forward" in pulse.notes[0]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ((5,), "not an acceleration of the car"),
        ((9,), "knows no channel"),
    ],
)
def test_a_channel_that_cannot_be_used_is_refused(
    tmp_path: Path, files: tuple[int, ...], says: str
) -> None:
    put(tmp_path, "v1.EV5", EV5)
    with pytest.raises(UserError, match=says):
        read_pulse([track(tmp_path, n) for n in files])


def test_files_of_other_times_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "v1.EV5", EV5)
    with pytest.raises(UserError, match="same times"):
        read_pulse([track(tmp_path, 1, rows=3), track(tmp_path, 2, rows=4)])


def test_a_header_without_channels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="lists no channel"):
        read_ev5(put(tmp_path, "v1.EV5", "hello\n"))
    with pytest.raises(RoadError):
        read_ev5(tmp_path)


# --- CSV -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "t,ax,ay\n0,-1,0.5\n0.001,-2,0.5\n",
        "# a comment\n\nt_ms, ax (m/s2), ay [g]\n0,-9.80665,0.5\n1,-19.6133,0.5\n",
        "time;other;ay;ax_g\n0,0;7;0,5;-1,0\n0,001;7;0,5;-2,0\n",
        "\ufeffT (us)\tAcc_X\tAcc_Y\n0\t-1\t0.5\n1000\t-2\t0.5\n",
    ],
)
def test_csv_in_many_hands(tmp_path: Path, text: str) -> None:
    pulse = read_pulse([put(tmp_path, "a.csv", text)])
    s = pulse.samples
    assert s.ax is not None
    assert s.ay is not None
    assert list(s.t) == pytest.approx([0.0, 0.001])
    assert list(s.ax) == pytest.approx([-1.0, -2.0])
    assert list(s.ay) == pytest.approx([0.5, 0.5])
    assert s.az is None


def test_a_roll_rate_and_missing_readings_are_kept(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "t,ax,az,roll (rad/s)\n0,1,-1,3.14159265\n1,,-1\n")
    s = read_pulse([path]).samples
    assert s.ax is not None
    assert s.roll_rate is not None
    assert math.isnan(s.ax[1])
    assert s.roll_rate[0] == pytest.approx(180.0)
    assert math.isnan(s.roll_rate[1])


# --- what cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no line of data"),
        ("# only a comment\n", "no line of data"),
        ("t,ax\n", "no line of data"),
        ("hello world\n", "neither"),
        ("a,b,c\n1,2,3\n", "neither"),
        ("t,az\n1,2\n", "neither"),
        ("t,ax,ax\n1,2,3\n", "twice"),
        ("t,ax (furlong)\n1,2\n", "may be in g"),
        ("t,ax\n0,1\n1,foo\n", "Row 3"),
        ("0 1\n1 two\n", "Row 2"),
        ("0 1\n1\n", "not two numbers"),
        ("0,1,2\n1,2,3\n", "needs a first line"),
        ("\0\0\0", "not a text file"),
        ("1" * 5000, "not a text file"),
    ],
)
def test_garbage_is_refused_in_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UserError, match=says) as caught:
        read_pulse([put(tmp_path, "a.csv", text)])
    assert str(caught.value).endswith(".")


def test_files_that_are_not_there_or_not_files_are_named(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "no.csv", "no file"), (tmp_path, "not a file")):
        with pytest.raises(UserError, match=says):
            read_pulse([path])
    for paths in ([], [tmp_path / "x.EV5"]):
        with pytest.raises(UserError, match="Give the file"):
            read_pulse(paths)
    with pytest.raises(UserError, match="name of a file"):
        read_pulse(["a\0b"])
    with pytest.raises(RoadError, match="cannot be read"):
        read_pulse(["x" * 5000])


def test_a_csv_stands_alone(tmp_path: Path) -> None:
    csv = put(tmp_path, "a.csv", "t,ax\n0,1\n")
    with pytest.raises(UserError, match="alone"):
        read_pulse([csv, track(tmp_path, 1)])


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = put(tmp_path, "a.csv", "t,ax\n" + "0,1\n" * 12)
    two = track(tmp_path, 1, rows=12)
    monkeypatch.setattr(pulse_file, "MAX_ROWS", 12)
    assert len(read_pulse([many]).samples) == len(read_pulse([two]).samples) == 12
    monkeypatch.setattr(pulse_file, "MAX_ROWS", 11)
    for path in (many, two):
        with pytest.raises(UserError, match="more than 11 rows"):
            read_pulse([path])
    monkeypatch.setattr(pulse_file, "MAX_BYTES", 40)
    with pytest.raises(UserError, match="larger than"):
        read_pulse([many])


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"t,ax\n0,1\n")))
    pulse = read_pulse(["-"])
    assert (pulse.source, len(pulse.samples)) == ("standard input", 1)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.sampled_from(["t", "ax", ",", ";", "\n", "1", "nan", "inf", " ", "-", "(ms)"]))
        .map("".join)
        .map(str.encode),
    )
)
def test_any_bytes_are_read_or_refused_and_nothing_else(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(data)
    try:
        pulse = read_pulse([path])
    except UserError:
        return
    CrashDetector().feed(pulse.samples)
