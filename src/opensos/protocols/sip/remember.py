"""Remembers what short texts mean: within a call the same fields come again and again."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_LONGEST = 256  # longer ones are rare, and must not fill the memory
_MOST = 4096


def remembered(parser: Callable[[str], T]) -> Callable[[str], T]:
    """Return the parser with a bounded memory: at most 4 096 texts of at most 256 characters.

    Only for parsers whose result is immutable. What the parser raises is not remembered.
    """
    known = lru_cache(maxsize=_MOST)(parser)

    @wraps(parser)
    def read(text: str) -> T:
        return known(text) if len(text) <= _LONGEST else parser(text)

    return read
