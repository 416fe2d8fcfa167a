from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from opensos.edges.terminal import print_json, print_table

if TYPE_CHECKING:
    import pytest


def test_json_is_one_line_in_peoples_letters(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"Ort": "Köln", "volts": None})
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert "Köln" in out
    assert json.loads(out) == {"Ort": "Köln", "volts": None}


def test_a_table_in_a_pipe_is_plain_and_not_cut(capsys: pytest.CaptureFixture[str]) -> None:
    long = "a sentence that is longer than a terminal of eighty columns would let it be"
    print_table(("Part", "Result"), [("lamp", f"[green]passed[/green] {long}")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["Part", "Result"]
    assert lines[1].startswith("lamp  passed a sentence")
    assert lines[1].rstrip().endswith("let it be")


def test_rich_is_loaded_for_a_table_only() -> None:
    program = (
        "import sys, opensos.edges.terminal;"
        "import opensos.apps.vehicle.cli, opensos.apps.vehicle.running;"
        "print('rich.table' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout == "False\n"
