"""Draws the state tables for people: Mermaid pictures and Markdown tables.

``docs/reference/sip.md`` holds what comes out; a test compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._states import On, Rule, State, Table


def mermaid(table: Table) -> str:
    """Return the picture: one arrow for each pair of states, one line for each happening."""
    lines = ["stateDiagram-v2", "    [*] --> initial"]
    for state, rules in table.items():
        arrows: dict[State, list[str]] = {}
        for on, rule in rules.items():
            if rule is not None and rule.then is not state:
                arrows.setdefault(rule.then, []).append(on.value)
        lines += [f"    {state} --> {then}: {'<br/>'.join(ons)}" for then, ons in arrows.items()]
    lines.append("    terminated --> [*]")
    return "\n".join(lines)


def markdown_table(table: Table) -> str:
    """Return every cell: state, happening, what is done, what the user is told, next state."""
    lines = ["| state | when | does | tells the user | next state |", "|---|---|---|---|---|"]
    for state, rules in table.items():
        lines += [_row(state, on, rule) for on, rule in rules.items()]
    return "\n".join(lines)


def _row(state: State, on: On, rule: Rule | None) -> str:
    if rule is None:
        return f"| {state} | {on} | (ignored) |  | (same) |"
    then = "(same)" if rule.then is state else rule.then.value
    tell = "" if rule.tell is None else rule.tell.value
    return f"| {state} | {on} | {', '.join(rule.do)} | {tell} | {then} |"
