"""The diagnostic socket: control units reached over DoIP, HSFZ and CAN.

``Gateway`` knows the units by address; ``DiagServers`` opens the roads to it, on loopback unless
told otherwise. python-can is loaded only where a CAN bus is configured.

Deliberately absent: TLS for DoIP, wake-up of sleeping units, and the tester's side.
"""

from __future__ import annotations

from .can_road import CanRoad, CanSettings
from .gateway import Answering, Gateway
from .servers import DiagServers, DiagSettings

__all__ = ["Answering", "CanRoad", "CanSettings", "DiagServers", "DiagSettings", "Gateway"]
