"""Where two messages differ, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opensos.protocols.msd.as_json import to_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opensos.protocols.msd.message import Decoded

_LEFT_OUT: Final = frozenset({"findings", "raw"})


class Difference(NamedTuple):
    """One field, by its path in the JSON form, and its value on either side (null = absent)."""

    path: str
    left: Any
    right: Any


def diff(left: Decoded, right: Decoded) -> tuple[Difference, ...]:
    """Compare what two messages say; how they are encoded does not count."""
    flat_left = dict(_flatten(to_json(left), ""))
    flat_right = dict(_flatten(to_json(right), ""))
    paths = list(flat_left) + [path for path in flat_right if path not in flat_left]
    return tuple(
        Difference(path, flat_left.get(path), flat_right.get(path))
        for path in paths
        if flat_left.get(path) != flat_right.get(path)
    )


def _flatten(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if path or key not in _LEFT_OUT:
                yield from _flatten(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _flatten(inner, f"{path}[{at}]")
    else:
        yield path, value
