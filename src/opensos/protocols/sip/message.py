"""Requests and responses: bytes in, bytes out (RFC 3261 §7).

`parse` is tolerant: it reads as much as can be read and lists the defects, since an emergency
call with a fault must still become a call. `check` is strict: the first fault for which a server
ought to refuse. Bodies are bytes and never altered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from opensos.protocols.effects import LocalError

from .checks import request_faults, response_faults
from .defect import Defect
from .headers import Headers
from .limits import LIMITS, Limits
from .text import SPACE, TOKEN

__all__ = ["Defect", "Headers", "Parsed", "Request", "Response", "all_defects", "check", "parse"]

VERSION = "SIP/2.0"


@dataclass(frozen=True, slots=True)
class Request:
    """A SIP request; ``uri`` is the Request-URI as text."""

    method: str
    uri: str
    headers: Headers
    body: bytes = b""
    version: str = VERSION

    def encode(self) -> bytes:
        """Return the bytes of the message, Content-Length written anew.

        Raises:
            LocalError: a line end stands inside the start line or a header, or the text cannot be
                written as UTF-8.
        """
        return _encode(f"{self.method} {self.uri} {self.version}", self.headers, self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """A SIP response; ``status`` is 100 to 699 unless `check` says otherwise."""

    status: int
    reason: str
    headers: Headers
    body: bytes = b""
    version: str = VERSION

    def encode(self) -> bytes:
        """Return the bytes of the message, Content-Length written anew.

        Raises:
            LocalError: a line end stands inside the start line or a header, or the text cannot be
                written as UTF-8.
        """
        return _encode(f"{self.version} {self.status} {self.reason}", self.headers, self.body)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What could be read.

    ``message`` is ``None`` where the start line is hopeless (one fatal defect says so), and where
    there was nothing but line ends: a keep-alive, no defects. ``rest`` are the bytes of a datagram
    beyond its Content-Length, to be ignored (RFC 3261 §18.3).
    """

    message: Request | Response | None
    defects: tuple[Defect, ...] = ()
    rest: bytes = b""


def _encode(start: str, headers: Headers, body: bytes) -> bytes:
    lines = [start]
    for name, value in headers.items():
        if len(name) != 14 or name.lower() != "content-length":
            lines.append(f"{name}: {value}")
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    head = "\r\n".join(lines)
    ends = len(lines) + 1
    if head.count("\n") != ends or head.count("\r") != ends:
        raise LocalError("A line end inside a SIP header line would forge another header.")
    try:
        return head.encode("utf-8", "surrogateescape") + body
    except UnicodeEncodeError:
        raise LocalError("A SIP header holds half a surrogate pair, which is no text.") from None


_FOLD = re.compile(r"\r?\n[ \t]++")


def parse(data: bytes, limits: Limits = LIMITS) -> Parsed:
    """Read one message from a datagram, or one that `Framer` has cut from a stream.

    Never raises. Time is linear in the size of what is within the limits.
    """
    defects: list[Defect] = []
    if data[:1] in (b"\r", b"\n"):
        data = data.lstrip(b"\r\n")  # RFC 3261 §7.5
    if not data:
        return Parsed(None)
    if len(data) > limits.message:
        defects.append(Defect(513, "Message Too Large", detail=f"{len(data)} bytes"))
        data = data[: limits.message]
    head, body = _cut_head(data, limits, defects)
    lines = _lines(head, defects)
    headers = _headers(lines, limits, defects)
    body, rest = _cut_body(headers, body, defects)
    message = _start_line(lines[0], headers, body, limits, defects)
    if message is None:
        return Parsed(None, (Defect(400, "Malformed Start Line", detail=lines[0][:80]),), rest)
    return Parsed(message, tuple(defects), rest)


def _cut_head(data: bytes, limits: Limits, defects: list[Defect]) -> tuple[bytes, bytes]:
    end = data.find(b"\n\r\n")
    bare = data.find(b"\n\n", 0, end) if end >= 0 else data.find(b"\n\n")
    if bare >= 0:
        head, body = data[:bare], data[bare + 2 :]
    elif end >= 0:
        head, body = data[:end], data[end + 3 :]
    else:
        # Cut off inside a line it is worthless; at a line end only the empty line may be missing,
        # and a missing body shows in Content-Length.
        complete = data.endswith(b"\n")
        defects.append(Defect(400, "Header Section Never Ends", fatal=not complete))
        head, body = data, b""
    if len(head) > limits.head:
        defects.append(Defect(513, "Header Section Too Large", detail=f"{len(head)} bytes"))
        head = head[: limits.head]
    return head, body


def _lines(head: bytes, defects: list[Defect]) -> list[str]:
    """Decode and unfold the header section; strange line ends are read and noted."""
    text = head.decode("utf-8", "surrogateescape").rstrip("\r\n")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.split("\r\n")
    ends = len(lines) - 1
    if text.count("\n") == ends and text.count("\r") == ends:
        return lines
    defects.append(Defect(400, "Line Ends Other Than CRLF", fatal=False))
    # A lone CR must not survive: it could forge a line when the header is copied into an answer.
    return text.replace("\r\n", "\n").replace("\r", " ").split("\n")


