"""Resets: which one may be done now, the service mode that makes some of them safe, their bound.

A reset in a call costs a life, one in a drive a warning at the wrong moment, and a reset that is
done again and again is a fault that nobody looks for. ``may`` says no with a reason and what to do
instead; ``ServiceMode`` holds calls back on purpose, visibly, and never longer than it must;
``Restarts`` counts.

Deliberately absent: how a reset is carried out (the unit, the diagnostic server, the pretend car),
which reset would help (the doctor), and what an update checks besides (its own rules).
"""

from opensos.rules.resets.may import KINDS, TEXT_KEYS, Kind, Refusal, Situation, may
from opensos.rules.resets.restarts import Restarts, RestartsRecord, restarts_from_json
from opensos.rules.resets.service import (
    ServiceEnded,
    ServiceEntered,
    ServiceMode,
    ServiceRefused,
    ServiceSettings,
)

JOURNAL_KEYS = (
    *("service_entered", "service_ended", "service_refused", "service_press"),
    *("reset", "reset_refused"),
)
"""Lines that the unit's journal has of this room; sentences lie in ``rules/emergency/texts``."""

__all__ = [
    "JOURNAL_KEYS",
    "KINDS",
    "TEXT_KEYS",
    "Kind",
    "Refusal",
    "Restarts",
    "RestartsRecord",
    "ServiceEnded",
    "ServiceEntered",
    "ServiceMode",
    "ServiceRefused",
    "ServiceSettings",
    "Situation",
    "may",
    "restarts_from_json",
]
