"""What a test or a demo may fix by hand, against all physics: ``PretendCar.change``."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

from opensos.ports import Seat, SimCard, SupplyReading, VehicleIdentity

IDENTITY = VehicleIdentity("ZZ9TESTS6RA000001", "M1", ("gasoline_tank_present",))
"""A VIN with a right check digit and a maker that does not exist."""

SIM_CARD = SimCard("ready", iccid="89000000000000000001", number="+4900000000", profile="enabled")
_SUPPLY = SupplyReading(main_v=13.9, backup_v=5.2, main_connected=True)
_SEATS = (
    Seat("driver", occupied=True, belted=True),
    Seat("front_passenger", occupied=True, belted=True),
    Seat("rear_left", occupied=False, belted=False),
    Seat("rear_middle", occupied=False, belted=False),
    Seat("rear_right", occupied=False, belted=False),
)


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of the parts that can be fixed by hand.

    A part that was never changed follows the physics and the faults; one that was, says from then
    on what it was changed to.

    Attributes:
        seats: Every seat with a sensor.
        occupants: How many people; None = the car cannot tell.
        ignition_on: Ignition.
        sim_card: The subscriber card.
        supply: Voltages.
        gnss_accuracy_m: 95 % radius of a fix; None = no fix can be had.
        clock_offset_s: How far the unit's civil clock is ahead; None = the clock is not set.
        airbag_line: Whether the airbag line works.
        accelerometer: Whether the sensor delivers.
    """

    seats: tuple[Seat, ...] = _SEATS
    occupants: int | None = 2
    ignition_on: bool | None = True
    sim_card: SimCard = SIM_CARD
    supply: SupplyReading = _SUPPLY
    gnss_accuracy_m: float | None = 4.0
    clock_offset_s: float | None = 0.0
    airbag_line: bool = True
    accelerometer: bool = True


class Conditions:
    """A condition that changes by hand, now or later."""

    def __init__(self, condition: Condition | None = None) -> None:
        self._now = condition or Condition()
        self._changes: list[tuple[float, dict[str, Any]]] = []
        usual = Condition()
        self._fixed = {
            f.name
            for f in fields(Condition)
            if getattr(self._now, f.name) != getattr(usual, f.name)
        }

    def change(self, at: float = -math.inf, **parts: Any) -> None:
        """Change parts from a time on. Raises TypeError for a part that does not exist."""
        replace(self._now, **parts)  # a misspelt part fails here, not later
        self._changes.append((at, parts))
        self._changes.sort(key=lambda change: change[0])

    def at(self, now: float) -> Condition:
        """Return the condition, changes that are due included."""
        while self._changes and self._changes[0][0] <= now:
            parts = self._changes.pop(0)[1]
            self._now = replace(self._now, **parts)
            self._fixed |= set(parts)
        return self._now

    def fixed(self, part: str, now: float) -> bool:
        """Whether a part says what it was changed to, whatever the physics say."""
        self.at(now)
        return part in self._fixed
