"""One centre in a process of its own, on free loopback ports, with a fresh database."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

_START_S = 20.0
_TICKS = os.sysconf("SC_CLK_TCK")


def free_port(kind: socket.SocketKind) -> int:
    """Return a port that nobody uses at the moment."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class CentreProcess:
    """``opensos centre run`` as a user would start it; use it in a ``with`` statement."""

    folder: Path
    options: tuple[str, ...] = ()
    sip_port: int = field(default_factory=lambda: free_port(socket.SOCK_DGRAM))
    web_port: int = field(default_factory=lambda: free_port(socket.SOCK_STREAM))
    sign_in: str = ""
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "centre.log"
        command = [
            sys.executable, "-m", "opensos", "centre", "run",
            "--sip", f"udp:127.0.0.1:{self.sip_port}", "--web", f"127.0.0.1:{self.web_port}",
            "--data", str(self.folder), *self.options,
        ]  # fmt: skip
        with log.open("wb") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out)
        until = time.monotonic() + _START_S
        while time.monotonic() < until:
            found = re.search(r"https?://\S+/sign-in\?token=\S+", log.read_text(errors="replace"))
            if found:
                self.sign_in = found.group()
                time.sleep(2.0)  # the list of cities is loaded in the background
                return self
            time.sleep(0.05)
        self.__exit__()
        raise SystemExit(f"The centre did not start:\n{log.read_text(errors='replace')}")

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process and its children have used so far."""
        assert self._process is not None
        return sum(_cpu(pid) for pid in _family(self._process.pid))

    def complete_calls(self) -> tuple[int, int]:
        """Return how many incidents the database has, and how many of them are complete.

        Complete: the update arrived (two data sets or more) and the call was ended properly.
        """
        with sqlite3.connect(self.folder / "centre.db") as database:
            total = database.execute("select count(*) from incident").fetchone()[0]
            complete = database.execute(
                "select count(*) from incident i where "
                "exists (select 1 from event where incident_id = i.id and kind = 'msd.received')"
                " and exists (select 1 from event where incident_id = i.id"
                " and kind in ('call.ended', 'call.cleared_down'))"
            ).fetchone()[0]
        return int(total), int(complete)


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(grandchild for child in children for grandchild in _family(int(child)))]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
