"""Location values to bytes: a Point, or a Circle if the uncertainty is known (RFC 5491 §5.2)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from opensos.protocols.effects import LocalError

if TYPE_CHECKING:
    from .values import Location

_UNLINKED: Final = "pres:anonymous@anonymous.invalid"
_TIMESTAMP: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,12})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
)
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_DOCUMENT: Final = """\
<?xml version="1.0" encoding="UTF-8"?>\r
<presence xmlns="urn:ietf:params:xml:ns:pidf"\
 xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"\
 xmlns:gml="http://www.opengis.net/gml"\
 xmlns:gs="http://www.opengis.net/pidflo/1.0"\
 entity="%s">\r
<tuple id="place"><status><gp:geopriv><gp:location-info>\r
%s\r
</gp:location-info><gp:usage-rules/>%s</gp:geopriv></status>%s</tuple>\r
</presence>\r
"""
_POINT: Final = '<gml:Point srsName="urn:ogc:def:crs:EPSG::%s"><gml:pos>%s</gml:pos></gml:Point>'
_CIRCLE: Final = (
    '<gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>%s</gml:pos>'
    '<gs:radius uom="urn:ogc:def:uom:EPSG::9001">%s</gs:radius></gs:Circle>'
)


def encode(location: Location) -> bytes:
    """Write a location document.

    A known ``radius_m`` gives a Circle (two-dimensional: the altitude is left out), else a Point,
    three-dimensional if the altitude is known. Address, confidence and shape are not written.
    Seven decimals of a degree are kept: a centimetre.

    Raises:
        LocalError: no coordinates, a number out of range or not finite, a timestamp that is not
            RFC 3339, or a character that XML cannot carry.
    """
    lat = _checked(location.lat, "latitude", 90.0)
    lon = _checked(location.lon, "longitude", 180.0)
    if location.radius_m is not None:
        radius = _checked(location.radius_m, "radius", 20_100_000.0, lowest=0.0)
        shape = _CIRCLE % (f"{lat:.7f} {lon:.7f}", _short(radius))
    elif location.altitude is not None:
        altitude = _checked(location.altitude, "altitude", 10_000_000.0)
        shape = _POINT % ("4979", f"{lat:.7f} {lon:.7f} {_short(altitude)}")
    else:
        shape = _POINT % ("4326", f"{lat:.7f} {lon:.7f}")
    method = "" if location.method is None else f"<gp:method>{_plain(location.method)}</gp:method>"
    when = ""
    if location.timestamp is not None:
        if _TIMESTAMP.fullmatch(location.timestamp) is None:
            raise LocalError(
                "A location's timestamp must be RFC 3339, such as 2026-11-24T13:00:00Z."
            )
        when = f"<timestamp>{location.timestamp}</timestamp>"
    entity = _plain(location.entity or _UNLINKED).replace('"', "&quot;")
    return (_DOCUMENT % (entity, shape, method, when)).encode()


def _checked(value: float | None, name: str, limit: float, lowest: float | None = None) -> float:
    if value is None:
        raise LocalError(f"A location without {name} cannot be written.")
    if not math.isfinite(value) or not (-limit if lowest is None else lowest) <= value <= limit:
        raise LocalError(f"The {name} {value} is out of range.")
    return value


def _short(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _plain(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise LocalError("A location document cannot carry control characters.")
    return escape(text)
