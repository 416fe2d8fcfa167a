"""Physics of the two batteries: small formulas that integrate exactly over any span of time.

Figures are from memory of data sheets (80 Ah AGM; four NiMH cells of 600 mAh, which is what BMW
fits) and good to about 10 %; what is only in the right size says "made up".
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

DAY_S = 86_400.0
YEAR_S = 365.25 * DAY_S

# --- 12 V lead-acid -------------------------------------------------------------------------------

MAIN_AH = 80.0
_REST_V = ((0.0, 5.0), (0.04, 11.3), (0.2, 11.9), (0.5, 12.25), (0.8, 12.6), (1.0, 12.85))
_CHARGE_V = 14.4  # at 25 °C
_CHARGE_V_PER_K = -0.015
_CRANK_A = 180.0
_MAIN_OHM = 0.011  # battery, cables and starter together, new, 20 °C
_CHARGE_TAU_S = 1.2 * 3600.0  # a drive of 20 min brings back a quarter of what is missing
_MAIN_FADE_PER_YEAR = 0.03
_SELF_PER_DAY = 0.001
QUIESCENT_A = 0.025
IGNITION_A = 8.0


@dataclass(slots=True)
class LeadAcid:
    """The 12 V battery: charge 0..1, installed when, registered with the engine unit or not."""

    charge: float
    installed_utc: float
    registered: bool = True

    def health(self, utc: float, damage: float) -> float:
        """Return capacity over new: age times damage, 0.02..1."""
        years = max(0.0, utc - self.installed_utc) / YEAR_S
        return min(1.0, max(0.02, (1.0 - _MAIN_FADE_PER_YEAR * years) * damage))

    def rest_v(self) -> float:
        """Return the open-circuit voltage."""
        return _between(_REST_V, self.charge)

    def crank_v(self, health: float, temperature_c: float) -> float:
        """Return the voltage while the starter turns: colder oil, weaker chemistry."""
        cold = max(0.0, 20.0 - temperature_c)
        drop = _CRANK_A * (1.0 + 0.008 * cold) * _MAIN_OHM * (1.0 + 0.012 * cold) / health
        return max(2.0, self.rest_v() - drop)

    def run(self, seconds: float, health: float, load_a: float, *, charging: bool) -> None:
        """Let time pass under a steady load or with the alternator running."""
        if charging:
            self.charge = 1.0 - (1.0 - self.charge) * math.exp(-seconds / _CHARGE_TAU_S)
            return
        # A sick battery also eats itself: made up so that a dead one holds for two days or so.
        inner_a = 0.02 * (1.0 / health - 1.0)
        used = (load_a + inner_a) * seconds / 3600.0 / (MAIN_AH * health)
        self.charge = max(0.0, self.charge - used - _SELF_PER_DAY * seconds / DAY_S)


def charge_v(temperature_c: float) -> float:
    """Return what the regulator holds at this temperature, bounded as regulators do."""
    return min(15.0, max(13.6, _CHARGE_V + _CHARGE_V_PER_K * (temperature_c - 25.0)))


# --- the unit's own battery ----------------------------------------------------------------------

BACKUP_AH = 0.6
_CELLS_V = ((0.0, 3.6), (0.05, 4.4), (0.2, 4.75), (0.5, 4.95), (0.8, 5.1), (1.0, 5.4))
_BACKUP_OHM = 0.16  # the pack, new
TEST_LOAD_A = 1.0
STANDBY_A = 0.18  # the unit registered and quiet
CALL_A = 0.75  # the unit in a call
_CHARGE_BACKUP_TAU_S = 4 * 3600.0
_SELF_BACKUP_PER_DAY = 0.004  # a low-self-discharge cell; doubles every 10 K above 20 °C
_BACKUP_FADE_PER_YEAR = 0.075  # at 20 °C; three to five years to the end of life


@dataclass(slots=True)
class NickelMetal:
    """The backup battery: charge 0..1, installed when."""

    charge: float
    installed_utc: float

    def health(self, utc: float, damage: float, extra_years: float) -> float:
        """Return capacity over design, 0..1."""
        years = max(0.0, utc - self.installed_utc) / YEAR_S + extra_years
        return min(1.0, max(0.0, (1.0 - _BACKUP_FADE_PER_YEAR * years) * damage))

    def volts(self, load_a: float, health: float, temperature_c: float) -> float:
        """Return the terminal voltage under a load."""
        cold = max(0.0, 10.0 - temperature_c)
        weak = math.pow(max(0.12, health), 1.5)
        ohm = _BACKUP_OHM * (1.0 + 0.03 * cold) / weak
        return max(0.0, _between(_CELLS_V, self.charge) - load_a * ohm)

    def left_s(self, load_a: float, health: float, temperature_c: float) -> float:
        """Return how long it carries a load."""
        return self.charge * usable_ah(health, temperature_c) / load_a * 3600.0

    def run(self, seconds: float, load_a: float, usable: float) -> None:
        """Discharge at a load."""
        if usable > 0.0:
            self.charge = max(0.0, self.charge - load_a * seconds / 3600.0 / usable)
        else:
            self.charge = 0.0

    def fill(self, seconds: float) -> None:
        """Charge from the car."""
        self.charge = 1.0 - (1.0 - self.charge) * math.exp(-seconds / _CHARGE_BACKUP_TAU_S)

    def rest(self, seconds: float, temperature_c: float) -> None:
        """Lose charge while nobody uses or charges it."""
        warm = max(-20.0, temperature_c - 20.0) / 10.0
        rate = _SELF_BACKUP_PER_DAY * math.exp2(warm)
        self.charge *= math.exp(-rate * seconds / DAY_S)


def usable_ah(health: float, temperature_c: float) -> float:
    """Return the capacity that a cell gives at this temperature: about half at -20 °C."""
    cold = max(0.0, 20.0 - temperature_c)
    return BACKUP_AH * health * max(0.3, 1.0 - 0.0125 * cold)


def _between(curve: tuple[tuple[float, float], ...], x: float) -> float:
    """Return the value of a curve of straight pieces."""
    for (x0, y0), (x1, y1) in itertools.pairwise(curve):
        if x <= x1:
            return y0 + (y1 - y0) * max(0.0, x - x0) / (x1 - x0)
    return curve[-1][1]
