"""Accelerations as the car feels them: the axes, the signs, the units.

**Axes (SAE J211, as NHTSA records them), fixed to the car:** x forward, y to the right, z down.
Accelerations in g. So braking and a frontal impact give *negative* ax, and so does their change of
velocity; being struck from the right pushes the car to the left: *negative* ay.

z is the specific force as a real sensor gives it: standing level reads -1 g. Records made for
crash tests are zeroed instead (0 g at rest); both are understood, but only the first shows which
way is down. Roll rate is degrees per second about x, positive when the right side goes down.

ISO 8855 turns y and z round (y left, z up): change their signs before handing samples in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

G_MS2 = 9.80665
"""Standard gravity, m/s² (ISO 80000-3)."""

KMH_PER_G_S = G_MS2 * 3.6
"""Change of velocity, km/h, that one g makes in one second."""


@dataclass(frozen=True, slots=True)
class Samples:
    """A chunk of samples as columns of equal length; a column that is not measured is None.

    Attributes:
        t: Seconds on one clock, rising; steps may be uneven.
        ax: Forward acceleration, g; NaN where one reading is missing.
        ay: Acceleration to the right, g.
        az: Downward specific force, g; -1 at rest.
        roll_rate: Degrees per second about the forward axis, right side down positive.
    """

    t: Sequence[float]
    ax: Sequence[float] | None = None
    ay: Sequence[float] | None = None
    az: Sequence[float] | None = None
    roll_rate: Sequence[float] | None = None

    def __len__(self) -> int:
        """Return the number of samples: the length of the shortest column that is there."""
        columns = (self.ax, self.ay, self.az, self.roll_rate)
        return min(len(self.t), *(len(c) for c in columns if c is not None), len(self.t))


@dataclass(frozen=True, slots=True)
class FullScale:
    """The largest acceleration that each channel can show, in g; None = not known."""

    x: float | None = None
    y: float | None = None
    z: float | None = None


UNKNOWN_RANGE = FullScale()
"""No range is known."""

EMPTY = Samples(t=())
"""No samples at all."""
