"""Requests and responses: bytes in, bytes out (RFC 3261 §7).

`parse` is tolerant: it reads as much as can be read and lists the defects, since an emergency
call with a fault must still become a call. `check` is strict: the first fault for which a server
ought to refuse. Bodies are bytes and never altered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from opensos.protocols.effects import LocalError

from .headers import Headers
from .limits import LIMITS, Limits
from .text import SPACE, is_token


@dataclass(frozen=True, slots=True)
class Request:
    """A SIP request; ``uri`` is the Request-URI as text."""

    method: str
    uri: str
    headers: Headers
    body: bytes = b""
    version: str = "SIP/2.0"

    def encode(self) -> bytes:
        """Return the bytes of the message, Content-Length written anew.

        Raises:
            LocalError: a line end stands inside the start line or a header.
        """
        return _encode(f"{self.method} {self.uri} {self.version}", self.headers, self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """A SIP response."""

    status: int
    reason: str
    headers: Headers
    body: bytes = b""
    version: str = "SIP/2.0"

    def encode(self) -> bytes:
        """Return the bytes of the message, Content-Length written anew.

        Raises:
            LocalError: a line end stands inside the start line or a header.
        """
        return _encode(f"{self.version} {self.status} {self.reason}", self.headers, self.body)


@dataclass(frozen=True, slots=True)
class Defect:
    """One fault of a message: ``status`` is what a server answers to a request with it.

    ``fatal`` says that the standard wants the request refused (or the response dropped).
    """

    status: int
    reason: str
    fatal: bool = True


@dataclass(frozen=True, slots=True)
class Parsed:
    """What could be read: ``message`` is ``None`` only where the start line is hopeless."""

    message: Request | Response | None
    defects: tuple[Defect, ...] = ()
    rest: bytes = b""


def _encode(start: str, headers: Headers, body: bytes) -> bytes:
    lines = [start]
    for name, value in headers.items():
        if name.lower() != "content-length":
            lines.append(f"{name}: {value}")
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    head = "\r\n".join(lines)
    ends = len(lines) + 1
    if head.count("\n") != ends or head.count("\r") != ends:
        raise LocalError("A line end inside a SIP header line would forge another header.")
    return head.encode("utf-8", "surrogateescape") + body


_FOLD = re.compile(r"\r?\n[ \t]++")


def parse(data: bytes, limits: Limits = LIMITS) -> Parsed:
    """Read one message from a datagram, or one that `Framer` has cut from a stream."""
    if data[:1] in (b"\r", b"\n"):
        data = data.lstrip(b"\r\n")  # RFC 3261 §7.5
    end = data.find(b"\n\r\n")
    bare = data.find(b"\n\n", 0, end if end >= 0 else None)
    defects: list[Defect] = []
    if bare >= 0:
        head, body = data[:bare], data[bare + 2 :]
    elif end >= 0:
        head, body = data[:end], data[end + 3 :]
    else:
        head, body = data, b""
        defects.append(Defect(400, "Header Section Never Ends"))
    text = head.decode("utf-8", "surrogateescape")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.replace("\r\n", "\n").removesuffix("\r").split("\n")
    items = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        name = name.rstrip(SPACE)
        if not colon or not is_token(name):
            defects.append(Defect(400, "Malformed Header Line"))
            continue
        items.append((name, value.strip(SPACE)))
    headers = Headers(items)
    rest = b""
    length = headers.get("content-length")
    if length is not None and length.isascii() and length.isdigit() and len(length) < 10:
        size = int(length)
        if size > len(body):
            defects.append(Defect(400, "Content-Length Beyond The Message"))
        body, rest = body[:size], body[size:]
    pieces = lines[0].split(" ", 2)
    if len(pieces) == 3 and pieces[0].upper().startswith("SIP/") and pieces[1].isdigit():
        response = Response(int(pieces[1]), pieces[2], headers, body, pieces[0])
        return Parsed(response, tuple(defects), rest)
    if len(pieces) == 3:
        request = Request(pieces[0], pieces[1], headers, body, pieces[2])
        return Parsed(request, tuple(defects), rest)
    return Parsed(None, (Defect(400, "Malformed Start Line"),), b"")


def check(parsed: Parsed) -> Defect | None:
    """Return the first fault for which a server refuses, or ``None``."""
    return next((defect for defect in parsed.defects if defect.fatal), None)
