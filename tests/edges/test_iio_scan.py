"""What the kernel says of a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.edges.iio_scan import IioSettings, find, lay_out, parse_type, read_scan
from opensos.protocols.effects import RoadError, UserError
from tests.edges.iio_tree import SCALE, SCAN, accelerometer

if TYPE_CHECKING:
    from pathlib import Path


def test_a_type_is_read() -> None:
    element = parse_type("in_accel_x", 2, "be:s12/16>>4\n")
    assert (element.big_endian, element.signed, element.bits) == (True, True, 12)
    assert (element.storage, element.repeat, element.shift, element.index) == (2, 1, 4, 2)
    assert parse_type("in_rot", 0, "le:s32/32X4>>0").repeat == 4


@pytest.mark.parametrize(
    "text", ["", "le:s16/16", "le:x16/16>>0", "le:s17/16>>0", "le:s16/16>>4", "le:s3/7>>0", "me"]
)
def test_a_type_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(RoadError, match="The kernel describes in_accel_x as"):
        parse_type("in_accel_x", 0, text)


@given(st.integers(-2048, 2047), st.sampled_from(["le", "be"]), st.integers(0, 15))
def test_a_shifted_value_is_read_whatever_stands_in_its_other_bits(
    value: int, order: str, rubbish: int
) -> None:
    element = parse_type("in_accel_x", 0, f"{order}:s12/16>>4")
    raw = (value & 0xFFF) << 4 | rubbish
    data = raw.to_bytes(2, "little" if order == "le" else "big")
    assert element.read(b"\xff" + data, 1) == value


def test_elements_are_aligned_to_their_own_size_and_the_scan_to_the_largest() -> None:
    names = ["in_accel_x", "in_accel_y", "in_accel_z"]
    axes = [parse_type(name, i, "le:s16/16>>0") for i, name in enumerate(names)]
    stamp = parse_type("in_timestamp", 3, "le:s64/64>>0")
    layout = lay_out([stamp, *axes])
    assert [place for _, place in layout.places] == [0, 2, 4, 8]
    assert layout.size == SCAN.size == 16
    assert lay_out(axes).size == 6
    assert read_scan(layout, SCAN.pack(1, -2, 3, 5_000_000_000), 0) == (5.0, (1, -2, 3))
    assert read_scan(lay_out(axes), b"\x01\0\xfe\xff\x03\0", 0) == (None, (1, -2, 3))


def test_the_sensor_is_found_and_set_up(tmp_path: Path) -> None:
    device = accelerometer(tmp_path, mount_matrix="0, 1, 0; 1, 0, 0; 0, 0, -1")
    found = find(IioSettings(device, tmp_path / "dev", rate_hz=800.0))
    assert found.scale == (SCALE, SCALE, SCALE)
    assert found.matrix == ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
    assert found.rate_hz == 800.0
    assert found.monotonic
    assert found.layout is not None
    assert found.layout.size == 16
    assert (device / "buffer/enable").read_text() == "1"
    assert (device / "scan_elements/in_temp_en").read_text() == "0"  # nobody reads it
    assert (device / "current_timestamp_clock").read_text() == "monotonic"


def test_a_scale_of_each_axis_wins_over_the_shared_one(tmp_path: Path) -> None:
    device = accelerometer(tmp_path, in_accel_y_scale="0.5", in_accel_z_offset="-7")
    found = find(IioSettings(device))
    assert found.scale == (SCALE, 0.5, SCALE)
    assert found.offset == (0.0, 0.0, -7.0)
    assert found.layout is None


def test_a_buffer_that_another_program_set_up_is_taken_as_it_is(tmp_path: Path) -> None:
    on = {f"scan_elements__in_accel_{axis}_en": "1" for axis in "xyz"}
    device = accelerometer(tmp_path, buffer__enable="1", **on)
    found = find(IioSettings(device, tmp_path / "dev", setup=False))
    assert found.layout is not None
    assert [e.name for e, _ in found.layout.places][-1] == "in_temp"
    assert not found.monotonic


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"in_accel_scale": "0"}, "tells no scale"),
        ({"in_accel_scale": "nan"}, "tells no scale"),
        ({"in_accel_scale": "rubbish"}, "tells no scale"),
        ({"mount_matrix": "a, b; c"}, "a mount matrix of no numbers"),
        ({"scan_elements__in_accel_x_type": "??"}, "not understood"),
        ({"scan_elements__in_accel_x_index": "??"}, "does not describe in_accel_x"),
    ],
)
def test_what_cannot_be_understood_is_said(
    tmp_path: Path, change: dict[str, str], words: str
) -> None:
    device = accelerometer(tmp_path, **change)
    with pytest.raises(RoadError, match=words):
        find(IioSettings(device, tmp_path / "dev"))


def test_a_mount_matrix_that_shears_is_refused(tmp_path: Path) -> None:
    device = accelerometer(tmp_path, in_mount_matrix="1, 0, 0; 1, 0, 0; 0, 0, 1")
    with pytest.raises(UserError, match="is no rotation"):
        find(IioSettings(device))


def test_a_device_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RoadError, match="knows no IIO device iio:device7"):
        find(IioSettings(tmp_path / "iio:device7"))


def test_a_buffer_without_all_axes_is_said(tmp_path: Path) -> None:
    device = accelerometer(tmp_path)
    (device / "scan_elements/in_accel_z_en").unlink()
    with pytest.raises(RoadError, match="has not all three axes"):
        find(IioSettings(device, tmp_path / "dev"))
