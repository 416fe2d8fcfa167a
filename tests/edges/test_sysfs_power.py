"""The kernel's power supplies, as trees of files."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.edges.background import Poller
from opensos.edges.sysfs_power import NO_SUPPLY, STALE_S, SysfsBattery, SysfsMains
from opensos.protocols.effects import RoadError
from opensos.rules.readiness.readings import BackupReading, SupplyReading
from tests.edges.clocks import StillClock

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

GOOD = {
    "type": "Battery",
    "present": "1",
    "status": "Charging",
    "health": "Good",
    "voltage_now": "3912000",
    "temp": "-125",
    "capacity": "87",
    "charge_full": "450000",
    "charge_full_design": "500000",
    "manufacture_year": "2023",
    "manufacture_month": "5",
    "manufacture_day": "17",
}


def supply(root: Path, **files: str) -> Path:
    root.mkdir(exist_ok=True)
    for name, text in files.items():
        (root / name).write_text(text + "\n")
    return root


def battery(root: Path, **files: str) -> BackupReading:
    part = SysfsBattery(supply(root, **files), StillClock())
    part.look()
    return part.backup(100.0)


def test_a_battery_tells_all_that_it_knows(tmp_path: Path) -> None:
    reading = battery(tmp_path / "bq", **GOOD)
    assert reading == BackupReading(
        fitted=True,
        voltage_v=3.912,
        temperature_c=-12.5,
        health_pct=90.0,
        charge_pct=87.0,
        installed_utc=1_684_281_600.0,
        charging=True,
    )


def test_what_a_driver_does_not_have_is_unknown(tmp_path: Path) -> None:
    assert battery(tmp_path / "bq", voltage_now="3912000") == BackupReading(
        fitted=True, voltage_v=3.912
    )


def test_an_empty_socket_is_no_battery(tmp_path: Path) -> None:
    assert battery(tmp_path / "a", present="0", voltage_now="0").fitted is False
    assert battery(tmp_path / "b", health="No battery", voltage_now="4100000").fitted is False


def test_a_battery_that_the_charger_calls_dead_has_no_health_left(tmp_path: Path) -> None:
    assert battery(tmp_path / "bq", **GOOD | {"health": "Dead"}).health_pct == 0.0


def test_energy_instead_of_charge_tells_the_health_too(tmp_path: Path) -> None:
    files = {"energy_full": "1500000", "energy_full_design": "2000000"}
    assert battery(tmp_path / "bq", **files).health_pct == 75.0


def test_the_date_in_the_boards_file_wins_over_the_date_of_manufacture(tmp_path: Path) -> None:
    part = SysfsBattery(supply(tmp_path / "bq", **GOOD), StillClock(), installed_utc=1e9)
    part.look()
    assert part.backup(100.0).installed_utc == 1e9


def test_a_driver_that_is_not_there_is_unknown_and_says_so(tmp_path: Path) -> None:
    part = SysfsBattery(tmp_path / "nothing", StillClock())
    part.look()
    assert part.backup(100.0) == BackupReading()
    assert part.trouble == "the kernel knows no power supply nothing"


def test_a_driver_that_hangs_grows_old_and_blocks_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "hang")  # opening it for reading waits for a writer: as a hung bus does
    root = supply(tmp_path / "bq", **GOOD)
    clock = StillClock()
    part = SysfsBattery(root, clock, every_s=0.001)
    part.look()
    (root / "present").unlink()
    (root / "present").symlink_to(tmp_path / "hang")
    part.start()
    assert part.backup(clock.now()).fitted is True
    clock.pass_s(STALE_S + 1)
    assert part.backup(clock.now()) == BackupReading()
    assert part.supply(clock.now()) == NO_SUPPLY
    part._poller.stop()
    os.close(os.open(tmp_path / "hang", os.O_RDWR))


def test_twelve_volts_are_there_or_not(tmp_path: Path) -> None:
    root = supply(tmp_path / "mains", online="1", voltage_now="12600000")
    part = SysfsMains(root, StillClock())
    part.look()
    assert part.supply(100.0) == SupplyReading(12.6, None, True)
    supply(root, online="0", voltage_now="0")
    part.look()
    assert part.supply(100.0) == SupplyReading(0.0, None, False)
    (root / "online").unlink()
    (root / "voltage_now").unlink()
    part.look()
    assert part.supply(100.0) == NO_SUPPLY


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), st.binary(max_size=300), max_size=12))
@settings(max_examples=60, deadline=None)
def test_whatever_the_files_hold_the_values_are_possible(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    root = tmp_path_factory.mktemp("bq")
    for name, data in files.items():
        (root / name).write_bytes(data)
    part = SysfsBattery(root, StillClock())
    part.look()
    reading = part.backup(100.0)
    assert part.trouble is None
    assert reading.voltage_v is None or 0 <= reading.voltage_v <= 1000
    assert reading.charge_pct is None or 0 <= reading.charge_pct <= 100
    assert reading.health_pct is None or 0 <= reading.health_pct <= 100
    assert reading.temperature_c is None or -60 <= reading.temperature_c <= 150


def test_a_poller_goes_on_after_a_failure() -> None:
    done = threading.Event()
    answers = iter([RoadError("loose contact"), ValueError("rubbish"), OSError("gone")])

    def read() -> int:
        error = next(answers, None)
        if error is not None:
            raise error
        done.set()
        return 7

    poller = Poller(read, StillClock(), every_s=0.001, name="test")
    poller.start()
    assert done.wait(5.0)
    poller.stop()
    poller.look()
    assert poller.fresh(100.0) == 7
    assert poller.trouble is None
    assert poller.heard_at == 100.0
