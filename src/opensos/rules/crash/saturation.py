"""Has a channel reached the end of its range? A clipped sensor understates the crash.

Two signs: the reading lies at the known full scale; or, where the range is not known, it stays at
exactly one value for several samples while that value is the largest seen (a flat top).
"""

from __future__ import annotations

FLAT_SAMPLES = 4
"""So many equal readings in a row at the extreme count as a flat top."""

AT_FULL_SCALE = 0.995
"""From this share of the full scale on a reading counts as saturated."""


class SaturationWatch:
    """Watches one channel. Only loud readings are shown to it; quiet ones cannot saturate."""

    __slots__ = ("_full_scale", "_greatest", "_last_t", "_run", "_value")

    def __init__(self, full_scale: float | None) -> None:
        self._full_scale = full_scale if full_scale and full_scale > 0 else None
        self._greatest = 0.0
        self.calm()

    def calm(self) -> None:
        """Forget the run of equal readings and the largest reading."""
        self._value = 0.0
        self._run = 0
        self._greatest = 0.0
        self._last_t: float | None = None

    def see(self, t: float, previous_t: float, value: float) -> bool:
        """Take a loud reading at ``t``; return whether the channel is saturated at it.

        Args:
            t: Time of this sample.
            previous_t: Time of the sample before it, to know whether both follow each other.
            value: The reading, g.
        """
        size = abs(value)
        follows = self._last_t == previous_t and value == self._value
        self._run = self._run + 1 if follows else 1
        self._value, self._last_t = value, t
        self._greatest = max(self._greatest, size)
        if self._full_scale is not None:
            return size >= AT_FULL_SCALE * self._full_scale
        return self._run >= FLAT_SAMPLES and size >= self._greatest
