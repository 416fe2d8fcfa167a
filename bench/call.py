"""The speed of one SOS call, end to end: ``.venv/bin/python bench/call.py [--json] [--quick]``.

Measurements, each against one centre process started as a user would start it:

* screen: from the press of SOS in a car unit to the painted row in Chromium;
* load: complete calls offered by sipp (INVITE with MSD and location, durable incident, answer with
  acknowledgement, INFO asked for and answered, BYE) at rising rates, until one is lost;
* workers (only when asked for): the same with one and with two worker processes;
* loss: complete calls of our own car with datagrams lost at random in both directions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import lossy_calls
import screen
import sipp_load
from centre_process import CentreProcess

_LOSS = 0.02
_UPDATE = ("--request-on-answer",)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure_screen(folder: Path, calls: int) -> dict[str, Any]:
    with CentreProcess(folder / "screen") as centre:
        found = sorted(asyncio.run(screen.measure(centre, calls, folder / "screen")))
    p99 = found[min(len(found) - 1, round(0.99 * len(found)))]
    median = statistics.median(found)
    _say(f"screen: {len(found)} calls, median {median:.1f} ms, 99th percentile {p99:.1f} ms")
    return {"screen_ms_median": round(median, 1), "screen_ms_p99": round(p99, 1)}


def _offer(folder: Path, rate: int, seconds: int, options: tuple[str, ...]) -> dict[str, Any]:
    """Offer calls at one rate to a fresh centre; count what the database has of them."""
    place = folder / f"load_{rate}_{len(options)}"
    with CentreProcess(place, options) as centre:
        sipp_load.offer(place, centre.sip_port, 50, 100)  # warm up
        _, warm = centre.complete_calls()
        before = centre.cpu_seconds()
        seen = sipp_load.offer(place, centre.sip_port, rate, rate * seconds)
        cpu = centre.cpu_seconds() - before
        _, complete = centre.complete_calls()
    complete -= warm
    result = {
        "calls_per_s": round(complete / max(seen.seconds, 0.001), 1),
        "offered": seen.offered,
        "lost": seen.offered - min(complete, seen.succeeded),
        "cpu_us_per_call": round(cpu / max(complete, 1) * 1e6),
        "retransmissions": seen.retransmissions,
    }
    _say(f"load: {rate}/s offered: {result}")
    return result


def measure_load(folder: Path, rates: list[int], seconds: int) -> dict[str, Any]:
    """Return the highest rate at which nothing was lost."""
    best: dict[str, Any] | None = None
    for rate in rates:
        result = _offer(folder, rate, seconds, _UPDATE)
        if best is None or result["lost"] == 0:
            best = result
        if result["lost"]:
            break
    assert best is not None
    return best


def measure_workers(folder: Path, rate: int, seconds: int) -> dict[str, Any]:
    """Offer the same rate to each of one and of two workers; linear growth is equal CPU a call."""
    found: dict[str, Any] = {}
    for workers in (1, 2):
        place = folder / f"workers_{workers}"
        options = (*_UPDATE, "--workers", str(workers), "--worker-ports")
        with CentreProcess(place, options) as centre:
            ports = [centre.sip_port + n for n in range(workers)]
            places = [place / f"sipp_{port}" for port in ports]
            for each in places:
                each.mkdir()
            before = centre.cpu_seconds()
            with ThreadPoolExecutor() as pool:
                seen = list(
                    pool.map(
                        lambda at: sipp_load.offer(at[0], at[1], rate, rate * seconds),
                        zip(places, ports, strict=True),
                    )
                )
            cpu = centre.cpu_seconds() - before
            _, complete = centre.complete_calls()
        offered = sum(each.offered for each in seen)
        found[f"workers_{workers}"] = {
            "calls_per_s": round(complete / max(each.seconds for each in seen), 1),
            "lost": offered - min(complete, sum(each.succeeded for each in seen)),
            "cpu_us_per_call": round(cpu / max(complete, 1) * 1e6),
        }
        _say(f"workers: {workers} at {rate}/s each: {found[f'workers_{workers}']}")
    return found


def measure_loss(folder: Path, calls: int) -> dict[str, Any]:
    with CentreProcess(folder / "lossy", _UPDATE) as centre:
        share, lost = asyncio.run(lossy_calls.measure(centre, calls, _LOSS, seed=1))
    _say(f"loss: {calls} calls, {lost} datagrams lost, {share:.2%} complete")
    return {"lossy_completed": share}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--quick", action="store_true", help="fewer calls, one rate")
    parser.add_argument(
        "--only", choices=["screen", "load", "loss", "workers"], help="one part alone"
    )
    parser.add_argument("--rates", default="400,450,500,550,600", help="calls a second to offer")
    wish = parser.parse_args()
    rates = [400] if wish.quick else [int(rate) for rate in wish.rates.split(",")]
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="opensos-bench-") as name:
        folder = Path(name)
        if wish.only in {None, "screen"}:
            result |= measure_screen(folder, 30 if wish.quick else 150)
        if wish.only in {None, "load"}:
            result |= measure_load(folder, rates, 5 if wish.quick else 20)
        if wish.only in {None, "loss"}:
            result |= measure_loss(folder, 100 if wish.quick else 500)
        if wish.only == "workers":
            result |= measure_workers(folder, 150, 5 if wish.quick else 15)
    if wish.json:
        print(json.dumps(result))
    else:
        for key, value in result.items():
            print(f"{key:20} {value}")


if __name__ == "__main__":
    main()
