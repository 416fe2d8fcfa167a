"""Who the pretend units say they are. The numbers are made up; their form is ``protocols/bmw``'s.

The VIN is the pretend car's, of a maker that does not exist; it is whole here as in a real car, and
hidden wherever it is shown or exported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols import bmw
from opensos.sim.ecus import generations as at

if TYPE_CHECKING:
    from opensos.sim.ecus.generations import Generation
    from opensos.sim.ecus.surroundings import Surroundings
    from opensos.sim.ecus.unit import Value

VIN = 0xF190  # ISO 14229-1 annex C
ORDER = 0x3F06  # the vehicle order; number from memory, its text is ours

_I_LEVELS = {
    "e": bmw.ILevel(10, 3, 500, "E060"),
    "f": bmw.ILevel(17, 11, 504, "F010"),
    "g": bmw.ILevel(18, 3, 500, "S15A"),
    "new": bmw.ILevel(22, 7, 520, "S18A"),
}
_VARIANTS = ("TELE60", *bmw.VARIANTS)
_UNITS = (
    at.GATEWAY,
    at.BODY,
    at.CLUSTER,
    at.HEAD_UNIT,
    at.AIRBAG,
    at.ENGINE,
    at.ROOF,
    at.MOST_GATEWAY,
    at.CLIMATE,
)
_EMERGENCY_CALL = "6AC"  # intelligent emergency call, an option of the vehicle order
_HARDWARE, _SOFTWARE = 1, 8


def identities(generation: Generation, vin: str) -> dict[int, dict[int, Value]]:
    """Return the identification of every unit by address and DID."""
    found = {address: _identity(address, 0, generation) for address in _UNITS}
    found[at.GATEWAY] |= {
        bmw.I_LEVEL: bmw.encode_i_level(_I_LEVELS[generation.id]),
        VIN: vin.encode(),
        ORDER: f"{generation.id.upper()};{_EMERGENCY_CALL}".encode(),
    }
    found[at.BODY] |= {bmw.TERMINAL_30: _terminal_30}
    variant = _VARIANTS.index(generation.variant)
    found[generation.telematics] = {
        **_identity(generation.telematics, variant, generation),
        bmw.VARIANT: bmw.encode_byte(variant),
    }
    return found


def _identity(address: int, variant: int, generation: Generation) -> dict[int, Value]:
    index = address << 8 | variant
    level = _I_LEVELS[generation.id]
    version = (level.year, level.month, min(0xFF, level.number // 2))
    parts = (bmw.Part(_HARDWARE, index, (1, 0, 0)), bmw.Part(_SOFTWARE, index, version))
    return {bmw.IDENT: bmw.encode_ident(index), bmw.VERSIONS: bmw.encode_versions(parts)}


def _terminal_30(seen: Surroundings) -> bytes:
    return bmw.encode_terminal_30(min(25.5, max(0.0, seen.supply_v)))
