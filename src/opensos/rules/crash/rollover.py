"""Has the car rolled over? From the roll rate where there is a gyro, else from gravity at rest.

With a roll rate the angle is integrated: 60° within one movement is past the point of return of
any passenger car. Without, a car that rests on its side or roof shows gravity on the wrong axis for
a whole second; but one that rolled all the way round and landed on its wheels does not, so without
a gyro the answer is "yes" or "unknown", never "no".
"""

from __future__ import annotations

import math

ROLL_ANGLE_DEG = 60.0
REST_S = 1.0
"""Gravity must show a tilt for so long; a pause in rolling of this length ends the movement."""

_SLOW_DEG_S = 10.0
_GYRO_MEAN_S = 10.0
_UPRIGHT_NEAR_G = (0.8, 1.2)
_AT_REST_G = (0.8, 1.2)
_TILT_COS = math.cos(math.radians(ROLL_ANGLE_DEG))


class RolloverWatch:
    """Takes means over short blocks (about 20 ms) of the lateral, vertical and roll channels."""

    __slots__ = (
        "_angle",
        "_gyro_bias",
        "_lies",
        "_paused",
        "_tilted",
        "_upright_z",
        "gyro_seen",
        "rolled",
    )

    def __init__(self) -> None:
        self.rolled = False
        self.gyro_seen = False
        self._angle = 0.0
        self._gyro_bias = 0.0
        self._lies = False
        self._paused = 0.0
        self._tilted = 0.0
        self._upright_z: float | None = None

    @property
    def verdict(self) -> bool | None:
        """True = rolled over, False = a gyro saw that it did not, None = cannot be told."""
        if self.rolled:
            return True
        return False if self.gyro_seen else None

    def forget(self) -> None:
        """A crash is closed. The next rollover can only be seen after the car stood upright."""
        self._lies = self.rolled
        self.rolled = False
        self._angle = self._tilted = 0.0

    def step(
        self, seconds: float, lateral_g: float, vertical_g: float | None, rate: float | None
    ) -> bool:
        """Take the means of one block; return True when a rollover is recognised just now.

        Args:
            seconds: Length of the block.
            lateral_g: Mean ay, gravity included.
            vertical_g: Mean az, gravity included; None = no such channel.
            rate: Mean roll rate, degrees per second; None = no gyro.
        """
        if rate is not None:
            self._turn(seconds, rate)
        if vertical_g is not None:
            self._lean(seconds, lateral_g, vertical_g)
        if self.rolled or not (abs(self._angle) >= ROLL_ANGLE_DEG or self._tilted >= REST_S):
            return False
        self.rolled = True
        return True

    def _turn(self, seconds: float, rate: float) -> None:
        self.gyro_seen = True
        turning = rate - self._gyro_bias
        self._angle += turning * seconds
        if abs(turning) >= _SLOW_DEG_S:
            self._paused = 0.0
            return
        self._gyro_bias += turning * min(1.0, seconds / _GYRO_MEAN_S)
        self._paused += seconds
        if self._paused >= REST_S:
            self._angle = 0.0

    def _lean(self, seconds: float, lateral_g: float, vertical_g: float) -> None:
        """Compare gravity with its direction while the car was upright.

        Upright is learnt from the first blocks in which z alone shows one g; a record zeroed for a
        crash test never does, and then nothing is claimed.
        """
        if self._upright_z is None:
            low, high = _UPRIGHT_NEAR_G
            if low <= abs(vertical_g) <= high:
                self._upright_z = math.copysign(1.0, vertical_g)
            return
        size = math.hypot(lateral_g, vertical_g)
        low, high = _AT_REST_G
        upright = vertical_g * self._upright_z
        at_rest = low <= size <= high
        leaning = at_rest and upright < _TILT_COS * size
        if at_rest and not leaning:
            self._lies = False
        self._tilted = self._tilted + seconds if leaning and not self._lies else 0.0
