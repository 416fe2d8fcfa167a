"""How many faults the self-test finds, and how often it blames the right part.

    .venv/bin/python bench/blame.py [--seeds 3] [--workers 2] [--fault NAME] [--json]

Every fault of the catalogue is put into pretend cars of every family of which the unit is ours, in
each ordinary situation (``tests/apps/vehicle/blaming.py``). ``detected`` and ``blamed_right`` are
percentages: of what the catalogue says is found in that situation, and of all runs, those of faults
that cannot be found included.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.apps.vehicle.blaming import cases, run

if TYPE_CHECKING:
    from tests.apps.vehicle.blaming import Finding


def figures(findings: list[Finding]) -> dict[str, Any]:
    """Count, and gather what went wrong by fault."""
    due = [one for one in findings if one.due]
    missed = [one for one in due if not one.found]
    wrong = [one for one in findings if not one.right]
    by_fault: dict[str, list[str]] = {}
    for one in dict.fromkeys(missed + wrong):
        case = one.case
        where = f"{case.mode}, {case.family}, {case.situation}, seed {case.seed}"
        said = f"blamed {one.first}" if one.first else "blamed nothing"
        by_fault.setdefault(case.fault, []).append(f"{where}: {said}")
    return {
        "cases": len(findings),
        "due": len(due),
        "detected": round(100.0 * (len(due) - len(missed)) / max(1, len(due)), 2),
        "blamed_right": round(100.0 * (len(findings) - len(wrong)) / max(1, len(findings)), 2),
        "misses": by_fault,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--fault")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    chosen = [one for one in cases(args.seeds) if args.fault in {None, one.fault}]
    with ProcessPoolExecutor(args.workers) as pool:
        result = figures(list(pool.map(run, chosen, chunksize=20)))
    if args.json:
        print(json.dumps(result))
        return
    for fault, lines in result["misses"].items():
        print(fault, *lines, sep="\n  ")
    print(
        f"{result['cases']} runs: {result['detected']} % of {result['due']} found,"
        f" {result['blamed_right']} % blamed right"
    )


if __name__ == "__main__":
    main()
