"""Every fault in every ordinary situation: does the self-test find it, and blame the right part?

``run`` plays one case on the pretend clock. ``bench/blame.py`` plays many of them, and
``test_blame.py`` some of every kind. Cars of family E are absent: their telematics unit (0x36) is
not ours, and what it stores is played by ``sim/ecus``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opensos.sim import weather
from opensos.sim.clock import PRETEND_UTC
from opensos.sim.dice import share
from opensos.sim.faults import faults
from tests.apps.vehicle.life import Patient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opensos.rules.readiness.readings import Component
    from opensos.sim.faults import Fault

FAMILIES: Final = ("F", "G", "I", "own")
SITUATIONS: Final = ("morning", "parked", "request", "backup")
_LOOK_S = 5.0
_NIGHT_S = 9 * 3600.0
_LONG_DRIVE_S = 2700.0
_DAY_S = 86_400.0
_TRIGGERS: Final = ("vibration", "cold", "wet", "heat")
_EPISODE_S = 60.0
_LONGER_THAN_AN_EPISODE = ("alternator_dead", "accessory_gnss_noise", "gnss_receiver_deaf")


@dataclass(frozen=True, slots=True)
class Case:
    """One fault in one car in one situation; ``mode`` is hard or intermittent."""

    fault: str
    family: str
    situation: str
    seed: int
    mode: str = "hard"


@dataclass(frozen=True, slots=True)
class Finding:
    """What the unit made of a case.

    Attributes:
        case: what was played.
        due: the catalogue says that it is found in this situation.
        found: the part was blamed, alone or not.
        first: the part that was named first, None if none was.
        right: the part that the catalogue names came first; where it is not due, naming nothing is
            right too.
    """

    case: Case
    due: bool
    found: bool
    first: str | None
    right: bool


def cases(seeds: int) -> Iterator[Case]:
    """Return every case, each with so many seeds."""
    for fault in faults().values():
        yield from cases_of(fault, seeds)


def cases_of(fault: Fault, seeds: int) -> Iterator[Case]:
    """Return one fault's cases."""
    for number, family in enumerate(one for one in FAMILIES if one in fault.families):
        for seed in range(1, seeds + 1):
            for situation in SITUATIONS:
                if situation != "backup" or _leaves_power(fault):
                    yield Case(fault.id, family, situation, 10 * seed + number)
            if fault.trigger in _TRIGGERS and fault.component is not None:
                yield Case(fault.id, family, "drive", 10 * seed + number, "intermittent")


def _leaves_power(fault: Fault) -> bool:
    """Whether the unit lives on without 12 V: otherwise nobody looks."""
    return not {"backup_fitted", "backup_circuit", "main_disconnected"} & set(fault.effects) and (
        fault.id not in {"backup_end_of_life", "backup_empty"}
    )


def is_due(fault: Fault, situation: str) -> bool:
    """Whether the catalogue says that the fault is found in this situation."""
    where = {
        "yes": SITUATIONS,
        "when_driving": ("morning", "request"),
        "when_parked": ("parked",),
        "tone_test": ("request",),
        "when_on_backup": ("backup",),
        "no": (),
    }
    return situation in where[fault.detectable]


# --- one case ---------------------------------------------------------------------------------


def run(case: Case) -> Finding:
    """Play one case."""
    fault = faults()[case.fault]
    one = Patient(case.seed, case.family, _begin(fault, case))
    return _intermittent(one, fault, case) if case.mode != "hard" else _hard(one, fault, case)


def _begin(fault: Fault, case: Case) -> float:
    """Any day of the year at any hour; for an intermittent fault one on which it shows."""
    start = PRETEND_UTC + 3600.0 * int(share(case.seed, f"begin {fault.id}") * 8760)
    if case.mode == "hard" or fault.trigger == "vibration":
        return start
    for hour in range(0, 8760, 3):
        at = start + 3600.0 * hour + _NIGHT_S + 300.0
        air = weather.temperature_c(at, case.seed, "DE")
        wet = fault.trigger == "wet" and weather.wet(at, case.seed)
        if wet or (fault.trigger == "cold" and air < 1.0) or (fault.trigger == "heat" and air > 28):
            return start + 3600.0 * hour
    return start  # not every year has such an hour; then the fault does not show, and is not due


