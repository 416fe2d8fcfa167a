"""How long decoding and encoding an MSD takes, and how much quicker that is than ASN.1 compilers.

Same run, same messages: random valid ones of versions 1, 2 and 3, with and without additional
data. `decode` is everything from bytes to the frozen value with its findings, the content of Euro
NCAP and ERA-GLONASS data included (which the compilers are not asked for). asn1tools and pycrate
compile their modules before the clock starts; both get values in their own form, made beforehand.
The three take turns, round by round, and the median round counts: the load of the machine meets
all of them alike.

    python bench/msd.py [--json] [--messages 3000] [--rounds 7]
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from opensos.protocols.msd import decode, encode
from tests.protocols.msd import oracles
from tests.protocols.msd.samples import random_msd

if TYPE_CHECKING:
    from collections.abc import Callable

VERSIONS = (1, 2, 3)


def sample(count: int) -> list[tuple[int, Any, bytes]]:
    """Draw `count` messages, the versions in turn; half of them have additional data."""
    chance = random.Random(15722)
    drawn = []
    for at in range(count):
        version = VERSIONS[at % len(VERSIONS)]
        msd = random_msd(chance, version)
        drawn.append((version, msd, encode(msd)))
    return drawn


def asn1tools_jobs(messages: list[tuple[int, Any, bytes]]) -> dict[str, Callable[[], None]]:
    """Decode and encode all messages with asn1tools, as a user of it would."""
    modules = {
        version: oracles.asn1tools_modules()[f"OpenSosMsdV{version}"] for version in VERSIONS
    }
    data = [(modules[version], version, encoded) for version, _, encoded in messages]
    values = [(modules[version], version, oracles.to_asn1(msd)) for version, msd, _ in messages]

    def decode_all() -> None:
        for module, version, encoded in data:
            outer = module.decode("ECallMessage", encoded)
            if version > 1:
                module.decode("MSDMessage", outer["msd"])

    def encode_all() -> None:
        for module, version, value in values:
            if version == 1:
                module.encode("ECallMessage", {"id": 1, "msd": value})
            else:
                inner = module.encode("MSDMessage", value)
                module.encode("ECallMessage", {"msdVersion": version, "msd": inner})

    return {"decode": decode_all, "encode": encode_all}


def pycrate_jobs(messages: list[tuple[int, Any, bytes]]) -> dict[str, Callable[[], None]]:
    """Decode and encode all messages with pycrate, as a user of it would."""
    module = oracles.pycrate_module()
    kinds = {version: getattr(module, f"OpenSosMsdV{version}").ECallMessage for version in VERSIONS}
    data = [(kinds[version], encoded) for version, _, encoded in messages]
    values = [
        (kinds[version], oracles.to_pycrate(version, oracles.to_asn1(msd)))
        for version, msd, _ in messages
    ]

    def decode_all() -> None:
        for kind, encoded in data:
            kind.from_uper(encoded)
            kind.get_val()

    def encode_all() -> None:
        for kind, value in values:
            kind.set_val(value)
            kind.to_uper()

    return {"decode": decode_all, "encode": encode_all}


def our_jobs(messages: list[tuple[int, Any, bytes]]) -> dict[str, Callable[[], None]]:
    """Decode and encode all messages with ours."""
    data = [encoded for _, _, encoded in messages]
    values = [msd for _, msd, _ in messages]

    def decode_all() -> None:
        for encoded in data:
            decode(encoded)

    def encode_all() -> None:
        for value in values:
            encode(value)

    return {"decode": decode_all, "encode": encode_all}


def measure(messages: list[tuple[int, Any, bytes]], rounds: int) -> dict[str, float]:
    """Run all jobs in turn; returns microseconds per message, the median of the rounds."""
    jobs = {
        f"{what}_{who}": job
        for who, made in (
            ("ours", our_jobs(messages)),
            ("asn1tools", asn1tools_jobs(messages)),
            ("pycrate", pycrate_jobs(messages)),
        )
        for what, job in made.items()
    }
    for job in jobs.values():
        job()
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            # A collection of one's rubbish must not be paid by the next.
            gc.collect()
            start = time.perf_counter()
            job()
            times[name].append(time.perf_counter() - start)
    return {name: 1e6 * statistics.median(seen) / len(messages) for name, seen in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of the MSD codec.")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    us = measure(sample(options.messages), options.rounds)
    result = {
        "decode_us": round(us["decode_ours"], 2),
        "encode_us": round(us["encode_ours"], 2),
        "decode_vs_asn1tools": round(us["decode_asn1tools"] / us["decode_ours"], 1),
        "encode_vs_asn1tools": round(us["encode_asn1tools"] / us["encode_ours"], 1),
        "decode_vs_pycrate": round(us["decode_pycrate"] / us["decode_ours"], 1),
        "encode_vs_pycrate": round(us["encode_pycrate"] / us["encode_ours"], 1),
    }
    if options.json:
        print(json.dumps(result))
        return
    for key, value in result.items():
        print(f"{key:22} {value:8}")


if __name__ == "__main__":
    main()
