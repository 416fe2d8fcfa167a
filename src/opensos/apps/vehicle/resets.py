"""Keeps resets and service mode: what may be done now, how often, and what a refusal says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols.effects import Effect, Tell
from opensos.rules.resets import (
    Kind,
    Refusal,
    Restarts,
    ServiceEnded,
    ServiceEntered,
    ServiceMode,
    ServiceRefused,
    Situation,
    may,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opensos.apps.vehicle.around import Around
    from opensos.ports import Clock, VehicleIdentity
    from opensos.rules.emergency import Cause, State
    from opensos.rules.readiness.readings import VehicleReading
    from opensos.rules.resets import RestartsRecord

# A fuel-cell car has a high-voltage battery beside its tank.
_HIGH_VOLTAGE = frozenset({"electric_energy_storage", "hydrogen_storage"})


class ResetKeeper:
    """Resets and service mode of one unit.

    Args:
        clock: steady and civil time.
        around: the unit.
        call: where the call stands, and whether a data-only SOS is on its way.
        vehicle: what the car is doing.
        identity: tells whether there is high voltage in the car.
    """

    def __init__(
        self,
        clock: Clock,
        around: Around,
        call: Callable[[], tuple[State, bool]],
        vehicle: Callable[[], VehicleReading],
        identity: VehicleIdentity,
    ) -> None:
        self._clock = clock
        self._around = around
        self._call = call
        self._vehicle = vehicle
        self._identity = identity
        self.service = ServiceMode()
        self._restarts = Restarts()

    def boot(self, kept: RestartsRecord | None) -> None:
        """Go on with the count of resets."""
        self._restarts = Restarts(kept=kept, now=self._clock.now(), utc=self._clock.utc())

    def situation(self) -> Situation:
        """Return what the unit knows now."""
        state, pending = self._call()
        vehicle = self._vehicle()
        propulsion = self._identity.propulsion
        return Situation(
            call_state=state,
            data_pending=pending,
            ignition=vehicle.ignition_on,
            engine=vehicle.engine_running,
            speed_kmh=vehicle.speed_kmh,
            service=self.service.active,
            high_voltage=bool(_HIGH_VOLTAGE.intersection(propulsion)) if propulsion else None,
        )

    def refusal(self, kind: Kind | str) -> Refusal | None:
        """Return why a reset may not be done now, None if it may."""
        return may(kind, self.situation()) or self._restarts.may(kind, self._clock.now())

    def count(self, kind: Kind | str) -> None:
        """Write down that a reset is about to be done."""
        record = self._restarts.done(kind, self._clock.now(), self._clock.utc())
        self._around.remember("restarts", record.to_json())

    # --- service mode

    def enter_service(self) -> Refusal | None:
        """Hold calls by the button back for some minutes; returns why not, if not."""
        effects = self.service.enter(self.situation(), self._clock.now())
        self._do(effects)
        for effect in effects:
            if isinstance(effect, Tell) and isinstance(effect.event, ServiceRefused):
                return effect.event.refusal
        return None

    def leave_service(self) -> None:
        """Let the button call again."""
        self._do(self.service.leave(self._clock.now()))

    def gate(self, cause: Cause) -> bool:
        """Whether a trigger may go to the call procedure; a crash always may."""
        allowed, effects = self.service.gate(cause, self._clock.now())
        self._do(effects)
        return allowed

    def poll(self, now: float) -> None:
        """Look whether service mode may go on."""
        if self.service.active:
            self._do(self.service.observe(self.situation(), now))

    def _do(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Tell(ServiceEntered(lasts_s)):
                    self._around.note("service_entered", "service", lasts_s=lasts_s)
                case Tell(ServiceEnded(why)):
                    self._around.note("service_ended", "service", why=why)
                case Tell(ServiceRefused(refusal)):
                    self._around.note("service_refused", "service", why=refusal.text_key)
        self._around.changed()