def _headers(lines: list[str], limits: Limits, defects: list[Defect]) -> Headers:
    items = []
    is_token = TOKEN.match
    longest = limits.line
    for line in lines[1 : limits.headers + 1]:
        name, colon, value = line.partition(":")
        if not is_token(name):
            name = name.rstrip(SPACE)
            # RFC 3261 §8.2.2: what is malformed and not needed must be ignored.
            if not is_token(name):
                colon = ""
        if not colon:
            defects.append(Defect(400, "Malformed Header Line", fatal=False, detail=line[:80]))
        elif len(line) > longest:
            defects.append(Defect(400, "Header Line Too Long", fatal=False, detail=name[:80]))
        else:
            items.append((name, value.strip(SPACE)))
    if len(lines) - 1 > limits.headers:
        defects.append(Defect(400, "Too Many Header Lines", detail=str(len(lines) - 1)))
    return Headers(items)


def _cut_body(headers: Headers, body: bytes, defects: list[Defect]) -> tuple[bytes, bytes]:
    """Apply Content-Length (RFC 3261 §18.3); where it is wrong the body is all that came."""
    lines = headers.all("content-length")
    if not lines:
        return body, b""
    text = lines[0]
    if len(lines) > 1 and any(other != text for other in lines):
        defects.append(Defect(400, "Conflicting Content-Length", detail=", ".join(lines)[:80]))
        return body, b""
    size = content_length(text)
    if size is None:
        defects.append(Defect(400, "Malformed Content-Length", detail=text[:80]))
        return body, b""
    if size > len(body):
        defects.append(
            Defect(400, "Content-Length Beyond The Message", detail=f"{size} > {len(body)}")
        )
        return body, b""
    return body[:size], body[size:]


def content_length(text: str) -> int | None:
    """Return the value of a Content-Length, or ``None`` where it is no number of bytes."""
    if len(text) > 18 or not (text.isascii() and text.isdigit()):
        return None
    return int(text)


def _start_line(
    line: str, headers: Headers, body: bytes, limits: Limits, defects: list[Defect]
) -> Request | Response | None:
    if line[:4].upper() == "SIP/":
        return _status_line(line, headers, body, defects)
    pieces = line.split(" ")
    if len(pieces) == 3 and pieces[1] and TOKEN.match(pieces[0]):
        method, uri, version = pieces
    else:
        words = line.split()
        if len(words) < 2 or not TOKEN.match(words[0]):
            return None
        has_version = len(words) > 2 and words[-1][:4].upper() == "SIP/"
        method, version = words[0], words[-1] if has_version else ""
        uri = " ".join(words[1:-1] if has_version else words[1:])
        if len(words) == 3 and has_version:  # RFC 4475 §3.1.2.9, §3.1.2.10
            defects.append(Defect(400, "Extra Space In The Request Line", fatal=False))
        elif has_version:
            defects.append(Defect(400, "White Space In The Request-URI", detail=uri[:80]))
    if uri[0] == "<" and uri[-1] == ">" and len(uri) > 2:  # RFC 4475 §3.1.2.7
        uri = uri[1:-1]
        defects.append(Defect(400, "Request-URI In Brackets", fatal=False))
    if len(uri) > limits.uri:
        defects.append(Defect(414, "Request-URI Too Long", detail=f"{len(uri)} characters"))
        uri = uri[: limits.uri]
    return Request(method, uri, headers, body, version)


def _status_line(
    line: str, headers: Headers, body: bytes, defects: list[Defect]
) -> Response | None:
    version, _, rest = line.partition(" ")
    code, space, reason = rest.partition(" ")
    if not (code.isascii() and code.isdigit() and len(code) <= 18):
        return None
    if not space:  # RFC 4475 §3.1.1.13
        defects.append(Defect(400, "No Space After The Status Code", fatal=False))
    return Response(int(code), reason, headers, body, version)


def check(parsed: Parsed, *, strict: bool = False) -> Defect | None:
    """Return the first fault for which a server refuses a request or drops a response.

    ``None`` says that the message may be used. With ``strict`` also faults that the standard lets
    a liberal receiver overlook count.
    """
    for defect in parsed.defects:
        if defect.fatal or strict:
            return defect
    for defect in _faults(parsed.message):
        if defect.fatal or strict:
            return defect
    return None


def all_defects(parsed: Parsed) -> tuple[Defect, ...]:
    """Return every fault, those of `parse` first, then those that `check` finds."""
    return (*parsed.defects, *_faults(parsed.message))


def _faults(message: Request | Response | None) -> tuple[Defect, ...]:
    if isinstance(message, Request):
        return request_faults(message.method, message.uri, message.version, message.headers)
    if isinstance(message, Response):
        return response_faults(message.status, message.version, message.headers)
    return ()
