"""What will stop the SOS call one day: ageing, certificates, networks that end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opensos.rules.readiness.judges_power import YEAR_S
from opensos.rules.readiness.outcome import Level, finite
from opensos.rules.readiness.readings import Component, Registration
from opensos.rules.readiness.result import Forecast, Reason
from opensos.rules.readiness.sunset import endings

if TYPE_CHECKING:
    from opensos.rules.readiness.outcome import Figure
    from opensos.rules.readiness.readings import BackupReading, Readings
    from opensos.rules.readiness.settings import HealthSettings
    from opensos.rules.readiness.sunset import Ending

DAY_S: Final = 86_400.0
_WEEK_S: Final = 7 * DAY_S
_MOST_POINTS: Final = 104
_CERTIFICATE_S: Final = 90 * DAY_S
_SOON_S: Final = 2 * YEAR_S
_LEAST_SPAN_S: Final = 60 * DAY_S
_TYPICAL_YEARS: Final = 4.0  # the facts say 3 to 5
_WEAK_REST_V: Final = 12.1  # of a lead battery at rest: less than half full
_REGISTERED = (Registration.HOME, Registration.ROAMING)


@dataclass(slots=True)
class Trend:
    """One figure over time, at most one point a week, at most two years."""

    points: list[tuple[float, float]]

    def add(self, utc: float, value: float) -> bool:
        """Take a point if the last one is a week old; after a jump back of time, begin anew."""
        if self.points and utc < self.points[-1][0]:
            self.points.clear()
        if self.points and utc - self.points[-1][0] < _WEEK_S:
            return False
        self.points.append((round(utc), round(value, 3)))
        del self.points[:-_MOST_POINTS]
        return True

    def slope(self) -> float | None:
        """Return the change per second (least squares), None under two months of points."""
        if len(self.points) < 4 or self.points[-1][0] - self.points[0][0] < _LEAST_SPAN_S:
            return None
        count = len(self.points)
        start = self.points[0][0]
        mean_x = sum(x - start for x, _ in self.points) / count
        mean_y = sum(y for _, y in self.points) / count
        spread = sum((x - start - mean_x) ** 2 for x, _ in self.points)
        if spread == 0:
            return None
        return sum((x - start - mean_x) * (y - mean_y) for x, y in self.points) / spread


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the forecast is made of.

    Attributes:
        readings: the newest ones.
        utc: civil time; None = not known, and then no due date can be called near.
        health: of the backup battery, over time.
        rest: of the 12 V battery's voltage at rest, over time.
    """

    readings: Readings
    utc: float | None
    health: Trend
    rest: Trend


def forecast_of(outlook: Outlook, settings: HealthSettings) -> tuple[Forecast, ...]:
    """Return everything that is coming, soonest first; what has no date comes last."""
    found = [
        *_backup(outlook, settings),
        *_certificate(outlook),
        *_supply(outlook),
        *_sunset(outlook, settings),
    ]
    found.sort(key=lambda one: float("inf") if one.due_utc is None else one.due_utc)
    return tuple(found)


def _backup(outlook: Outlook, settings: HealthSettings) -> list[Forecast]:
    backup = outlook.readings.backup
    if backup is None or backup.fitted is False:
        return []
    due = _by_trend(outlook, settings.limits.backup_near_pct)
    if due is not None:
        data: tuple[tuple[str, Figure], ...] = (("health_pct", backup.health_pct),)
        return [Forecast("backup_battery", "forecast.backup_battery.trend", due, data)]
    return _by_age(backup, outlook.utc)


def _by_trend(outlook: Outlook, least_pct: float) -> float | None:
    slope = outlook.health.slope()
    if slope is None or slope >= 0:
        return None
    when, health = outlook.health.points[-1]
    due = when + (least_pct - health) / slope
    return due if due - when < 10 * YEAR_S else None


def _by_age(backup: BackupReading, utc: float | None) -> list[Forecast]:
    installed = finite(backup.installed_utc)
    if installed is None:
        return []
    due = installed + _TYPICAL_YEARS * YEAR_S
    if utc is not None and due - utc > _SOON_S:
        return []
    years = None if utc is None else round((utc - installed) / YEAR_S, 1)
    data = (("age_years", years),)
    return [Forecast("backup_battery", "forecast.backup_battery.age", due, data, "2026-11-24")]


def _certificate(outlook: Outlook) -> list[Forecast]:
    setup = outlook.readings.setup
    until = None if setup is None else finite(setup.certificate_until_utc)
    if until is None or outlook.utc is None:
        return []
    left = until - outlook.utc
    if left > _CERTIFICATE_S:
        return []
    data = (("days", max(0, round(left / DAY_S))),)
    return [Forecast("certificate", "forecast.certificate.ends", until, data)]


def _supply(outlook: Outlook) -> list[Forecast]:
    recent = [volts for _, volts in outlook.rest.points[-4:]]
    if len(recent) < 3:
        return []
    typical = sorted(recent)[len(recent) // 2]
    if typical >= _WEAK_REST_V:
        return []
    return [Forecast("supply", "forecast.supply.weak", None, (("main_v", typical),))]


def _sunset(outlook: Outlook, settings: HealthSettings) -> list[Forecast]:
    modem = outlook.readings.modem
    if modem is None:
        return []
    kind = "network_sunset"
    country = outlook.readings.vehicle.country
    if modem.technologies is None or country is None:
        return [Forecast(kind, "forecast.network_sunset.unknown", None, (("country", country),))]
    names = [one.value for one in modem.technologies]
    ends = endings(settings.sunsets, country, names, modem.plmn)
    if ends is None:
        return [Forecast(kind, "forecast.network_sunset.unknown", None, (("country", country),))]
    whole = len(ends) == len(set(names)) and bool(ends)
    return [_ending(one, country, whole=whole) for one in ends]


def _ending(ending: Ending, country: str, *, whole: bool) -> Forecast:
    """One technology's end: of the serving operator if the table has it, else of the first one."""
    row = ending.serving or ending.first
    data = (
        ("country", country),
        ("technology", ending.technology),
        ("operator", row.operator),
        ("ends", row.ends),
        ("source", row.source),
    )
    case = ("all" if whole else "part") + ("" if row.operator else "_country")
    return Forecast(
        "network_sunset", f"forecast.network_sunset.{case}", row.ends_utc, data, row.source_date
    )


def sunset_passed(outlook: Outlook, settings: HealthSettings) -> Reason | None:
    """Return a reason if every network that the unit could use here has ended by the table.

    A unit that is registered is right, and the table wrong.
    """
    modem, country = outlook.readings.modem, outlook.readings.vehicle.country
    if modem is None or not modem.technologies or country is None or outlook.utc is None:
        return None
    if modem.registration in _REGISTERED or modem.registration is None:
        return None
    names = {one.value for one in modem.technologies}
    ends = endings(settings.sunsets, country, sorted(names))
    if not ends or len(ends) < len(names) or not _whole_country(outlook, settings, names):
        return None
    last = max(ends, key=lambda one: one.last.ends_utc).last
    if last.ends_utc > outlook.utc:
        return None
    data = (("country", country), ("ends", last.ends))
    return Reason(Component.NETWORK, "reason.network.sunset_passed", data, Level.NOT_READY)


def _whole_country(outlook: Outlook, settings: HealthSettings, names: set[str]) -> bool:
    """Return whether the table speaks of the whole country for each technology.

    Rows of single operators never prove that no network is left.
    """
    country = outlook.readings.vehicle.country
    whole = {
        row.technology
        for row in settings.sunsets
        if row.country == country and row.operator is None
    }
    return names <= whole
