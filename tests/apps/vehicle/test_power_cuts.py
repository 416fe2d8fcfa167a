"""Power cuts at every byte and every operation on the disk, under the whole unit.

After each the journal is readable, the fault memory is one that was written, and an SOS goes on.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from opensos.edges.journal import FileJournal, parse
from opensos.rules.emergency import Dropped, State, Unreached
from opensos.sim.car import PretendCar
from opensos.sim.clock import PretendClock
from opensos.sim.faults import faults
from tests.apps.vehicle.garage import AT_ONCE, Garage
from tests.apps.vehicle.life import Patient
from tests.apps.vehicle.power_cuts import Disk, DiskJournal, PowerCut
from tests.apps.vehicle.test_fitted_unit import Inbox

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.ports import DataPath

SETTINGS = AT_ONCE.procedure
SMALL = {"dialling": 4_400}
OFTEN_SMALL = 5_000  # bytes, so that the journal rewrites itself within the scene
STAGES = ("dialling", "connected", "redial", "data_only")


class Car:
    """What outlives the unit: the car, the time, the disk, the centre's inbox."""

    def __init__(self, directory: Path, *, max_bytes: int = OFTEN_SMALL) -> None:
        self.directory, self.max_bytes = directory, max_bytes
        self.clock = PretendClock()
        self.car = PretendCar()
        self.inbox = Inbox()
        self.lives: list[DiskJournal] = []
        self.dials: list[float] = []
        self.garage: Garage | None = None

    def boot(self) -> Garage:
        """Give the unit power."""
        journal = DiskJournal(self.directory, max_bytes=self.max_bytes)
        self.lives.append(journal)
        paths: tuple[DataPath, ...] = (self.inbox,)
        self.garage = None
        bare = Garage.__new__(Garage)
        self.garage = bare  # kept although the boot itself may be cut
        bare.__init__(AT_ONCE, journal, self.clock, self.car, True, paths)  # type: ignore[misc]
        return bare

    def die(self) -> int:
        """Take the power away; return how often this life dialled."""
        self.lives[-1].close()
        bearer = getattr(self.garage, "bearer", None)
        return 0 if bearer is None else len(bearer.dials)


def scene(one: Car, stage: str) -> None:
    """Boot, find a fault, call for help, and come to a stage of the call."""
    garage = one.boot()
    one.car.inject("main_antenna_open", one.clock.now())
    garage.drive(12.0, 1.0)
    garage.unit.press_sos()
    garage.drive(0.5, 0.1)
    if stage == "dialling":
        return
    if stage == "data_only":
        garage.bearer.report(Unreached(garage.bearer.dials[-1][0].call, "no_network"))
        garage.drive(3.0, 0.5)
        return
    call = garage.answer()
    garage.drive(1.0, 0.5)
    if stage == "redial":
        garage.bearer.report(Dropped(call, "lost"))
        garage.drive(1.0, 0.5)


def remembered(path: Path, kind: str) -> Any:
    contents, _ = parse(path.read_bytes() if path.exists() else b"")
    found = [entry.data for entry in contents.entries if entry.kind == kind]
    return found[-1] if found else None


def plain(data: Any) -> Any:
    return json.loads(json.dumps(data))


def allowed(before: Any, life: DiskJournal, kind: str = "health") -> list[Any]:
    """What a life may leave: the last record that it was promised, or the one under way."""
    done = [e.data for e in life.entries if e.kind == kind]
    tried = [e.data for e in life.tried if e.kind == kind]
    return [plain(done[-1]) if done else before, *map(plain, tried[-1:])]


def operations(directory: Path, stage: str) -> int:
    """Play the scene to its end; return how many operations the disk saw."""
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk()
        directory.mkdir()
        disk.use(patch, directory / "journal.log")
        one = Car(directory, max_bytes=SMALL.get(stage, OFTEN_SMALL))
        scene(one, stage)
        one.die()
    assert disk.renames >= 1, "the journal was rewritten on the way"
    return disk.done


