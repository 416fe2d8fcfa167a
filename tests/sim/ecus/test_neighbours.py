"""The page about the network names every code that a neighbour can store, and no other."""

from __future__ import annotations

import re

from opensos.sim.car import PretendCar
from opensos.sim.ecus.generations import GENERATIONS
from opensos.sim.network import CarNetwork
from tests.shared import ROOT

PAGE = (ROOT / "docs" / "reference" / "car-network.md").read_text("utf-8")


def _built() -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for generation, one in GENERATIONS.items():
        net = CarNetwork(PretendCar(family=one.family), generation=generation)
        for address in net.units:
            if address != one.telematics:
                dtcs = net.unit(address).memory.statuses(0)
                found |= {(address, dtc.code) for dtc in dtcs}
    return found


def test_every_code_of_a_neighbour_stands_on_the_page() -> None:
    written = {
        (int(unit, 16), int(code, 16))
        for unit, rest in re.findall(
            r"^\| ([0-9A-F]{2}) \| ([0-9A-F]{6} \|.*)$", PAGE, re.MULTILINE
        )
        for code in re.findall(r"\b(?:FE[0-9A-F]{4}|^[0-9A-F]{6})\b", rest)
    }
    assert written == _built()


def test_every_unit_stands_on_the_page() -> None:
    listed = re.findall(r"^\| ([0-9A-F]{2}) \| [a-z]", PAGE, re.MULTILINE | re.IGNORECASE)
    built = {
        address
        for generation, one in GENERATIONS.items()
        for address in CarNetwork(PretendCar(family=one.family), generation=generation).units
    }
    assert built <= {int(address, 16) for address in listed}
