"""Puts a unit together from what its car or board offers: the same for a pretend and a real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from opensos.apps.vehicle.box import Fitted
from opensos.apps.vehicle.fittings import Fittings
from opensos.apps.vehicle.ladder import LadderBearer
from opensos.apps.vehicle.unit import Unit
from opensos.edges.journal import FileJournal
from opensos.ports import Car, Parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AsyncExitStack
    from pathlib import Path

    from opensos.apps.vehicle.config import UnitConfig
    from opensos.apps.vehicle.health import HealthPlan
    from opensos.ports import Bearer, Clock, DataPath
    from opensos.rules.emergency import ButtonSettings, LadderSettings


class Whole(Car, Parts, Protocol):
    """A car with all its parts: the pretend one, or a board."""


class Ordered(Protocol):
    """What both orders say of the unit."""

    @property
    def config(self) -> UnitConfig:
        """The unit's settings."""
        ...

    @property
    def journal(self) -> Path:
        """Folder of the unit's journal."""
        ...

    @property
    def button(self) -> ButtonSettings | None:
        """Times of the SOS button."""
        ...


@dataclass(frozen=True, slots=True)
class Offer:
    """What a car or board brings to its unit.

    Attributes:
        whole: sensors and parts.
        rungs: the bearers, best first.
        available: whether a rung is there now; None = not known.
        paths: ways of a data-only SOS.
        plan: numbering and figures of the self-test.
        restart: restarts the unit.
        ladder: times of the bearer ladder.
    """

    whole: Whole
    rungs: Mapping[str, Bearer]
    available: Callable[[str], bool | None]
    paths: tuple[DataPath, ...]
    plan: HealthPlan
    restart: Callable[[str], None]
    ladder: LadderSettings | None = None


def assembled(order: Ordered, offer: Offer, clock: Clock, opened: AsyncExitStack) -> Fitted:
    """Return a unit that is ready to start; it lets go of whatever ``opened`` holds, too."""
    ladder = LadderBearer(offer.rungs, offer.available, clock, settings=offer.ladder)
    for path in offer.paths:
        opened.push_async_callback(path.close)
    opened.callback(ladder.close)
    unit = Unit(
        order.config,
        car=offer.whole,
        clock=clock,
        journal=FileJournal(order.journal),
        bearer=ladder,
        fittings=Fittings(
            parts=offer.whole,
            plan=offer.plan,
            paths=offer.paths,
            restart=offer.restart,
            rung=lambda: ladder.rung,
            button=order.button,
        ),
    )
    return Fitted(unit, opened.pop_all().aclose)
