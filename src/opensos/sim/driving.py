"""Ignition, engine, speed and surroundings: what a driver does to the pretend car."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from opensos.sim.geography import Surroundings, network, place
from opensos.sim.view import Trip

if TYPE_CHECKING:
    from opensos.sim.motion import Odometer

CRANK_S: Final = 1.2
"""How long the starter turns."""


@dataclass(slots=True)
class Driving:
    """The state of the trip. Its owner settles the batteries before each change.

    Attributes:
        odometer: speed and distance, shared with the receiver.
    """

    odometer: Odometer
    state: str
    since: float
    ignition_on: bool = True
    ignition_since: float = 0.0
    engine_running: bool = True
    cranking_until: float = 0.0
    surroundings: Surroundings = field(default_factory=lambda: place("road"))
    country: str = "DE"

    def trip(self) -> Trip:
        """Return everything at once."""
        return Trip(
            self.state,
            self.since,
            self.ignition_on,
            self.ignition_since,
            self.engine_running,
            self.cranking_until,
            self.surroundings.name,
            self.country,
        )

    def ignition(self, now: float, *, on: bool) -> None:
        """Switch the ignition; off stops the engine too."""
        if on is not self.ignition_on:
            self.ignition_on, self.ignition_since = on, now
        if not on:
            self.engine_running = False

    def crank(self, now: float, *, strong: bool) -> bool:
        """Turn the starter; return whether the engine runs."""
        self.ignition(now, on=True)
        if not self.engine_running:
            self.cranking_until = now + CRANK_S
            self.engine_running = strong
        return self.engine_running

    def pull_away(self, now: float, where: Surroundings) -> None:
        """Drive on."""
        self.surroundings = where
        if self.state != "driving":
            self.state, self.since = "driving", now
            self.odometer.go_on(now)

    def stop(self, now: float, where: Surroundings) -> None:
        """Stand still at once, ignition off."""
        self.surroundings = where
        self.ignition(now, on=False)
        if self.state != "parked":
            self.state, self.since = "parked", now
            self.odometer.stop(now, 0.001, stays=True)

    def travel(self, country: str) -> None:
        """Cross a border. Raises UserError for a country without a network."""
        network(country)
        self.country = country
