"""The example runs as its first lines say."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.shared import ROOT, SHARED, needs_vectors

if TYPE_CHECKING:
    from pathlib import Path


def play(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "examples" / "play_a_pulse.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_a_file_the_made_up_barrier_is_played() -> None:
    done = play()
    assert done.returncode == 0
    assert "from the front (12 o'clock)" in done.stdout
    assert "not a medical claim" in done.stdout


@needs_vectors
def test_nhtsa_10146_is_played_from_its_file() -> None:
    done = play(str(SHARED / "vectors" / "crash" / "v10146.093"))
    assert done.returncode == 0
    assert "triggered delta_v at 23.3 ms" in done.stdout


def test_a_quiet_recording_and_a_missing_one_are_told_apart(tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.csv"
    quiet.write_text("t,ax\n" + "".join(f"{i / 100},0.1\n" for i in range(100)))
    assert play(str(quiet)).returncode == 1
    missing = play(str(tmp_path / "none.csv"))
    assert (missing.returncode, missing.stdout.startswith("There is no file")) == (2, True)
