"""What is kept beside a fault: the car's state at that moment, never a position, never a VIN."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from opensos.rules.readiness.dtc import FreezeFrame

if TYPE_CHECKING:
    from opensos.rules.readiness.outcome import Figure, Figures
    from opensos.rules.readiness.readings import Readings

_MOST = 16


def frame_of(readings: Readings, utc: float | None, data: Figures) -> FreezeFrame:
    """Return a freeze frame: the test's own figures first, then the car's; at most 16."""
    found: dict[str, Figure] = {}
    for name, value in (*data, *_car(readings)):
        if value is not None and name not in found and len(found) < _MOST:
            found[name] = _plain(value)
    return FreezeFrame(None if utc is None else round(utc), tuple(found.items()))


def _car(readings: Readings) -> Figures:
    car, supply, modem = readings.vehicle, readings.supply, readings.modem
    figures: list[tuple[str, Figure]] = [
        ("ignition_on", car.ignition_on),
        ("engine_running", car.engine_running),
        ("speed_kmh", car.speed_kmh),
    ]
    if supply is not None:
        figures += [("main_v", supply.main_v), ("backup_v", supply.backup_v)]
    if readings.software is not None:
        figures.append(("board_c", readings.software.board_c))
    if modem is not None and modem.registration is not None:
        figures.append(("registration", modem.registration.value))
        figures.append(("signal_dbm", modem.signal_dbm))
    return tuple(figures)


def _plain(value: Figure) -> Figure:
    if isinstance(value, float):
        return round(value, 3) if math.isfinite(value) else None
    return value[:64] if isinstance(value, str) else value
