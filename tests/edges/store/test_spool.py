from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opensos.edges.store import EmergencySpool
from opensos.protocols.effects import RoadError
from tests.promises.incident_store import later, opening

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_appended_comes_back_in_order(tmp_path: Path) -> None:
    spool = EmergencySpool(tmp_path / "new" / "emergency.spool")
    changes = [opening("a"), later("a", "call.ended", "ended"), opening("b\udcff")]
    spool.append(changes[:1])
    spool.append(changes[1:], sync=False)
    assert spool.read() == (changes, 0)


def test_a_line_torn_by_a_power_cut_harms_no_other(tmp_path: Path) -> None:
    spool = EmergencySpool(tmp_path / "emergency.spool")
    spool.append([opening("a")])
    whole = spool.path.read_bytes()
    spool.path.write_bytes(whole + whole[: len(whole) // 2])
    spool.append([opening("b")])
    assert spool.read() == ([opening("a"), opening("b")], 1)


def test_a_file_with_torn_lines_is_set_aside_and_not_removed(tmp_path: Path) -> None:
    spool = EmergencySpool(tmp_path / "emergency.spool")
    spool.append([opening("a")])
    spool.clear(torn=True)
    assert spool.read() == ([], 0)
    assert (tmp_path / "emergency.torn").exists()


def test_clearing_leaves_nothing_and_may_be_repeated(tmp_path: Path) -> None:
    spool = EmergencySpool(tmp_path / "emergency.spool")
    spool.append([opening("a")])
    spool.clear()
    spool.clear()
    assert spool.read() == ([], 0)


def test_a_disk_that_refuses_is_a_road_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    spool = EmergencySpool(tmp_path / "file" / "emergency.spool")
    with pytest.raises(RoadError):
        spool.append([opening("a")])
