"""What makes a server refuse a message (RFC 3261 §8.2, RFC 4475, RFC 5118).

The faults of the message as such are in `request_faults` and `response_faults`. What depends on
what a server is willing to do, methods, extensions, bodies, is offered as questions that the user
agent asks: `check_method`, `unsupported_options`, `check_body`, `accepts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.protocols.effects import RemoteError

from .defect import Defect
from .fields import (
    NameAddr,
    parse_cseq,
    parse_max_forwards,
    parse_media_type,
    parse_name_addr,
    parse_valued,
    parse_via,
)
from .uri import SipUri, parse_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .headers import Headers

# The methods in the IANA registry: a method outside it is unknown (501), one inside it that a
# server does not want is not allowed (405).
KNOWN_METHODS = frozenset(
    {
        "ACK",
        "BYE",
        "CANCEL",
        "INFO",
        "INVITE",
        "MESSAGE",
        "NOTIFY",
        "OPTIONS",
        "PRACK",
        "PUBLISH",
        "REFER",
        "REGISTER",
        "SUBSCRIBE",
        "UPDATE",
    }
)
# Methods whose Contact becomes the remote target or a binding, so that it must be readable.
_CONTACT_METHODS = frozenset({"INVITE", "REGISTER", "UPDATE", "SUBSCRIBE", "REFER"})
_SCHEMES = frozenset({"sip", "sips", "tel", "urn"})
_MANDATORY = (
    ("via", "Via"),
    ("from", "From"),
    ("to", "To"),
    ("call-id", "Call-ID"),
    ("cseq", "CSeq"),
)
_SINGLE = (*_MANDATORY[1:], ("max-forwards", "Max-Forwards"))


def request_faults(method: str, uri: str, version: str, headers: Headers) -> tuple[Defect, ...]:
    """Return the faults of a request, in the order in which a server looks for them."""
    faults: list[Defect] = []
    _version(version, faults)
    _request_uri(uri, faults)
    _presence(headers, faults)
    _vias(headers, faults)
    _addresses(headers, faults)
    _cseq(method, headers, faults)
    _contacts(method, headers, faults)
    _leniencies(headers, faults)
    return tuple(faults)


def response_faults(status: int, version: str, headers: Headers) -> tuple[Defect, ...]:
    """Return the faults of a response; one with a fatal fault is dropped."""
    faults: list[Defect] = []
    _version(version, faults)
    if not 100 <= status <= 699:  # RFC 4475 §3.1.2.19
        faults.append(Defect(400, "Status Code Out Of Range"))
    _presence(headers, faults)
    _vias(headers, faults)
    if len(headers.values("via")) > 1:  # RFC 3261 §8.1.3.3, RFC 4475 §3.3.10
        faults.append(Defect(400, "Response For Somebody Else", detail="more than one Via"))
    _addresses(headers, faults)
    _cseq(None, headers, faults)
    return tuple(faults)


def _version(version: str, faults: list[Defect]) -> None:
    if version == "SIP/2.0" or version.upper() == "SIP/2.0":
        return
    if version[:4].upper() == "SIP/":
        faults.append(Defect(505, "Version Not Supported", detail=version[:40]))
    else:
        faults.append(Defect(400, "Malformed SIP Version", detail=version[:40]))


def _request_uri(uri: str, faults: list[Defect]) -> None:
    scheme = uri.partition(":")[0].lower()
    try:
        parsed = parse_uri(uri)
    except RemoteError as error:
        faults.append(Defect(400, "Malformed Request-URI", detail=str(error)))
        return
    if scheme not in _SCHEMES:
        faults.append(Defect(416, "Unsupported URI Scheme", detail=scheme[:40]))
    elif isinstance(parsed, SipUri) and parsed.headers:  # RFC 4475 §3.1.2.11
        faults.append(Defect(400, "Headers In The Request-URI", fatal=False))


def _presence(headers: Headers, faults: list[Defect]) -> None:
    for name, spelling in _MANDATORY:
        if not headers.get(name):
            faults.append(Defect(400, f"Missing {spelling} Header"))
    for name, spelling in _SINGLE:
        if len(headers.all(name)) > 1:  # RFC 4475 §3.3.8
            faults.append(Defect(400, f"More Than One {spelling} Header"))


def _vias(headers: Headers, faults: list[Defect]) -> None:
    try:
        vias = headers.read_all("via", parse_via)
    except RemoteError as error:
        faults.append(Defect(400, "Malformed Via", detail=str(error)))
        return
    # RFC 4475 §3.2.1: matched as RFC 2543 requests are (RFC 3261 §17.2.3).
    if vias and vias[0].branch == "z9hG4bK":
        faults.append(Defect(400, "Empty Branch", fatal=False))


def _addresses(headers: Headers, faults: list[Defect]) -> None:
    for name, spelling in (("from", "From"), ("to", "To")):
        try:
            address = headers.read(name, parse_name_addr)
        except RemoteError as error:
            faults.append(Defect(400, f"Malformed {spelling}", detail=str(error)))
            continue
        if address is None:
            continue
        if address.fault:
            faults.append(Defect(400, f"Malformed {spelling}", fatal=False, detail=address.fault))
        _inner_uri(address, spelling, faults, fatal=False)
        if name == "from" and not address.tag:  # RFC 2543, RFC 4475 §3.4.1
            faults.append(Defect(400, "From Without A Tag", fatal=False))


def _inner_uri(address: NameAddr, spelling: str, faults: list[Defect], *, fatal: bool) -> None:
    if address.uri == "*":
        return
    try:
        parse_uri(address.uri)
    except RemoteError as error:
        faults.append(Defect(400, f"Malformed URI In {spelling}", fatal=fatal, detail=str(error)))


def _cseq(method: str | None, headers: Headers, faults: list[Defect]) -> None:
    try:
        cseq = headers.read("cseq", parse_cseq)
    except RemoteError as error:
        faults.append(Defect(400, "Malformed CSeq", detail=str(error)))
        return
    if method is None or cseq is None or cseq.method == method:
        return
    if method not in KNOWN_METHODS:  # RFC 4475 §3.1.2.18
        faults.append(Defect(501, "Not Implemented", detail=f"method {method[:40]}"))
    faults.append(Defect(400, "CSeq Names Another Method", detail=cseq.method[:40]))


def _contacts(method: str, headers: Headers, faults: list[Defect]) -> None:
    for name, spelling, fatal in (
        ("contact", "Contact", method in _CONTACT_METHODS),
        ("record-route", "Record-Route", True),
        ("route", "Route", False),
    ):
        try:
            addresses = headers.read_all(name, parse_name_addr)
        except RemoteError as error:
            faults.append(Defect(400, f"Malformed {spelling}", fatal=fatal, detail=str(error)))
            continue
        for address in addresses:
            if address.fault:
                faults.append(
                    Defect(400, f"Malformed {spelling}", fatal=False, detail=address.fault)
                )
            _inner_uri(address, spelling, faults, fatal=fatal)


def _leniencies(headers: Headers, faults: list[Defect]) -> None:
    """Note faults that leave the request usable (RFC 4475 §3.1.2.4, §3.1.2.12)."""
    checks: tuple[tuple[str, str, Callable[[str], object]], ...] = (
        ("max-forwards", "Max-Forwards", parse_max_forwards),
        ("content-type", "Content-Type", parse_media_type),
        ("content-disposition", "Content-Disposition", parse_valued),
    )
    for name, spelling, parser in checks:
        try:
            headers.read(name, parser)
        except RemoteError as error:
            faults.append(Defect(400, f"Malformed {spelling}", fatal=False, detail=str(error)))
    if headers.get("max-forwards") is None:
        faults.append(Defect(400, "Missing Max-Forwards Header", fatal=False))
    date = headers.get("date")
    if date is not None and not date.endswith(" GMT"):
        faults.append(Defect(400, "Date Not In GMT", fatal=False, detail=date[:40]))


def check_method(method: str, allowed: Collection[str]) -> Defect | None:
    """Return 405 for a known method that is not allowed, 501 for an unknown one (§8.2.1)."""
    if method in allowed:
        return None
    if method in KNOWN_METHODS:
        return Defect(405, "Method Not Allowed")
    return Defect(501, "Not Implemented")


def unsupported_options(headers: Headers, supported: Collection[str]) -> tuple[str, ...]:
    """Return the option tags of Require that we lack: a 420 lists them (RFC 3261 §8.2.2.3)."""
    known = {tag.lower() for tag in supported}
    return tuple(tag for tag in headers.values("require") if tag.lower() not in known)


def check_body(headers: Headers, body: bytes, accepted: Collection[str]) -> Defect | None:
    """Return 415 where a body must be understood and is not (RFC 3261 §8.2.3).

    ``accepted`` are media types in lower case. A body with ``handling=optional`` may be ignored.
    """
    if not body or _is_optional(headers):
        return None
    encoding = headers.get("content-encoding")
    if encoding and encoding.lower() != "identity":
        return Defect(415, "Unsupported Content-Encoding", detail=encoding[:40])
    try:
        media = headers.read("content-type", parse_media_type)
    except RemoteError as error:
        return Defect(415, "Unsupported Media Type", detail=str(error))
    if media is None:
        return Defect(415, "Unsupported Media Type", detail="no Content-Type")
    if media.essence not in accepted:
        return Defect(415, "Unsupported Media Type", detail=media.essence[:80])
    return None


def _is_optional(headers: Headers) -> bool:
    try:
        disposition = headers.read("content-disposition", parse_valued)
    except RemoteError:
        return False
    return disposition is not None and (
        (disposition.params.get("handling") or "").lower() == "optional"
    )


def accepts(headers: Headers, media_type: str, *, default: bool = True) -> bool:
    """Say whether the peer's Accept covers this type; without Accept the answer is ``default``.

    Elements of Accept that cannot be read are overlooked; an empty Accept accepts nothing.
    """
    if "accept" not in headers:
        return default
    kind = media_type.partition("/")[0].lower()
    wanted = {"*/*", f"{kind}/*", media_type.lower()}
    for element in headers.values("accept"):
        try:
            if parse_media_type(element).essence in wanted:
                return True
        except RemoteError:
            continue
    return False