@pytest.mark.parametrize("lost", [False, True], ids=["kept", "lost"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_cut_at_any_operation_leaves_a_memory_that_was_written_and_an_sos_that_goes_on(
    tmp_path: Path, stage: str, *, lost: bool
) -> None:
    count = operations(tmp_path / "whole", stage)
    assert count > 12
    for cut_at in range(1, count + 2):  # the last one is a cut after everything
        directory = tmp_path / f"cut{cut_at}"
        directory.mkdir()
        path = directory / "journal.log"
        one = Car(directory, max_bytes=SMALL.get(stage, OFTEN_SMALL))
        with pytest.MonkeyPatch.context() as patch:
            Disk(cut_at, torn=(cut_at % 5) / 4.0, lost=lost).use(patch, path)
            try:
                scene(one, stage)
                cut = False
            except PowerCut:
                cut = True
        assert cut is (cut_at <= count)
        dialled = one.die()
        for kind in ("health", "state", "data"):
            assert remembered(path, kind) in allowed(None, one.lives[-1], kind)
        offers = len(one.inbox.offers)

        one.clock.advance(2.0)
        again = one.boot()
        again.drive(5.0, 0.5)
        assert "journal_failed" not in again.keys
        assert again.unit.keeper is not None
        if dialled or any(entry.kind == "state" for entry in one.lives[-2].entries):
            assert again.unit.state is not State.IDLE, "it goes on"
            resumed = again.bearer.dials or len(one.inbox.offers) > offers
            assert resumed or again.unit.state in {State.REDIAL_WAIT, State.CALLBACK_WINDOW}
            assert "restarted" in again.keys
        else:
            assert again.unit.state is State.IDLE or again.bearer.dials
        assert dialled + one.die() <= SETTINGS.attempts_most


@pytest.mark.parametrize("stage", STAGES)
def test_a_call_that_was_lost_ten_minutes_ago_is_reported_and_not_dialled(
    tmp_path: Path, stage: str
) -> None:
    one = Car(tmp_path)
    scene(one, stage)
    one.die()
    one.clock.advance(600.0)
    again = one.boot()
    again.drive(10.0, 0.5)
    assert again.bearer.dials == []
    assert {"restarted", "gave_up"} <= set(again.keys), "it says so"
    assert again.unit.state is State.CALLBACK_WINDOW
    if stage in {"dialling", "data_only"}:
        assert one.inbox.offers, "the data still go: the centre has not acknowledged them"
    one.die()


@pytest.mark.parametrize("seed", range(4))
def test_no_series_of_cuts_makes_it_redial_without_end(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "journal.log"
    one = Car(tmp_path)
    dials = 0
    scene(one, chance.choice(STAGES))
    dials += one.die()
    began = one.clock.now()
    before = remembered(path, "health")
    for _ in range(50):
        cut_at = chance.randrange(1, 14)
        with pytest.MonkeyPatch.context() as patch:
            Disk(cut_at, torn=chance.random(), lost=chance.random() < 0.5).use(patch, path)
            try:
                garage = one.boot()
                for _ in range(chance.randrange(1, 6)):
                    garage.drive(chance.choice((0.5, 3.0, 20.0)), 0.5)
                    if garage.bearer.dials and chance.random() < 0.5:
                        garage.bearer.report(
                            Unreached(garage.bearer.dials[-1][0].call, "no_network")
                        )
            except PowerCut:
                pass
        dials += one.die()
        contents, _ = parse(path.read_bytes())
        assert len(contents.findings) <= 1, "at most the last line is torn"
        health = remembered(path, "health")
        assert health in allowed(before, one.lives[-1])
        before = health
        one.clock.advance(chance.choice((0.2, 2.0, 8.0)))
    assert 1 <= dials <= SETTINGS.attempts_most
    assert one.clock.now() - began > SETTINGS.redial_bound_s
    last = one.boot()
    last.drive(200.0, 1.0)
    assert last.bearer.dials == [], "the two minutes are over"


def test_a_health_record_cut_at_any_byte_is_the_one_before_or_whole(tmp_path: Path) -> None:
    one = Car(tmp_path, max_bytes=256 * 1024)
    garage = one.boot()
    for fault in ("main_antenna_open", "sim_absent", "microphone_open"):
        one.car.inject(fault, one.clock.now())
        garage.drive(35.0, 0.5)
    one.die()
    whole = (tmp_path / "journal.log").read_bytes()
    lines = whole.splitlines(keepends=True)
    health = [i for i, line in enumerate(lines) if b'["health"' in line]
    assert len(health) >= 4
    last, before = health[-1], health[-2]
    kept = b"".join(lines[before:last])
    known, _ = parse(kept)
    older = [e for e in known.entries if e.kind == "health"]
    for cut in range(len(lines[last])):
        contents, good = parse(kept + lines[last][:cut])
        found = [e for e in contents.entries if e.kind == "health"]
        ends = cut == len(lines[last]) - 1  # all but the line's end is whole
        assert found[: len(older)] == older
        assert len(found) == len(older) + ends
        assert good <= len(kept) + cut
    boots = range(sum(map(len, lines[:before])), len(whole), 211)
    for cut in boots:
        (tmp_path / "journal.log").write_bytes(whole[:cut])
        again = one.boot()
        assert again.unit.keeper is not None
        codes = {dtc.key for dtc in again.unit.keeper.health.faults}
        assert "main_antenna.open" in codes
        assert codes <= {"main_antenna.open", "sim.absent", "microphone.open"}
        one.die()


def test_a_full_fault_memory_still_fits_into_one_record(tmp_path: Path) -> None:
    one = Patient(1, "G")
    one.watch(100.0, 5.0)
    for fault in faults().values():
        if "G" in fault.families and fault.id not in {"software_hang", "supply_wire_broken"}:
            one.car.inject(fault.id, one.now)
            one.watch(60.0, 5.0)
            one.car.clear_fault(fault.id, one.now)
            one.watch(15.0, 5.0)
    assert len(one.health.faults) > 20
    record = one.health.to_record()
    journal = FileJournal(tmp_path)
    journal.append("health", one.utc, record, durable=True)
    journal.close()
    assert remembered(tmp_path / "journal.log", "health") == plain(record)
    assert (tmp_path / "journal.log").stat().st_size < 48 * 1024, "a quarter of the room is left"
