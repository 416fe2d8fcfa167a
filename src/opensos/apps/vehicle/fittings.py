"""What a unit may have besides the bare call: parts to test, data paths, a way to restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.apps.vehicle.health import HealthPlan
    from opensos.ports import DataPath, Parts
    from opensos.rules.emergency import ButtonSettings


@dataclass(frozen=True, slots=True)
class Fittings:
    """Everything around the call; a unit without any still calls.

    Attributes:
        parts: button, lamp, modem and all others that the self-test looks at.
        plan: numbering and figures of the self-test; None = no self-test.
        paths: ways of a data-only SOS, the first one first.
        restart: restarts the unit, told why; None = nobody can.
        rung: which rung of the bearer ladder carries the call now.
        button: times of the SOS button.
    """

    parts: Parts | None = None
    plan: HealthPlan | None = None
    paths: tuple[DataPath, ...] = ()
    restart: Callable[[str], None] | None = None
    rung: Callable[[], str | None] | None = None
    button: ButtonSettings | None = None
