"""Asks every part once and makes one reading of it; a part that fails is one without an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from opensos.apps.vehicle.around import PART_FAILS
from opensos.rules.readiness.readings import ClockReading, Readings, VehicleReading

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.ports import Car, Parts
    from opensos.rules.readiness.readings import AccelerometerReading

T = TypeVar("T")


def collect(
    car: Car,
    parts: Parts,
    now: float,
    *,
    accelerometer: AccelerometerReading | None,
    in_call: bool = False,
    service_mode: bool = False,
) -> Readings:
    """Return what all parts say at ``now`` (steady seconds)."""
    reference = _ask(lambda: parts.reference_utc(now))
    return Readings(
        at=now,
        vehicle=_ask(lambda: parts.vehicle(now)) or VehicleReading(),
        in_call=in_call,
        service_mode=service_mode,
        supply=_ask(lambda: car.supply(now)),
        backup=_ask(lambda: parts.backup(now)),
        modem=_ask(lambda: parts.modem(now)),
        gnss=_ask(lambda: parts.receiver(now)),
        antennas=_ask(lambda: parts.antennas(now)),
        audio=_ask(lambda: parts.audio(now)),
        button=_ask(lambda: parts.button(now)),
        led=_ask(lambda: parts.lamp(now)),
        airbag_line=_ask(lambda: parts.airbag_line(now)),
        accelerometer=accelerometer,
        clock=ClockReading(_ask(lambda: car.utc(now)), reference),
        software=_ask(lambda: parts.software(now)),
        bus=_ask(lambda: parts.bus(now)),
        setup=_ask(lambda: parts.setup(now)),
    )


def _ask(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except PART_FAILS:
        return None
