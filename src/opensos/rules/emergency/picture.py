"""Draws the tables of this room for people: a Mermaid picture and Markdown tables."""

from __future__ import annotations

from opensos.rules.emergency._state import TABLE, State
from opensos.rules.emergency.signals import signal_for


def mermaid() -> str:
    """Return the state picture; one arrow for each pair of states, one line for each happening."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.IDLE.value}"]
    arrows: dict[tuple[State, State], list[str]] = {}
    for row in TABLE:
        if row.state is row.then:
            continue  # what leaves the state as it is stands in the table
        labels = arrows.setdefault((row.state, row.then), [])
        if row.happening.value not in labels:
            labels.append(row.happening.value)
    for (state, then), labels in arrows.items():
        lines.append(f"    {state.value} --> {then.value}: {'<br/>'.join(labels)}")
    return "\n".join(lines)


def markdown_table() -> str:
    """Return every row: state, happening, condition, what is done, next state."""
    lines = ["| state | when | if | then | next state |", "|---|---|---|---|---|"]
    for row in TABLE:
        guards = " and ".join(guard.value for guard in row.guards)
        actions = ", ".join(action.value for action in row.actions)
        then = "(same)" if row.then is row.state else row.then.value
        cells = (row.state.value, row.happening.value, guards, actions, then)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def signals_table() -> str:
    """Return what lamp, speaker and screen do for state, test, service mode and warning."""
    head = ("state", "test", "service", "warning", "lamp", "sound", "text")
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for state in State:
        for test in (False, True):
            for service in (False, True):
                for warning in (False, True):
                    signal = signal_for(state, warning=warning, service=service, test=test)
                    marks = ["yes" if flag else "" for flag in (test, service, warning)]
                    cells = (state.value, *marks, signal.led, signal.sound, signal.text_key)
                    lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
