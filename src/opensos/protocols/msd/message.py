"""The values of this room: an MSD as frozen data, under the words of the standard.

Every field may be ``None``: it was not sent, or the message ended before it. That is never the
same as 0 or ``False``, and the coded values for "unknown" (latitude and longitude 2147483647,
direction 255, occupants 255, timestamp 0) stay in their fields; the properties turn them into
``None``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from opensos.protocols.msd import units

if TYPE_CHECKING:
    from datetime import datetime

    from opensos.protocols.msd.era_glonass import EraGlonass
    from opensos.protocols.msd.euro_ncap import EuroNcap
    from opensos.protocols.msd.findings import Finding

MAX_BYTES: Final = 140
"""A whole MSD is at most this long: the room that in-band transmission has."""

MAX_ADDITIONAL_BYTES: Final = 94
"""The content of the additional data in version 2 and 3."""

VersionLayout: TypeAlias = Literal["wrapped", "inline", "bare"]


class VehicleType(StrEnum):
    """The vehicle categories (UNECE), in coding order; the last ten exist only in version 3."""

    M1 = "m1"
    M2 = "m2"
    M3 = "m3"
    N1 = "n1"
    N2 = "n2"
    N3 = "n3"
    L1E = "l1e"
    L2E = "l2e"
    L3E = "l3e"
    L4E = "l4e"
    L5E = "l5e"
    L6E = "l6e"
    L7E = "l7e"
    O = "o"  # noqa: E741 - the category's own name
    R = "r"
    S = "s"
    T = "t"
    G = "g"
    SA = "sa"
    SB = "sb"
    SC = "sc"
    SD = "sd"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Propulsion:
    """What the vehicle stores its energy in; ``None`` where the message did not say.

    ``other_storage`` does not exist in version 1 and is ``None`` there.
    """

    gasoline_tank_present: bool | None = False
    diesel_tank_present: bool | None = False
    compressed_natural_gas: bool | None = False
    liquid_propane_gas: bool | None = False
    electric_energy_storage: bool | None = False
    hydrogen_storage: bool | None = False
    other_storage: bool | None = False


class Delta(NamedTuple):
    """A recent position relative to the next later one; both -512..511 in units of 100 mas."""

    latitude: int
    longitude: int


class Addition(NamedTuple):
    """A part of a later version that this one does not know, kept as it came.

    ``where`` is the standard's name of the extended type, ``number`` counts its additions from 0,
    ``data`` is the open type's content (empty for ``vehicleType``, whose number says it all).
    """

    where: str
    number: int
    data: bytes


@dataclass(frozen=True, slots=True)
class AdditionalData:
    """Optional additional data of the MSD.

    Attributes:
        oid: Relative object identifier in dotted form (``8.1``); one that has no such form is
            kept as ``0x`` and its bytes in hex.
        data: The content as bytes, exactly as sent. This is what is encoded.
        decoded: The content as a value where the kind is known and could be read.
        missing: How many bytes of the content the message promised and did not have.
    """

    oid: str
    data: bytes
    decoded: EuroNcap | EraGlonass | None = None
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Msd:
    """One minimum set of data. ``version`` (1, 2, 3) is the layout that it is read or written in.

    Attributes:
        message_identifier: 1 for the first MSD of a call, one more for each further one; 0..255.
        position_can_be_trusted: Within ±150 m at 95 % confidence.
        vin: 17 characters; ``?`` stands for one that is unreadable or was cut off.
        timestamp: Seconds UTC since 1970; 0 = the car's clock failed.
        latitude_mas: Milliarcseconds, ±324 000 000; 2147483647 = unknown.
        longitude_mas: Milliarcseconds, ±648 000 000; 2147483647 = unknown.
        direction: Steps of 2° clockwise from magnetic north, 0..179; 255 = unknown.
        recent_n1: Position before the current one, relative to it.
        recent_n2: Position before N1, relative to N1.
        occupants: Number of passengers (v1, v2) or occupants (v3); 255 = unknown.
        additions: Parts of a later version, kept.
    """

    version: int
    message_identifier: int | None = None
    automatic_activation: bool | None = None
    test_call: bool | None = None
    position_can_be_trusted: bool | None = None
    vehicle_type: VehicleType | None = None
    vin: str | None = None
    propulsion: Propulsion | None = None
    timestamp: int | None = None
    latitude_mas: int | None = None
    longitude_mas: int | None = None
    direction: int | None = None
    recent_n1: Delta | None = None
    recent_n2: Delta | None = None
    occupants: int | None = None
    additional_data: AdditionalData | None = None
    additions: tuple[Addition, ...] = ()

    @property
    def latitude(self) -> float | None:
        """Degrees north, WGS 84; ``None`` if not sent, unknown or out of range."""
        return units.latitude(self.latitude_mas)

    @property
    def longitude(self) -> float | None:
        """Degrees east, WGS 84; ``None`` if not sent, unknown or out of range."""
        return units.longitude(self.longitude_mas)

    @property
    def direction_deg(self) -> int | None:
        """Degrees clockwise from magnetic north, even; ``None`` if not sent or unknown."""
        return units.direction_deg(self.direction)

    @property
    def timestamp_utc(self) -> datetime | None:
        """Time of the message in UTC; ``None`` if not sent or the clock had failed."""
        return units.utc(self.timestamp)

    @property
    def occupant_count(self) -> int | None:
        """Number of occupants; ``None`` if not sent or unknown (255)."""
        return None if self.occupants == units.UNKNOWN_OCCUPANTS else self.occupants

    @property
    def recent_positions(self) -> tuple[tuple[float, float], ...]:
        """Recent positions as (latitude, longitude) in degrees, latest first; empty if unknown."""
        if self.latitude_mas is None or self.longitude_mas is None:
            return ()
        return units.recent_positions(
            self.latitude_mas, self.longitude_mas, self.recent_n1, self.recent_n2
        )


@dataclass(frozen=True, slots=True)
class Decoded:
    """What could be read, what there is to say about it, and the bytes themselves.

    Attributes:
        msd: The value as far as it could be read; ``None`` if nothing could be.
        findings: In the order of their place in the message.
        raw: The input, always whole.
        declared_version: The version byte as sent; ``None`` where there is none.
        layout: ``wrapped`` (version, length, message), ``inline`` (version, message), ``bare``.
    """

    msd: Msd | None
    findings: tuple[Finding, ...]
    raw: bytes
    declared_version: int | None
    layout: VersionLayout | None

    @property
    def read_whole(self) -> bool:
        """True if the message was read and all findings are of level ``info``."""
        return self.msd is not None and all(f.level == "info" for f in self.findings)
