"""How the unit itself is judged: clock, software, board, bus, coding, mode, provisioning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.rules.readiness.outcome import NO_READING, PASS, SKIP, Verdict, fail, finite
from opensos.rules.readiness.readings import VehicleMode
from opensos.rules.readiness.scene import EARLIEST_UTC, LATEST_UTC

if TYPE_CHECKING:
    from opensos.rules.readiness.readings import Readings
    from opensos.rules.readiness.scene import Scene

_ALONE = 0.1  # weight of a clock that nothing contradicts: a cold start in a garage needs time
_STALE_BUS_S = 30.0


def clock(readings: Readings, scene: Scene) -> Verdict:
    """Judge the unit's clock against satellite or network time, or alone by common sense."""
    reading = readings.clock
    utc = None if reading is None else finite(reading.utc)
    if reading is None:
        return NO_READING
    reference = finite(reading.reference_utc)
    if utc is None:
        # A clock that was never set: what satellites or network say should have set it.
        return NO_READING if reference is None else fail("implausible")
    if not EARLIEST_UTC <= utc < LATEST_UTC:
        return fail("implausible", weight=_ALONE if reference is None else 1.0)
    if reference is None or not EARLIEST_UTC <= reference < LATEST_UTC:
        return SKIP
    off = utc - reference
    return fail("wrong", ("off_s", round(off))) if abs(off) > scene.limits.clock_off_s else PASS


def image(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge the running software by its checksum."""
    software = readings.software
    if software is None or software.image_ok is None:
        return NO_READING
    if software.image_ok:
        return PASS
    return fail("corrupt", ("slot", software.slot), ("version", software.version))


def version(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge whether the maker offers newer software: advice, no fault of a part."""
    software = readings.software
    if software is None or software.version is None or software.newest is None:
        return NO_READING
    if software.version == software.newest:
        return PASS
    return fail("outdated", ("version", software.version), ("newest", software.newest))


def resets(readings: Readings, scene: Scene) -> Verdict:
    """Judge whether the unit keeps restarting."""
    software = readings.software
    if software is None or software.resets is None:
        return NO_READING
    if software.resets >= scene.limits.resets:
        return fail("resetting", ("resets", software.resets))
    return PASS


def board(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge the board by its own check."""
    software = readings.software
    if software is None or software.hardware_ok is None:
        return NO_READING
    return PASS if software.hardware_ok else fail("defective", ("board_c", software.board_c))


def temperature(readings: Readings, scene: Scene) -> Verdict:
    """Judge whether the board is within its own limits: it comes back by itself."""
    software = readings.software
    celsius = None if software is None else finite(software.board_c)
    if celsius is None:
        return NO_READING
    if celsius > scene.limits.hot_c:
        return fail("too_hot", ("board_c", celsius))
    if celsius < scene.limits.cold_c:
        return fail("too_cold", ("board_c", celsius))
    return PASS


def storage(readings: Readings, scene: Scene) -> Verdict:
    """Judge the memory that the journal lies on."""
    software = readings.software
    if software is None or software.storage_ok is None:
        return NO_READING
    free = finite(software.storage_free_pct)
    if not software.storage_ok:
        return fail("defective", ("free_pct", free))
    if free is not None and free < scene.limits.storage_free_pct:
        return fail("full", ("free_pct", free))
    return PASS


def bus(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge the car's bus; one that was last heard long ago is silent, whatever it said then."""
    reading = readings.bus
    if reading is None or reading.state is None:
        return NO_READING
    last = finite(reading.heard_at)
    age = None if last is None else readings.at - last
    if reading.state == "bus_off":
        return fail("bus_off")
    if reading.state == "silent" or (age is not None and age > _STALE_BUS_S):
        return fail("silent", ("age_s", None if age is None else round(age, 1)))
    if reading.state == "error_passive":
        return fail("disturbed")
    return PASS if reading.state == "ok" else NO_READING


def coding(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge whether the unit is coded for this car, with the emergency call switched on."""
    setup = readings.setup
    if setup is None or (setup.coded is None and setup.ecall_enabled is None):
        return NO_READING
    if setup.coded is False:
        return fail("not_coded")
    if setup.ecall_enabled is False:
        return fail("disabled")
    return PASS


def message_hidden(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge whether the warning was coded away: a hiding, not a repair."""
    setup = readings.setup
    if setup is None or setup.message_hidden is None:
        return NO_READING
    return fail("hidden") if setup.message_hidden else PASS


def mode(readings: Readings, scene: Scene) -> Verdict:
    """Judge whether a mode was left over: it is one only in a car that is in use."""
    setup = readings.setup
    if setup is None or setup.mode is None:
        return NO_READING
    if setup.mode is VehicleMode.NORMAL:
        return PASS
    if setup.mode is VehicleMode.WORKSHOP:
        speed = finite(readings.vehicle.speed_kmh)
        moving = speed is not None and speed >= scene.limits.drive_kmh
        return fail("workshop") if moving else SKIP
    return fail(setup.mode.value)


def provisioned(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge whether the maker's backend knows the unit. The plan is no fault, whatever it says."""
    setup = readings.setup
    if setup is None or setup.provisioned is None:
        return NO_READING
    return PASS if setup.provisioned else fail("not_provisioned")


def certificate(readings: Readings, scene: Scene) -> Verdict:
    """Judge whether the unit's certificate still holds, by proven time only."""
    setup = readings.setup
    until = None if setup is None else finite(setup.certificate_until_utc)
    if until is None or scene.utc is None:
        return NO_READING
    left = until - scene.utc
    return PASS if left > 0 else fail("certificate_expired", ("days", round(left / 86_400)))
