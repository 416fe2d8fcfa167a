"""How many samples a second one core takes, and what an idle car costs: ``bench/crash.py --json``.

Keys: ``samples_per_s_1khz``, ``samples_per_s_10khz`` (x, y, z, roll rate of a noisy drive),
``crash_samples_per_s`` (the barrier at 10 kHz), ``idle_core_share`` (pretend car and detector).
"""

from __future__ import annotations

import json
import random
import sys
import time

from opensos.rules.crash import CrashDetector, Samples
from opensos.sim import SCENARIOS, PretendCar


def drive(rate: float, count: int) -> Samples:
    rnd = random.Random(1)
    return Samples(
        [i / rate for i in range(count)],
        [rnd.gauss(0.0, 0.2) for _ in range(count)],
        [rnd.gauss(0.0, 0.2) for _ in range(count)],
        [rnd.gauss(-1.0, 0.2) for _ in range(count)],
        [rnd.gauss(0.0, 0.5) for _ in range(count)],
    )


def barrier(rate: float) -> Samples:
    t = [i / rate for i in range(int(rate))]
    pushes = [p for p in SCENARIOS["barrier"].pushes if p.channel == "x"]
    return Samples(t, [sum(p.at(v - 0.3) for p in pushes) for v in t], [0.0] * len(t))


def per_second(samples: Samples, times: int = 1) -> float:
    began = time.process_time()
    for _ in range(times):
        CrashDetector().feed(samples)
    return times * len(samples) / (time.process_time() - began)


def idle_share(seconds: int = 120) -> float:
    car, detector = PretendCar(), CrashDetector()
    began = time.process_time()
    for k in range(1, seconds * 50 + 1):
        detector.feed(car.acceleration(k * 0.02))
    return (time.process_time() - began) / seconds


def main() -> None:
    result = {
        "samples_per_s_1khz": round(per_second(drive(1000.0, 200_000))),
        "samples_per_s_10khz": round(per_second(drive(10_000.0, 400_000))),
        "crash_samples_per_s": round(per_second(barrier(10_000.0), 20)),
        "idle_core_share": round(idle_share(), 5),
    }
    if "--json" in sys.argv:
        print(json.dumps(result))
        return
    for key, value in result.items():
        print(f"{key:22} {value}")


if __name__ == "__main__":
    main()
