"""The control units around the telematics unit, each with the tests that tell of it.

Codes are BMW's own numbers from public tables, but for those of airbag unit and roof console: for
their side of a line no number is public, so theirs are ours (``OURS``), and no tool should know
them. E-series units answer UDS here, their 16-bit codes in the low two bytes; real ones speak
KWP 2000. Nothing was tried on a car.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols import bmw
from opensos.protocols.uds import ALL_GROUPS, Nrc, RoutineKind
from opensos.sim.ecus import generations as at
from opensos.sim.ecus.looks import (
    CLUSTER_LOW_V,
    DEEP_S,
    MESSAGE_S,
    QUIESCENT_S,
    consumers_off,
    deeply_discharged,
    dial,
    no_message,
    not_current,
    over,
    quiescent_violated,
    ring_open,
    under,
    weak_battery,
)
from opensos.sim.ecus.memory import Watch
from opensos.sim.ecus.unit import ControlUnit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opensos.protocols.uds import Done, Read
    from opensos.sim.ecus.unit import Value

OURS = 0xFE0000
"""Codes FE uu nn are ours: nn of the unit uu. The maker's own are not public."""

AIRBAG_LINE_OPEN, AIRBAG_LINE_GROUND, AIRBAG_LINE_SUPPLY, AIRBAG_INTERNAL = (
    OURS | at.AIRBAG << 8 | n for n in (1, 2, 3, 4)
)
ROOF_BUTTON_OPEN, ROOF_BUTTON_SHORT, ROOF_BUTTON_STUCK, ROOF_LED = (
    OURS | at.ROOF << 8 | n for n in (1, 2, 3, 4)
)

_SHORT = ("short_ground", "short_supply")

_BODY = (
    Watch(0x804011, under(8.5), 0.0),
    Watch(0x804012, over(16.5), 0.0),
    Watch(0x80402F, deeply_discharged, DEEP_S),
    Watch(0xD916C3, no_message, MESSAGE_S),
)
# At a violation of the quiescent current terminal 30F is first reset, then cut. FEM (F-series) has
# one number for both, BDC (from the G-series on) one for each.
_QUIESCENT: dict[str, tuple[Watch, ...]] = {
    "e": (),
    "f": (Watch(0x8040BD, quiescent_violated, QUIESCENT_S),),
    "g": (
        Watch(0x8040C6, quiescent_violated, QUIESCENT_S / 2),
        Watch(0x8040C3, quiescent_violated, QUIESCENT_S),
    ),
}
_QUIESCENT["new"] = _QUIESCENT["g"]
_CLUSTER = (
    Watch(0xE114C8, no_message, MESSAGE_S),
    Watch(0xE114CA, not_current, 60.0),
    Watch(0xB7F685, under(CLUSTER_LOW_V), 0.0),
)
_CLUSTER_E = (
    Watch(0x00A554, no_message, MESSAGE_S),
    Watch(0x00A559, quiescent_violated, QUIESCENT_S),
)
_AIRBAG = (
    Watch(AIRBAG_LINE_OPEN, dial("airbag_line", "open")),
    Watch(AIRBAG_LINE_GROUND, dial("airbag_line", "short_ground")),
    Watch(AIRBAG_LINE_SUPPLY, dial("airbag_line", "short_supply")),
    Watch(AIRBAG_INTERNAL, dial("airbag_unit_fault", True)),
)
_ROOF = (
    Watch(ROOF_BUTTON_OPEN, dial("button", "open")),
    Watch(ROOF_BUTTON_SHORT, dial("button", *_SHORT)),
    Watch(ROOF_BUTTON_STUCK, dial("button_stuck", True), 30.0),
    Watch(ROOF_LED, dial("led", "open", *_SHORT)),
)
# Two codes of power management, each from one public page on F-series cars: a service bulletin
# names 213B01 (battery status: battery faulty), a tool maker 213901 (consumers switched off).
_ENGINE = (
    Watch(0x213B01, weak_battery, 10.0),
    Watch(0x213901, consumers_off, 10.0),
)


class AirbagUnit(ControlUnit):
    """The airbag unit: its codes stay until somebody with a licence for it clears them."""

    def clear(self, group: int, memory: int, now: float) -> Done:
        """Refuse: nothing of ours ever clears an airbag unit."""
        del memory, now
        return Nrc.CONDITIONS_NOT_CORRECT if group == ALL_GROUPS else Nrc.REQUEST_OUT_OF_RANGE


class EngineUnit(ControlUnit):
    """The engine unit, which keeps the energy budget and so must know of a new 12 V battery.

    Args:
        data: What its DIDs hold.
        watches: Its tests.
        register: Called when a battery is registered; what the car makes of it.
    """

    def __init__(
        self,
        data: Mapping[int, Value],
        watches: tuple[Watch, ...],
        register: Callable[[float], object],
    ) -> None:
        super().__init__(at.ENGINE, "engine", watches, data)
        self._register = register
        self.registered_at: list[float] = []

    def routine(self, kind: int, rid: int, data: bytes, now: float) -> Read:
        """Register a battery: 31 01 F030, with ignition on and the engine off."""
        del data
        if rid != bmw.REGISTER_BATTERY or kind not in {RoutineKind.START, RoutineKind.RESULTS}:
            return Nrc.REQUEST_OUT_OF_RANGE
        if kind == RoutineKind.RESULTS:
            done = bmw.Status.OK if self.registered_at else bmw.Status.NOT_STARTED
            return bmw.encode_status(done)
        seen = self.surroundings
        if seen.engine_running or seen.cranking:
            return Nrc.ENGINE_IS_RUNNING
        if not seen.ignition_on:
            return Nrc.CONDITIONS_NOT_CORRECT
        self.registered_at.append(now)
        self._register(now)
        return bmw.encode_status(bmw.Status.OK)


def body_watches(generation: str) -> tuple[Watch, ...]:
    """Return the body unit's tests; none of its codes is known for the E-series."""
    if generation == "e":
        return ()
    return (*_BODY, *_QUIESCENT[generation])


def neighbours(
    generation: str, data: Mapping[int, Mapping[int, Value]], register: Callable[[float], object]
) -> dict[int, ControlUnit]:
    """Return every neighbour of a generation by its address.

    Args:
        generation: e, f, g or new.
        data: What the DIDs of each address hold.
        register: What the car makes of a registered battery.
    """
    e = generation == "e"

    def has(address: int) -> Mapping[int, Value]:
        return data.get(address, {})

    units = [
        ControlUnit(at.GATEWAY, "gateway", (), has(at.GATEWAY)),
        ControlUnit(at.BODY, "body", body_watches(generation), has(at.BODY)),
        ControlUnit(at.CLUSTER, "cluster", _CLUSTER_E if e else _CLUSTER, has(at.CLUSTER)),
        AirbagUnit(at.AIRBAG, "airbag", _AIRBAG, has(at.AIRBAG)),
        EngineUnit(has(at.ENGINE), () if e else _ENGINE, register),
        ControlUnit(at.ROOF, "roof_console", _ROOF, has(at.ROOF)),
    ]
    if e:
        ring = (Watch(0x00E18F, ring_open, MESSAGE_S),)
        supply = (Watch(0x00E714, under(CLUSTER_LOW_V), 0.0),)
        units += [
            ControlUnit(at.MOST_GATEWAY, "most_gateway", ring, has(at.MOST_GATEWAY)),
            ControlUnit(at.CLIMATE, "climate", supply, has(at.CLIMATE)),
        ]
    return {unit.address: unit for unit in units}
