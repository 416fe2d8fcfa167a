"""A fault yields only to what would really cure it, from the first sign to the cleared memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opensos.rules.readiness import status as bits
from opensos.sim.faults import Fault, faults
from tests.apps.vehicle.blaming import FAMILIES
from tests.apps.vehicle.life import Patient

if TYPE_CHECKING:
    from opensos.rules.readiness.readings import Component

FOUND = [
    f
    for f in faults().values()
    if f.detectable != "no" and f.component is not None and set(f.families) & set(FAMILIES)
]
OFTEN_TRIED = {
    "backup_battery": "replace_12v",
    "coverage": "replace_antenna:main",
    "airbag": "repair_wiring:bus",
    "button": "soft_reset",
    "satellites": "replace_antenna:main",
}
"""What people try in vain, by cause; otherwise a restart of the unit or of the head unit."""


def in_vain(fault: Fault) -> str:
    """Return a plausible action that does not cure this fault."""
    for action in (OFTEN_TRIED.get(fault.cause), "unit_reset", "soft_reset"):
        if action is not None and action not in {*fault.cures, *fault.eases, *fault.worsens}:
            return action
    raise AssertionError(fault.id)


QUIET = {
    "jammed": "the place is at fault, not the car",
    "sunset_2g": "looks like a place without network until the table's date has passed",
    "sunset_3g": "the same",
    "software_outdated": "advice: the call works",
    "message_hidden": "advice: the call works",
}
"""Found and named, but no warning for the driver."""


def use(one: Patient, fault: Fault) -> list[Component]:
    """Use the car so that the fault can be found, leave it parked; return what was blamed."""
    if fault.detectable == "when_parked":
        one.car.ignition(one.now, on=True)
    else:
        one.car.drive(one.now, "road")
    if fault.detectable == "tone_test":
        one.watch(30.0, 5.0)
        one.ask_for_test()
    one.watch(135.0, 5.0)
    if fault.detectable == "when_driving":
        one.watch(2400.0, 25.0)
    named = [reason.component for reason in one.named()]
    park(one)
    return named


def park(one: Patient) -> None:
    one.car.park(one.now, "street")
    one.watch(15.0, 5.0)
    one.sleep(1800.0)


def do(one: Patient, action: str) -> tuple[str, ...]:
    done = one.car.do(action, one.now)
    one.sleep(60.0 * done.minutes + 60.0)
    return done.cured


@pytest.mark.parametrize("fault", FOUND, ids=lambda fault: fault.id)
def test_a_fault_stays_until_it_is_really_cured_and_then_stays_away(fault: Fault) -> None:
    one = Patient(4, "G" if "G" in fault.families else "own")
    one.watch(100.0, 5.0)
    park(one)
    assert one.named() == []
    one.car.inject(fault.id, one.now)
    assert use(one, fault)[0] is fault.component

    assert do(one, in_vain(fault)) == ()
    assert use(one, fault)[0] is fault.component, "a wrong repair changes nothing"
    use(one, fault)  # a second trip confirms what one trip leaves pending
    assert bool(one.warnings) is (fault.id not in QUIET)

    assert do(one, fault.cures[0]) == (fault.id,)
    do(one, "charge_12v")  # an empty battery stays empty when what emptied it is gone
    assert use(one, fault) == []
    assert one.health.warning is None, "a passed test puts it out"
    left = [*one.health.faults, *one.health.infos]
    stored = [dtc.status for dtc in left if dtc.component is fault.component]
    assert any(status & bits.CONFIRMED for status in stored), "cured is not cleared"
    assert not any(status & bits.TEST_FAILED for status in stored)

    one.health.clear(0xFFFFFF, "fault", one.now)
    one.health.clear(0xFFFFFF, "info", one.now)
    before = len(one.warnings)
    assert use(one, fault) == []
    assert use(one, fault) == []
    assert (*one.health.faults, *one.health.infos) == ()
    assert len(one.warnings) == before
