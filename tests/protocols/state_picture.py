"""Draws a state table as a Mermaid picture; the reference pages hold what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def mermaid(table: Mapping[Any, Mapping[Any, str]], first: str) -> str:
    """Return the picture: one arrow for each pair of different states."""
    lines = ["stateDiagram-v2", f"    [*] --> {first}"]
    for state, row in table.items():
        arrows: dict[str, list[str]] = {}
        for on, then in row.items():
            if then != state:
                arrows.setdefault(then, []).append(str(on).replace(":", ","))
        lines += [f"    {state} --> {then}: {'<br/>'.join(ons)}" for then, ons in arrows.items()]
        if not row:
            lines.append(f"    {state} --> [*]")
    return "\n".join(lines)
