"""Each fault is found where the catalogue says so, and the right part is blamed.

``bench/blame.py`` plays the same with more seeds and counts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from opensos.rules.readiness import status as bits
from opensos.sim.faults import faults
from tests.apps.vehicle.blaming import FAMILIES, SITUATIONS, Case, cases_of, run
from tests.apps.vehicle.life import Patient, untraced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opensos.rules.readiness import Dtc
    from opensos.sim.faults import Fault

KINDS = (*SITUATIONS, "drive")
OURS = [f for f in faults().values() if set(f.families) & set(FAMILIES)]


def every_other(cases: Iterable[Case]) -> list[Case]:
    """Each family in every other situation, neighbours in the others: all are met, for half."""
    return [c for c in cases if (KINDS.index(c.situation) + FAMILIES.index(c.family)) % 2 == 0]


@pytest.mark.parametrize("fault", OURS, ids=lambda fault: fault.id)
def test_the_self_test_finds_what_can_be_found_and_blames_the_right_part(fault: Fault) -> None:
    with untraced():
        findings = [run(case) for case in every_other(cases_of(fault, seeds=1))]
    assert len(findings) >= 3
    assert [one for one in findings if one.due and not one.found] == []
    assert [one for one in findings if not one.right] == []
    expected = fault.detectable != "no"
    assert any(one.due for one in findings) is expected, "each is due somewhere, or nowhere"


def test_a_self_test_that_never_runs_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The measure can fail: a unit that looks at nothing misses and blames nothing."""
    monkeypatch.setattr(Patient, "look", lambda self, now: setattr(self, "now", now))
    finding = run(Case("sim_absent", "G", "morning", 1))
    assert (finding.due, finding.found, finding.first, finding.right) == (True, False, None, False)


def test_blame_of_another_part_is_counted_as_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(faults()["sim_absent"], component=faults()["modem_dead"].component)
    monkeypatch.setattr("tests.apps.vehicle.blaming.faults", lambda: {"sim_absent": other})
    finding = run(Case("sim_absent", "G", "morning", 1))
    assert (finding.found, finding.first, finding.right) == (False, "sim", False)


# --- pending, confirmed, healed, cleared --------------------------------------------------------


def drive(one: Patient, seconds: float = 150.0) -> None:
    """Drive off, let the self-test run, park."""
    one.car.drive(one.now, "road")
    one.watch(seconds, 5.0)
    one.car.park(one.now, "street")
    one.watch(20.0, 5.0)
    one.sleep(3600.0)


def warns(one: Patient) -> bool:
    return one.health.warning is not None


def stored(one: Patient, key: str) -> Dtc:
    (found,) = [dtc for dtc in one.health.faults if dtc.key == key]
    return found


def test_a_refusal_of_one_trip_is_pending_and_of_a_second_trip_confirmed() -> None:
    one = Patient(1, "G")
    drive(one)
    one.car.inject("registration_denied", one.now)
    drive(one)
    first = stored(one, "network.denied")
    assert first.status & (bits.PENDING | bits.CONFIRMED) == bits.PENDING
    assert not warns(one), "once is no warning"
    drive(one)
    assert stored(one, "network.denied").status & bits.CONFIRMED
    assert warns(one)


def test_a_refusal_that_does_not_come_back_is_forgotten_without_a_warning() -> None:
    one = Patient(1, "G")
    drive(one)
    one.car.inject("registration_denied", one.now)
    drive(one)
    one.car.do("activate_sim", one.now)
    drive(one)
    drive(one)
    assert one.health.faults == ()
    assert one.warnings == []


def test_a_loose_contact_is_remembered_though_it_holds_and_ages_once_mended() -> None:
    one = Patient(1, "G")
    drive(one)
    one.car.inject("gnss_antenna_open", one.now, mode="intermittent")
    drive(one, 900.0)
    assert stored(one, "gnss_antenna.open").status & bits.CONFIRMED
    assert stored(one, "gnss_antenna.open").occurrences >= 1
    one.look(one.now + 60.0)  # it stands: nothing shakes, the contact holds
    one.watch(60.0, 5.0)
    assert not warns(one), "a passed test puts it out"
    assert stored(one, "gnss_antenna.open").status & bits.CONFIRMED
    one.car.do("repair_wiring:gnss_antenna", one.now)
    for _ in range(one.health.settings.heal_cycles + one.health.settings.ageing_cycles + 1):
        drive(one, 60.0)
    assert one.health.faults == (), "forty good drives later it is forgotten"


def test_a_repaired_battery_leaves_the_stored_fault_until_it_is_cleared() -> None:
    one = Patient(1, "G")
    drive(one)
    one.car.inject("backup_end_of_life", one.now)
    drive(one)
    assert warns(one)
    one.car.do("replace_backup_battery", one.now)
    drive(one)
    left = stored(one, "backup_battery.end_of_life")
    assert not warns(one), "the test passed"
    assert left.status & bits.CONFIRMED
    assert not left.status & bits.TEST_FAILED
    one.health.clear(left.code, "fault", one.now)
    drive(one)
    assert one.health.faults == ()
