"""The structured header fields that a user agent reads (RFC 3261 §20 and friends).

Each ``parse_*`` reads one element (split lists with `Headers.values` first) and raises
`RemoteError` where the grammar is broken; ``str()`` writes the element back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from opensos.protocols.effects import RemoteError

from .remember import remembered
from .text import (
    NO_PARAMS,
    SPACE,
    Params,
    is_token,
    parse_params,
    quote,
    quoted_end,
    read_params,
    unquote,
)
from .uri import Uri, parse_host_port, parse_uri


@dataclass(frozen=True, slots=True)
class Via:
    """One hop of a Via (RFC 3261 §20.42); ``host`` keeps the brackets of IPv6."""

    transport: str
    host: str
    port: int | None = None
    params: Params = NO_PARAMS
    protocol: str = "SIP/2.0"

    @property
    def branch(self) -> str | None:
        """The branch, or ``None`` (RFC 2543 peers)."""
        return self.params.get("branch")

    @property
    def transaction_branch(self) -> str | None:
        """The branch where it identifies the transaction by itself (RFC 3261 §17.2.3).

        ``None`` where it lacks the cookie ``z9hG4bK`` or is nothing but the cookie: such a request
        is matched in the way of RFC 2543.
        """
        branch = self.branch
        if branch and len(branch) > 7 and branch[:7].lower() == "z9hg4bk":
            return branch
        return None

    @property
    def received(self) -> str | None:
        """The ``received`` address without brackets (RFC 5118 §4.5), or ``None``."""
        received = self.params.get("received")
        return received.strip("[]") if received else None

    @property
    def sent_by(self) -> str:
        """Host and port as written."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.protocol}/{self.transport} {self.sent_by}{self.params}"


@dataclass(frozen=True, slots=True)
class NameAddr:
    """An address with its name: From, To, Contact, Route, Record-Route, Call-Info, Geolocation.

    ``uri`` is the text between the brackets; ``*`` for the Contact that means all (§10.2.2).
    ``fault`` says what was overlooked in reading it; it takes no part in comparison.
    """

    uri: str
    display: str = ""
    params: Params = NO_PARAMS
    fault: str = field(default="", compare=False)

    @property
    def tag(self) -> str | None:
        """The tag of a From or To, or ``None``."""
        return self.params.get("tag")

    def parsed_uri(self) -> Uri:
        """Return the URI, read. Raises RemoteError if it is malformed."""
        return parse_uri(self.uri)

    def __str__(self) -> str:
        if self.uri == "*":
            return "*"
        name = f"{quote(self.display)} " if self.display else ""
        return f"{name}<{self.uri}>{self.params}"


@dataclass(frozen=True, slots=True)
class CSeq:
    """Sequence number (ours below 2**31) and method (RFC 3261 §20.16)."""

    number: int
    method: str

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


@dataclass(frozen=True, slots=True)
class RAck:
    """What a PRACK acknowledges (RFC 3262 §7.2)."""

    rseq: int
    cseq: int
    method: str

    def __str__(self) -> str:
        return f"{self.rseq} {self.cseq} {self.method}"


