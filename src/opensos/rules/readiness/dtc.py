"""One stored fault, as people and testers see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from opensos.rules.readiness.outcome import Figures
    from opensos.rules.readiness.readings import Component

Memory: TypeAlias = Literal["fault", "info"]


@dataclass(frozen=True, slots=True)
class FreezeFrame:
    """What else was the case when the fault was seen; never a position, never a VIN.

    Attributes:
        utc: seconds since 1970, None while the clock was not known.
        data: named figures.
    """

    utc: float | None
    data: Figures


@dataclass(frozen=True, slots=True)
class Dtc:
    """One entry of the fault or info memory.

    Attributes:
        code: 24 bits, by the profile's numbering.
        key: ``component.symptom``, the same in every profile.
        component: the part that is blamed.
        symptom: what is wrong with it.
        status: the status byte of ISO 14229-1 (:mod:`opensos.rules.readiness.status`).
        memory: fault or info.
        occurrences: how often it appeared, 1..255.
        ageing: operation cycles passed since it was last seen, counting toward forgetting.
        first_utc: when it was first seen, None = the clock was not known.
        last_utc: when it was last seen.
        odometer_km: None = not known.
        frames: the first and the latest freeze frame, or one if they are the same.
    """

    code: int
    key: str
    component: Component
    symptom: str
    status: int
    memory: Memory
    occurrences: int = 1
    ageing: int = 0
    first_utc: float | None = None
    last_utc: float | None = None
    odometer_km: float | None = None
    frames: tuple[FreezeFrame, ...] = ()

    @property
    def active(self) -> bool:
        """Return whether its last test failed."""
        return bool(self.status & 0x01)
