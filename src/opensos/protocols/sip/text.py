"""The lexical floor of SIP: tokens, quoted strings, lists and parameters (RFC 3261 §25.1).

Every pattern here uses possessive quantifiers, so that nothing backtracks: time is linear in the
length of the text, whatever a peer sends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError, RemoteError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]++\Z")
_ESCAPED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_QUOTED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_NEEDS_QUOTING = re.compile(r'(["\\])')
# A quoted string or a bracketed address is one piece; one that never ends runs to the end.
_COMMAS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|<[^>]*+>?|,', re.DOTALL)
_SEMICOLONS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|<[^>]*+>?|;', re.DOTALL)

SPACE = " \t"


def is_token(text: str) -> bool:
    """Say whether the text is a ``token``."""
    return TOKEN.match(text) is not None


def quote(text: str) -> str:
    """Return the text as a quoted string.

    Raises:
        LocalError: the text holds a line end, which no quoted string may carry.
    """
    if "\r" in text or "\n" in text:
        raise LocalError("A quoted string in SIP cannot hold a line end.")
    return f'"{_NEEDS_QUOTING.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    return "\\" + found.group()


def unquote(text: str) -> str:
    """Return what a quoted string means; other text comes back as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    inner = text[1:-1]
    return _ESCAPED_PAIR.sub(r"\1", inner) if "\\" in inner else inner


def quoted_end(text: str, start: int = 0) -> int:
    """Return the index after the quoted string that begins at ``start``, or -1 if it never ends."""
    found = _QUOTED.match(text, start)
    return found.end() if found else -1


def _split(text: str, mark: str, pattern: re.Pattern[str]) -> list[str]:
    pieces = []
    start = 0
    for found in pattern.finditer(text):
        if found.group() == mark:
            pieces.append(text[start : found.start()].strip(SPACE))
            start = found.end()
    pieces.append(text[start:].strip(SPACE))
    return pieces


def split_commas(text: str) -> list[str]:
    """Split a list at its commas; quoted strings and ``<…>`` stay whole. Empty elements remain."""
    if '"' in text or "<" in text:
        return _split(text, ",", _COMMAS)
    return [piece.strip(SPACE) for piece in text.split(",")]


def split_semicolons(text: str) -> list[str]:
    """Split parameters at their semicolons; quoted strings and ``<…>`` stay whole."""
    if '"' in text or "<" in text:
        return _split(text, ";", _SEMICOLONS)
    return [piece.strip(SPACE) for piece in text.split(";")]


class Params:
    """Ordered parameters, ``;name=value`` or ``;flag``; names are compared without case.

    Values are kept as they stand on the wire (quotes included); `get` returns what they mean.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[tuple[str, str | None]] = ()) -> None:
        self._items = tuple(items)

    @property
    def items(self) -> tuple[tuple[str, str | None], ...]:
        """All parameters in order, values raw; ``None`` for a flag."""
        return self._items

    def get(self, name: str) -> str | None:
        """Return the first value of this name, unquoted; ``""`` for a flag; ``None`` if absent."""
        value = self.raw(name)
        return unquote(value) if value else value

    def raw(self, name: str) -> str | None:
        """Return the first value as on the wire; ``""`` for a flag; ``None`` if absent."""
        for key, value in self._items:
            if key == name or key.lower() == name:
                return value or ""
        return None

    def with_param(self, name: str, value: str | None) -> Params:
        """Return a copy where this parameter stands once, in its old place or at the end."""
        done = False
        items: list[tuple[str, str | None]] = []
        for key, old in self._items:
            if key.lower() != name.lower():
                items.append((key, old))
            elif not done:
                items.append((key, value))
                done = True
        if not done:
            items.append((name, value))
        return Params(items)

    def without(self, name: str) -> Params:
        """Return a copy that lacks this parameter."""
        return Params(item for item in self._items if item[0].lower() != name.lower())

    def __contains__(self, name: str) -> bool:
        return self.raw(name) is not None

    def __iter__(self) -> Iterator[tuple[str, str | None]]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Params) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return f"Params({self._items!r})"

    def __str__(self) -> str:
        return "".join(f";{k}" if v is None else f";{k}={v}" for k, v in self._items)


NO_PARAMS = Params()


def parse_params(text: str) -> Params:
    """Read ``;a=b;c``, white space anywhere around the marks; empty parameters are overlooked.

    Raises:
        RemoteError: text stands before the first semicolon, a name is missing or a quoted string
            never ends.
    """
    return read_params(text)[0]


def read_params(text: str) -> tuple[Params, bool]:
    """Read parameters as `parse_params` does, and say whether empty ones (``;;``) stood there."""
    text = text.strip(SPACE)
    if not text:
        return NO_PARAMS, False
    if text[0] != ";":
        raise RemoteError(f"SIP parameters must begin with a semicolon, not {text[:20]!r}.")
    pieces = split_semicolons(text[1:])
    return Params([_parse_param(piece) for piece in pieces if piece]), "" in pieces


def _parse_param(piece: str) -> tuple[str, str | None]:
    name, equal, value = piece.partition("=")
    if not TOKEN.match(name):
        name = name.rstrip(SPACE)
        if not TOKEN.match(name):
            raise RemoteError(f"{name[:40]!r} is not the name of a SIP parameter.")
    if not equal:
        return name, None
    value = value.lstrip(SPACE)
    if value[:1] == '"' and quoted_end(value) != len(value):
        raise RemoteError(f"The quoted value of SIP parameter {name[:40]!r} is not well formed.")
    return name, value
