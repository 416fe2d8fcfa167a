"""The bodies that we send: parts, references to them, and their frame (RFC 8147 §6, §10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from opensos.protocols.control import encode
from opensos.protocols.sip import Headers, Part, build_multipart, pick_boundary

from .settings import CONTROL_PURPOSE, CONTROL_TYPE, MSD_PACKAGE, MSD_TYPE, PIDF_TYPE, SDP_TYPE

if TYPE_CHECKING:
    from opensos.protocols.control import Control

HeaderLines: TypeAlias = tuple[tuple[str, str], ...]

BY_REFERENCE: Final = "by-reference"
OPTIONAL: Final = "by-reference;handling=optional"
_BINARY: Final = Headers((("Content-Transfer-Encoding", "binary"),))


@dataclass(frozen=True, slots=True)
class Body:
    """A body with its type and the headers that refer into it."""

    content_type: str | None
    body: bytes
    headers: HeaderLines = ()


def sdp_part(sdp: bytes) -> Part:
    """Return the part that holds a session description."""
    return Part(SDP_TYPE, body=sdp)


def msd_part(msd: bytes, cid: str, disposition: str) -> Part:
    """Return the part that holds an MSD: ASN.1 PER, binary (RFC 8147 §14.3)."""
    return Part(MSD_TYPE, cid, disposition, _BINARY, msd)


def location_part(document: bytes, cid: str) -> Part:
    """Return the part that holds a location."""
    return Part(PIDF_TYPE, cid, OPTIONAL, body=document)


def control_part(control: Control, cid: str) -> Part:
    """Return the part that holds a control document."""
    return Part(CONTROL_TYPE, cid, BY_REFERENCE, body=encode(control))


def msd_reference(cid: str) -> tuple[str, str]:
    """Return the header line that marks a message as carrying that MSD."""
    return "Call-Info", f"<cid:{cid}>;purpose={MSD_PACKAGE}"


def control_reference(cid: str) -> tuple[str, str]:
    """Return the header line that marks a message as carrying that control document."""
    return "Call-Info", f"<cid:{cid}>;purpose={CONTROL_PURPOSE}"


def framed(parts: tuple[Part, ...], token: str, headers: HeaderLines = ()) -> Body:
    """Put parts into one multipart; a control document or MSD always stands in one (§6)."""
    content_type, body = build_multipart(parts, pick_boundary(parts, token))
    return Body(content_type, body, headers)
