"""The structured header fields that a user agent reads (RFC 3261 §20 and friends).

Each ``parse_*`` reads one element (split lists with `Headers.values` first) and raises
`RemoteError` where the grammar is broken; ``str()`` writes the element back.
"""

from __future__ import annotations

from dataclasses import dataclass

from opensos.protocols.effects import RemoteError

from .text import (
    NO_PARAMS,
    SPACE,
    Params,
    is_token,
    parse_params,
    quote,
    quoted_end,
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
    def sent_by(self) -> str:
        """Host and port as written."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.protocol}/{self.transport} {self.sent_by}{self.params}"


@dataclass(frozen=True, slots=True)
class NameAddr:
    """An address with its name: From, To, Contact, Route, Record-Route, Call-Info, Geolocation.

    ``uri`` is the text between the brackets; ``*`` for the Contact that means all (§10.2.2).
    """

    uri: str
    display: str = ""
    params: Params = NO_PARAMS

    @property
    def tag(self) -> str | None:
        """The tag of a From or To, or ``None``."""
        return self.params.get("tag")

    def parsed_uri(self) -> Uri:
        """Return the URI, read. Raises RemoteError if it is malformed."""
        return parse_uri(self.uri)

    def __str__(self) -> str:
        name = f"{quote(self.display)} " if self.display else ""
        if self.uri == "*":
            return "*"
        return f"{name}<{self.uri}>{self.params}"


@dataclass(frozen=True, slots=True)
class CSeq:
    """Sequence number (below 2**31) and method (RFC 3261 §20.16)."""

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
    text = text.strip(SPACE)
    digits = text.lstrip("0") or text[-1:]
    if not (digits.isascii() and digits.isdigit()):
        raise RemoteError(f"{what} {text[:40]!r} is not a number.")
    if len(digits) > 20 or int(digits) > limit:
        raise RemoteError(f"{what} {digits[:40]} is more than {limit}.")
    return int(digits)


def parse_cseq(text: str) -> CSeq:
    """Read a CSeq; the number must be below 2**31 (RFC 3261 §8.1.1.5)."""
    pieces = text.split()
    if len(pieces) != 2:
        raise RemoteError(f"{text[:60]!r} is not a CSeq: a number and a method.")
    if not is_token(pieces[1]):
        raise RemoteError(f"The method {pieces[1][:40]!r} of a CSeq is not a token.")
    return CSeq(parse_number(pieces[0], 2**31 - 1, "The CSeq number"), pieces[1])


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


def parse_via(text: str) -> Via:
    """Read one Via hop."""
    head, semi, tail = text.partition(";")
    pieces = head.split("/", 2)
    if len(pieces) != 3:
        raise RemoteError(f"{text[:60]!r} is not a Via.")
    words = pieces[2].split(None, 1)
    if len(words) != 2:
        raise RemoteError(f"{text[:60]!r} is not a Via.")
    name, version = pieces[0].strip(SPACE), pieces[1].strip(SPACE)
    if not (is_token(name) and is_token(version) and is_token(words[0])):
        raise RemoteError(f"{text[:60]!r} is not a Via.")
    sent_by = words[1]
    if " " in sent_by or "\t" in sent_by:
        sent_by = "".join(sent_by.split())
    host, port = parse_host_port(sent_by)
    params = parse_params(semi + tail)
    return Via(words[0], host, port, params, f"{name}/{version}")


def parse_name_addr(text: str) -> NameAddr:
    """Read an address in either form, ``Name <uri>;params`` or ``uri;params``.

    Without brackets everything after the first semicolon belongs to the header, not to the URI
    (RFC 3261 §20). A name may touch its bracket (RFC 4475 §3.1.1.6).
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
    between = text[start:left].strip(SPACE)
    if start and between:
        raise RemoteError(f"Text stands between name and address in {text[:60]!r}.")
    if not start:
        display = _plain_name(between)
    right = text.find(">", left)
    if right < 0:
        raise RemoteError(f"The bracket in {text[:60]!r} is never closed.")
    tail = text[right + 1 :]
    return NameAddr(_inner(text[left + 1 : right]), display, parse_params(tail))


def _inner(uri: str) -> str:
    if not uri or " " in uri or "\t" in uri or "<" in uri:
        raise RemoteError(f"The address <{uri[:60]}> holds white space or a bracket, or is empty.")
    return uri


def _plain_name(text: str) -> str:
    if text and not all(is_token(word) for word in text.split()):
        raise RemoteError(f"The name {text[:60]!r} must stand in quotes.")
    return text


def _bare_address(text: str) -> NameAddr:
    uri, semi, tail = text.partition(";")
    uri = uri.rstrip(SPACE)
    if uri == "*":
        return NameAddr("*")
    if not uri or " " in uri or "\t" in uri or '"' in uri or ">" in uri:
        raise RemoteError(f"{text[:60]!r} is not an address.")
    if "," in uri or "?" in uri:
        raise RemoteError(f"The address {uri[:60]!r} must stand in brackets.")
    return NameAddr(uri, "", parse_params(semi + tail))


def parse_valued(text: str) -> Valued:
    """Read a value with parameters."""
    value, semi, tail = text.partition(";")
    value = value.strip(SPACE)
    if not value:
        raise RemoteError("The value before the parameters is missing.")
    return Valued(value, parse_params(semi + tail))


def parse_media_type(text: str) -> MediaType:
    """Read a Content-Type or one element of an Accept."""
    head, semi, tail = text.partition(";")
    kind, slash, subtype = head.partition("/")
    kind, subtype = kind.strip(SPACE), subtype.strip(SPACE)
    if not (slash and is_token(kind) and is_token(subtype)):
        raise RemoteError(f"{text[:60]!r} is not a media type.")
    return MediaType(kind, subtype, parse_params(semi + tail))
