from __future__ import annotations

from opensos.rules.emergency import TABLE, State
from opensos.rules.emergency.picture import markdown_table, mermaid
from tests.shared import ROOT

DOC = ROOT / "docs" / "reference" / "call-procedure.md"


def test_the_document_shows_the_picture_that_the_table_draws() -> None:
    assert f"```mermaid\n{mermaid()}\n```" in DOC.read_text(encoding="utf-8")


def test_the_document_lists_the_rows_that_the_table_holds() -> None:
    assert markdown_table() in DOC.read_text(encoding="utf-8")


def test_the_picture_shows_every_state_and_the_list_every_row() -> None:
    assert all(state.value in mermaid() for state in State)
    assert len(markdown_table().splitlines()) == len(TABLE) + 2
