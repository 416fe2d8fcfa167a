"""What a person gives on the command line, as bytes: hex, base64, a file of either or of bytes."""

from __future__ import annotations

import base64
import binascii
import json
import re
import sys
from pathlib import Path
from typing import Any

from opensos.protocols.effects import RoadError, UserError

_NOT_DIGITS = re.compile(r"0[xX]|[\s:,;_-]")
_MAX_BYTES = 1 << 20
# Many a mistyped file name is also good base64; below this many bytes it cannot be half an MSD.
_SHORTEST_BASE64 = 18


def read_message(source: str) -> bytes:
    """Fetch the bytes of a message from hex, base64, the name of a file, or ``-`` for stdin.

    Raises:
        UserError: It is none of them; the sentence says what would be.
        RoadError: The file cannot be read.
    """
    if source == "-":
        return _from_content(_limited(sys.stdin.buffer.read(_MAX_BYTES + 1)), "standard input")
    if _is_file(source):
        return _from_content(_read_file(source), source)
    data = _from_text(source, shortest_base64=_SHORTEST_BASE64)
    if data is None:
        shown = source if len(source) <= 60 else f"{source[:60]}…"
        raise UserError(
            f"{shown!r} is neither hex digits nor base64 nor a file;"
            " give an MSD like 0224…, the name of a file, or - for standard input"
        )
    return data


def read_json(source: str) -> Any:
    """Fetch a JSON document from a file, or ``-`` for stdin.

    Raises:
        UserError: It is no JSON.
        RoadError: The file cannot be read.
    """
    raw = sys.stdin.buffer.read(_MAX_BYTES + 1) if source == "-" else _read_file(source)
    try:
        return json.loads(_limited(raw))
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{source} holds no JSON ({error}); give what `decode --json` gives"
        ) from None


def _is_file(source: str) -> bool:
    try:
        return Path(source).is_file()
    except (OSError, ValueError):
        return False


def _read_file(source: str) -> bytes:
    try:
        with Path(source).open("rb") as file:
            return _limited(file.read(_MAX_BYTES + 1))
    except (OSError, ValueError) as error:
        raise RoadError(f"{source} cannot be read ({error})") from error


def _limited(raw: bytes) -> bytes:
    if len(raw) > _MAX_BYTES:
        raise UserError("the input has more than 1 MiB; an MSD has at most 140 bytes")
    return raw


def _from_content(raw: bytes, name: str) -> bytes:
    """Take text as hex or base64, and everything that is no text as the bytes themselves."""
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        return raw
    if any(ord(one) < 32 and one not in "\t\r\n" for one in text):
        return raw
    data = _from_text(text)
    if data is None:
        raise UserError(f"{name} holds text that is neither hex digits nor base64")
    return data


def _from_text(text: str, shortest_base64: int = 0) -> bytes | None:
    """Read hex (spaces, colons and 0x allowed) or base64; ``None`` if it is neither."""
    digits = _NOT_DIGITS.sub("", text)
    if re.fullmatch(r"[0-9A-Fa-f]*", digits):
        if len(digits) % 2:
            raise UserError(
                f"the hex has {len(digits)} digits, an odd number; one is missing or too many"
            )
        return bytes.fromhex(digits)
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if len(data) >= shortest_base64 else None
