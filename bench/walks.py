"""Random walks through the whole unit of pure machines: 10 000 of them, and how long they take.

    .venv/bin/python bench/walks.py [--walks 10000] [--workers 2] [--json]

Each walk is a life of up to thirty steps: presses, crashes, tests, a bad network, a bad clock, lost
power, resets. It ends with an error where a person would never accept what the unit did.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from hypothesis.stateful import run_state_machine_as_test

from tests.rules.emergency.test_walks import Walk, walk


def stroll(walks: int) -> int:
    """Walk so often; raises where a promise breaks."""
    run_state_machine_as_test(Walk, settings=walk(walks))
    return walks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--walks", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    began = time.perf_counter()
    share = -(-args.walks // args.workers)
    with ProcessPoolExecutor(args.workers) as pool:
        walked = sum(pool.map(stroll, [share] * args.workers))
    seconds = time.perf_counter() - began
    figures = {"walks": walked, "seconds": round(seconds, 1), "failures": 0}
    print(json.dumps(figures) if args.json else f"{walked} walks in {seconds:.0f} s, none broke")


if __name__ == "__main__":
    main()
