"""A unit in a process of its own, and the command line beside it, as a person has them."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 30.0
OPENSOS = (sys.executable, "-m", "opensos")


def opensos(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*OPENSOS, *arguments],
        input=given,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env=os.environ | {"NO_COLOR": "1"},
    )


class Running:
    """A unit in a process of its own; ``out`` and ``err`` give its lines as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out: queue.Queue[str] = queue.Queue()
        self.err: queue.Queue[str] = queue.Queue()
        for stream, lines in ((process.stdout, self.out), (process.stderr, self.err)):
            threading.Thread(target=self._read, args=(stream, lines), daemon=True).start()
        first = self.err.get(timeout=PATIENCE_S)
        assert "http://" in first, first
        self.url = "http://" + first.split("http://", 1)[1].split("/car", 1)[0]

    @staticmethod
    def _read(stream: Any, lines: queue.Queue[str]) -> None:
        for line in stream:
            lines.put(line.rstrip("\n"))

    def keys_until(self, wanted: str) -> list[str]:
        """Return the text keys of the journal's lines (--json) up to the wanted one."""
        keys: list[str] = []
        while wanted not in keys:
            keys.append(json.loads(self.out.get(timeout=PATIENCE_S))["text_key"])
        return keys

    def ask(self, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command that asks this unit."""
        return opensos(*arguments, "--url", self.url, given=given)

    def json(self, *arguments: str) -> Any:
        """Return what a command prints with --json; it must have gone well."""
        answer = self.ask(*arguments, "--json")
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Running]:
    """Run a unit that is stopped as by Ctrl-C."""
    command = [*OPENSOS, "vehicle", "run", "--port", "0", "--journal", str(folder), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        try:
            yield Running(process)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0
