"""Crash detection from acceleration, and how severe the crash probably is.

A :class:`CrashDetector` is fed with :class:`Samples` as they come and answers with
:class:`CrashReport`; :func:`estimate` turns what is known into a probability.

Deliberately absent: the deployment of restraints (the airbag control unit's task; its line is an
input here), crash recording as evidence (an event data recorder), pedestrian impacts, and any
learning: every threshold is a figure that can be read.
"""

from __future__ import annotations

from opensos.rules.crash.detector import CrashDetector
from opensos.rules.crash.report import (
    CrashReport,
    Finding,
    Impact,
    Side,
    Stage,
    TriggerKind,
    clock_of,
    direction_deg,
    side_of,
)
from opensos.rules.crash.samples import EMPTY, G_MS2, KMH_PER_G_S, UNKNOWN_RANGE, FullScale, Samples
from opensos.rules.crash.settings import Settings
from opensos.rules.crash.severity import (
    CDC_THRESHOLD,
    HIGH_CONCERN_THRESHOLD,
    CrashFacts,
    Severity,
    estimate,
    facts_of_msd,
    facts_of_report,
)

__all__ = [
    "CDC_THRESHOLD",
    "EMPTY",
    "G_MS2",
    "HIGH_CONCERN_THRESHOLD",
    "KMH_PER_G_S",
    "UNKNOWN_RANGE",
    "CrashDetector",
    "CrashFacts",
    "CrashReport",
    "Finding",
    "FullScale",
    "Impact",
    "Samples",
    "Settings",
    "Severity",
    "Side",
    "Stage",
    "TriggerKind",
    "clock_of",
    "direction_deg",
    "estimate",
    "facts_of_msd",
    "facts_of_report",
    "side_of",
]
