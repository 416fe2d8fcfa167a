"""HSFZ, BMW's diagnostics over Ethernet (F-series on): frames, framer, both sides.

There is no public standard. What stands here is from public tables and from two public programs
that speak it (gallia, scapy); each line that rests on one source or on memory says so.

Deliberately absent: the ring and wake-up messages of the
gateway, and what a request means: UDS is opaque here.
"""

from __future__ import annotations

from .client import Acknowledged, Announced, Heard, HsfzClient, HsfzClientSettings, Lost, Refused
from .framer import Framer
from .frames import (
    ACK_ECHO,
    HEADER_BYTES,
    Control,
    Diagnostic,
    Frame,
    Identity,
    decode_diagnostic,
    decode_identity,
    encode,
    encode_diagnostic,
    encode_identity,
)
from .server import Asked, Cut, HsfzServer, HsfzSettings

__all__ = [
    "ACK_ECHO",
    "HEADER_BYTES",
    "Acknowledged",
    "Announced",
    "Asked",
    "Control",
    "Cut",
    "Diagnostic",
    "Frame",
    "Framer",
    "Heard",
    "HsfzClient",
    "HsfzClientSettings",
    "HsfzServer",
    "HsfzSettings",
    "Identity",
    "Lost",
    "Refused",
    "decode_diagnostic",
    "decode_identity",
    "encode",
    "encode_diagnostic",
    "encode_identity",
]
