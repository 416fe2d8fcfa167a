"""The air around the pretend car: season, hour, a few days' weather, and whether it rains.

The figures are made up in the size of central Europe's lowlands (yearly mean 10 °C).
"""

from __future__ import annotations

import math

from opensos.sim.dice import bell, drifting, share

_DAY_S = 86_400.0
_YEAR_S = 365.2425 * _DAY_S
_WARMEST = 0.545  # share of the year: the third week of July
_HOTTEST_HOUR = 15.0
_RAIN_S = 6 * 3600.0
_RAINY = 0.3

_MEAN_C = {"IT": 14.5, "ES": 15.5, "FR": 12.0, "AT": 8.5, "CH": 8.5, "US": 13.0}


def temperature_c(utc: float, seed: int, country: str = "DE") -> float:
    """Return the temperature of the air in the shade."""
    season = math.cos(2.0 * math.pi * (utc / _YEAR_S - _WARMEST))
    hour = math.cos(2.0 * math.pi * (utc % _DAY_S / _DAY_S - _HOTTEST_HOUR / 24.0))
    spell = 3.2 * drifting(seed, "weather", utc / (3.0 * _DAY_S))
    return _MEAN_C.get(country, 10.0) + 9.5 * season + 4.5 * hour + spell


def wet(utc: float, seed: int) -> bool:
    """Whether it rains or drips, for stretches of six hours."""
    return share(seed, "rain", int(utc // _RAIN_S)) < _RAINY


def indoors_c(utc: float, seed: int, country: str = "DE") -> float:
    """Return the temperature in an unheated garage: half the swing, a little warmer."""
    mean = _MEAN_C.get(country, 10.0) + 3.0
    return mean + 0.5 * (temperature_c(utc, seed, country) - mean) + 0.3 * bell(seed, "garage")
