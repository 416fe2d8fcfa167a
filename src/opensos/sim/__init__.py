"""The pretend world: car, receiver, sensors and clock behind the same ports as the real ones.

It is a product, not test scraps: ``make demo`` runs on it. Deliberately absent: the physics of
tyres and bodies (pulses are data), the network and the faults of parts (they come later; every part
already reads its state from :class:`Condition`).
"""

from __future__ import annotations

from opensos.sim.car import Condition, PretendCar
from opensos.sim.clock import PRETEND_UTC, PretendClock
from opensos.sim.scenarios import SCENARIOS, Scenario

__all__ = ["PRETEND_UTC", "SCENARIOS", "Condition", "PretendCar", "PretendClock", "Scenario"]
