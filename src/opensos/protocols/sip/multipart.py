"""Bodies of several parts (RFC 2046 §5.1, RFC 5621) and references into them (RFC 2392).

Reading is tolerant: whatever can be cut out is, and ``problems`` says in sentences what was wrong,
since behind a broken frame there may be a call for help. Writing is strict. The bytes of a body
are never altered; SIP bodies are binary unless a part says otherwise (RFC 3261 §7.4.2).

Deliberately absent: S/MIME, message/external-body.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from opensos.protocols.effects import LocalError, RemoteError

from .fields import parse_media_type
from .headers import Headers
from .limits import LIMITS, Limits
from .text import SPACE, TOKEN, quote
from .uri import percent_decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]\Z")
_FOLD = re.compile(r"\r?\n[ \t]++")
_FIRST_LINE = re.compile(rb"(?:\A|\n)--([^\r\n]{1,200})[ \t]*+(?:\r?\n|\Z)")
_HEAD_END = re.compile(rb"\n\r?\n")
_OWN = frozenset({"content-type", "content-id", "content-disposition"})


@dataclass(frozen=True, slots=True)
class Part:
    """One body part.

    Attributes:
        content_type: as written; ``text/plain`` where the part has none (RFC 2046 §5.1).
        content_id: without angle brackets, or ``None``.
        disposition: the Content-Disposition as written, or ``None``.
        headers: the other header lines of the part.
        body: its bytes, untouched.
        depth: 0 in the outermost multipart, 1 in one inside it, and so on.
    """

    content_type: str
    content_id: str | None = None
    disposition: str | None = None
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    depth: int = 0

    @property
    def media_type(self) -> str:
        """``type/subtype`` in lower case without parameters: compare with this."""
        return self.content_type.partition(";")[0].strip(SPACE).lower()

    def decoded(self) -> bytes:
        """Return the body with its Content-Transfer-Encoding undone (RFC 2045 §6).

        Raises:
            RemoteError: the encoding is unknown or the body is not encoded so.
        """
        encoding = (self.headers.get("content-transfer-encoding") or "binary").strip().lower()
        if encoding in {"binary", "8bit", "7bit"}:
            return self.body
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        if encoding == "base64":
            try:
                return binascii.a2b_base64(self.body)
            except binascii.Error as error:
                raise RemoteError(f"A body part is not valid base64: {error}.") from None
        raise RemoteError(f"A body part has the unknown transfer encoding {encoding[:40]!r}.")


@dataclass(frozen=True, slots=True)
class MultipartResult:
    """The leaves of a multipart in order, nested ones flattened, and what was wrong with it."""

    parts: tuple[Part, ...]
    problems: tuple[str, ...] = ()


def parse_multipart(content_type: str, body: bytes, limits: Limits = LIMITS) -> MultipartResult:
    """Take a multipart apart; never raises.

    ``content_type`` is the Content-Type of the whole. A body that is no multipart is one part.
    """
    problems: list[str] = []
    parts: list[Part] = []
    whole = Part(content_type, body=body)
    if whole.media_type.startswith("multipart/"):
        _take_apart(whole, 0, parts, problems, limits)
    else:
        problems.append("The body is not a multipart.")
        parts.append(whole)
    return MultipartResult(tuple(parts), tuple(dict.fromkeys(problems)))


def _take_apart(
    whole: Part, depth: int, parts: list[Part], problems: list[str], limits: Limits
) -> None:
    pieces = _pieces(whole, problems, limits)
    if not pieces:
        problems.append("The multipart has no parts.")
    for piece in pieces:
        if len(parts) >= limits.parts:
            problems.append(f"There are more than {limits.parts} body parts; the rest is unread.")
            return
        part = _read_part(piece, depth, problems, limits)
        if part.media_type.startswith("multipart/"):
            _descend(part, parts, problems, limits)
        else:
            parts.append(part)


def _descend(part: Part, parts: list[Part], problems: list[str], limits: Limits) -> None:
    before = len(parts)
    if part.depth + 1 >= limits.depth:
        problems.append(f"Multiparts nest more than {limits.depth} deep; the innermost is unread.")
    else:
        _take_apart(part, part.depth + 1, parts, problems, limits)
    if len(parts) == before and part.body:
        parts.append(part)  # nothing came out of it: keep it whole rather than lose it


class _Line(NamedTuple):
    """One boundary line: where it begins and ends, whether it closes, whether it ends in LF."""

    start: int
    end: int
    closing: bool
    bare: bool


class _Piece(NamedTuple):
    """What lies between two boundary lines; ``closed`` says that there was a second one."""

    data: bytes
    closed: bool
    bare: bool


def _pieces(whole: Part, problems: list[str], limits: Limits) -> list[_Piece]:
    body = whole.body
    boundary = _declared_boundary(whole.content_type, problems)
    lines = _boundary_lines(body, boundary, limits.parts + 2) if boundary else []
    if boundary and not lines:
        problems.append("The boundary of the multipart does not occur in it.")
    if not lines:
        boundary = _guess_boundary(body)
        if boundary is None:
            problems.append("No boundary line was found in the multipart.")
            return []
        problems.append("The first line that looks like a boundary was taken for it.")
        lines = _boundary_lines(body, boundary, limits.parts + 2)
    pieces = [
        _Piece(body[line.end : after.start], closed=True, bare=line.bare)
        for line, after in pairwise(lines)
        if line.end < after.start
    ]
    if any(line.bare for line in lines):
        problems.append("Lines of the multipart end in LF, not in CRLF.")
    if not lines[-1].closing and len(lines) < limits.parts + 2:
        problems.append("The final boundary of the multipart is missing.")
        if lines[-1].end < len(body):
            pieces.append(_Piece(body[lines[-1].end :], closed=False, bare=lines[-1].bare))
    return pieces


def _declared_boundary(content_type: str, problems: list[str]) -> bytes | None:
    try:
        text = parse_media_type(content_type).params.get("boundary")
    except RemoteError:
        problems.append("The Content-Type of the multipart is malformed.")
        return None
    if not text:
        problems.append("The Content-Type of the multipart has no boundary.")
        return None
    if not _BOUNDARY.match(text):
        problems.append("The boundary of the multipart breaks RFC 2046.")
    return text.encode("utf-8", "surrogateescape")


def _guess_boundary(body: bytes) -> bytes | None:
    found = _FIRST_LINE.search(body)
    if found is None:
        return None
    # A lone closing line, "--x--", still names its boundary.
    return found.group(1).rstrip(b" \t").removesuffix(b"--") or None


def _boundary_lines(body: bytes, boundary: bytes, most: int) -> list[_Line]:
    """Find the lines that are the boundary and nothing else, up to the closing one."""
    mark = b"--" + boundary
    lines: list[_Line] = []
    at = body.find(mark)
    while at >= 0 and len(lines) < most:
        end = at + len(mark)
        if at == 0 or body[at - 1] == 10:
            line = _boundary_line(body, at, end)
            if line is not None:
                lines.append(line)
                if line.closing:
                    break
                end = max(end, line.end - 1)
        at = body.find(mark, end)
    return lines


def _boundary_line(body: bytes, start: int, end: int) -> _Line | None:
    stop = body.find(b"\n", end, end + 200)
    stop = stop if stop >= 0 else min(len(body), end + 200)
    rest = body[end:stop]
    bare = stop < len(body) and not rest.endswith(b"\r")
    rest = rest.rstrip(b" \t\r")
    if rest in {b"", b"--"}:
        return _Line(start, min(stop + 1, len(body)), rest == b"--", bare)
    return None


def _read_part(piece: _Piece, depth: int, problems: list[str], limits: Limits) -> Part:
    head, body = _split_part(piece.data, problems)
    if piece.closed:  # the line end before a boundary belongs to the boundary
        body = body.removesuffix(b"\n")
        if not piece.bare:
            body = body.removesuffix(b"\r")
    items = []
    text = _FOLD.sub(" ", head.decode("utf-8", "surrogateescape"))
    known: dict[str, str] = {}
    lines = text.split("\n")
    if len(lines) > limits.headers:
        problems.append(f"A body part has more than {limits.headers} header lines.")
    for line in lines[: limits.headers]:
        name, colon, value = line.partition(":")
        name, value = name.strip(SPACE + "\r"), value.strip(SPACE + "\r").replace("\r", " ")
        if not colon or not TOKEN.match(name):
            if line.strip():
                problems.append("A header line of a body part is malformed.")
        elif name.lower() in _OWN and name.lower() not in known:
            known[name.lower()] = value
        else:
            items.append((name, value))
    content_id = known.get("content-id")
    return Part(
        content_type=known.get("content-type") or "text/plain",
        content_id=_bare_id(content_id) if content_id else None,
        disposition=known.get("content-disposition"),
        headers=Headers(items),
        body=body,
        depth=depth,
    )


def _split_part(data: bytes, problems: list[str]) -> tuple[bytes, bytes]:
    if data[:2] == b"\r\n":
        return b"", data[2:]
    if data[:1] == b"\n":
        return b"", data[1:]
    found = _HEAD_END.search(data)
    if found is not None:
        return data[: found.start()], data[found.end() :]
    problems.append("A body part has no empty line after its headers.")
    name, colon, _ = data[:200].partition(b":")
    if colon and TOKEN.match(name.decode("latin-1")):
        return data, b""
    return b"", data


def _bare_id(text: str) -> str:
    return text.strip(SPACE).removeprefix("<").removesuffix(">").strip(SPACE)


def find_part(parts: Iterable[Part], reference: str) -> Part | None:
    """Find the part that a ``cid:`` URL, ``<id>`` or bare Content-ID means (RFC 2392 §2).

    The escapes of a URL are decoded. Identifiers are compared exactly, then, for sloppy peers,
    without case.
    """
    wanted = reference.strip(SPACE).removeprefix("<").removesuffix(">").strip(SPACE)
    if wanted[:4].lower() == "cid:":
        wanted = percent_decode(wanted[4:])
    sloppy: Part | None = None
    for part in parts:
        if part.content_id is None:
            continue
        if part.content_id == wanted:
            return part
        if sloppy is None and part.content_id.lower() == wanted.lower():
            sloppy = part
    return sloppy


def build_multipart(
    parts: Sequence[Part], boundary: str, subtype: str = "mixed"
) -> tuple[str, bytes]:
    """Return the Content-Type and the bytes of a multipart of these parts, bodies unaltered.

    Raises:
        LocalError: no part, a boundary that RFC 2046 forbids or that occurs in a part (see
            `pick_boundary`), or a line end inside a header of a part.
    """
    if not parts:
        raise LocalError("A multipart needs at least one part.")
    if not _BOUNDARY.match(boundary):
        raise LocalError(f"{boundary!r} is not a multipart boundary (RFC 2046 §5.1.1).")
    mark = b"--" + boundary.encode("ascii")
    pieces: list[bytes] = []
    for part in parts:
        head = _part_head(part)
        if mark in part.body or mark in head:
            raise LocalError("The multipart boundary occurs in one of the parts.")
        pieces += (mark, b"\r\n", head, part.body, b"\r\n")
    pieces += (mark, b"--\r\n")
    shown = boundary if TOKEN.match(boundary) else quote(boundary)
    return f"multipart/{subtype};boundary={shown}", b"".join(pieces)


def _part_head(part: Part) -> bytes:
    lines = [f"Content-Type: {part.content_type}"]
    if part.content_id is not None:
        lines.append(f"Content-ID: <{part.content_id}>")
    if part.disposition is not None:
        lines.append(f"Content-Disposition: {part.disposition}")
    lines += [f"{name}: {value}" for name, value in part.headers.items()]
    lines.append("\r\n")
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) or text.count("\r") != len(lines):
        raise LocalError("A line end inside a header of a body part would forge another header.")
    return text.encode("utf-8", "surrogateescape")


def pick_boundary(parts: Iterable[Part], token: str) -> str:
    """Return a boundary made from ``token`` that occurs in no part.

    ``token``, at most 60 letters and digits, should be unguessable where a part is a stranger's.

    Raises:
        LocalError: the token cannot be a boundary, or the parts are made to defeat it.
    """
    if len(token) > 60 or not _BOUNDARY.match(token):
        raise LocalError(f"{token!r} cannot be made a multipart boundary (RFC 2046 §5.1.1).")
    haystack = [data for part in parts for data in (_part_head(part), part.body)]
    for attempt in range(100):
        boundary = f"{token}-{attempt}" if attempt else token
        mark = b"--" + boundary.encode("ascii")
        if not any(mark in data for data in haystack):
            return boundary
    raise LocalError("The body parts contain every boundary that was tried.")
