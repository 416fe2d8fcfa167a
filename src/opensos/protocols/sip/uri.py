"""The addresses of an emergency call: sip, sips, tel and urn (RFC 3261 §19.1, 3966, 5031).

Deliberately absent: resolving them (RFC 3263); that is for the edges.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import TypeAlias

from opensos.protocols.effects import RemoteError

from .remember import remembered
from .text import NO_PARAMS, Params

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+\Z")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*+)\Z")
# "#" must be escaped, but phones that dial "*100#" do not.
_USER = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|%[0-9A-Fa-f]{2})*+\Z")
_PASSWORD = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f]{2})*+\Z")
_PARAM = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]|%[0-9A-Fa-f]{2})++\Z")
_HEADER = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()\[\]/?:+$]|%[0-9A-Fa-f]{2})*+\Z")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_PERCENT_BYTES = re.compile(rb"%([0-9A-Fa-f]{2})")
_NUMBER = re.compile(r"(?:\+[0-9\-.()]*+|[0-9A-Fa-f*#\-.()]++)\Z")
_NID = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-]{0,31}\Z")
_OPAQUE = re.compile(r"[\x21-\x7e]++\Z")


_RESERVED = frozenset(";/?:@&=+$,")
_NO_SEPARATORS = str.maketrans("", "", "-.()")
_NUMBER_PARAMS = frozenset({"ext", "phone-context"})
# A URI that lacks one of these never equals one that has it (RFC 3261 §19.1.4).
_DECISIVE = frozenset({"user", "ttl", "method", "maddr", "transport"})


def _normal(text: str | None) -> str:
    """Return the text with needless escapes undone, absent and empty told apart."""
    if text is None:
        return "\0absent"
    return _PERCENT.sub(_undo, text) if "%" in text else text


def _undo(found: re.Match[str]) -> str:
    char = chr(int(found.group(1), 16))
    return (
        char
        if " " < char < "\x7f" and char not in _RESERVED and char != "%"
        else found.group().upper()
    )


def _params_agree(one: Params, two: Params) -> bool:
    mine = {_normal(k).lower(): _normal(v).lower() for k, v in one}
    theirs = {_normal(k).lower(): _normal(v).lower() for k, v in two}
    return all(mine[k] == theirs[k] for k in mine.keys() & theirs.keys()) and not (
        (mine.keys() ^ theirs.keys()) & _DECISIVE
    )


def percent_decode(text: str) -> str:
    """Return the text with every ``%HH`` replaced by its byte, once, never recursively.

    Bytes that are not UTF-8 come out as surrogate escapes.
    """
    if "%" not in text:
        return text
    raw = text.encode("utf-8", "surrogateescape")
    raw = _PERCENT_BYTES.sub(lambda found: bytes.fromhex(found.group(1).decode()), raw)
    return raw.decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class SipUri:
    """A ``sip:`` or ``sips:`` URI; user, password and parameters as they stand in the text."""

    scheme: str
    user: str | None
    host: str
    port: int | None = None
    params: Params = NO_PARAMS
    headers: tuple[tuple[str, str], ...] = ()
    password: str | None = None

    @property
    def username(self) -> str | None:
        """The user part with its escapes decoded."""
        return None if self.user is None else percent_decode(self.user)

    def same_as(self, other: object) -> bool:
        """Compare by the rules of RFC 3261 §19.1.4; ``==`` compares the spelling."""
        if not isinstance(other, SipUri):
            return False
        return _core(self) == _core(other) and _params_agree(self.params, other.params)

    def __str__(self) -> str:
        text = f"{self.scheme}:"
        if self.user is not None:
            secret = "" if self.password is None else f":{self.password}"
            text += f"{self.user}{secret}@"
        text += self.host
        if self.port is not None:
            text += f":{self.port}"
        text += str(self.params)
        if self.headers:
            text += "?" + "&".join(f"{k}={v}" for k, v in self.headers)
        return text


@dataclass(frozen=True, slots=True)
class TelUri:
    """A ``tel:`` URI (RFC 3966); the number as written, separators included."""

    number: str
    params: Params = NO_PARAMS

    scheme = "tel"

    @property
    def digits(self) -> str:
        """The number without visual separators, a leading ``+`` kept."""
        return self.number.translate(_NO_SEPARATORS).lower()

    def same_as(self, other: object) -> bool:
        """Compare by RFC 3966 §4: separators and the order of parameters mean nothing."""
        if not isinstance(other, TelUri):
            return False
        return self.digits == other.digits and _sorted(self) == _sorted(other)

    def __str__(self) -> str:
        return f"tel:{self.number}{self.params}"


@dataclass(frozen=True, slots=True)
class UrnUri:
    """A URN: ``urn:service:sos.ecall.manual`` has nid ``service``, nss ``sos.ecall.manual``."""

    nid: str
    nss: str

    scheme = "urn"

    @property
    def service(self) -> str | None:
        """The labels of a service URN in lower case (RFC 5031 §4.2), ``None`` for other URNs."""
        return self.nss.lower() if self.nid.lower() == "service" else None

    def same_as(self, other: object) -> bool:
        """Compare without case for services (RFC 5031), else by RFC 2141 §5."""
        if not isinstance(other, UrnUri) or self.nid.lower() != other.nid.lower():
            return False
        return self.nss == other.nss or (self.service is not None and self.service == other.service)

    def __str__(self) -> str:
        return f"urn:{self.nid}:{self.nss}"


@dataclass(frozen=True, slots=True)
class OtherUri:
    """Any other scheme, opaque."""

    scheme: str
    rest: str

    def same_as(self, other: object) -> bool:
        """Compare the text; the scheme is in lower case already."""
        return self == other

    def __str__(self) -> str:
        return f"{self.scheme}:{self.rest}"


Uri: TypeAlias = SipUri | TelUri | UrnUri | OtherUri


def _core(uri: SipUri) -> tuple[object, ...]:
    return (
        uri.scheme,
        _normal(uri.user),
        _normal(uri.password),
        uri.host.lower(),
        uri.port,
        sorted((_normal(k).lower(), _normal(v)) for k, v in uri.headers),
    )


def _sorted(uri: TelUri) -> list[tuple[str, str]]:
    pairs = ((k.lower(), _normal(v).lower()) for k, v in uri.params)
    return sorted((k, v.translate(_NO_SEPARATORS) if k in _NUMBER_PARAMS else v) for k, v in pairs)


@remembered
def parse_uri(text: str) -> Uri:
    """Read a URI.

    Raises:
        RemoteError: the text is no URI, or breaks the grammar of its scheme.
    """
    scheme, colon, rest = text.partition(":")
    low = scheme.lower()
    if low in {"sip", "sips"}:
        return _parse_sip(low, rest)
    if not colon or not _SCHEME.match(scheme) or not _OPAQUE.match(rest):
        raise RemoteError(f"{text[:60]!r} is not a URI.")
    if low == "tel":
        return _parse_tel(rest)
    if low == "urn":
        nid, _, nss = rest.partition(":")
        if not _NID.match(nid) or not nss:
            raise RemoteError(f"{text[:60]!r} is not a URN.")
        return UrnUri(nid, nss)
    return OtherUri(low, rest)


def _parse_sip(scheme: str, rest: str) -> SipUri:
    # '@' cannot stand unescaped in the user part, nor after the host.
    userinfo, at, tail = rest.rpartition("@")
    user: str | None = None
    password: str | None = None
    if at:
        user, colon, secret = userinfo.partition(":")
        password = secret if colon else None
        if not user or not _USER.match(user) or not _PASSWORD.match(secret):
            raise RemoteError(f"The user part {userinfo[:60]!r} of a SIP URI is not well formed.")
    tail, question, header_text = tail.partition("?")
    hostport, semi, param_text = tail.partition(";")
    host, port = parse_host_port(hostport)
    params = _parse_uri_params(param_text) if semi else NO_PARAMS
    headers = _parse_uri_headers(header_text) if question else ()
    return SipUri(scheme, user, host, port, params, headers, password)


def _parse_uri_params(text: str) -> Params:
    items: list[tuple[str, str | None]] = []
    for piece in text.split(";"):
        if not piece:
            continue  # "sip:host;" is sent by some; nothing is lost by overlooking it
        name, equal, value = piece.partition("=")
        if not _PARAM.match(name) or (equal and not _PARAM.match(value)):
            raise RemoteError(f"{piece[:60]!r} is not a parameter of a SIP URI.")
        items.append((name, value if equal else None))
    return Params(items)


def _parse_uri_headers(text: str) -> tuple[tuple[str, str], ...]:
    items = []
    for piece in text.split("&"):
        name, equal, value = piece.partition("=")
        if not equal or not name or not _HEADER.match(name) or not _HEADER.match(value):
            raise RemoteError(f"{piece[:60]!r} is not a header of a SIP URI.")
        items.append((name, value))
    return tuple(items)


def _parse_tel(rest: str) -> TelUri:
    number, semi, param_text = rest.partition(";")
    if not _NUMBER.match(number) or not number.strip("+-.()"):
        raise RemoteError(f"{number[:60]!r} is not a telephone number.")
    return TelUri(number, _parse_uri_params(param_text) if semi else NO_PARAMS)


def parse_host_port(text: str) -> tuple[str, int | None]:
    """Read ``host``, ``host:port`` or ``[IPv6]:port``; IPv6 keeps its brackets.

    Raises:
        RemoteError: host or port are not well formed (port 0 to 65535).
    """
    if text[:1] == "[":
        host, bracket, after = text.partition("]")
        if not bracket or (after and after[0] != ":"):
            raise RemoteError(f"{text[:60]!r} is not a host.")
        host = f"[{_ipv6(host[1:])}]"
        colon, port = after[:1], after[1:]
    else:
        host, colon, port = text.partition(":")
        if not _HOST.match(host):
            raise RemoteError(f"{text[:60]!r} is not a host.")
    if not colon:
        return host, None
    return host, _port(port)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9) or int(text) > 65535:
        raise RemoteError(f"{text[:20]!r} is not a port.")
    return int(text)


def _ipv6(text: str) -> str:
    # RFC 5118 §4.10: the grammar of RFC 3261 allows one colon too many before an IPv4 tail.
    fixed = text.replace(":::", "::")
    try:
        IPv6Address(fixed)
    except AddressValueError:
        raise RemoteError(f"{text[:60]!r} is not an IPv6 address.") from None
    if "%" in fixed:
        raise RemoteError("An IPv6 address in SIP cannot carry a zone.")
    return fixed
