"""Diagnostics over IP (ISO 13400-2): header, payloads, framer, both sides.

The text of the standard is not public; what stands here is from memory and agrees with
doipclient and udsoncan, the peers of the tests.

Deliberately absent: TLS (port 3496; an edge's matter),
authentication and confirmation of a routing activation, and what a request means: UDS is opaque.
"""

from __future__ import annotations

from .client import (
    Acknowledged,
    Active,
    Denied,
    DoipClient,
    DoipClientSettings,
    Heard,
    Lost,
    Refused,
    vehicle_identification,
)
from .framer import Framer
from .header import (
    HEADER_BYTES,
    VERSION_2012,
    VERSION_2019,
    VERSION_ANY,
    HeaderNack,
    Message,
    PayloadType,
    decode_datagram,
    encode,
)
from .payloads import (
    Activation,
    ActivationAnswer,
    ActivationCode,
    Announcement,
    Diagnostic,
    DiagnosticAck,
    DiagnosticNack,
    EntityStatus,
    PowerMode,
    decode_ack,
    decode_activation,
    decode_activation_answer,
    decode_announcement,
    decode_diagnostic,
    decode_entity_status,
    encode_ack,
    encode_activation,
    encode_activation_answer,
    encode_announcement,
    encode_diagnostic,
    encode_entity_status,
)
from .server import Asked, Cut, DoipServer, DoipSettings

__all__ = [
    "HEADER_BYTES",
    "VERSION_2012",
    "VERSION_2019",
    "VERSION_ANY",
    "Acknowledged",
    "Activation",
    "ActivationAnswer",
    "ActivationCode",
    "Active",
    "Announcement",
    "Asked",
    "Cut",
    "Denied",
    "Diagnostic",
    "DiagnosticAck",
    "DiagnosticNack",
    "DoipClient",
    "DoipClientSettings",
    "DoipServer",
    "DoipSettings",
    "EntityStatus",
    "Framer",
    "HeaderNack",
    "Heard",
    "Lost",
    "Message",
    "PayloadType",
    "PowerMode",
    "Refused",
    "decode_ack",
    "decode_activation",
    "decode_activation_answer",
    "decode_announcement",
    "decode_datagram",
    "decode_diagnostic",
    "decode_entity_status",
    "encode",
    "encode_ack",
    "encode_activation",
    "encode_activation_answer",
    "encode_announcement",
    "encode_diagnostic",
    "encode_entity_status",
    "vehicle_identification",
]
