"""Asks every part once and makes one reading of it; a part that fails is one without an answer."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

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
        return known(read())
    except PART_FAILS:
        return None


def known(value: T) -> T:
    """Return a reading in which figures that are no numbers (NaN, infinite) are not known.

    Nothing behind it has to think of them then: no comparison that is never true, no JSON that no
    browser reads.
    """
    if isinstance(value, tuple):
        return cast("T", tuple(known(one) for one in value)) if value else value
    changes: dict[str, Any] = {}
    for name in _names(cast("type", type(value))):
        figure = getattr(value, name)
        if isinstance(figure, float):
            if not math.isfinite(figure):
                changes[name] = None
        elif isinstance(figure, tuple) or is_dataclass(figure):
            clean = known(figure)
            if clean is not figure and clean != figure:
                changes[name] = clean
    return replace(cast("Any", value), **changes) if changes else value


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Return the fields of a reading; none of what is no reading."""
    return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()
