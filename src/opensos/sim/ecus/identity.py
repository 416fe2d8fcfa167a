"""Who the pretend units say they are. Makers' texts have other forms; these are ours.

The VIN is the pretend car's, of a maker that does not exist; it is whole here as in a real car, and
hidden wherever it is shown or exported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.sim.ecus import generations as at

if TYPE_CHECKING:
    from opensos.sim.ecus.generations import Generation
    from opensos.sim.ecus.unit import Value

I_LEVEL, VIN, VARIANT, VERSIONS, KIND, ORDER = 0x100B, 0xF190, 0xF150, 0xF101, 0xD108, 0x3F06

# Made up, but each older than the software that a bulletin of its time names as the cure.
_I_LEVELS = {
    "e": "E060-10-03-500",
    "f": "F010-17-11-504",
    "g": "G011-18-03-500",
    "new": "G060-22-07-520",
}
_NAMES = {
    at.GATEWAY: "ZGW",
    at.BODY: "BDC",
    at.CLUSTER: "KOMBI",
    at.HEAD_UNIT: "HU",
    at.AIRBAG: "ACSM",
    at.ENGINE: "DME",
    at.ROOF: "FZD",
    at.MOST_GATEWAY: "MOSTGW",
    at.CLIMATE: "IHKA",
}
_ORDER = "6AC"  # intelligent emergency call, as an option of the vehicle order


def identities(generation: Generation, vin: str) -> dict[int, dict[int, Value]]:
    """Return the identification of every unit by address and DID."""
    found: dict[int, dict[int, Value]] = {
        address: _identity(name, generation) for address, name in _NAMES.items()
    }
    found[at.GATEWAY] |= {
        I_LEVEL: _I_LEVELS[generation.id].encode(),
        VIN: vin.encode(),
        ORDER: f"{generation.id.upper()};{_ORDER}".encode(),
    }
    found[at.BODY] |= {0xDAD6: lambda seen: _tenths(seen.supply_v)}
    found[generation.telematics] = {
        **_identity(generation.variant, generation),
        KIND: generation.variant.encode(),
    }
    return found


def _identity(name: str, generation: Generation) -> dict[int, Value]:
    return {
        VARIANT: f"{name}_{generation.id.upper()}".encode(),
        VERSIONS: f"{name} {_I_LEVELS[generation.id][5:]}".encode(),
    }


def _tenths(volts: float) -> bytes:
    """DAD6: terminal 30 in tenths of a volt."""
    return round(min(6553.0, max(0.0, volts * 10))).to_bytes(2, "big")