@dataclass(frozen=True, slots=True)
class Valued:
    """A value with parameters: Content-Disposition, Session-Expires, Info-Package, Reason, …."""

    value: str
    params: Params = NO_PARAMS

    def __str__(self) -> str:
        return f"{self.value}{self.params}"


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type with parameters (RFC 2045 §5.1)."""

    type: str
    subtype: str
    params: Params = NO_PARAMS

    @property
    def essence(self) -> str:
        """``type/subtype`` in lower case, without parameters: compare with this."""
        return f"{self.type}/{self.subtype}".lower()

    def __str__(self) -> str:
        return f"{self.type}/{self.subtype}{self.params}"


def parse_number(text: str, limit: int, what: str) -> int:
    """Read a decimal number from 0 up to and including ``limit``; leading zeros are allowed.

    Raises:
        RemoteError: not digits, or more than ``limit``.
    """
    digits = text.strip(SPACE)
    if not (digits.isascii() and digits.isdigit()):
        raise RemoteError(f"{what} {text[:40]!r} is not a number.")
    if len(digits) > 18:
        digits = digits.lstrip("0") or "0"
    if len(digits) > 18 or int(digits) > limit:
        raise RemoteError(f"{what} {digits[:40]} is more than {limit}.")
    return int(digits)


@remembered
def parse_cseq(text: str) -> CSeq:
    """Read a CSeq.

    Numbers up to 2**32-1 are read (RFC 4475 §3.1.2.4), though §8.1.1.5 wants them below 2**31.
    """
    pieces = text.split()
    if len(pieces) != 2:
        raise RemoteError(f"{text[:60]!r} is not a CSeq: a number and a method.")
    if not is_token(pieces[1]):
        raise RemoteError(f"The method {pieces[1][:40]!r} of a CSeq is not a token.")
    return CSeq(parse_number(pieces[0], 2**32 - 1, "The CSeq number"), pieces[1])


def parse_rack(text: str) -> RAck:
    """Read an RAck."""
    pieces = text.split()
    if len(pieces) != 3 or not is_token(pieces[2]):
        raise RemoteError(f"{text[:60]!r} is not an RAck: two numbers and a method.")
    return RAck(
        parse_number(pieces[0], 2**32 - 1, "The RSeq number"),
        parse_number(pieces[1], 2**32 - 1, "The CSeq number"),
        pieces[2],
    )


def parse_max_forwards(text: str) -> int:
    """Read a Max-Forwards, 0 to 255 (RFC 3261 §20.22)."""
    return parse_number(text, 255, "Max-Forwards")


def parse_seconds(text: str | None, default: int) -> int:
    """Read delta-seconds (RFC 3261 §25.1) and cap them at 2**32-1.

    What is absent or no number counts as ``default`` (RFC 4475 §3.1.2.4).
    """
    digits = text.strip(SPACE) if text else ""
    if not (digits.isascii() and digits.isdigit()):
        return default
    if len(digits) > 10:
        digits = digits.lstrip("0") or "0"
    return min(int(digits), 2**32 - 1) if len(digits) <= 10 else 2**32 - 1


def parse_via(text: str) -> Via:
    """Read one Via hop; white space may stand around every mark (RFC 4475 §3.1.1.1)."""
    head, semi, tail = text.partition(";")
    pieces = head.replace("\t", " ").split("/", 2)
    if len(pieces) != 3:
        raise RemoteError(f"{text[:60]!r} is not a Via.")
    name, version, rest = pieces
    transport, _, sent_by = rest.strip().partition(" ")
    if " " in sent_by:
        sent_by = ":".join([piece.strip() for piece in sent_by.split(":")])
    if name != "SIP" or version != "2.0":
        name, version = name.strip(), version.strip()
        if not (is_token(name) and is_token(version)):
            raise RemoteError(f"{text[:60]!r} is not a Via.")
    if not is_token(transport):
        raise RemoteError(f"The transport {transport[:40]!r} of a Via is not a token.")
    host, port = parse_host_port(sent_by)
    params = parse_params(semi + tail) if semi else NO_PARAMS
    return Via(transport, host, port, params, f"{name}/{version}")


@remembered
def parse_name_addr(text: str) -> NameAddr:
    """Read an address in either form, ``Name <uri>;params`` or ``uri;params``.

    Without brackets everything after the first semicolon belongs to the header, not to the URI
    (RFC 3261 §20). A name may touch its bracket (RFC 4475 §3.1.1.6). Overlooked, and noted in
    ``fault``, is what RFC 4475 lets a liberal element overlook: a name that needs quotes, spaces
    just inside the brackets, brackets missing around an address with ``?`` or a comma, empty
    parameters.
    """
    text = text.strip(SPACE)
    display = ""
    start = 0
    if text[:1] == '"':
        start = quoted_end(text)
        if start < 0:
            raise RemoteError(f"The quoted name in {text[:60]!r} never ends.")
        display = unquote(text[:start])
    left = text.find("<", start)
    if left < 0:
        if start:
            raise RemoteError(f"No address in brackets follows the name in {text[:60]!r}.")
        return _bare_address(text)
    right = text.find(">", left)
    if right < 0:
        raise RemoteError(f"The bracket in {text[:60]!r} is never closed.")
    fault = ""
    between = text[start:left].strip(SPACE)
    if between:
        if start:
            raise RemoteError(f"Text stands between name and address in {text[:60]!r}.")
        display = between
        if not is_token(between) and not all(is_token(word) for word in between.split()):
            fault = "a name that needs quotes stands without them"
    uri = text[left + 1 : right]
    if uri[:1] in {" ", "\t"} or uri[-1:] in {" ", "\t"}:
        uri = uri.strip(SPACE)
        fault = "spaces stand inside the brackets"
    return _address(text, uri, display, text[right + 1 :], fault)


def _address(text: str, uri: str, display: str, tail: str, fault: str) -> NameAddr:
    if not uri or " " in uri or "\t" in uri or "<" in uri or '"' in uri or ">" in uri:
        raise RemoteError(f"{text[:60]!r} is not an address.")
    if not tail:
        return NameAddr(uri, display, NO_PARAMS, fault)
    params, empty = read_params(tail)
    return NameAddr(uri, display, params, "empty parameters" if empty else fault)


def _bare_address(text: str) -> NameAddr:
    uri, semi, tail = text.partition(";")
    fault = "brackets are missing" if "?" in uri or "," in uri else ""
    return _address(text, uri.rstrip(SPACE), "", semi + tail, fault)


@remembered
def parse_valued(text: str) -> Valued:
    """Read a value with parameters."""
    value, semi, tail = text.partition(";")
    value = value.strip(SPACE)
    if not value:
        raise RemoteError("The value before the parameters is missing.")
    return Valued(value, parse_params(semi + tail))


@remembered
def parse_media_type(text: str) -> MediaType:
    """Read a Content-Type or one element of an Accept."""
    head, semi, tail = text.partition(";")
    kind, slash, subtype = head.partition("/")
    kind, subtype = kind.strip(SPACE), subtype.strip(SPACE)
    if not (slash and is_token(kind) and is_token(subtype)):
        raise RemoteError(f"{text[:60]!r} is not a media type.")
    return MediaType(kind, subtype, parse_params(semi + tail))
