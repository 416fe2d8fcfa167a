"""What the body of a message of an eCall holds: found by reference, by type, or by its look.

Liberal: a wrong frame, a missing reference or an alias costs a problem, never the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opensos.protocols.control import Decoded, decode
from opensos.protocols.effects import RemoteError
from opensos.protocols.sip import Part, find_part, parse_multipart, parse_name_addr

if TYPE_CHECKING:
    from opensos.protocols.sip import Headers

_SDP: Final = "application/sdp"
_PIDF: Final = "application/pidf+xml"


@dataclass(frozen=True, slots=True)
class Contents:
    """The pieces that an eCall is made of, and one sentence per thing that was wrong.

    Attributes:
        sdp: the session description's bytes.
        msd: the MSD's bytes.
        msd_cid: its Content-ID, or what a dangling Call-Info names.
        location: the PIDF-LO's bytes.
        location_uri: a location by reference.
        controls: control documents, read, each with its Content-ID.
        others: the remaining parts.
        problems: what was wrong.
        empty: nothing at all could be read although there was a body.
    """

    sdp: bytes | None = None
    msd: bytes | None = None
    msd_cid: str | None = None
    location: bytes | None = None
    location_uri: str | None = None
    controls: tuple[tuple[str, Decoded], ...] = ()
    others: tuple[Part, ...] = ()
    problems: tuple[str, ...] = ()
    empty: bool = False


def is_msd(name: str) -> bool:
    """Whether a media type or purpose means an MSD: any case, and spellings of older drafts."""
    low = name.lower()
    return "emergencycall" in low and "msd" in low


def is_control(name: str) -> bool:
    """Whether a media type or purpose means a control document, 3GPP's spellings included."""
    low = name.lower()
    return "emergencycall" in low and "control" in low


def read_contents(headers: Headers, body: bytes) -> Contents:
    """Take the body of a request or response apart; never raises."""
    problems: list[str] = []
    parts = _parts(headers.get("content-type"), body, problems)
    left = list(parts)
    msd, msd_cid = _take_msd(headers, left, problems)
    location, location_uri = _take_location(headers, left, problems)
    controls = [part for part in left if is_control(part.media_type)]
    sdp = _take_sdp(left, body, problems)
    read = tuple((part.content_id or "", decode(_bytes(part, problems))) for part in controls)
    for _, document in read:
        problems += document.problems
    return Contents(
        sdp=sdp,
        msd=msd,
        msd_cid=msd_cid,
        location=location,
        location_uri=location_uri,
        controls=read,
        others=tuple(part for part in left if part not in controls),
        problems=tuple(problems),
        empty=bool(body) and not parts and sdp is None,
    )


def _parts(content_type: str | None, body: bytes, problems: list[str]) -> tuple[Part, ...]:
    """Return the parts of the body; a body that is no multipart is one part."""
    if not body:
        return ()
    kind = (content_type or "").strip()
    if not kind:
        problems.append("The body has no Content-Type.")
    if kind[:10].lower() != "multipart/":
        if not body.lstrip(b"\r\n").startswith(b"--"):
            return (Part(kind or "text/plain", body=body),)
        if kind:
            problems.append(f"The body looks like a multipart, not like {kind[:60]}.")
        kind = "multipart/mixed"
    result = parse_multipart(kind, body)
    problems += result.problems
    return result.parts


def _bytes(part: Part, problems: list[str]) -> bytes:
    try:
        return part.decoded()
    except RemoteError as error:
        problems.append(str(error))
        return part.body


def _references(headers: Headers, name: str, problems: list[str]) -> list[tuple[str, str]]:
    """Return the URIs of a header with their purpose (empty if there is none)."""
    found: list[tuple[str, str]] = []
    for value in headers.values(name):
        try:
            address = parse_name_addr(value)
        except RemoteError as error:
            problems.append(f"A {name} header cannot be read: {error}")
            continue
        found.append((address.uri, address.params.get("purpose") or ""))
    return found


def _take_msd(
    headers: Headers, left: list[Part], problems: list[str]
) -> tuple[bytes | None, str | None]:
    """Find the MSD by Call-Info (RFC 8147 §6), else by its media type, and take it out."""
    dangling: str | None = None
    found: Part | None = None
    for uri, purpose in _references(headers, "call-info", problems):
        if not is_msd(purpose):
            continue
        found = find_part(left, uri)
        if found is not None:
            break
        dangling = uri[4:] if uri[:4].lower() == "cid:" else uri
        problems.append(f"Call-Info names the MSD {uri[:80]}, which the body does not hold.")
    if found is None:
        found = next((part for part in left if is_msd(part.media_type)), None)
        if found is None:
            return None, dangling
        if dangling is None:
            problems.append("No Call-Info refers to the MSD.")
    left.remove(found)
    if any(is_msd(part.media_type) for part in left):
        problems.append("The body holds more than one MSD; the first one counts.")
    return _bytes(found, problems), found.content_id or dangling


def _take_location(
    headers: Headers, left: list[Part], problems: list[str]
) -> tuple[bytes | None, str | None]:
    """Find the location by Geolocation (RFC 6442 §4.1), else by its media type."""
    by_reference: str | None = None
    found: Part | None = None
    for uri, _ in _references(headers, "geolocation", problems):
        if uri[:4].lower() != "cid:":
            by_reference = by_reference or uri
            continue
        found = found or find_part(left, uri)
        if found is None:
            problems.append(f"Geolocation names {uri[:80]}, which the body does not hold.")
    if found is None:
        found = next((part for part in left if part.media_type == _PIDF), None)
    if found is None:
        return None, by_reference
    left.remove(found)
    return _bytes(found, problems), by_reference


def _take_sdp(left: list[Part], body: bytes, problems: list[str]) -> bytes | None:
    """Find the session description by its type, else by its look in a part or in the raw body."""
    found = next((part for part in left if part.media_type == _SDP), None)
    if found is None:
        found = next((p for p in left if p.body.lstrip().startswith(b"v=0")), None)
        if found is not None:
            problems.append("The session description is not marked as application/sdp.")
    if found is not None:
        left.remove(found)
        return _bytes(found, problems)
    start = 0 if body.startswith(b"v=0") else body.find(b"\nv=0") + 1
    if not body.startswith(b"v=0", start):
        return None
    problems.append("The session description was found outside any readable part.")
    end = body.find(b"\n--", start)
    return body[start:] if end < 0 else body[start : end + 1]
