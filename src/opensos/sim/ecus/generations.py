"""What differs between generations of cars: which unit makes the SOS call, and at which address.

Families as the facts have them: E60/E90 with a TCU on the MOST ring, F with ECALL, G with TCB or
TCB4G, newer ones with ATM or ATM-02; told apart by DID F150 and D108.
"""

from __future__ import annotations

from dataclasses import dataclass

from opensos.protocols.effects import UserError

GATEWAY = 0x10
BODY = 0x40
CLUSTER = 0x60
TELEMATICS = 0x61
HEAD_UNIT = 0x63
AIRBAG = 0x01
ENGINE = 0x12
ROOF = 0x56
TCU = 0x36
MOST_GATEWAY = 0x62
CLIMATE = 0x78


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation.

    Attributes:
        id: e, f, g or new.
        family: The letter under which the catalogue of faults has it.
        telematics: Address of the unit that makes the SOS call.
        variant: Which unit that is.
        idrive: Generation of the head unit's software.
        ring: Whether telematics and head unit sit on a MOST ring.
    """

    id: str
    family: str
    telematics: int
    variant: str
    idrive: int
    ring: bool = False


GENERATIONS = {
    one.id: one
    for one in (
        Generation("e", "E", TCU, "TELE60", 2, ring=True),
        Generation("f", "F", TELEMATICS, "ECALL", 4),
        Generation("g", "G", TELEMATICS, "TCB4G", 6),
        Generation("new", "I", TELEMATICS, "ATM02", 8),
    )
}


def generation(name: str) -> Generation:
    """Return a generation by its id.

    Raises:
        UserError: There is none of this name.
    """
    found = GENERATIONS.get(name)
    if found is None:
        raise UserError(f"There is no generation {name!r}: take {', '.join(GENERATIONS)}.")
    return found
