from __future__ import annotations

import pytest

from opensos.protocols.sip.call import PHASES, Phase, phases_picture
from opensos.protocols.sip.transaction import TABLES
from opensos.protocols.sip.transaction.picture import markdown_table, mermaid
from tests.shared import ROOT

DOC = ROOT / "docs" / "reference" / "sip.md"


@pytest.mark.parametrize("name", TABLES)
def test_the_document_shows_what_the_tables_hold(name: str) -> None:
    text = DOC.read_text(encoding="utf-8")
    assert f"```mermaid\n{mermaid(TABLES[name])}\n```" in text
    assert markdown_table(TABLES[name]) in text


@pytest.mark.parametrize("name", TABLES)
def test_every_cell_is_a_row_and_every_state_in_the_picture(name: str) -> None:
    table = TABLES[name]
    assert len(markdown_table(table).splitlines()) == 2 + sum(
        len(rules) for rules in table.values()
    )
    assert all(state.value in mermaid(table) for state in table)


def test_the_document_shows_the_phases_of_a_call() -> None:
    assert f"```mermaid\n{phases_picture()}\n```" in DOC.read_text(encoding="utf-8")


def test_every_phase_of_a_call_can_be_reached_and_left() -> None:
    reached = {then for steps in PHASES.values() for then in steps.values()}
    assert reached | {Phase.CALLING, Phase.INCOMING} == set(Phase) == set(PHASES)
    assert [phase for phase, steps in PHASES.items() if not steps] == [Phase.ENDED]
