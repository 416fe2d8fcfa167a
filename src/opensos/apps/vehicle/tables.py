"""What a person reads at a terminal about a running unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer

from opensos.apps.vehicle.running import journal_line
from opensos.apps.vehicle.words import catalogue, english, sentence
from opensos.edges.terminal import print_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_HEARD = {True: "yes", False: "unreadable"}
_LINES = 10
_STYLES: Final = {"passed": "green", "failed": "bold red", "not_completed": "dim"}
_MARKS: Final = {"passed": "✓", "failed": "✗", "not_completed": "○"}
READINESS_EXIT: Final = {"ready": 0, "limited": 3}
"""Exit code by readiness; whatever is neither is 4 (docs/reference/exit-codes.md)."""


def print_status(state: Mapping[str, Any]) -> None:
    """Print where call, readiness and memory stand, and the newest lines of the journal."""
    call = state.get("call") or {}
    typer.echo(f"mode      {state.get('mode')}")
    typer.echo(f"state     {state.get('state')}")
    if call:
        typer.echo(f"attempt   {call.get('attempt')}")
        heard = _HEARD.get(call["acknowledged"], "unknown")
        typer.echo(f"data      {call.get('msd_sent')} sent, acknowledged: {heard}")
    housing = state.get("unit") or {}
    if housing.get("state") not in {None, "on"}:
        typer.echo(f"unit      {housing['state']}")
    print_readiness(state)
    warning = state.get("warning")
    if warning:
        typer.echo(f"warning   {english(warning['text_key'])}")
    for one in state.get("faults") or ():
        typer.echo(f"fault     {one['code']}  {_finding(one['key'])}")
    for line in (state.get("journal") or [])[-_LINES:]:
        typer.echo(journal_line(line))


def print_readiness(state: Mapping[str, Any]) -> None:
    """Print whether SOS is ready, and every reason why not."""
    ready = state.get("readiness")
    if not ready:
        return
    typer.echo(f"readiness {sentence('state.' + str(ready.get('state')))}")
    for one in ready.get("reasons") or ():
        typer.echo(f"  - {sentence(one['text_key'], one.get('data'))}")


def print_self_test(state: Mapping[str, Any]) -> None:
    """Print the outcome of a self-test by component."""
    results = (state.get("self_test") or {}).get("results") or []
    rows = []
    for name, tests in by_component(results).items():
        outcome = worst([one["outcome"] for one in tests])
        failed = [_finding_word(one["symptom"]) for one in tests if one["outcome"] == "failed"]
        open_ = sum(one["outcome"] == "not_completed" for one in tests)
        more = failed + (
            [f"{open_} of {len(tests)} not completed"] if 0 < open_ < len(tests) else []
        )
        style = _STYLES[outcome]
        word = f"[{style}]{_MARKS[outcome]} {english('selftest.' + outcome)}[/{style}]"
        rows.append((english(f"component.{name}"), word, ", ".join(more)))
    print_table(("Part", "Result", ""), rows)
    print_readiness(state)


def by_component(results: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the tests of each component, in their order."""
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for one in results:
        parts.setdefault(str(one["component"]), []).append(one)
    return parts


def worst(outcomes: Sequence[str]) -> str:
    """Return a component's outcome: failed if any test failed, passed if any passed."""
    return next((one for one in ("failed", "passed") if one in outcomes), "not_completed")


def print_parts(parts: Mapping[str, Any]) -> None:
    """Print what each part said last; null is unknown, never 0."""
    rows = []
    for name, values in parts.items():
        if values is None:
            rows.append((name.replace("_", " "), "", "not known"))
            continue
        for field, value in values.items():
            rows.append((name.replace("_", " "), field.replace("_", " "), _value(value)))
    print_table(("Part", "What", "Value"), rows)


def _value(value: object) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _finding(key: str) -> str:
    component, _, symptom = key.partition(".")
    return f"{english('component.' + component)}: {_finding_word(symptom)}"


def _finding_word(symptom: str | None) -> str:
    return catalogue("en").get(f"finding.{symptom}", str(symptom).replace("_", " "))
