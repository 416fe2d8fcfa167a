"""The kernel's power supplies: the car's 12 V and the unit's own battery (sysfs power_supply).

Units are the kernel's (Documentation/ABI/testing/sysfs-class-power): microvolts, tenths of a
degree, per cent, microampere or microwatt hours. Files that a driver does not have are unknown.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from opensos.edges.background import Polled, Poller
from opensos.rules.readiness.readings import BackupReading, SupplyReading

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.ports import Clock

NO_SUPPLY = SupplyReading(None, None, None)
STALE_S = 30.0
"""A supply that has not answered for so long is unknown."""

_LONGEST = 256  # bytes of one sysfs value that we look at
_COLDEST_C, _HOTTEST_C = -60.0, 150.0
_HIGHEST_V = 1000.0
_CHARGING = {"Charging": True, "Full": False, "Discharging": False, "Not charging": False}


class SysfsMains(Polled[SupplyReading]):
    """The car's supply as a power_supply of type Mains: ``online`` is whether 12 V is there."""

    def __init__(self, directory: Path, clock: Clock, *, every_s: float = 1.0) -> None:
        self._directory = directory
        super().__init__(Poller(self._read, clock, every_s=every_s, name="mains"))

    def supply(self, now: float) -> SupplyReading:
        """Return the car's side of the supply; the battery's side is None."""
        return self._poller.fresh(now, STALE_S) or NO_SUPPLY

    def _read(self) -> SupplyReading:
        _must_be_there(self._directory)
        online = _flag(self._directory / "online")
        return SupplyReading(_volts(self._directory), None, online)


class SysfsBattery(Polled[BackupReading]):
    """The unit's own battery as a power_supply of type Battery.

    Args:
        directory: ``/sys/class/power_supply/<name>``.
        clock: When things were read.
        installed_utc: When the battery was fitted, if the file says it: wins over the date of
            manufacture, which is all that the battery itself may know.
        every_s: How often to look.
    """

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        *,
        installed_utc: float | None = None,
        every_s: float = 2.0,
    ) -> None:
        self._directory = directory
        self._installed_utc = installed_utc
        super().__init__(Poller(self._read, clock, every_s=every_s, name="battery"))

    def backup(self, now: float) -> BackupReading:
        """Return the battery's newest state; all of it is None when it has not answered lately."""
        return self._poller.fresh(now, STALE_S) or BackupReading()

    def supply(self, now: float) -> SupplyReading:
        """Return the battery's side of the supply."""
        return SupplyReading(None, self.backup(now).voltage_v, None)

    def _read(self) -> BackupReading:
        directory = self._directory
        _must_be_there(directory)
        present = _flag(directory / "present")
        if present is False or _text(directory / "health") == "No battery":
            return BackupReading(fitted=False)
        volts = _volts(directory)
        tenths = _number(directory / "temp")
        celsius = None if tenths is None else tenths / 10.0
        charge = _number(directory / "capacity")
        made = _made_utc(directory)
        return BackupReading(
            # A driver without ``present`` that measures a voltage has a battery to measure.
            fitted=True if present or volts else None,
            voltage_v=volts,
            temperature_c=_within(celsius, _COLDEST_C, _HOTTEST_C),
            health_pct=_health(directory),
            charge_pct=_within(charge, 0.0, 100.0),
            installed_utc=made if self._installed_utc is None else self._installed_utc,
            charging=_CHARGING.get(_text(directory / "status") or ""),
        )


def _must_be_there(directory: Path) -> None:
    if not directory.is_dir():
        raise FileNotFoundError(f"the kernel knows no power supply {directory.name}")


def _text(path: Path) -> str | None:
    """Return a value's text; None where there is no such file or the driver gives an error."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(_LONGEST).decode("utf-8", errors="replace").strip()
    return None


def _number(path: Path) -> float | None:
    text = _text(path)
    try:
        return None if text is None else float(int(text))
    except ValueError:
        return None


def _flag(path: Path) -> bool | None:
    number = _number(path)
    return None if number is None else number > 0  # 2 = "online, programmable" (USB)


def _within(value: float | None, low: float, high: float) -> float | None:
    return value if value is not None and low <= value <= high else None


def _volts(directory: Path) -> float | None:
    microvolts = _number(directory / "voltage_now")
    return _within(None if microvolts is None else microvolts / 1e6, 0.0, _HIGHEST_V)


def _health(directory: Path) -> float | None:
    """Return full capacity over design in per cent; a battery that the charger calls dead has 0."""
    if _text(directory / "health") == "Dead":
        return 0.0
    for kind in ("charge", "energy"):
        full = _number(directory / f"{kind}_full")
        design = _number(directory / f"{kind}_full_design")
        if full is not None and design is not None and full >= 0 and design > 0:
            return min(100.0, 100.0 * full / design)
    return None


def _made_utc(directory: Path) -> float | None:
    year, month, day = (
        _number(directory / f"manufacture_{part}") for part in ("year", "month", "day")
    )
    if year is None or month is None:
        return None
    try:
        return datetime(int(year), int(month), int(day or 1), tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None
