"""What each horizontal sensor reads when nothing happens: bias, tilt, slope.

The first 20 ms give a first value if they are quiet; after that follows a mean over all quiet time,
at most the last 10 s. It stands still while anything happens, so neither a crash nor hard braking
is swallowed: 4 s of braking at 1 g move it by less than half a g, which is 2.4 km/h in 150 ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

SETTLE_S = 0.020
QUIET_SPREAD_G = 2.0
LARGEST_BIAS_G = 3.0
"""No car can brake or turn at 3 g for long: a steady reading up to here at the start is a bias."""

NOTED_BIAS_G = 0.5

_SLOWEST_MEAN_S = 10.0
_YOUNG_S = 1.0
_FOLLOW_BELOW_G = 2.0
_FOLLOW_YOUNG_BELOW_G = 0.5  # while the mean is short, the foot of a crash must not move it
_STUCK_SPREAD_G = 1e-6
_UNSTUCK_G = 0.5
_EPSILON_S = 1e-6

Settled: TypeAlias = Literal["quiet", "moving", "stuck"]


class Axis:
    """The baseline of one axis."""

    __slots__ = ("_high", "_low", "bias", "stuck")

    def __init__(self) -> None:
        self.bias = 0.0
        self.stuck = False
        self._low = float("inf")
        self._high = -float("inf")

    def look(self, mean: float) -> bool:
        """Take one early mean; return whether the axis is still quiet."""
        self._low, self._high = min(self._low, mean), max(self._high, mean)
        return self._high - self._low <= QUIET_SPREAD_G

    def settle(self, mean: float) -> Settled:
        """The settling time is over and was quiet: take its mean if it can be a bias."""
        if abs(mean) <= LARGEST_BIAS_G:
            self.bias = mean
            return "quiet"
        if self._high - self._low > _STUCK_SPREAD_G:
            return "moving"
        self.bias, self.stuck = mean, True
        return "stuck"

    def follow(self, residual: float, share: float, below: float) -> bool:
        """Move slowly toward what is left after the bias; True if a stuck sensor moved again."""
        if self.stuck:
            if abs(residual) <= _UNSTUCK_G:
                return False
            self.bias, self.stuck = 0.0, False
            return True
        if abs(residual) <= below:
            self.bias += residual * share
        return False


@dataclass(frozen=True, slots=True)
class Settling:
    """How far the settling has come: over or not, in motion or not, and what to note."""

    done: bool
    moving: bool = False
    findings: tuple[str, ...] = ()


class Baseline:
    """Both horizontal axes; ``x`` and ``y`` are the biases in g."""

    __slots__ = ("_elapsed", "_sum_x", "_sum_y", "_x", "_y", "settled", "x", "y")

    def __init__(self) -> None:
        self._x, self._y = Axis(), Axis()
        self.x = self.y = 0.0
        self.settled = False
        self._elapsed = self._sum_x = self._sum_y = 0.0

    def settle(self, seconds: float, x: float, y: float) -> Settling:
        """Take the mean readings (g) of one early step; return how far the settling has come."""
        self._elapsed += seconds
        self._sum_x += x * seconds
        self._sum_y += y * seconds
        quiet = self._x.look(x) & self._y.look(y)
        if quiet and self._elapsed < SETTLE_S - _EPSILON_S:
            return Settling(done=False)
        self.settled = True
        outcome: set[Settled] = {"moving"}
        if quiet:
            mean_x, mean_y = self._sum_x / self._elapsed, self._sum_y / self._elapsed
            outcome = {self._x.settle(mean_x), self._y.settle(mean_y)}
            self.x, self.y = self._x.bias, self._y.bias
        noted = []
        if "moving" in outcome:
            noted.append("unsettled_start")
        if "stuck" in outcome:
            noted.append("sensor_stuck")
        elif max(abs(self.x), abs(self.y)) > NOTED_BIAS_G:
            noted.append("bias_large")
        return Settling(done=True, moving="moving" in outcome, findings=tuple(noted))

    def follow(self, seconds: float, residual_x: float, residual_y: float) -> bool:
        """Follow slowly while nothing happens; return True if a stuck sensor moved again."""
        self._elapsed += seconds
        share = min(1.0, seconds / min(self._elapsed, _SLOWEST_MEAN_S))
        below = _FOLLOW_YOUNG_BELOW_G if self._elapsed < _YOUNG_S else _FOLLOW_BELOW_G
        moved = self._x.follow(residual_x, share, below)
        moved |= self._y.follow(residual_y, share, below)
        self.x, self.y = self._x.bias, self._y.bias
        return moved
