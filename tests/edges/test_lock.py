from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from opensos.edges.lock import FileLock
from opensos.protocols.effects import RoadError

if TYPE_CHECKING:
    from pathlib import Path


def test_only_one_can_hold_it_and_the_other_is_told_who(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "new" / "a.lock"), FileLock(tmp_path / "new" / "a.lock")
    first.take("A centre")
    with pytest.raises(RoadError, match="A centre already uses"):
        second.take("A centre")
    first.release()
    first.release()
    second.take("A centre")
    second.release()


def test_a_killed_holder_leaves_it_free(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    code = (
        "import sys, pathlib, time; from opensos.edges.lock import FileLock; "
        "lock = FileLock(pathlib.Path(sys.argv[1])); lock.take('x'); print('held', flush=True); "
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(RoadError):
            FileLock(path).take("It")
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    FileLock(path).take("It")


def test_a_place_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RoadError, match="cannot be used"):
        FileLock(tmp_path / "file" / "a.lock").take("It")
