"""Reads the data that the self-test goes by: numbering of faults, and when networks end."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from opensos.apps.vehicle.health import HealthPlan
from opensos.rules.readiness import HealthSettings, profile_from_data
from opensos.rules.readiness.sunset import sunsets_from_data

VARIANTS = {"F": "ECALL", "G": "TCB4G", "I": "ATM02"}
"""BMW's unit by family of cars; every other car has the neutral numbering."""


def health_plan(family: str = "own") -> HealthPlan:
    """Return the plan for a family of cars: F, G and I are numbered as BMW does."""
    variant = VARIANTS.get(family)
    data = _data("plain.json") if variant is None else _data("bmw.json")
    settings = HealthSettings(sunsets=sunsets_from_data(_data("sunset.json", folder="")))
    return HealthPlan(profile_from_data(data, variant), settings)


@cache
def _data(name: str, folder: str = "profiles") -> Any:
    place = files("opensos.rules.readiness") / folder / name
    return json.loads(place.read_text(encoding="utf-8"))
