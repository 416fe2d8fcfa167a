"""A healthy car's readings, and a Health that is fed with them on a fake clock."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import Tell
from opensos.rules.readiness import (
    AskToneTest,
    FaultChanged,
    Health,
    HealthSettings,
    Profile,
    Remember,
    WarningChanged,
    profile_from_data,
    sunsets_from_data,
)
from opensos.rules.readiness.readings import (
    AccelerometerReading,
    AirbagLineReading,
    AntennaReading,
    AudioReading,
    BackupReading,
    BusReading,
    ButtonReading,
    Circuit,
    ClockReading,
    GnssReading,
    LedReading,
    ModemReading,
    Readings,
    Registration,
    SetupReading,
    SimCard,
    SoftwareReading,
    SupplyReading,
    Technology,
    ToneResult,
    VehicleMode,
    VehicleReading,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opensos.protocols.effects import Effect

UTC = 1_795_000_000.0  # November 2026
YEAR = 365.25 * 86_400.0
NAMES = ("main", "second", "emergency", "gnss")


def package_data(name: str) -> Any:
    """Return a JSON file beside the code."""
    path = resources.files("opensos.rules.readiness").joinpath(name)
    return json.loads(path.read_text(encoding="utf-8"))


def profile(name: str = "bmw", variant: str | None = None) -> Profile:
    return profile_from_data(package_data(f"profiles/{name}.json"), variant)


def settings(**changes: Any) -> HealthSettings:
    return HealthSettings(sunsets=sunsets_from_data(package_data("sunset.json")), **changes)


def healthy(at: float, *, ignition: bool = True, driving: bool = False) -> Readings:
    """Every part of a healthy car at one moment."""
    return Readings(
        at=at,
        vehicle=VehicleReading(
            ignition_on=ignition,
            engine_running=ignition,
            cranking=False,
            speed_kmh=60.0 if driving else 0.0,
            country="DE",
        ),
        supply=SupplyReading(13.9 if ignition else 12.5, 5.2, main_connected=True),
        backup=BackupReading(
            fitted=True,
            voltage_v=5.2,
            loaded_v=4.9,
            temperature_c=20.0,
            health_pct=95.0,
            charge_pct=100.0,
            installed_utc=UTC - YEAR,
            charging=False,
            circuit=Circuit.OK,
        ),
        modem=ModemReading(
            heard_at=at,
            registration=Registration.HOME,
            technology=Technology.LTE,
            plmn="26201",
            signal_dbm=-85,
            sim=SimCard("ready", profile="enabled"),
            jammed=False,
            technologies=(Technology.GSM, Technology.LTE),
            antenna="main",
        ),
        gnss=GnssReading(at, "3d", 9, 12, 41.0, 4.0, UTC + at),
        antennas=tuple(AntennaReading(name, Circuit.OK, 1500) for name in NAMES),
        audio=AudioReading(Circuit.OK, Circuit.OK),
        button=ButtonReading(pressed=False, circuit=Circuit.OK, fitted=True),
        led=LedReading(Circuit.OK),
        airbag_line=AirbagLineReading(at, Circuit.OK, unit_fault=False),
        accelerometer=AccelerometerReading(at, 1000.0, 1.0, 0.004),
        clock=ClockReading(UTC + at, UTC + at),
        software=SoftwareReading(
            version="1.0",
            newest="1.0",
            slot="a",
            image_ok=True,
            resets=0,
            hardware_ok=True,
            storage_ok=True,
            storage_free_pct=60.0,
            board_c=30.0,
        ),
        bus=BusReading(at, "ok"),
        setup=SetupReading(
            coded=True,
            ecall_enabled=True,
            message_hidden=False,
            mode=VehicleMode.NORMAL,
            provisioned=True,
            certificate_until_utc=UTC + 3 * YEAR,
            plan="expired",
        ),
    )


@dataclass
class Life:
    """One Health, fed once a second; what it told is kept."""

    health: Health = field(default_factory=lambda: Health(profile(), settings()))
    at: float = 0.0
    told: list[object] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    tone: ToneResult | None = None
    heard_db: float | None = 25.0
    noise_db: float | None = -55.0

    def take(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if not isinstance(effect, Tell):
                continue
            self.told.append(effect.event)
            if isinstance(effect.event, Remember):
                self.records.append(json.loads(json.dumps(effect.event.record, allow_nan=False)))
            if isinstance(effect.event, AskToneTest):
                self.tone = ToneResult(self.at + 1.0, self.heard_db, self.noise_db)

    def ignition(self, *, on: bool) -> None:
        self.take(self.health.ignition(on, self.at))

    def live(
        self,
        seconds: float,
        change: Callable[[Readings], Readings] = lambda readings: readings,
        *,
        ignition: bool = True,
        driving: bool = False,
        step: float = 1.0,
    ) -> None:
        """Let time pass; ``change`` spoils the healthy readings."""
        end = self.at + seconds
        while self.at < end:
            self.at += step
            readings = healthy(self.at, ignition=ignition, driving=driving)
            if self.tone is not None and self.tone.at <= self.at and readings.audio is not None:
                readings = replace(readings, audio=replace(readings.audio, tone=self.tone))
            changed = change(readings)
            utc = None if changed.clock is None else changed.clock.utc
            self.take(self.health.observe(changed, utc))

    def warnings(self) -> list[WarningChanged]:
        return [one for one in self.told if isinstance(one, WarningChanged)]

    def changes(self, what: str) -> list[str]:
        return [
            one.dtc.key for one in self.told if isinstance(one, FaultChanged) and one.what == what
        ]

    def fault_keys(self) -> set[str]:
        return {one.key for one in self.health.faults}


def woken() -> Life:
    """A healthy car whose first self-test has ended."""
    life = Life()
    life.ignition(on=True)
    life.live(130)
    life.told.clear()
    life.records.clear()
    return life
