"""The file of a recording: bounded, whole or not at all, readable by its owner alone."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from opensos.edges.recording_file import read_recording, write_recording
from opensos.protocols.effects import RoadError, UserError

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_written_is_read_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "car.jsonl"
    write_recording(path, "old")
    write_recording(path, "größer\n")
    assert read_recording(path, 100).decode() == "größer\n"
    assert [p.name for p in tmp_path.iterdir()] == ["car.jsonl"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_standard_input_is_read_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b"x" * 11))
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(UserError, match="larger"):
        read_recording("-", 10)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 11)
    with pytest.raises(UserError, match="larger"):
        read_recording(tmp_path / "big", 10)
    assert read_recording(tmp_path / "big", 11) == b"x" * 11


def test_no_file_and_a_folder_are_the_persons_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no file"):
        read_recording(tmp_path / "nothing", 10)
    with pytest.raises(UserError, match="folder"):
        read_recording(tmp_path, 10)


def test_a_disk_that_takes_nothing_is_the_roads_error(tmp_path: Path) -> None:
    with pytest.raises(RoadError, match="cannot be written"):
        write_recording(tmp_path / "no" / "folder", "x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(RoadError, match="cannot be written"):
        write_recording(tmp_path / "folder", "x")
    assert sorted(os.listdir(tmp_path)) == ["folder"]  # noqa: PTH208  names only


def test_a_file_that_the_disk_does_not_give_is_the_roads_error(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RoadError, match="cannot be read"):
        read_recording(tmp_path / "loop", 10)
