"""What a unit is told about itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opensos.protocols.effects import UserError
from opensos.rules.emergency import Settings

if TYPE_CHECKING:
    from opensos.ports import VehicleIdentity

_VIN_ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPRSTUVWXYZ")


@dataclass(frozen=True, slots=True)
class UnitConfig:
    """A unit's settings; the defaults are those of a test.

    Attributes:
        live: calls go to the emergency URNs. Never together with a pretend car.
        procedure: times and bounds of the call.
        vin: replaces the VIN that the car says, if given.
        driver_on_left: which side is the driver's, for the side of an impact.
        era_glonass: the MSD carries ERA-GLONASS's additional data (GOST 33464) with the self-test's
            diagnostic bits, instead of Euro NCAP's.
        send_measured: send the crash's final figures unasked when they are known.
        poll_s: how often the sensors are looked at while nothing happens: an idle unit sleeps.
        poll_busy_s: the same while the car is pushed about.
    """

    live: bool = False
    procedure: Settings = field(default_factory=Settings)
    vin: str | None = None
    driver_on_left: bool = True
    era_glonass: bool = False
    send_measured: bool = True
    poll_s: float = 0.100
    poll_busy_s: float = 0.010

    def __post_init__(self) -> None:
        """Refuse a VIN that no MSD can carry."""
        if self.vin is not None and not is_vin(self.vin):
            raise UserError(
                f"{self.vin!r} is not a VIN: 17 characters, digits and capitals without I, O, Q."
            )


def is_vin(text: str) -> bool:
    """Tell whether a text has the form of a VIN (ISO 3779), check digit aside."""
    return len(text) == 17 and _VIN_ALPHABET.issuperset(text)


def masked(vin: str) -> str:
    """Return a VIN of which only maker and last three characters can be seen."""
    return f"{vin[:3]}{'•' * max(0, len(vin) - 6)}{vin[-3:]}" if len(vin) > 6 else "•" * len(vin)


def car_name(identity: VehicleIdentity) -> str:
    """Return the car's name on the data link: the same for the same VIN, and not the VIN."""
    return f"car-{hashlib.blake2s(identity.vin.encode(), digest_size=8).hexdigest()}"
