"""The reference page names every key that the board's file may hold."""

from __future__ import annotations

import re

import pytest

from tests.shared import ROOT

PAGE = (ROOT / "docs" / "reference" / "board-toml.md").read_text("utf-8")
BOARD = ROOT / "src" / "opensos" / "edges" / "board"
READS = re.compile(
    r"\b(?:_path\(table, |(?:table|car|airbag|seat|section)"
    r"\.(?:text|texts|need|choice|choice_or|flag|number|number_or|need_number|whole|whole_or"
    r"|need_whole|rows|moment|table|tables)\(\s*)\"(\w+)\""
)
KEYS = sorted(
    {
        key
        for name in ("parts.py", "bus.py", "open.py")
        for key in READS.findall((BOARD / name).read_text("utf-8"))
    }
)


def test_the_keys_are_found() -> None:
    assert {"vin", "kind", "matrix", "open_above_mv", "confirm", "belted", "file"} <= set(KEYS)
    assert len(KEYS) > 80


@pytest.mark.parametrize("key", KEYS)
def test_every_key_stands_in_the_reference(key: str) -> None:
    assert re.search(rf"[`\[.]{key}[`\].]", PAGE)
