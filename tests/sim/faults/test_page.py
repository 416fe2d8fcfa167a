"""The table of faults in the documentation is the catalogue, line by line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from opensos.sim.faults import actions, faults
from tests.shared import ROOT

if TYPE_CHECKING:
    from opensos.sim.faults import Code, Fault

PAGE = ROOT / "docs" / "reference" / "pretend-car.md"
HEAD = "| fault | blames | in | self-test | SOS | codes | cured by | eased by |"


def shown(code: Code) -> str:
    return f"{code.unit:02X}{'i' if code.memory == 'info' else ''}:{code.code:04X}"


def row(fault: Fault) -> str:
    cells = (
        f"`{fault.id}`",
        fault.component.value if fault.component else "nothing",
        "all" if len(fault.families) == 5 else " ".join(fault.families),
        fault.detectable,
        fault.sos,
        " ".join(map(shown, fault.codes)),
        ", ".join(fault.cures),
        ", ".join(fault.eases),
    )
    return f"| {' | '.join(cells)} |"


def table() -> list[str]:
    return [HEAD, "|---|---|---|---|---|---|---|---|", *(row(f) for f in faults().values())]


def test_the_page_shows_every_fault_as_the_data_has_it() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    begin = lines.index(HEAD)
    assert lines[begin : begin + len(table())] == table()


def test_the_page_shows_every_action_and_how_long_it_takes() -> None:
    text = PAGE.read_text("utf-8")
    missing = [
        a.id for a in actions().values() if f"| `{a.id}` | {a.minutes:g} | {a.who} |" not in text
    ]
    assert missing == []


if __name__ == "__main__":  # writes what belongs into the page
    rows = (f"| `{a.id}` | {a.minutes:g} | {a.who} |" for a in actions().values())
    done = ["## Actions", "", "| action | minutes | who |", "|---|---|---|", *rows]
    sys.stdout.write("\n".join([*table(), "", *done]) + "\n")
