"""Places and countries of the pretend world, read from its two tables."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from opensos.protocols.effects import UserError
from opensos.rules.readiness.readings import Technology

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is round the car.

    Attributes:
        gnss: the sky: open, urban (half of it) or none.
        loss_db: what walls take of every cellular layer.
        without: layers that are not built here.
        shelter: whether the car stands out of rain and frost.
        home: whether its owner parks here.
    """

    name: str
    gnss: str
    loss_db: float
    without: frozenset[Technology]
    shelter: bool
    home: bool


@dataclass(frozen=True, slots=True)
class Network:
    """The operator of a country.

    Attributes:
        plmn: MCC and MNC.
        off: layers and from when (seconds since 1970) they are dark.
        ims_emergency_from: from when LTE and NR carry an emergency call.
        simless: whether an emergency call without a SIM is let in.
    """

    country: str
    plmn: str
    off: tuple[tuple[Technology, float], ...]
    ims_emergency_from: float
    simless: bool

    def lit(self, layer: Technology, utc: float) -> bool:
        """Whether the layer is still on the air."""
        return all(utc < off for dark, off in self.off if dark is layer)


def _table(name: str) -> dict[str, Any]:
    text = resources.files("opensos.sim").joinpath(f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def places() -> Mapping[str, Surroundings]:
    """Return every place by its name."""
    return MappingProxyType(
        {
            name: Surroundings(
                name=name,
                gnss=entry["gnss"],
                loss_db=float(entry["loss_db"]),
                without=frozenset(Technology(layer) for layer in entry.get("without", ())),
                shelter=bool(entry.get("shelter", False)),
                home=bool(entry.get("home", False)),
            )
            for name, entry in _table("places").items()
        }
    )


def place(name: str) -> Surroundings:
    """Return one place. Raises UserError for an unknown name."""
    try:
        return places()[name]
    except KeyError:
        raise UserError(f"There is no place {name!r}: take {', '.join(places())}.") from None


@cache
def networks() -> Mapping[str, Network]:
    """Return every country's operator by ISO 3166 alpha-2."""
    return MappingProxyType(
        {
            country: Network(
                country=country,
                plmn=f"{entry['mcc']}99" if entry["mcc"] != "310" else "310999",
                off=tuple((Technology(k), _utc(day)) for k, day in entry["off"].items()),
                ims_emergency_from=_utc(entry["ims_emergency"]),
                simless=entry["simless"],
            )
            for country, entry in _table("networks").items()
        }
    )


def network(country: str) -> Network:
    """Return a country's operator. Raises UserError for a country without one."""
    try:
        return networks()[country]
    except KeyError:
        raise UserError(
            f"There is no network in {country!r}: take {', '.join(networks())}."
        ) from None


def _utc(day: str) -> float:
    return dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC).timestamp()
