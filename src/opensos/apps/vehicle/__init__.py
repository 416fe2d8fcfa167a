"""The unit in the car: sensors in, SOS call out, and the page and command line to watch it.

``Unit`` wires the call procedure, the crash detector, the MSD, a bearer and the journal.

Deliberately absent: faults and self-tests, voice, sound and lamps, a track of where the car was
(only the last positions that an MSD carries are held, and never on disk), any bearer but NG-eCall.
"""

from opensos.apps.vehicle.config import UnitConfig
from opensos.apps.vehicle.unit import Unit

__all__ = ["Unit", "UnitConfig"]
