"""JSON as strangers may send it to us: small, flat, without what two readers read differently.

RFC 8259 leaves open what a repeated name, NaN or a number of a thousand digits means; a reader
that guesses can be made to see something else than the reader behind it. So all of it is refused.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NoReturn

from opensos.protocols.effects import RemoteError

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 32 * 1024
"""The longest message; an SOS with a long location document has about 4 kB."""

MOST_DEPTH = 8
"""Objects and lists within each other, the message itself counted."""

MOST_NUMBER = 2**53 - 1
"""Beyond this, whole numbers are not exact in every reader (RFC 8259 section 6)."""

_LONGEST_NUMBER = 32  # characters; seventeen digits, sign, point and exponent need 24


def read(data: bytes) -> dict[str, Any]:
    """Return the JSON object that ``data`` holds.

    Raises:
        RemoteError: it is too long, no UTF-8, no JSON, no object, too deep, repeats a name, or
            holds NaN, a number out of range or half a surrogate pair.
    """
    if len(data) > MOST_BYTES:
        raise RemoteError(f"The message has {len(data)} bytes; {MOST_BYTES} are allowed.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RemoteError(f"The message is not UTF-8 (byte {error.start}).") from error
    if _depth(text) > MOST_DEPTH:
        raise RemoteError(f"The message is nested more than {MOST_DEPTH} deep.")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_real,
            parse_constant=_constant,
        )
        if "\\u" in text:
            # Half a surrogate pair is text for Python, but for no database and no other reader.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise RemoteError(f"The message is not JSON: {error.msg} at {error.pos}.") from error
    except UnicodeEncodeError as error:
        raise RemoteError("The message holds half a surrogate pair.") from error
    if not isinstance(value, dict):
        raise RemoteError("The message is not a JSON object.")
    return value


def write(value: Mapping[str, Any]) -> bytes:
    """Return the object as compact ASCII JSON; what comes out, ``read`` takes.

    Raises ValueError or TypeError for what JSON cannot say, RemoteError for what ``read`` refuses.
    """
    data = json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")
    read(data)
    return data


def _depth(text: str) -> int:
    """Return how deep brackets are nested, without parsing: a parser would fall in first."""
    if text.count("[") + text.count("{") <= MOST_DEPTH:
        return 0  # nearly every message; what follows looks at each letter
    deepest = depth = 0
    quoted = escaped = False
    for letter in text:
        if quoted:
            if escaped:
                escaped = False
            elif letter == "\\":
                escaped = True
            elif letter == '"':
                quoted = False
        elif letter == '"':
            quoted = True
        elif letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RemoteError("The message repeats a name within one object.")
    return found


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or abs(number := int(text)) > MOST_NUMBER:
        raise RemoteError("The message holds a whole number beyond 2^53.")
    return number


def _real(text: str) -> float:
    if len(text) > _LONGEST_NUMBER or not math.isfinite(number := float(text)):
        raise RemoteError("The message holds a number that is too long or too large.")
    return number


def _constant(text: str) -> NoReturn:
    raise RemoteError(f"The message holds {text}, which is not JSON.")
