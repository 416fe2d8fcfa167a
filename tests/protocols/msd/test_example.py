"""The example program does what its text says."""

from __future__ import annotations

import runpy
from typing import TYPE_CHECKING

from tests.shared import ROOT

if TYPE_CHECKING:
    import pytest


def test_the_example_reads_what_is_left_and_writes_an_update(
    capsys: pytest.CaptureFixture[str],
) -> None:
    runpy.run_path(str(ROOT / "examples" / "decode_an_msd.py"), run_name="__main__")
    seen = capsys.readouterr().out
    assert "VIN WM9VDSVDSYA123456" in seen
    assert "Position: None, None" in seen
    assert "warning: The message ends inside positionLatitude" in seen
    assert "An update in 47 bytes: 032d" in seen
