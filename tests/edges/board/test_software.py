"""What the unit knows of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.edges.board.software import (
    STALE_S,
    BoardSoftware,
    SoftwareSettings,
    check_plan,
    setup_from,
)
from opensos.protocols.effects import UserError
from opensos.rules.readiness.readings import SetupReading, SoftwareReading, VehicleMode
from tests.edges.clocks import StillClock

if TYPE_CHECKING:
    from pathlib import Path


def looked(settings: SoftwareSettings) -> BoardSoftware:
    part = BoardSoftware(settings, StillClock())
    part.look()
    return part


def test_small_files_are_read(tmp_path: Path) -> None:
    texts = {"version": "1.4.2\n", "slot": "B\n", "image": "ok\n", "resets": "3\n", "temp": "48250"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    part = looked(
        SoftwareSettings(
            fixed=SoftwareReading(version="0", newest="1.5.0", slot="a"),
            version_file=tmp_path / "version",
            slot_file=tmp_path / "slot",
            image_file=tmp_path / "image",
            resets_file=tmp_path / "resets",
            temperature_file=tmp_path / "temp",
            storage=tmp_path,
        )
    )
    reading = part.software(100.0)
    assert (reading.version, reading.newest, reading.slot) == ("1.4.2", "1.5.0", "b")
    assert (reading.image_ok, reading.resets, reading.board_c) == (True, 3, 48.25)
    assert reading.storage_ok is True
    assert reading.storage_free_pct is not None
    assert 0 <= reading.storage_free_pct <= 100
    assert part.trouble is None


def test_files_that_hold_rubbish_or_are_not_there_are_unknown(tmp_path: Path) -> None:
    (tmp_path / "rubbish").write_bytes(b"\xff\x00 rubbish")
    for path in (tmp_path / "rubbish", tmp_path / "nothing"):
        part = looked(
            SoftwareSettings(
                fixed=SoftwareReading(version="7"),
                slot_file=path,
                image_file=path,
                resets_file=path,
                temperature_file=path,
            )
        )
        assert part.software(100.0) == SoftwareReading(version="7")


def test_a_disk_that_is_not_there_takes_no_writes(tmp_path: Path) -> None:
    part = looked(SoftwareSettings(storage=tmp_path / "gone"))
    assert part.software(100.0).storage_ok is False


def test_old_news_are_no_news(tmp_path: Path) -> None:
    (tmp_path / "image").write_text("1")
    part = looked(SoftwareSettings(image_file=tmp_path / "image"))
    assert part.software(100.0).image_ok is True
    assert part.software(101.0 + STALE_S) == SoftwareReading()


def test_the_setup_file_wins_key_by_key(tmp_path: Path) -> None:
    path = tmp_path / "setup.json"
    settings = SoftwareSettings(setup=SetupReading(coded=True, plan="trial"), setup_file=path)
    assert looked(settings).setup(100.0) == SetupReading(coded=True, plan="trial")
    path.write_text(json.dumps({"plan": "expired", "mode": "transport", "extra": [1]}))
    assert looked(settings).setup(100.0) == SetupReading(
        coded=True, plan="expired", mode=VehicleMode.TRANSPORT
    )
    assert looked(SoftwareSettings()).setup(100.0) is None


@pytest.mark.parametrize("text", ["", "[]", "7", "{", "[" * 50_000])
def test_a_setup_file_that_is_no_object_changes_nothing_and_is_said(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "setup.json"
    path.write_text(text)
    part = looked(SoftwareSettings(setup=SetupReading(coded=True), setup_file=path))
    assert part.setup(100.0) == SetupReading(coded=True)
    assert part.trouble is not None
    assert part.trouble.startswith("setup.json is no JSON")


VALUES = st.none() | st.booleans() | st.floats() | st.text(max_size=9) | st.lists(st.integers())
KEYS = st.sampled_from(
    ["coded", "ecall_enabled", "message_hidden", "mode", "provisioned", "plan"]
) | st.just("certificate_until_utc")


@given(st.dictionaries(KEYS, VALUES | st.sampled_from(["normal", "active"])))
def test_any_values_make_a_possible_setup(data: dict[str, object]) -> None:
    setup = setup_from(data, SetupReading())
    assert setup.mode is None or setup.mode in VehicleMode
    assert setup.coded in {None, True, False}
    assert setup.plan in {None, "active", "trial", "expired", "suspended", "none"}
    assert setup.certificate_until_utc is None or 0 < setup.certificate_until_utc < 1e11


def test_a_plan_that_nobody_knows_is_refused() -> None:
    assert check_plan(None) is None
    assert check_plan("active") == "active"
    with pytest.raises(UserError, match=r"setup\.plan may be active, expired"):
        check_plan("gold")
