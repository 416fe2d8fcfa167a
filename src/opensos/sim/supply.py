"""Where the unit's power comes from: 12 V, its own battery, capacitors, nothing.

The batteries are integrated from event to event, never second by second: a year at rest costs as
much as a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opensos.rules.readiness.readings import BackupReading, Circuit, SupplyReading
from opensos.sim.batteries import (
    CALL_A,
    IGNITION_A,
    QUIESCENT_A,
    STANDBY_A,
    TEST_LOAD_A,
    LeadAcid,
    NickelMetal,
    charge_v,
    usable_ah,
)
from opensos.sim.dice import bell
from opensos.sim.view import MainBattery, Power

if TYPE_CHECKING:
    from opensos.sim.damage import Damage
    from opensos.sim.view import Trip

UNIT_STARTS_V: Final = 6.5
"""Below this the unit does not live on 12 V (made up; boards name 6 to 7 V)."""

CAPACITOR_S: Final = 180.0
"""How long the capacitors hold a unit without any battery."""

_UNIT_A = 0.6  # what the unit draws from 12 V, for the drop over a bad earth
_LEAST_HEALTH = 0.08  # a backup battery below this gives nothing under load
_MV = 0.001


@dataclass(frozen=True, slots=True)
class Moment:
    """What the supply depends on, at one time."""

    now: float
    utc: float
    temperature_c: float
    damage: Damage
    trip: Trip


class Supply:
    """Both batteries and the unit's power.

    Args:
        now: steady seconds at the beginning.
        utc: civil time then; both batteries are a year old.
        seed: of the readings' noise.
    """

    def __init__(self, now: float, utc: float, seed: int) -> None:
        self.main = LeadAcid(0.95, utc - 31_557_600.0)
        self.backup = NickelMetal(0.97, utc - 2_592_000.0)
        self.main_off_until = now
        self.calls = 0
        self._seed = seed
        self._source, self._since, self._restarts = "main", now, 0

    # --- time passes -----------------------------------------------------------------------------

    def advance(self, since: float, m: Moment) -> None:
        """Let time pass from ``since`` to ``m.now`` under what ``m`` says."""
        seconds = m.now - since
        trip, health = m.trip, self.main.health(m.utc, m.damage.main_health)
        load = QUIESCENT_A + m.damage.drain_a + (IGNITION_A if trip.ignition_on else 0.0)
        charging = trip.engine_running and m.damage.alternator_ok
        if since >= self.main_off_until:  # a battery that is off its clamp loses nothing
            self.main.run(seconds, health, load, charging=charging)
        if self.main_reaches(since, m):
            self._to("main", since)
            if not self._backup_works(m):
                return
            if trip.ignition_on:
                self.backup.fill(seconds)
            else:
                self.backup.rest(seconds, m.temperature_c)
            return
        self._live_on_backup(since, m)

    def _live_on_backup(self, since: float, m: Moment) -> None:
        usable = self._usable(m)
        ends = since
        if self._backup_works(m) and usable > 0.0 and self._source in {"main", "backup"}:
            load = CALL_A if self.calls else STANDBY_A
            ends = since + self.backup.charge * usable / load * 3600.0
            self._to("backup", since)
            self.backup.run(m.now - since, load, usable)
        elif self._source == "capacitors":
            ends = self._since
        if self._source != "none" and m.now >= ends:
            self._to("capacitors", ends)
            if m.now >= ends + CAPACITOR_S:
                self._to("none", ends + CAPACITOR_S)

    def _to(self, source: str, since: float) -> None:
        if source == self._source:
            return
        if self._source == "none":
            self._restarts += 1
        self._source, self._since = source, since

    # --- questions -------------------------------------------------------------------------------

    def power(self, m: Moment) -> Power:
        """Return from what the unit lives."""
        left = None
        if self._source == "backup":
            load = CALL_A if self.calls else STANDBY_A
            health = self.backup_health(m)
            left = self.backup.left_s(load, health, m.temperature_c) + CAPACITOR_S
        elif self._source == "capacitors":
            left = max(0.0, self._since + CAPACITOR_S - m.now)
        elif self._source == "none":
            left = 0.0
        return Power(self._source, self._since, left, self._restarts)

    def main_reaches(self, now: float, m: Moment) -> bool:
        """Whether 12 V reaches the unit and is enough to live on."""
        if m.damage.main_disconnected or now < self.main_off_until:
            return False
        return self._battery_v(m, cranking=False) - self._ground_drop(m) >= UNIT_STARTS_V

    def _ground_drop(self, m: Moment) -> float:
        return m.damage.ground_ohm * _UNIT_A * (2.0 if m.trip.engine_running else 1.0)

    def _battery_v(self, m: Moment, *, cranking: bool) -> float:
        damage, trip = m.damage, m.trip
        health = self.main.health(m.utc, damage.main_health)
        if cranking:
            return max(2.0, self.main.crank_v(health, m.temperature_c) - damage.main_cell_drop_v)
        if trip.engine_running and damage.alternator_ok:
            return charge_v(m.temperature_c) + damage.charge_over_v
        sag = (0.012 * (IGNITION_A if trip.ignition_on else 0.1 + damage.drain_a)) / health
        return max(0.0, self.main.rest_v() - damage.main_cell_drop_v - sag)

    def can_crank(self, m: Moment) -> bool:
        """Whether the starter turns the engine: it needs about 7.2 V (from memory)."""
        return self._battery_v(m, cranking=True) >= 7.2

    def battery(self, m: Moment) -> MainBattery:
        """Return the 12 V battery, the starter's dip included."""
        cranking = m.now < m.trip.cranking_until
        volts = self._battery_v(m, cranking=cranking)
        at_unit = 0.0
        if not (m.damage.main_disconnected or m.now < self.main_off_until):
            at_unit = max(0.0, volts - self._ground_drop(m))
            at_unit += m.damage.surge_v if m.trip.engine_running else 0.0
        return MainBattery(
            charge=self.main.charge,
            health=self.main.health(m.utc, m.damage.main_health),
            temperature_c=m.temperature_c,
            battery_v=volts,
            unit_v=at_unit,
            drain_a=QUIESCENT_A + m.damage.drain_a,
            installed_utc=self.main.installed_utc,
            registered=self.main.registered,
        )

    def reading(self, m: Moment) -> SupplyReading:
        """Return what the unit measures."""
        at_unit = self.battery(m).unit_v
        jitter = 0.02 * bell(self._seed, "main_v", int(m.now)) if at_unit > 1.0 else 0.0
        return SupplyReading(
            main_v=round(max(0.0, at_unit + jitter), 2),
            backup_v=self._backup_v(m),
            main_connected=self.main_reaches(m.now, m),
        )

    # --- the unit's own battery ------------------------------------------------------------------

    def backup_health(self, m: Moment) -> float:
        """Return capacity over design."""
        return self.backup.health(m.utc, m.damage.backup_health, m.damage.backup_extra_years)

    def _usable(self, m: Moment) -> float:
        health = self.backup_health(m)
        return usable_ah(health, m.temperature_c) if health > _LEAST_HEALTH else 0.0

    def _backup_works(self, m: Moment) -> bool:
        return m.damage.backup_fitted and m.damage.backup_circuit == "ok"

    def _backup_v(self, m: Moment, load_a: float | None = None) -> float | None:
        if not m.damage.backup_fitted:
            return None
        if m.damage.backup_circuit != "ok":
            volts = {"open": 0.02, "short_ground": 0.05, "short_supply": 11.9}
            return volts[m.damage.backup_circuit]
        load = load_a
        if load is None:
            load = 0.0 if self._source == "main" else (CALL_A if self.calls else STANDBY_A)
        jitter = 3.0 * _MV * bell(self._seed, "backup_v", int(m.now))
        volts_now = self.backup.volts(load, self.backup_health(m), m.temperature_c)
        return round(max(0.0, volts_now + jitter), 3)

    def backup_reading(self, m: Moment) -> BackupReading:
        """Return what the charger tells of the unit's own battery."""
        if not m.damage.backup_fitted:
            return BackupReading(fitted=False)
        circuit = Circuit(m.damage.backup_circuit)
        if circuit is not Circuit.OK:
            return BackupReading(
                fitted=True, voltage_v=self._backup_v(m), circuit=circuit, charging=False
            )
        return BackupReading(
            fitted=True,
            voltage_v=self._backup_v(m),
            loaded_v=self._backup_v(m, TEST_LOAD_A),
            temperature_c=round(m.temperature_c, 1),
            health_pct=round(100.0 * self.backup_health(m), 1),
            charge_pct=round(100.0 * self.backup.charge, 1),
            installed_utc=self.backup.installed_utc,
            charging=self._source == "main" and m.trip.ignition_on and self.backup.charge < 0.995,
            circuit=circuit,
        )
