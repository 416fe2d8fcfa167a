"""The pretend world: car, receiver, sensors and clock behind the same ports as the real ones.

It is a product, not test scraps: ``make demo`` runs on it. ``car.py`` is the car, ``world.py`` its
state, ``workshop.py`` what can be done to it, ``faults/`` what can be wrong with it, ``network.py``
its control units. Deliberately absent: the physics of tyres and bodies (pulses are data), single
cells and handover of the mobile network, and any claim that a figure was measured on a real car.
"""

from __future__ import annotations

from opensos.sim.car import Condition, PretendCar
from opensos.sim.clock import PRETEND_UTC, PretendClock
from opensos.sim.scenarios import SCENARIOS, Scenario
from opensos.sim.view import Done, MainBattery, Power, Present, Trip

__all__ = [
    "PRETEND_UTC",
    "SCENARIOS",
    "Condition",
    "Done",
    "MainBattery",
    "Power",
    "Present",
    "PretendCar",
    "PretendClock",
    "Scenario",
    "Trip",
]
