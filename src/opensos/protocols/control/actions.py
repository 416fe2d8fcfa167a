"""The registries of actions, failure reasons, lamps and cameras, as data.

RFC 8147 §14.8 (the first action and the reasons), RFC 8148 §9.1 and §14.3 to §14.6 (the rest).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Action:
    """What one action needs in a request and what a car lists as its capability.

    Attributes:
        name: the token in the ``action`` attribute.
        needs: attributes (or the ``text`` child) that a request for it must carry.
        states: what ``requested_state`` may say; empty = the attribute has no meaning here.
        lists: what ``supported-values`` names in a capability: ``datatype``, ``lamp``, ``camera``
            or nothing.
    """

    name: str
    needs: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    lists: str = ""


LAMP_STATES: Final = ("on", "off", "flash")
DOOR_STATES: Final = ("locked", "unlocked")

ACTIONS: Final[dict[str, Action]] = {
    action.name: action
    for action in (
        Action("send-data", ("datatype",), lists="datatype"),
        Action("msg-static", ("int_id",)),
        Action("msg-dynamic", ("text",)),
        Action("honk"),
        Action("lamp", ("element_id", "requested_state"), LAMP_STATES, "lamp"),
        Action("enable-camera", ("element_id",), lists="camera"),
        Action("door-lock", ("requested_state",), DOOR_STATES),
    )
}

FAILURE_REASONS: Final[dict[str, str]] = {
    "damaged": "parts that it takes are damaged",
    "data-unsupported": "this kind of data cannot be sent",
    "security-failure": "who asks, or whether they may, could not be verified",
    "unable": "it did not work, for a reason without a name of its own",
    "unsupported": "the car does not know this action",
}

STATIC_MESSAGES: Final[dict[int, str]] = {
    1: "Your data and place arrived; nobody can talk to you right now, help is on its way.",
}
"""What the registered message means, in our words; a car shows it in the driver's language."""

LAMPS: Final = (
    "head",
    "interior",
    "fog-front",
    "fog-rear",
    "brake",
    "brake-center",
    "position-front",
    "position-rear",
    "turn-left",
    "turn-right",
    "hazard",
)

CAMERAS: Final = (
    "backup",
    "left-rear",
    "right-rear",
    "forward",
    "rear-wide",
    "lane",
    "interior",
    "night-front",
    "night-rear",
    "night-left",
    "night-right",
)
