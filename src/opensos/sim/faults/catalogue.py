"""Reads the catalogue of faults and actions that ships with the package."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import LocalError
from opensos.sim.faults.model import Action, Fault, action_from, fault_from

if TYPE_CHECKING:
    from collections.abc import Mapping

FILES = ("supply", "backup", "antennas", "satellites", "cabin", "links", "network", "unit", "setup")
"""The faults' files, in the order of lists and tables."""


def table(name: str) -> dict[str, Any]:
    """Return one TOML file of this room. Raises LocalError when it is no TOML."""
    text = resources.files(__package__ or "opensos.sim.faults").joinpath(f"{name}.toml")
    try:
        return tomllib.loads(text.read_text("utf-8"))
    except tomllib.TOMLDecodeError as wrong:
        raise LocalError(f"{name}.toml: {wrong}") from None


@cache
def faults() -> Mapping[str, Fault]:
    """Return every fault by its id. Raises LocalError for a file that contradicts itself."""
    found: dict[str, Fault] = {}
    for file in FILES:
        for name, entry in table(file).items():
            if name in found:
                raise LocalError(f"fault {name} stands in two files")
            found[name] = fault_from(name, entry)
    known = actions()
    for fault in found.values():
        named = {*fault.cures, *fault.eases, *fault.worsens}
        if unknown := named - set(known):
            raise LocalError(f"fault {fault.id}: no action {', '.join(sorted(unknown))}")
        if strange := set(fault.worsens.values()) - set(found):
            raise LocalError(f"fault {fault.id}: no fault {', '.join(sorted(strange))}")
    return MappingProxyType(found)


@cache
def actions() -> Mapping[str, Action]:
    """Return every action by its id."""
    return MappingProxyType({name: action_from(name, e) for name, e in table("actions").items()})
