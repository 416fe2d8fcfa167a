"""The header section of a message: ordered, case-insensitive, kept as it came.

Values are text decoded as UTF-8 with ``surrogateescape``, so that bytes which are not UTF-8 come
out of `Headers` exactly as they went in.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from .text import split_commas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")

# RFC 3261 §7.3.3 and the IANA registry: one-letter names and what they stand for.
COMPACT = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "n": "Identity-Info",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}


def full_name(name: str) -> str:
    """Return the long form of a compact header name; other names come back as they are."""
    return COMPACT.get(name.lower(), name) if len(name) == 1 else name


@lru_cache(maxsize=512)
def _key(name: str) -> str:
    """Return how the index spells a name; callers ask for the same few names all the time."""
    return full_name(name).lower()


class _Index(dict[str, tuple[str, ...]]):
    """Lines by name; a spelling that is asked for once is found at once the next time."""

    def __missing__(self, name: str) -> tuple[str, ...]:
        found = self[name] = self.get(_key(name), ())
        return found


class Headers:
    """The header lines of one message, immutable, in order.

    Names are compared without case and compact names are expanded; unknown names and all values
    are kept verbatim. Lookups build a small index once.
    """

    __slots__ = ("_index", "_items", "_read")

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._items: tuple[tuple[str, str], ...] = tuple(
            [
                item if len(item[0]) != 1 else (COMPACT.get(item[0].lower(), item[0]), item[1])
                for item in items
            ]
        )
        self._index: _Index | None = None
        self._read: dict[Any, Any] | None = None

    def _lookup(self, name: str) -> tuple[str, ...]:
        index = self._index
        if index is None:
            index = self._index = _Index()
            for key, value in self._items:
                low = key.lower()
                index[low] = (*index[low], value) if low in index else (value,)
        return index[name]

    def get(self, name: str) -> str | None:
        """Return the first line of this name, raw, or ``None``."""
        found = self._lookup(name)
        return found[0] if found else None

    def all(self, name: str) -> tuple[str, ...]:
        """Return every line of this name, raw, in order."""
        return self._lookup(name)

    def values(self, name: str) -> tuple[str, ...]:
        """Return the elements of a list header: lines in order, each split at its commas.

        Commas inside quoted strings and ``<…>`` do not split; empty elements are left out. Only for
        headers whose grammar is a list (RFC 3261 §7.3.1).
        """
        lines = self._lookup(name)
        if len(lines) == 1 and "," not in lines[0]:
            return lines if lines[0] else ()
        return tuple(piece for line in lines for piece in split_commas(line) if piece)

    def read(self, name: str, parser: Callable[[str], T]) -> T | None:
        """Return the first line of this name, read by ``parser``; read once and remembered.

        ``None`` where the header is absent. A list header gives its first element only if that
        stands alone on its line; use `read_all` for those. Raises what the parser raises.
        """
        memory = self._memory()
        key = (name, parser)
        if key not in memory:
            found = self._lookup(name)
            memory[key] = parser(found[0]) if found else None
        value: T | None = memory[key]
        return value

    def read_all(self, name: str, parser: Callable[[str], T]) -> tuple[T, ...]:
        """Return all elements of a list header, read by ``parser``; read once and remembered.

        Raises what the parser raises, for the first element that it cannot read.
        """
        memory = self._memory()
        key = (name, parser, "all")
        if key not in memory:
            memory[key] = tuple([parser(element) for element in self.values(name)])
        value: tuple[T, ...] = memory[key]
        return value

    def _memory(self) -> dict[Any, Any]:
        if self._read is None:
            self._read = {}
        return self._read

    def items(self) -> tuple[tuple[str, str], ...]:
        """Return all lines as (name, raw value), in order."""
        return self._items

    def with_header(self, name: str, value: str) -> Headers:
        """Return a copy with one more line at the end."""
        return Headers((*self._items, (name, value)))

    def with_first(self, name: str, value: str) -> Headers:
        """Return a copy with one more line at the top (a Via of our own, RFC 3261 §16.6)."""
        return Headers(((name, value), *self._items))

    def without(self, name: str) -> Headers:
        """Return a copy that lacks every line of this name."""
        low = full_name(name).lower()
        return Headers(item for item in self._items if item[0].lower() != low)

    def replaced(self, name: str, value: str) -> Headers:
        """Return a copy where this name stands once, in its first place or at the end."""
        name = full_name(name)
        low = name.lower()
        items: list[tuple[str, str]] = []
        done = False
        for key, old in self._items:
            if key.lower() != low:
                items.append((key, old))
            elif not done:
                items.append((key, value))
                done = True
        if not done:
            items.append((name, value))
        return Headers(items)

    def __contains__(self, name: str) -> bool:
        return bool(self._lookup(name))

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return f"Headers({self._items!r})"
