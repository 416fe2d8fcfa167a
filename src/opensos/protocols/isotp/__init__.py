"""ISO-TP (ISO 15765-2): messages of up to some thousand bytes over CAN frames of 8 to 64.

``Link`` is one road between two ends, both ways at once; ``Node`` keeps several links on one bus
and gives each frame to the link it belongs to. The messages are opaque.

Deliberately absent: mixed addressing (of remote diagnostics), the N_As and N_Ar timers (a driver
that cannot send says so by ``road_failed``), and the bus itself.
"""

from __future__ import annotations

from .frames import (
    CanAddress,
    Consecutive,
    First,
    Flow,
    FlowControl,
    Frame,
    Single,
    bus_address,
    decode,
    encode,
)
from .link import Link, LinkSettings
from .node import Node
from .tells import Failed, Failure, Received, Sent

__all__ = [
    "CanAddress",
    "Consecutive",
    "Failed",
    "Failure",
    "First",
    "Flow",
    "FlowControl",
    "Frame",
    "Link",
    "LinkSettings",
    "Node",
    "Received",
    "Sent",
    "Single",
    "bus_address",
    "decode",
    "encode",
]
