"""Where messages travel: MQTT topics and the path of the HTTP request.

Only what MQTT 3.1.1 and 5 share is used: a car publishes to its own ``up`` and subscribes to its
own ``down``, so that a broker's access rule is one line with the name in the certificate.
"""

from __future__ import annotations

from opensos.protocols.effects import LocalError
from opensos.protocols.link.envelope import is_name

ALL_UP = "opensos/v1/+/up"
"""What the backend subscribes to."""

SOS_PATH = "/link/v1/sos"
"""Path of the POST that carries one SOS envelope and is answered with its acknowledgement."""

MEDIA_TYPE = "application/json"


def up(car: str) -> str:
    """Return the topic on which a car speaks. Raises LocalError for what is no car's name."""
    return _topic(car, "up")


def down(car: str) -> str:
    """Return the topic on which a car is spoken to. Raises LocalError for what is no name."""
    return _topic(car, "down")


def car_of(topic: str) -> str | None:
    """Return the car whose ``up`` topic this is, None if it is another topic."""
    parts = topic.split("/")
    if len(parts) == 4 and [*parts[:2], parts[3]] == ["opensos", "v1", "up"] and is_name(parts[2]):
        return parts[2]
    return None


def _topic(car: str, way: str) -> str:
    if not is_name(car):
        raise LocalError("This is no name of a car: it would reach another's topic.")
    return f"opensos/v1/{car}/{way}"
