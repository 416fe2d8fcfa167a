"""One way to bring about every finding of every monitor: key -> spoilt readings and situation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from opensos.rules.readiness.readings import (
    Circuit,
    Readings,
    Registration,
    SimCard,
    ToneResult,
    VehicleMode,
)
from tests.rules.readiness.wellness import UTC, YEAR

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Spoilt:
    """How a finding is brought about.

    Attributes:
        change: what it does to healthy readings.
        seconds: how long it must last at most until it is found.
        ignition, driving: the situation.
        tone: the tone test's answer: over the noise, and the noise.
        cycles: ignition cycles until it is confirmed.
    """

    change: Callable[[Readings], Readings]
    seconds: float = 100.0
    ignition: bool = True
    driving: bool = False
    tone: tuple[float, float] | None = None
    cycles: int = 1


def part(name: str, **fields: Any) -> Callable[[Readings], Readings]:
    """Change fields of one part's reading."""
    return lambda r: replace(r, **{name: replace(getattr(r, name), **fields)})


def gone(name: str) -> Callable[[Readings], Readings]:
    """There is no such part."""
    nothing: dict[str, Any] = {name: None}
    return lambda r: replace(r, **nothing)


def antenna(name: str, circuit: Circuit) -> Callable[[Readings], Readings]:
    def change(readings: Readings) -> Readings:
        return replace(
            readings,
            antennas=tuple(
                replace(one, circuit=circuit) if one.name == name else one
                for one in readings.antennas or ()
            ),
        )

    return change


def sim(state: str, profile: str | None = "enabled") -> Callable[[Readings], Readings]:
    return part("modem", sim=SimCard(state, profile=profile))


def _old(name: str) -> Callable[[Readings], Readings]:
    """Silent: last heard long before the test's own start."""
    return part(name, heard_at=-1000.0)


SPOILT: dict[str, Spoilt] = {
    "main_supply.too_low": Spoilt(part("supply", main_v=8.4)),
    "main_supply.too_high": Spoilt(part("supply", main_v=16.9)),
    "main_supply.disconnected": Spoilt(part("supply", main_v=0.0, main_connected=False)),
    "main_supply.weak": Spoilt(part("supply", main_v=11.3), 500, ignition=False, cycles=2),
    "main_supply.not_charging": Spoilt(part("supply", main_v=11.9), 500, cycles=2),
    "backup_battery.missing": Spoilt(part("backup", fitted=False)),
    "backup_battery.nearing_end": Spoilt(part("backup", health_pct=55.0)),
    "backup_battery.end_of_life": Spoilt(part("backup", health_pct=30.0)),
    "backup_battery.too_weak": Spoilt(part("backup", loaded_v=3.4)),
    "backup_battery.not_charging": Spoilt(part("backup", charge_pct=10.0), 7400, cycles=2),
    "modem.silent": Spoilt(_old("modem")),
    "modem.missing": Spoilt(gone("modem")),
    "sim.absent": Spoilt(sim("absent", None)),
    "sim.locked": Spoilt(sim("locked")),
    "sim.failed": Spoilt(sim("failed")),
    "sim.profile_disabled": Spoilt(sim("ready", "disabled")),
    "sim.no_profile": Spoilt(sim("ready", "none")),
    "network.denied": Spoilt(part("modem", registration=Registration.DENIED), 130, cycles=2),
    "network.no_service": Spoilt(part("modem", registration=Registration.SEARCHING), 300),
    "network.jammed": Spoilt(part("modem", jammed=True)),
    "gnss_receiver.silent": Spoilt(_old("gnss")),
    "gnss_receiver.missing": Spoilt(gone("gnss")),
    "gnss_receiver.no_fix": Spoilt(part("gnss", fix_kind="none"), 400),
    "microphone.missing": Spoilt(gone("audio")),
    "microphone.deaf": Spoilt(lambda r: r, tone=(0.0, -100.0)),
    "speaker.missing": Spoilt(gone("audio")),
    "speaker.mute": Spoilt(lambda r: r, tone=(0.5, -55.0)),
    "button.missing": Spoilt(part("button", fitted=False)),
    "button.stuck": Spoilt(part("button", pressed=True)),
    "airbag_line.missing": Spoilt(gone("airbag_line")),
    "airbag_line.silent": Spoilt(_old("airbag_line")),
    "airbag_line.unit_fault": Spoilt(part("airbag_line", unit_fault=True)),
    "accelerometer.silent": Spoilt(_old("accelerometer")),
    "accelerometer.frozen": Spoilt(part("accelerometer", noise_g=0.0)),
    "accelerometer.slow": Spoilt(part("accelerometer", rate_hz=10.0)),
    "accelerometer.missing": Spoilt(gone("accelerometer")),
    "accelerometer.not_1g": Spoilt(part("accelerometer", rest_g=0.6), 120),
    "clock.implausible": Spoilt(part("clock", utc=1000.0), 120),
    "clock.wrong": Spoilt(part("clock", utc=UTC + 10 * YEAR), 120),
    "software.corrupt": Spoilt(part("software", image_ok=False)),
    "software.outdated": Spoilt(part("software", newest="2.0")),
    "software.resetting": Spoilt(part("software", resets=3)),
    "hardware.defective": Spoilt(part("software", hardware_ok=False)),
    "hardware.too_hot": Spoilt(part("software", board_c=105.0), 200),
    "hardware.too_cold": Spoilt(part("software", board_c=-45.0), 200),
    "storage.defective": Spoilt(part("software", storage_ok=False)),
    "storage.full": Spoilt(part("software", storage_free_pct=1.0)),
    "bus.bus_off": Spoilt(part("bus", state="bus_off")),
    "bus.silent": Spoilt(_old("bus")),
    "bus.disturbed": Spoilt(part("bus", state="error_passive")),
    "coding.not_coded": Spoilt(part("setup", coded=False)),
    "coding.disabled": Spoilt(part("setup", ecall_enabled=False)),
    "coding.hidden": Spoilt(part("setup", message_hidden=True)),
    "mode.transport": Spoilt(part("setup", mode=VehicleMode.TRANSPORT)),
    "mode.workshop": Spoilt(part("setup", mode=VehicleMode.WORKSHOP), driving=True),
    "mode.test": Spoilt(part("setup", mode=VehicleMode.TEST)),
    "provisioning.not_provisioned": Spoilt(part("setup", provisioned=False)),
    "provisioning.certificate_expired": Spoilt(part("setup", certificate_until_utc=UTC - 9.0)),
}
for _circuit in (Circuit.OPEN, Circuit.SHORT_GROUND, Circuit.SHORT_SUPPLY):
    for _name in ("main", "second", "emergency", "gnss"):
        SPOILT[f"{_name}_antenna.{_circuit.value}"] = Spoilt(antenna(_name, _circuit))
    SPOILT[f"microphone.{_circuit.value}"] = Spoilt(part("audio", microphone=_circuit))
    SPOILT[f"speaker.{_circuit.value}"] = Spoilt(part("audio", speaker=_circuit))
    for _component, _reading in (
        ("button", "button"),
        ("led", "led"),
        ("airbag_line", "airbag_line"),
        ("backup_battery", "backup"),
    ):
        SPOILT[f"{_component}.{_circuit.value}"] = Spoilt(part(_reading, circuit=_circuit))
for _name in ("main", "second", "emergency", "gnss"):
    SPOILT[f"{_name}_antenna.wrong_foot"] = Spoilt(antenna(_name, Circuit.WRONG_FOOT))

ABORTED = ToneResult(0.0, None)
