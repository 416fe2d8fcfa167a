"""Location documents: bytes to values (RFC 4119, 5139, 5491, 6848, 7459). Never raises."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from .hardened import local_name, read_xml
from .shapes import number, read_shape
from .values import Location, LocationResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from .shapes import Shape

MAX_PLACES: Final = 16
_CIVIC: Final = "urn:ietf:params:xml:ns:pidf:geopriv10:civicaddr"
_CIVIC_EXTENSIONS: Final = "urn:ietf:params:xml:ns:pidf:geopriv10:civicaddr:ext"
_RANK: Final = {"device": 0, "tuple": 1, "person": 2}  # RFC 5491 §3 rule 8
_TIMESTAMP: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,12})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
)


def decode(data: bytes) -> LocationResult:
    """Read a location document: as far as it goes, with a sentence for everything that is wrong."""
    problems: list[str] = []
    root = read_xml(data, problems)
    if root is None:
        return LocationResult(None, tuple(problems))
    if local_name(root) != "presence":
        problems.append(f"The root element is {local_name(root)[:60]}, not presence.")
    entity = root.get("entity")
    places: list[Location] = []
    for info in root.iter("{*}location-info"):
        if len(places) == MAX_PLACES:
            problems.append(f"Only the first {MAX_PLACES} places were read.")
            break
        place = _read_place(info, root, entity, problems)
        if place is not None:
            places.append(place)
    if not places:
        problems.append("The document names no place.")
        return LocationResult(None, tuple(problems))
    places.sort(key=lambda place: _RANK.get(place.source or "", 3))  # stable: document order
    return LocationResult(places[0], tuple(problems), tuple(places[1:]))


def _read_place(
    info: _Element, root: _Element, entity: str | None, problems: list[str]
) -> Location | None:
    """Read one location-info with what its device, tuple or person says around it."""
    shape: Shape | None = None
    civic: dict[str, str] = {}
    confidence: float | None = None
    for child in _pieces(info):
        name = local_name(child)
        if name == "civicAddress":
            _read_civic(child, civic)
        elif name == "confidence":
            confidence = _read_confidence(_content(child), problems)
        elif shape is None:  # RFC 5491 §3 rule 7: the coarse one, given first, says where
            shape = read_shape(child, problems)
    if shape is None and not civic:
        return None
    holder = _holder(info, root)
    return Location(
        lat=None if shape is None else shape.lat,
        lon=None if shape is None else shape.lon,
        radius_m=None if shape is None else shape.radius_m,
        altitude=None if shape is None else shape.altitude,
        method=_first_text(holder, "method") or None,
        timestamp=_read_timestamp(holder, problems),
        entity=entity,
        shape=None if shape is None else shape.name,
        civic=MappingProxyType(civic) if civic else None,
        confidence=confidence,
        source=local_name(holder).lower() if holder is not root else None,
    )


def _pieces(info: _Element) -> Iterator[_Element]:
    """Yield shapes and addresses, also from the ``gml:location`` that RFC 4119 §2.3 puts around."""
    for child in info:
        if local_name(child) == "location":
            yield from child
        else:
            yield child


def _holder(info: _Element, root: _Element) -> _Element:
    """Return the child of the root that holds this location-info, or the root itself."""
    found = info
    while found is not root:
        parent = found.getparent()
        if parent is None or parent is root:
            break
        found = parent
    return root if found is info else found


def _content(element: _Element) -> str:
    return "".join(map(str, element.itertext())).strip()


def _first_text(element: _Element, name: str) -> str:
    found = next(element.iter("{*}" + name), None)
    return "" if found is None else _content(found)


def _read_timestamp(holder: _Element, problems: list[str]) -> str | None:
    text = _first_text(holder, "timestamp")
    if text and _TIMESTAMP.fullmatch(text) is None:
        problems.append(f"The timestamp {text[:40]!r} is not as RFC 3339 wants it.")
        return None
    return text or None


def _read_confidence(text: str, problems: list[str]) -> float | None:
    if text.lower() == "unknown":
        return None
    value = number(text)
    if value is None or not 0.0 <= value <= 100.0:
        problems.append(f"The confidence {text[:40]!r} is not a percentage.")
        return None
    return value


def _read_civic(address: _Element, civic: dict[str, str]) -> None:
    for child in address:
        value = " ".join(_content(child).split())
        if not value:
            continue
        tag = str(child.tag)
        namespace = tag[1:].partition("}")[0].lower() if tag[0] == "{" else ""
        # The address's own spelling of its namespace counts as the standard one.
        known = namespace in {"", _CIVIC, _CIVIC_EXTENSIONS} or namespace == _space(address)
        key = local_name(child) if known else tag
        civic[key] = f"{civic[key]}, {value}" if key in civic else value


def _space(element: _Element) -> str:
    return (element.nsmap.get(element.prefix) or "").lower()
