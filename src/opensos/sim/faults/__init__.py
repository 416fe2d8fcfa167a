"""Every cause of a failing SOS call, as data: what it does, what shows it, what really cures it.

The TOML files are the catalogue; ``docs/reference/pretend-car.md`` shows it as a table. The codes
are BMW's own numbers from public tables; nothing was tried on a car. Deliberately absent: how a
cause is found from its evidence (``rules/diagnosis``), and how the physics answers a turned dial.
"""

from __future__ import annotations

from opensos.sim.faults.catalogue import actions, faults
from opensos.sim.faults.model import CAUSES, DETECTABLE, FAMILIES, Action, Code, Fault

__all__ = ["CAUSES", "DETECTABLE", "FAMILIES", "Action", "Code", "Fault", "actions", "faults"]
