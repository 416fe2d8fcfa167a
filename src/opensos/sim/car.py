"""A car that does not exist, behind the same ports as a real one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opensos.ports import Fix, Seat, SimCard, SupplyReading, VehicleIdentity
    from opensos.rules.crash import FullScale, Samples


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something that can happen to the car; ``expects_call`` says whether SOS must go out."""

    id: str
    expects_call: bool


SCENARIOS: Mapping[str, Scenario] = {}
"""Every scenario by its id, in the order of the menu."""


class PretendCar:
    """Keeps the port ``Car``; ``now`` is steady seconds, ``utc_at_zero`` the UTC of now == 0."""

    def __init__(self, *, start: float = 0.0, utc_at_start: float = 0.0, seed: int = 1) -> None: ...

    def happen(self, scenario: str, now: float) -> Scenario:
        """Let a scenario begin at ``now``; raises UserError for an unknown name."""
        raise NotImplementedError

    def play(self, pulse: Samples, now: float, *, full_scale: FullScale | None = None) -> None:
        """Let a recorded pulse begin at ``now``."""
        raise NotImplementedError

    # The port Car:
    @property
    def identity(self) -> VehicleIdentity:
        raise NotImplementedError

    @property
    def full_scale(self) -> FullScale:
        raise NotImplementedError

    def fix(self, now: float) -> Fix | None:
        raise NotImplementedError

    def recent(self, now: float) -> tuple[Fix, ...]:
        raise NotImplementedError

    def acceleration(self, now: float) -> Samples:
        raise NotImplementedError

    def airbag_fired_at(self, now: float) -> float | None:
        raise NotImplementedError

    def seats(self, now: float) -> tuple[Seat, ...]:
        raise NotImplementedError

    def occupants(self, now: float) -> int | None:
        raise NotImplementedError

    def ignition_on(self, now: float) -> bool | None:
        raise NotImplementedError

    def supply(self, now: float) -> SupplyReading:
        raise NotImplementedError

    def sim_card(self, now: float) -> SimCard:
        raise NotImplementedError

    def utc(self, now: float) -> float | None:
        raise NotImplementedError
