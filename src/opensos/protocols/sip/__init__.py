"""SIP as an emergency call needs it (RFC 3261 and friends), sans-IO: bytes in, effects out.

The message half: `Headers`, `Request`, `Response`, `parse`, `check`, `Framer`, URIs, header fields,
multipart bodies, digest and SDP. Read `message` first.

Deliberately absent: proxy and registrar roles, DNS (RFC 3263), S/MIME, SUBSCRIBE and friends,
and XML of any kind: the bodies are opaque bytes here.
"""

from .fields import (
    CSeq,
    MediaType,
    NameAddr,
    RAck,
    Valued,
    Via,
    parse_cseq,
    parse_media_type,
    parse_name_addr,
    parse_number,
    parse_rack,
    parse_valued,
    parse_via,
)
from .headers import Headers
from .limits import LIMITS, Limits
from .message import Defect, Parsed, Request, Response, check, parse
from .text import NO_PARAMS, Params, parse_params, quote, unquote
from .uri import OtherUri, SipUri, TelUri, Uri, UrnUri, parse_host_port, parse_uri

__all__ = [
    "LIMITS",
    "NO_PARAMS",
    "CSeq",
    "Defect",
    "Headers",
    "Limits",
    "MediaType",
    "NameAddr",
    "OtherUri",
    "Params",
    "Parsed",
    "RAck",
    "Request",
    "Response",
    "SipUri",
    "TelUri",
    "Uri",
    "UrnUri",
    "Valued",
    "Via",
    "check",
    "parse",
    "parse_cseq",
    "parse_host_port",
    "parse_media_type",
    "parse_name_addr",
    "parse_number",
    "parse_params",
    "parse_rack",
    "parse_uri",
    "parse_valued",
    "parse_via",
    "quote",
    "unquote",
]
