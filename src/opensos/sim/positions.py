"""Where the pretend receiver says that the car is: its route, with errors that repeat."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from opensos.ports import Fix
from opensos.sim.route import Route, moved

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.sim.motion import Odometer

_GNSS_ERROR_M = 1.5
_FIX_STEP_S = 1.0
_RECENT_FIX_STEP_S = 5.0


class Positions:
    """Makes a fix each second.

    Args:
        odometer: the car's speed and way.
        true_utc: civil time as it really is, by steady seconds.
        start: steady seconds of the fix number 0.
        seed: of the errors.
    """

    def __init__(
        self, odometer: Odometer, true_utc: Callable[[float], float], *, start: float, seed: int
    ) -> None:
        self._odometer = odometer
        self._true_utc = true_utc
        self._start = start
        self._seed = seed
        self._route = Route()

    def newest(self, now: float, accuracy_m: float) -> Fix:
        """Return the newest fix."""
        return self._fix(math.floor((now - self._start) / _FIX_STEP_S), accuracy_m)

    def earlier(self, now: float, accuracy_m: float) -> tuple[Fix, Fix]:
        """Return the fixes of five and ten seconds ago, newest first."""
        k = math.floor((now - self._start) / _FIX_STEP_S)
        back = round(_RECENT_FIX_STEP_S / _FIX_STEP_S)
        return (self._fix(k - back, accuracy_m), self._fix(k - 2 * back, accuracy_m))

    def _fix(self, k: int, accuracy: float) -> Fix:
        """The fix number k; its error is the same whenever it is asked for."""
        at = self._start + k * _FIX_STEP_S
        place = self._route.at(self._odometer.driven_m(at))
        noise = random.Random(f"{self._seed}/{k}")  # noqa: S311  pretend noise must be repeatable
        error = _GNSS_ERROR_M * accuracy / 4.0
        latitude, longitude = moved(place, noise.gauss(0.0, error), noise.gauss(0.0, error))
        return Fix(
            utc=self._true_utc(at),
            latitude=latitude,
            longitude=longitude,
            accuracy_m=accuracy,
            heading_deg=place.heading_deg,
            speed_kmh=self._odometer.speed_kmh(at),
        )
