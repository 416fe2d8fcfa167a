"""The port ``Parts``, kept by the pretend world."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError
from opensos.rules.readiness.readings import (
    AntennaReading,
    Circuit,
    ClockReading,
    Readings,
    VehicleReading,
)
from opensos.sim import links

if TYPE_CHECKING:
    from opensos.rules.readiness.readings import (
        AccelerometerReading,
        AirbagLineReading,
        AudioReading,
        BackupReading,
        BusReading,
        ButtonReading,
        GnssReading,
        LedReading,
        ModemReading,
        SetupReading,
        SoftwareReading,
        SupplyReading,
    )
    from opensos.sim.world import World

_MILLIVOLTS = {"ok": 2500, "open": 4950, "short_ground": 20, "short_supply": 11_800}
"""What a diagnosis line reads: a divider over the antenna's foot (made up)."""

ANTENNAS = ("main", "second", "emergency", "gnss")


@lru_cache(maxsize=64)
def _diagnosis(*circuits: str) -> tuple[AntennaReading, ...]:
    return tuple(
        AntennaReading(name, Circuit(circuit), _MILLIVOLTS[circuit])
        for name, circuit in zip(ANTENNAS, circuits, strict=True)
    )


class PretendParts:
    """Every part as its driver tells it. A unit without power hears nothing."""

    def __init__(self, world: World) -> None:
        self.world = world

    # --- radio and satellites ---------------------------------------------------------------------

    def modem(self, now: float) -> ModemReading | None:
        """Return the modem's newest state."""
        return self.world.radio.reading(self.world.air(now), self.world.card(now))

    def use_antenna(self, name: str, now: float) -> None:
        """Switch to the main or the emergency antenna. Raises LocalError for another name."""
        if name not in {"main", "emergency"}:
            raise LocalError(f"there is no antenna {name!r} to call with")
        self.world.radio.antenna = name
        self.world.look(now)

    def receiver(self, now: float) -> GnssReading | None:
        """Return the receiver's newest state."""
        return self.world.satellites.reading(self.world.sky(now))

    def antennas(self, now: float) -> tuple[AntennaReading, ...] | None:
        """Return every antenna's diagnosis."""
        if not self.world.powered(now):
            return None
        damage = self.world.damage(now)
        return _diagnosis(
            damage.main_antenna,
            damage.second_antenna,
            damage.emergency_antenna,
            damage.gnss_antenna,
        )

    # --- power ------------------------------------------------------------------------------------

    def backup(self, now: float) -> BackupReading | None:
        """Return the unit's own battery."""
        if not self.world.powered(now):
            return None
        return self.world.supply.backup_reading(self.world.moment(now))

    def supply(self, now: float) -> SupplyReading:
        """Return the voltages."""
        if self.world.conditions.fixed("supply", now):
            return self.world.conditions.at(now).supply
        self.world.settle(now)
        return self.world.supply.reading(self.world.moment(now))

    # --- cabin ------------------------------------------------------------------------------------

    def audio(self, now: float) -> AudioReading | None:
        """Return line diagnosis and the last tone test."""
        if not self.world.powered(now):
            return None
        return self.world.cabin.audio(now, self.world.damage(now), self.world.speed_kmh(now))

    def test_tone(self, now: float) -> None:
        """Begin a tone test."""
        self.world.cabin.test_tone(now)

    def play(self, sound: str, now: float) -> None:
        """Play a sound by name."""
        self.world.cabin.play(sound, now)

    def button(self, now: float) -> ButtonReading | None:
        """Return the raw contact."""
        if not self.world.powered(now):
            return None
        return self.world.cabin.button(now, self.world.damage(now))

    def lamp(self, now: float) -> LedReading | None:
        """Return the lamp's circuit."""
        return self.world.cabin.lamp(self.world.damage(now)) if self.world.powered(now) else None

    def show(self, pattern: str, now: float) -> None:  # noqa: ARG002  the port's signature
        """Show a pattern by name."""
        self.world.cabin.pattern = pattern

    # --- links ------------------------------------------------------------------------------------

    def airbag_line(self, now: float) -> AirbagLineReading | None:
        """Return the line's state."""
        if not self.world.powered(now):
            return None
        since = [self.world.ailments.since(dial, now) for dial in ("airbag_line", "airbag_silent")]
        silent = min((at for at in since if at is not None), default=None)
        trip = self.world.driving.trip()
        return links.airbag_line(now, trip, self.world.damage(now), silent)

    def bus(self, now: float) -> BusReading | None:
        """Return the bus's state."""
        if not self.world.powered(now):
            return None
        silent = self.world.ailments.since("bus", now)
        return links.bus(now, self.world.driving.trip(), self.world.damage(now), silent)

    def accelerometer_reading(self, now: float) -> AccelerometerReading | None:
        """Return what a unit would make of the samples, for tests that skip them."""
        if not self.world.powered(now):
            return None
        silent = self.world.ailments.since("accelerometer", now)
        return links.accelerometer(now, self.world.damage(now), silent, self.world.seed)

    # --- setup ------------------------------------------------------------------------------------

    def setup(self, now: float) -> SetupReading | None:
        """Return coding, mode and provisioning."""
        return self.world.outfit.setup(self.world.true_utc(now), self.world.damage(now))

    def software(self, now: float) -> SoftwareReading | None:
        """Return version, slot and board."""
        driving = self.world.driving
        on_s = max(0.0, now - driving.ignition_since) if driving.ignition_on else 0.0
        return self.world.outfit.software(
            self.world.damage(now), self.world.temperature_c(now), on_s
        )

    def reference_utc(self, now: float) -> float | None:
        """Return civil time from satellites, else from the network, else None."""
        if self.world.satellites.accuracy_m(self.world.sky(now)) is not None:
            return self.world.true_utc(now)
        modem = self.modem(now)
        if modem is None or not modem.data:
            return None
        return float(round(self.world.true_utc(now)))  # networks tell whole seconds

    def vehicle(self, now: float) -> VehicleReading:
        """Return what the car is doing."""
        driving = self.world.driving
        fixed = self.world.conditions.fixed("ignition_on", now)
        ignition = self.world.conditions.at(now).ignition_on if fixed else driving.ignition_on
        return VehicleReading(
            ignition_on=ignition,
            engine_running=driving.engine_running,
            cranking=now < driving.cranking_until,
            speed_kmh=round(self.world.speed_kmh(now), 1),
            country=driving.country,
        )

    def utc(self, now: float) -> float | None:
        """Return the civil time as the unit believes it."""
        truth = self.world.true_utc(now)
        if self.world.conditions.fixed("clock_offset_s", now):
            offset = self.world.conditions.at(now).clock_offset_s
            return None if offset is None else truth + offset
        damage = self.world.damage(now)
        return None if damage.clock_unset else truth + damage.clock_jump_s

    def readings(
        self, now: float, *, in_call: bool = False, service_mode: bool = False
    ) -> Readings:
        """Return everything at one moment, as the self-test looks at it."""
        return Readings(
            at=now,
            vehicle=self.vehicle(now),
            in_call=in_call,
            service_mode=service_mode,
            supply=self.supply(now),
            backup=self.backup(now),
            modem=self.modem(now),
            gnss=self.receiver(now),
            antennas=self.antennas(now),
            audio=self.audio(now),
            button=self.button(now),
            led=self.lamp(now),
            airbag_line=self.airbag_line(now),
            accelerometer=self.accelerometer_reading(now),
            clock=ClockReading(self.utc(now), self.reference_utc(now)),
            software=self.software(now),
            bus=self.bus(now),
            setup=self.setup(now),
        )
