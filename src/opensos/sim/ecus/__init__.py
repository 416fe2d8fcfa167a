"""The control units of the pretend car: what each can notice, store and be asked.

Deliberately absent: everything that does not bear on the SOS call, and what the telematics unit
itself does: ours is ``apps/vehicle``; ``telematics.py`` only stands in for a maker's.
"""

from __future__ import annotations

from opensos.sim.ecus.generations import GENERATIONS, Generation, generation
from opensos.sim.ecus.memory import Memory, Watch
from opensos.sim.ecus.surroundings import Surroundings, Voice, look
from opensos.sim.ecus.unit import ControlUnit

__all__ = [
    "GENERATIONS",
    "ControlUnit",
    "Generation",
    "Memory",
    "Surroundings",
    "Voice",
    "Watch",
    "generation",
    "look",
]
