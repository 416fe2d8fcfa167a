"""The torture messages of RFC 4475 and RFC 5118, taken from the RFCs' own text."""

from __future__ import annotations

import base64
import functools
import io
import re
import tarfile

import pytest

from tests.shared import SHARED

RFC4475 = SHARED / "rfc" / "rfc4475.txt"
RFC5118 = SHARED / "rfc" / "rfc5118.txt"

needs_4475 = pytest.mark.skipif(not RFC4475.is_file(), reason="RFC 4475 is not here")
needs_5118 = pytest.mark.skipif(not RFC5118.is_file(), reason="RFC 5118 is not here")

_BASE64 = re.compile(r"[A-Za-z0-9+/=]+")


@functools.cache
def messages_4475() -> dict[str, bytes]:
    """Decode the archive in the appendix: base64 of a compressed tar file."""
    text = RFC4475.read_text(encoding="utf-8", errors="replace")
    start = text.rindex("-- BEGIN MESSAGE ARCHIVE --")
    end = text.rindex("-- END MESSAGE ARCHIVE --")
    lines = [line.strip() for line in text[start:end].splitlines()[1:]]
    archive = base64.b64decode("".join(line for line in lines if _BASE64.fullmatch(line)))
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar.getmembers():
            file = tar.extractfile(member)
            if file is not None:
                found[member.name.removesuffix(".dat")] = file.read()
    return found


@functools.cache
def messages_5118() -> dict[str, bytes]:
    """Rebuild the messages from the indented text; a body, if any, begins at ``v=0``.

    Three of the printed Content-Lengths do not fit the printed bodies with CRLF line ends; they
    are left as printed, `with_true_length` mends them.
    """
    found: dict[str, bytes] = {}
    text = RFC5118.read_text(encoding="utf-8", errors="replace")
    for piece in text.split("Message Details: ")[1:]:
        name, *lines = piece.split("\n")
        head: list[str] = []
        body: list[str] = []
        joining = False
        for line in lines:
            if not line.strip() or line.startswith(("\f", "Gurbani", "RFC 5118")):
                continue
            if not line.startswith("      "):
                break
            text = line[6:]
            if "allOneLine>" in text:
                joining = "</" not in text
                head += [""] if joining else []
            elif joining:
                head[-1] += text
            else:
                (body if body or text == "v=0" else head).append(text)
        message = "\r\n".join([*head, "", ""]) + "".join(f"{line}\r\n" for line in body)
        found[name.strip()] = message.encode()
    return found


def with_true_length(message: bytes) -> bytes:
    """Return the message with the Content-Length that its body has."""
    head, _, body = message.partition(b"\r\n\r\n")
    fixed = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(body), head)
    return fixed + b"\r\n\r\n" + body
