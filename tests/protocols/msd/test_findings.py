"""Codes and levels are stable, and the reference lists every one."""

from __future__ import annotations

import re

from opensos.protocols.msd.findings import CODES, finding
from tests.shared import ROOT


def test_a_finding_has_the_level_of_its_code() -> None:
    assert finding("truncated", 7, "…").level == "warning"
    assert finding("explicit-default", None, "…").level == "info"


def test_the_reference_lists_every_code_with_its_level_and_meaning() -> None:
    text = (ROOT / "docs" / "reference" / "msd-findings.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.+) \|$", text, re.MULTILINE)
    assert rows == [(code, level, meaning) for code, (level, meaning) in CODES.items()]
