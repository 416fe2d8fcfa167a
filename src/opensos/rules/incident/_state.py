"""The life of an incident as one table: what may happen in which state, and what comes of it.

Anything that is not in the table changes no state, but is written down all the same: at a centre
nothing that happened may vanish because somebody did not expect it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from opensos.rules.incident.card import State

STATES: Final[tuple[State, ...]] = (
    "ringing",
    "connected",
    "ended",
    "unreadable",
    "data_only",
)

OPENINGS: Final[dict[str, State]] = {
    "incident.opened": "ringing",
    "incident.unreadable": "unreadable",
    # There is no call in it, so nothing of a call can happen to it: it stays what it is.
    "incident.data_only": "data_only",
}

TRANSITIONS: Final[dict[tuple[State, str], State]] = {
    ("ringing", "call.answered"): "connected",
    ("ringing", "call.refused"): "ended",
    ("ringing", "call.abandoned"): "ended",
    ("ringing", "call.cleared_down"): "ended",
    ("ringing", "call.ended"): "ended",
    ("connected", "call.cleared_down"): "ended",
    ("connected", "call.ended"): "ended",
    ("connected", "call.abandoned"): "ended",
    # The car's INVITE again: it never heard our answer, or this centre was started anew.
    ("connected", "incident.opened"): "ringing",
    ("ended", "incident.opened"): "ringing",
    ("unreadable", "incident.opened"): "ringing",
    ("ended", "callback.answered"): "connected",
    ("unreadable", "callback.answered"): "connected",
}