def _hard(one: Patient, fault: Fault, case: Case) -> Finding:
    _night(one, case)
    _PLAY[case.situation](one, fault, case)
    due = is_due(fault, case.situation)
    if due and fault.detectable == "when_driving" and not _names(one, fault, case):
        _drive_on(one, fault, case)
    named = _reasons(one, case)
    return _finding(case, fault, named, due=due)


def _finding(case: Case, fault: Fault, named: list[Component], *, due: bool) -> Finding:
    first = named[0] if named else None
    right = first is fault.component or (first is None and not due)
    return Finding(case, due, fault.component in named, first and first.value, right)


def _names(one: Patient, fault: Fault, case: Case) -> bool:
    return fault.component in _reasons(one, case)


def _reasons(one: Patient, case: Case) -> list[Component]:
    """On backup power the missing 12 V is true too, and no answer to the fault."""
    named = one.named()
    if case.situation == "backup":
        named = [r for r in named if r.text_key != "reason.main_supply.disconnected"]
    return [reason.component for reason in named]


def _night(one: Patient, case: Case) -> None:
    """A short drive, and a night somewhere: the unit knows its car."""
    one.finish_test(step=_LOOK_S)
    one.car.park(one.now, ("street", "home", "work")[int(share(case.seed, "night") * 3)])
    one.watch(16.0, _LOOK_S)
    one.sleep(_NIGHT_S)


def _where(case: Case) -> str:
    return ("road", "city", "motorway", "street")[int(share(case.seed, "where") * 4)]


def _morning(one: Patient, fault: Fault, case: Case) -> None:
    one.car.inject(fault.id, one.now, seed=case.seed)
    one.car.drive(one.now, _where(case))
    one.finish_test(step=_LOOK_S)


def _parked(one: Patient, fault: Fault, case: Case) -> None:
    one.car.inject(fault.id, one.now, seed=case.seed)
    one.car.ignition(one.now, on=True)
    one.finish_test(step=_LOOK_S)


def _request(one: Patient, fault: Fault, case: Case) -> None:
    one.car.drive(one.now, _where(case))
    one.finish_test(step=_LOOK_S)
    one.car.inject(fault.id, one.now, seed=case.seed)
    one.ask_for_test()
    one.finish_test(step=_LOOK_S)


def _backup(one: Patient, fault: Fault, case: Case) -> None:
    one.car.ignition(one.now, on=True)
    one.watch(8.0, _LOOK_S)
    one.car.do("disconnect_12v:10", one.now)
    one.watch(40.0, _LOOK_S)
    one.car.inject(fault.id, one.now, seed=case.seed)
    one.ask_for_test()
    one.finish_test(step=_LOOK_S)


_PLAY: Final[dict[str, Callable[[Patient, Fault, Case], None]]] = {
    "morning": _morning,
    "parked": _parked,
    "request": _request,
    "backup": _backup,
}


def _drive_on(one: Patient, fault: Fault, case: Case) -> None:
    """Some tests need a longer drive than the self-test's two minutes."""
    end = one.now + _LONG_DRIVE_S
    while one.now < end and not _names(one, fault, case):
        one.watch(60.0, 20.0)


def _intermittent(one: Patient, fault: Fault, case: Case) -> Finding:
    """Drive for twenty minutes; what showed for a whole episode is in a memory, and alone."""
    _night(one, case)
    one.car.inject(fault.id, one.now, mode="intermittent", seed=case.seed)
    one.car.drive(one.now, "road")
    told, shown, longest = len(one.faults), 0.0, 0.0
    end = one.now + 1200.0
    while one.now < end:
        one.look(one.now + 5.0)
        active = one.car.faults(one.now)[0].active
        shown = shown + 5.0 if active else 0.0
        longest = max(longest, shown)
    parts = [dtc.component for _, dtc, what in one.faults[told:] if what == "appeared"]
    due = fault.detectable in {"yes", "when_driving"} and longest >= _EPISODE_S
    due = due and fault.id not in _LONGER_THAN_AN_EPISODE  # it takes five minutes, or thirty
    return _finding(case, fault, parts, due=due)
