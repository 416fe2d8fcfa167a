"""How a test of a part can end, and how bad what it found is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final, TypeAlias

Figure: TypeAlias = float | int | str | bool | None
Figures: TypeAlias = tuple[tuple[str, Figure], ...]
"""Named figures, in order: what a freeze frame or a text is filled with. None = not known."""


@unique
class Outcome(StrEnum):
    """The three ways a test ends: not completed is never a pass and never a fail."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_COMPLETED = "not_completed"


@unique
class Level(StrEnum):
    """What a finding means for the SOS call, worst first."""

    NOT_READY = "not_ready"  # no call can be made while it lasts
    LIMITED = "limited"  # a call can be made, but something is missing
    UNTESTED = "untested"  # nothing is known of it
    PLACE = "place"  # no part is at fault: no network here
    ADVICE = "advice"  # the call works; something should be done in time


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one look at a part says.

    Attributes:
        outcome: passed, failed or not completed.
        symptom: of a failure: ``open``, ``short_ground``, ``silent``…; of a look that was not
            completed, why (``no_reading``), or None.
        data: figures for the freeze frame.
        weight: how many seconds of evidence one second of this is worth.
    """

    outcome: Outcome
    symptom: str | None = None
    data: Figures = ()
    weight: float = 1.0


PASS: Final = Verdict(Outcome.PASSED)
SKIP: Final = Verdict(Outcome.NOT_COMPLETED)
"""Nothing can be said: the part or the car is in a state in which the test means nothing."""
NO_READING: Final = Verdict(Outcome.NOT_COMPLETED, "no_reading")
"""The part cannot say, or there is no adapter for it."""


def fail(symptom: str, *data: tuple[str, Figure], weight: float = 1.0) -> Verdict:
    """Return a failure."""
    clean = tuple((n, finite(v) if isinstance(v, float) else v) for n, v in data)
    return Verdict(Outcome.FAILED, symptom, clean, weight)


def finite(value: float | None) -> float | None:
    """Return the number, None for one that is none (a broken sensor's NaN or infinity)."""
    return value if value is not None and math.isfinite(value) else None
