"""What the pretend car's acceleration sensor feels: rolling, scenarios, recordings."""

from __future__ import annotations

import math
import random
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.protocols.effects import UserError
from opensos.rules.crash import EMPTY, Samples
from opensos.sim.links import DRIFT_G, DRIFTED_NOISE_G, NOISE_G

if TYPE_CHECKING:
    from opensos.sim.scenarios import Scenario

IDLE_STEP_S = 0.020
"""50 samples a second while nothing happens, so that an idle unit sleeps."""

FULL_STEP_S = 0.001
"""1000 samples a second while something happens."""

LONGEST_READ_S = 10.0


@dataclass(slots=True)
class _Happening:
    """A scenario or a recording that began at ``start`` and fills the samples until ``end``."""

    start: float
    end: float
    scenario: Scenario | None = None
    pulse: Samples | None = None
    played: int = 0


class _Chunk:
    """Columns while they are filled."""

    def __init__(self) -> None:
        self.columns = [array("d") for _ in range(5)]
        self.missing: set[int] = set()

    def add(self, *row: float) -> None:
        for column, value in zip(self.columns, row, strict=True):
            column.append(value)

    def samples(self) -> Samples:
        """Return the columns; one that a recording lacks is lacking in the whole chunk."""
        t, *rest = self.columns
        ax, ay, az, roll = (None if i in self.missing else c for i, c in enumerate(rest))
        return Samples(t, ax, ay, az, roll)


class Shaking:
    """The sensor's samples.

    Args:
        start: steady seconds of the first sample.
        seed: of its noise.
    """

    def __init__(self, start: float, seed: int) -> None:
        self._start = start
        self._random = random.Random(seed)  # noqa: S311  pretend noise must be repeatable
        self._read_until = start
        self._attitude_deg = 0.0  # how the car lies about its forward axis
        self._happenings: list[_Happening] = []
        self._noise_g = NOISE_G
        self._drift_g = 0.0

    def happen(self, scenario: Scenario, now: float) -> float:
        """Let a scenario begin as soon as it can; return when it does."""
        start = self._free_from(now)
        self._happenings.append(_Happening(start, start + scenario.length_s, scenario=scenario))
        return start

    def play(self, pulse: Samples, now: float) -> tuple[float, float]:
        """Let a recording begin; return when it does and how long it is. Raises UserError."""
        start = self._free_from(now)
        length = max(0.0, pulse.t[len(pulse) - 1] - pulse.t[0])
        if not math.isfinite(length):
            raise UserError("The pulse's times are not numbers.")
        self._happenings.append(_Happening(start, start + length, pulse=pulse))
        return start, length

    def recover(self) -> None:
        """Put the car back on its wheels, nothing happening."""
        self._happenings = []
        self._attitude_deg = 0.0

    def busy(self, now: float) -> bool:
        """Whether something still runs or has not been read to its end."""
        return any(h.end > min(now, self._read_until) for h in self._happenings)

    def samples(self, now: float, sensor: str = "ok") -> Samples:
        """Return the samples since the last call, at most ten seconds.

        Args:
            now: steady seconds.
            sensor: ok, dead (nothing), frozen (no noise, no push: the same value) or drifted.
        """
        since = max(self._read_until, now - LONGEST_READ_S)
        self._read_until = max(self._read_until, now)
        if sensor == "dead" or now <= since:
            return EMPTY
        drifted = sensor == "drifted"
        self._noise_g = DRIFTED_NOISE_G if drifted else NOISE_G
        self._drift_g = DRIFT_G if drifted else 0.0
        chunk = _Chunk()
        for happening in self._happenings:
            if happening.end < since or happening.start >= now:
                continue
            self._idle(chunk, since, min(happening.start, now))
            since = max(since, happening.start)
            self._fill(chunk, happening, since, min(happening.end, now))
            since = min(happening.end, now)
        self._idle(chunk, since, now)
        self._happenings = [h for h in self._happenings if h.end > now]
        samples = chunk.samples()
        return _frozen(samples) if sensor == "frozen" else samples

    def _free_from(self, now: float) -> float:
        """Nothing can begin in time already read, nor before the last happening is over."""
        return max([now, self._read_until, *(h.end for h in self._happenings)])

    def _idle(self, chunk: _Chunk, since: float, until: float) -> None:
        """Fill with what a car feels that rolls or stands: gravity and a little noise."""
        first = math.floor((since - self._start) / IDLE_STEP_S) + 1
        last = math.floor((until - self._start) / IDLE_STEP_S)
        for k in range(first, last + 1):
            y, z = _gravity(self._attitude_deg)
            self._row(chunk, self._start + k * IDLE_STEP_S, (0.0, y, z), 0.0)

    def _row(
        self, chunk: _Chunk, t: float, push: tuple[float, float, float], roll_rate: float
    ) -> None:
        gauss, noise = self._random.gauss, self._noise_g
        x, y, z = (value + gauss(0.0, noise) for value in push)
        chunk.add(t, x, y, z - self._drift_g, roll_rate)

    def _fill(self, chunk: _Chunk, happening: _Happening, since: float, until: float) -> None:
        if happening.scenario is not None:
            self._fill_scenario(chunk, happening.scenario, happening.start, (since, until))
        elif happening.pulse is not None:
            _fill_pulse(chunk, happening, happening.pulse, until)

    def _fill_scenario(
        self, chunk: _Chunk, scenario: Scenario, start: float, span: tuple[float, float]
    ) -> None:
        roll = scenario.roll
        first = math.floor((span[0] - start) / FULL_STEP_S + 1e-6) + 1
        last = math.floor((span[1] - start) / FULL_STEP_S + 1e-6)
        for k in range(first, last + 1):
            tau = k * FULL_STEP_S
            self._attitude_deg = roll.angle(tau) if roll else self._attitude_deg
            y, z = _gravity(self._attitude_deg)
            felt = {"x": 0.0, "y": y, "z": z}
            for push in scenario.pushes:
                felt[push.channel] += push.at(tau)
            rate = roll.rate(tau) if roll else 0.0
            self._row(chunk, start + tau, (felt["x"], felt["y"], felt["z"]), rate)


def _gravity(roll_deg: float) -> tuple[float, float]:
    """Return the lateral and vertical specific force of a car that lies rolled by this angle."""
    angle = math.radians(roll_deg)
    return -math.sin(angle), -math.cos(angle)


def _frozen(samples: Samples) -> Samples:
    """Return the same times with the values of a sensor that has stopped measuring."""
    still = array("d", [0.0]) * len(samples)
    down = array("d", [-1.0]) * len(samples)
    return Samples(samples.t, still, still, down, still)


def _fill_pulse(chunk: _Chunk, happening: _Happening, pulse: Samples, until: float) -> None:
    """Copy the recording up to a time; a channel it lacks is unknown, not zero.

    At its end everything is flushed, so that a recording with a bad clock is played wholly too.
    """
    channels = (pulse.ax, pulse.ay, pulse.az, pulse.roll_rate)
    shift = happening.start - pulse.t[0]
    rows, i = len(pulse), happening.played
    whole = until >= happening.end
    while i < rows and (whole or not pulse.t[i] + shift > until):
        chunk.add(pulse.t[i] + shift, *(0.0 if c is None else c[i] for c in channels))
        i += 1
    if i > happening.played:
        chunk.missing |= {k for k, c in enumerate(channels) if c is None}
    happening.played = i
