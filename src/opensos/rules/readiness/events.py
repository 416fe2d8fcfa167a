"""What :class:`~opensos.rules.readiness.health.Health` tells the floor above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opensos.rules.readiness.dtc import Dtc
    from opensos.rules.readiness.outcome import Figures
    from opensos.rules.readiness.result import DriverWarning, Readiness, SelfTest

Change: TypeAlias = Literal[
    "appeared", "confirmed", "returned", "passed", "aged", "displaced", "cleared", "event"
]


@dataclass(frozen=True, slots=True)
class AskToneTest:
    """Begin a tone test; its result comes with a later ``Readings.audio.tone``."""


@dataclass(frozen=True, slots=True)
class Remember:
    """Write this down durably before anything else; plain JSON values only."""

    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FaultChanged:
    """An entry of the fault or info memory changed."""

    dtc: Dtc
    what: Change


@dataclass(frozen=True, slots=True)
class WarningChanged:
    """The driver's warning came, changed or went (None)."""

    warning: DriverWarning | None


@dataclass(frozen=True, slots=True)
class ReadinessChanged:
    """State, reasons, abilities or forecast changed."""

    readiness: Readiness


@dataclass(frozen=True, slots=True)
class SelfTestEnded:
    """A self-test came to its end."""

    result: SelfTest


@dataclass(frozen=True, slots=True)
class HealthNote:
    """A line for the journal."""

    text_key: str
    data: Figures = ()
