"""The example runs as its first lines say."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.shared import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def show(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "examples" / "board_parts.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_a_file_the_example_board_is_shown() -> None:
    done = show()
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("car            works   VIN ZZ9")
    assert len(lines) == 12
    assert not any("absent" in line for line in lines)


def test_a_board_of_a_car_alone_has_no_parts(tmp_path: Path) -> None:
    path = tmp_path / "board.toml"
    path.write_text('[car]\nvin = "ZZ9TESTS6RA000001"\n')
    done = show(str(path), "0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("absent") == 11


def test_a_file_that_cannot_be_is_a_sentence() -> None:
    done = show(str(ROOT / "pyproject.toml"))
    assert done.returncode == 2
    assert done.stderr == "pyproject.toml: The board's file must have a table [car] with the VIN.\n"
