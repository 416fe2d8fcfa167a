"""How light the unit is: memory and processor of an idle one, and how soon it can call.

Run it as ``python bench/unit.py --json``; keys ``rss_mb``, ``cpu_percent``, ``ready_s``.

``ready_s`` is the median over several cold starts of a whole process, from its start until the
INVITE of a test call that was asked for at the first moment possible reached a socket here (files
are in the system's cache, the interpreter's compiled files exist). ``cpu_percent`` and ``rss_mb``
are of a unit that drives and waits, its pretend car, self-test and page included.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

STARTS = 5
SETTLE_S = 8.0
WATCH_S = 30.0
PATIENCE_S = 20.0
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--watch", type=float, default=WATCH_S, help="seconds to watch an idle one")
    options = parser.parse_args()
    ready = [_ready_s() for _ in range(STARTS)]
    figures = _idle(options.watch) | {"ready_s": round(statistics.median(ready), 3)}
    if options.json:
        print(json.dumps(figures))
        return
    for key, value in figures.items():
        print(f"{key:<12} {value}")


def _ready_s() -> float:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as centre:
        centre.bind(("127.0.0.1", 0))
        centre.settimeout(PATIENCE_S)
        page = _free_port()
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            unit = _start(centre.getsockname()[1], page, Path(folder))
            try:
                _ask_for_test_call(page, began)
                assert centre.recv(65536).startswith(b"INVITE ")
                return time.perf_counter() - began
            finally:
                _end(unit)


def _idle(watch_s: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        unit = _start(9, _free_port(), Path(folder))
        try:
            time.sleep(SETTLE_S)
            before, began = _ticks(unit.pid), time.perf_counter()
            time.sleep(watch_s)
            used = (_ticks(unit.pid) - before) / TICKS / (time.perf_counter() - began)
            return {"rss_mb": round(_rss_mb(unit.pid), 1), "cpu_percent": round(100 * used, 2)}
        finally:
            _end(unit)


def _start(centre: int, page: int, folder: Path) -> subprocess.Popen[bytes]:
    order = [sys.executable, "-m", "opensos", "vehicle", "run", "--centre"]
    order += [f"sip:127.0.0.1:{centre}", "--port", str(page), "--journal", str(folder)]
    return subprocess.Popen(order, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _end(unit: subprocess.Popen[bytes]) -> None:
    unit.terminate()
    try:
        unit.wait(10)
    except subprocess.TimeoutExpired:
        unit.kill()
        unit.wait(10)


def _ask_for_test_call(page: int, began: float) -> None:
    request = urllib.request.Request(  # our own loopback page
        f"http://127.0.0.1:{page}/car/api/sos",
        json.dumps({"test": True}).encode(),
        {"Content-Type": "application/json"},
    )
    while time.perf_counter() - began < PATIENCE_S:
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S):  # noqa: S310  # same
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
    raise SystemExit("the unit did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _rss_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
