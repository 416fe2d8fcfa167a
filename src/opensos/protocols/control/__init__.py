"""Control documents of an emergency call: ``EmergencyCallData.Control`` (RFC 8147 §9, RFC 8148 §9).

A centre acknowledges data and asks for actions; a car says what became of them and what it can do.
``decode`` is tolerant (case of names and namespace, unknown attributes and elements, half a
document), ``encode`` writes the RFC's spelling only.

Deliberately absent: carrying the document (``ngecall``), doing the actions, XML of any other kind.
"""

from .actions import (
    ACTIONS,
    CAMERAS,
    DOOR_STATES,
    FAILURE_REASONS,
    LAMP_STATES,
    LAMPS,
    STATIC_MESSAGES,
    Action,
)
from .codec import NAMESPACE, decode, encode
from .values import (
    Ack,
    ActionResult,
    Capabilities,
    Control,
    Decoded,
    RequestAction,
    Requests,
    same_id,
)

__all__ = [
    "ACTIONS",
    "CAMERAS",
    "DOOR_STATES",
    "FAILURE_REASONS",
    "LAMPS",
    "LAMP_STATES",
    "NAMESPACE",
    "STATIC_MESSAGES",
    "Ack",
    "Action",
    "ActionResult",
    "Capabilities",
    "Control",
    "Decoded",
    "RequestAction",
    "Requests",
    "decode",
    "encode",
    "same_id",
]
