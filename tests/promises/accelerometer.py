"""What every acceleration sensor promises, however it is read; adapters inherit it all."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from opensos.rules.crash.samples import FullScale, Samples


class AnySensor(Protocol):
    @property
    def full_scale(self) -> FullScale: ...

    def acceleration(self, now: float) -> Samples: ...


class AccelerometerPromises:
    """Inherit, and give ``resting``: a sensor of a car that stands level, and the present second.

    It has measured for at least a tenth of a second, and nobody has fetched anything.
    """

    def test_times_rise_and_are_not_in_the_future(self, resting: tuple[AnySensor, float]) -> None:
        sensor, now = resting
        t = list(sensor.acceleration(now).t)
        assert len(t) >= 5
        assert all(later > earlier for earlier, later in itertools.pairwise(t))
        assert now - 10.0 <= t[0] <= t[-1] <= now

    def test_columns_are_of_one_length(self, resting: tuple[AnySensor, float]) -> None:
        sensor, now = resting
        samples = sensor.acceleration(now)
        for column in (samples.ax, samples.ay, samples.az):
            assert column is not None
            assert len(column) == len(samples.t)

    def test_standing_level_reads_minus_one_g_downwards(
        self, resting: tuple[AnySensor, float]
    ) -> None:
        sensor, now = resting
        samples = sensor.acceleration(now)
        means = [
            sum(column) / len(column)
            for column in (samples.ax, samples.ay, samples.az)
            if column is not None
        ]
        assert all(math.isfinite(mean) for mean in means)
        assert abs(means[0]) < 0.1
        assert abs(means[1]) < 0.1
        assert abs(means[2] + 1.0) < 0.1

    def test_samples_are_given_once(self, resting: tuple[AnySensor, float]) -> None:
        sensor, now = resting
        assert len(sensor.acceleration(now)) > 0
        assert len(sensor.acceleration(now)) == 0

    def test_the_range_is_positive_or_unknown(self, resting: tuple[AnySensor, float]) -> None:
        sensor, _ = resting
        scale = sensor.full_scale
        assert all(top is None or top > 0 for top in (scale.x, scale.y, scale.z))
