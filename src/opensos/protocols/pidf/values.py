"""What a location document says, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Location:
    """One place, in WGS 84.

    Attributes:
        lat: degrees, -90 to 90, north positive; None if only an address is known.
        lon: degrees, -180 to 180, east positive; None together with ``lat``.
        radius_m: metres around the point that cover the whole shape; None for a bare point, whose
            uncertainty nobody stated (RFC 7459 §3.2).
        altitude: metres above the ellipsoid, or None.
        method: how it was found, as written: ``GPS``, ``Cell``, ``802.11`` … (RFC 4119 §2.2.3).
        timestamp: when it was found, as written (RFC 3339), or None.
        entity: whose place it is (``pres:…``), or None.
        shape: ``Point``, ``Circle``, ``Ellipse``, ``ArcBand``, ``Polygon``, ``Sphere``,
            ``Ellipsoid``, ``Prism``, or None if only an address is known.
        civic: address elements by their name (``country``, ``A1``, ``RD``, ``HNO`` …, RFC 5139);
            a private extension (RFC 6848) has its namespace in braces before the name.
        confidence: percent, 0 to 100, that the place lies within the shape; None = not stated
            (RFC 7459 §4.1: then 95 is meant) or stated as unknown.
        source: the element that held it: ``device``, ``tuple``, ``person``.
    """

    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    altitude: float | None = None
    method: str | None = None
    timestamp: str | None = None
    entity: str | None = None
    shape: str | None = None
    civic: Mapping[str, str] | None = None
    confidence: float | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class LocationResult:
    """What could be read.

    ``position`` comes first by RFC 5491 rule 8 (device, then tuple, then person), ``others`` follow
    in that order; ``problems`` are sentences, empty for a clean document.
    """

    position: Location | None
    problems: tuple[str, ...] = ()
    others: tuple[Location, ...] = field(default=())

    @property
    def point(self) -> Location | None:
        """The first place, by the same preference, that can be put on a map."""
        for place in (self.position, *self.others):
            if place is not None and place.lat is not None:
                return place
        return None
