"""Next-generation eCall over SIP (RFC 8147): one machine for the car, one for the centre.

Read ``events`` first: it is what both sides tell the floor above. ``urns`` says which kind of call
it is, ``settings`` how a side is set up.

Deliberately absent: what an MSD says (opaque bytes here), whether a location is believed, redial
and callback windows (``rules/emergency``), voice itself, LoST and registration, the in-band modem.
"""

from .car import EcallCar
from .centre import EcallCentre, call_key
from .events import Received
from .settings import EcallOrder, Settings
from .urns import AUTOMATIC, MANUAL, TEST, CallKind, is_test, kind_of

__all__ = [
    "AUTOMATIC",
    "MANUAL",
    "TEST",
    "CallKind",
    "EcallCar",
    "EcallCentre",
    "EcallOrder",
    "Received",
    "Settings",
    "call_key",
    "is_test",
    "kind_of",
]
