"""How the car's 12 V and the unit's own battery are judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opensos.rules.readiness.outcome import NO_READING, PASS, SKIP, Verdict, fail, finite
from opensos.rules.readiness.readings import Circuit, Component

if TYPE_CHECKING:
    from opensos.rules.readiness.readings import BackupReading, Readings
    from opensos.rules.readiness.scene import Scene

YEAR_S: Final = 365.25 * 86_400.0
_WARM_C: Final = 25.0
_FREEZING_C: Final = 0.0
_NEARLY_EMPTY_PCT: Final = 20.0
_DEAD_V: Final = 1.0


def circuit(value: Circuit | None) -> Verdict:
    """Judge a line by its own diagnosis."""
    if value is Circuit.OK:
        return PASS
    if value is None:
        return NO_READING
    return fail(value.value)


def line(value: Circuit | None) -> Verdict:
    """Judge a line that has no foot: a wrong one cannot be, and is taken for an open one."""
    return fail("open") if value is Circuit.WRONG_FOOT else circuit(value)


def missing(scene: Scene, component: Component) -> Verdict:
    """Judge a part of which there is no reading at all."""
    return fail("missing") if component in scene.settings.fitted else NO_READING


def main_supply(readings: Readings, scene: Scene) -> Verdict:
    """Judge the voltage at the unit; a cranking dip is kept away by the conditions."""
    supply = readings.supply
    if supply is None:
        return NO_READING
    volts = finite(supply.main_v)
    if supply.main_connected is False:
        return fail("disconnected", ("main_v", volts), ("backup_v", supply.backup_v))
    if volts is None:
        return NO_READING
    if volts < scene.limits.supply_low_v:
        return fail("too_low", ("main_v", volts))
    if volts > scene.limits.supply_high_v:
        return fail("too_high", ("main_v", volts))
    return PASS


def main_supply_rest(readings: Readings, scene: Scene) -> Verdict:
    """Judge the 12 V battery by its voltage at rest."""
    return _at_least(scene.limits.supply_rest_v, "weak", readings)


def main_supply_charge(readings: Readings, scene: Scene) -> Verdict:
    """Judge whether the running engine charges the 12 V battery."""
    return _at_least(scene.limits.supply_running_v, "not_charging", readings)


def _at_least(least_v: float, symptom: str, readings: Readings) -> Verdict:
    """Judge a 12 V battery that is connected by the voltage that it must have."""
    supply = readings.supply
    volts = None if supply is None else finite(supply.main_v)
    if supply is None or volts is None:
        return NO_READING
    if supply.main_connected is False:
        return SKIP
    return fail(symptom, ("main_v", volts)) if volts < least_v else PASS


def backup_line(readings: Readings, scene: Scene) -> Verdict:
    """Judge whether the backup battery is there and its line is whole."""
    backup = readings.backup
    if backup is None:
        return missing(scene, Component.BACKUP_BATTERY)
    if backup.fitted is False:
        return missing(scene, Component.BACKUP_BATTERY)
    if backup.circuit is not None:
        return line(backup.circuit)
    volts = finite(backup.voltage_v)
    if volts is None:
        return NO_READING
    if volts < _DEAD_V:
        return fail("open", ("backup_v", volts))
    return PASS


def backup_health(readings: Readings, scene: Scene) -> Verdict:
    """Judge the backup battery by what it can still hold, or, where unknown, by its age."""
    backup = readings.backup
    if backup is None or backup.fitted is False:
        return NO_READING
    limits = scene.limits
    years = age_years(backup, scene.utc)
    health = finite(backup.health_pct)
    if health is not None:
        at_end = health < limits.backup_end_pct
        near = health < limits.backup_near_pct
    elif years is not None:
        at_end = years > limits.backup_end_years
        near = years > limits.backup_near_years
    else:
        return NO_READING
    if not near:
        return PASS
    data = (("health_pct", health), ("age_years", years))
    return fail("end_of_life" if at_end else "nearing_end", *data)


def age_years(backup: BackupReading, utc: float | None) -> float | None:
    """Return the battery's age, None if not known; never less than 0."""
    installed = finite(backup.installed_utc)
    if utc is None or installed is None:
        return None
    return round(max(0.0, utc - installed) / YEAR_S, 2)


def backup_load(readings: Readings, scene: Scene) -> Verdict:
    """Judge the backup battery by its voltage under load, with what the cold explains let off."""
    backup = readings.backup
    volts = None if backup is None else finite(backup.loaded_v)
    if backup is None or backup.fitted is False or volts is None:
        return NO_READING
    limits = scene.limits
    charge = finite(backup.charge_pct)
    if charge is not None and charge < limits.backup_charge_pct:
        return SKIP
    celsius = finite(backup.temperature_c)
    least = loaded_limit(limits.backup_loaded_v, limits.backup_cold_v_per_k, celsius)
    if volts >= least:
        return PASS
    if celsius is None:
        # It may be the cold: only what no cold explains is a failure.
        least = loaded_limit(
            limits.backup_loaded_v, limits.backup_cold_v_per_k, limits.backup_coldest_c
        )
        if volts >= least:
            return SKIP
    elif celsius < limits.backup_coldest_c:
        return SKIP
    return fail("too_weak", ("loaded_v", volts), ("temperature_c", celsius))


def loaded_limit(warm_v: float, per_kelvin_v: float, celsius: float | None) -> float:
    """Return the least voltage under load at this temperature (unknown: at 25 °C)."""
    if celsius is None or celsius >= _WARM_C:
        return warm_v
    return warm_v - per_kelvin_v * (_WARM_C - celsius)


def backup_charge(readings: Readings, scene: Scene) -> Verdict:  # noqa: ARG001  # a judge's shape
    """Judge whether the backup battery takes charge; below freezing none may be offered (NiMH)."""
    backup = readings.backup
    charge = None if backup is None else finite(backup.charge_pct)
    if backup is None or backup.fitted is False or charge is None:
        return NO_READING
    if charge >= _NEARLY_EMPTY_PCT:
        return PASS
    celsius = finite(backup.temperature_c)
    if celsius is not None and celsius < _FREEZING_C:
        return SKIP
    return fail("not_charging", ("charge_pct", charge))
