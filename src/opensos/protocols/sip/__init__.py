"""SIP as an emergency call needs it (RFC 3261 and friends), sans-IO: bytes in, effects out.

The message half: `Headers`, `Request`, `Response`, `parse`, `check`, `Framer`, URIs, header fields,
multipart bodies, digest and SDP. Read `message` first. The user agent half: `Endpoint` carries
whole calls, set up by `Profile` and `Tokens`; what it tells is in `events`. Read `endpoint` first.

Deliberately absent: proxy and registrar roles, DNS (RFC 3263), S/MIME, SUBSCRIBE and friends,
and XML of any kind: the bodies are opaque bytes here.
"""

from .checks import KNOWN_METHODS, accepts, check_body, check_method, unsupported_options
from .defect import Defect
from .digest import Challenge, Credentials, Target, authorize, choose_challenge, parse_challenge
from .endpoint import Endpoint
from .fields import (
    CSeq,
    MediaType,
    NameAddr,
    RAck,
    Valued,
    Via,
    parse_cseq,
    parse_max_forwards,
    parse_media_type,
    parse_name_addr,
    parse_number,
    parse_rack,
    parse_seconds,
    parse_valued,
    parse_via,
)
from .headers import Headers
from .limits import LIMITS, Limits
from .message import Parsed, Request, Response, all_defects, check, parse
from .multipart import (
    MultipartResult,
    Part,
    build_multipart,
    find_part,
    parse_multipart,
    pick_boundary,
)
from .profile import Profile
from .sdp import Media, Origin, Sdp, answer, build_sdp, offer, parse_sdp
from .stream import Framer
from .text import NO_PARAMS, Params, is_token, parse_params, quote, unquote
from .tokens import Tokens
from .uac import InviteOrder
from .uri import OtherUri, SipUri, TelUri, Uri, UrnUri, parse_host_port, parse_uri, percent_decode

__all__ = [
    "KNOWN_METHODS",
    "LIMITS",
    "NO_PARAMS",
    "CSeq",
    "Challenge",
    "Credentials",
    "Defect",
    "Endpoint",
    "Framer",
    "Headers",
    "InviteOrder",
    "Limits",
    "Media",
    "MediaType",
    "MultipartResult",
    "NameAddr",
    "Origin",
    "OtherUri",
    "Params",
    "Parsed",
    "Part",
    "Profile",
    "RAck",
    "Request",
    "Response",
    "Sdp",
    "SipUri",
    "Target",
    "TelUri",
    "Tokens",
    "Uri",
    "UrnUri",
    "Valued",
    "Via",
    "accepts",
    "all_defects",
    "answer",
    "authorize",
    "build_multipart",
    "build_sdp",
    "check",
    "check_body",
    "check_method",
    "choose_challenge",
    "find_part",
    "is_token",
    "offer",
    "parse",
    "parse_challenge",
    "parse_cseq",
    "parse_host_port",
    "parse_max_forwards",
    "parse_media_type",
    "parse_multipart",
    "parse_name_addr",
    "parse_number",
    "parse_params",
    "parse_rack",
    "parse_sdp",
    "parse_seconds",
    "parse_uri",
    "parse_valued",
    "parse_via",
    "percent_decode",
    "pick_boundary",
    "quote",
    "unquote",
    "unsupported_options",
]
