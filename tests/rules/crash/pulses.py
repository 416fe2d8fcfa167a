"""Made-up accelerations and small helpers for the tests of crash detection."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from opensos.rules.crash import CrashDetector, CrashReport, FullScale, Samples, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opensos.sim.scenarios import Push


def stream(
    *pushes: Push,
    seconds: float = 1.0,
    lead: float = 0.5,
    rate: float = 1000.0,
    bias: tuple[float, float, float] = (0.0, 0.0, -1.0),
    noise: float = 0.0,
    start: float = 0.0,
) -> Samples:
    """A quiet lead, then the pushes; ``bias`` is what each axis reads at rest."""
    rnd = random.Random(7)
    t: list[float] = []
    ax: list[float] = []
    ay: list[float] = []
    az: list[float] = []
    for i in range(round((lead + seconds) * rate) + 1):
        tau = i / rate
        t.append(start + tau)
        felt = {"x": bias[0], "y": bias[1], "z": bias[2]}
        for push in pushes:
            felt[push.channel] += push.at(tau - lead)
        for column, axis in ((ax, "x"), (ay, "y"), (az, "z")):
            column.append(felt[axis] + rnd.gauss(0.0, noise) if noise else felt[axis])
    return Samples(t, ax, ay, az)


def run(
    samples: Samples, *, full_scale: FullScale | None = None
) -> tuple[list[CrashReport], CrashDetector]:
    """Feed everything and finish; return the reports and the detector."""
    detector = CrashDetector(Settings(full_scale=full_scale) if full_scale else None)
    return detector.feed(samples) + detector.finish(), detector


def changed(samples: Samples, change: Callable[[float], float]) -> Samples:
    """The same stream with every horizontal reading changed."""
    return Samples(
        samples.t,
        None if samples.ax is None else [change(a) for a in samples.ax],
        None if samples.ay is None else [change(a) for a in samples.ay],
        samples.az,
        samples.roll_rate,
    )


def clipped(samples: Samples, limit: float) -> Samples:
    """The same stream through a sensor of this range."""
    return changed(samples, lambda a: max(-limit, min(limit, a)))


def cut(samples: Samples, start: int, end: int) -> Samples:
    """Some rows of a stream."""

    def part(column: Sequence[float] | None) -> Sequence[float] | None:
        return None if column is None else column[start:end]

    return Samples(
        samples.t[start:end],
        part(samples.ax),
        part(samples.ay),
        part(samples.az),
        part(samples.roll_rate),
    )


def cfc(values: Sequence[float], step: float, frequency_class: float) -> list[float]:
    """SAE J211 channel frequency class: a four-pole Butterworth run forwards and backwards."""
    wd = 2.0 * math.pi * frequency_class * 2.0775
    wa = math.tan(wd * step / 2.0)
    norm = 1.0 + math.sqrt(2.0) * wa + wa * wa
    a0, b1 = wa * wa / norm, -2.0 * (wa * wa - 1.0) / norm
    b2 = (-1.0 + math.sqrt(2.0) * wa - wa * wa) / norm

    def one_way(x: list[float]) -> list[float]:
        y = x[:2]
        for i in range(2, len(x)):
            y.append(a0 * (x[i] + 2.0 * x[i - 1] + x[i - 2]) + b1 * y[-1] + b2 * y[-2])
        return y

    return one_way(one_way(list(values))[::-1])[::-1]
