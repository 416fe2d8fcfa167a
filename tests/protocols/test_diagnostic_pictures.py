"""The pictures of the diagnostic protocols are those that their tables draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opensos.protocols.doip import _states as doip
from opensos.protocols.hsfz import _states as hsfz
from opensos.protocols.isotp import _states as isotp
from opensos.protocols.uds import _states as uds
from tests.protocols.state_picture import mermaid
from tests.shared import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = ROOT / "docs" / "reference" / "diagnostics.md"
TABLES: dict[str, Mapping[Any, Mapping[Any, str]]] = {
    "uds session": uds.SESSION,
    "uds security": uds.SECURITY,
    "uds transfer": uds.TRANSFER,
    "uds client": uds.CLIENT,
    "isotp receiver": isotp.RECEIVER,
    "isotp sender": isotp.SENDER,
    "doip": doip.TABLE,
    "doip client": doip.CLIENT,
    "hsfz": hsfz.TABLE,
    "hsfz client": hsfz.CLIENT,
}


@pytest.mark.parametrize("name", TABLES)
def test_the_page_shows_the_picture_that_the_table_draws(name: str) -> None:
    table = TABLES[name]
    assert f"```mermaid\n{mermaid(table, next(iter(table)))}\n```" in PAGE.read_text("utf-8")


@pytest.mark.parametrize("name", TABLES)
def test_every_state_of_a_table_is_reached_from_the_first(name: str) -> None:
    table = TABLES[name]
    reached = {next(iter(table))}
    while more := {then for state in reached for then in table[state].values()} - reached:
        reached |= more
    assert reached == set(table)
