"""What can happen to the pretend car, as data: pushes on its body, and whether SOS must go out.

The pulses are made up, in the size and length that crash tests and hard driving show; 57 km/h into
a barrier gives ΔV of about 64 km/h because the car bounces back a little. Axes and signs as in
``rules/crash/samples.py``: braking and frontal impacts are negative x.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Shape: TypeAlias = Literal["half_sine", "plateau", "ringing"]
Channel: TypeAlias = Literal["x", "y", "z"]

_RAMP_SHARE = 0.1  # a plateau rises and falls over this share of its length
_RING_DECAYS = 4.0  # a ringing has decayed by e^-4 at its end


@dataclass(frozen=True, slots=True)
class Push:
    """One push on one axis.

    Attributes:
        channel: Which axis.
        peak_g: Greatest acceleration, signed.
        start_s: Begin, seconds after the scenario's.
        length_s: How long.
        shape: Half a sine; a plateau with short ramps; or a decaying vibration.
        hertz: Frequency of a ringing; of the ripple on a plateau (ABS), 0 = none.
    """

    channel: Channel
    peak_g: float
    start_s: float
    length_s: float
    shape: Shape = "half_sine"
    hertz: float = 0.0

    def at(self, tau: float) -> float:
        """Return the acceleration in g, ``tau`` seconds after the scenario began."""
        share = (tau - self.start_s) / self.length_s
        if not 0.0 < share < 1.0:
            return 0.0
        wave = math.sin(2.0 * math.pi * self.hertz * (tau - self.start_s))
        if self.shape == "half_sine":
            return self.peak_g * math.sin(math.pi * share)
        if self.shape == "ringing":
            return self.peak_g * wave * math.exp(-_RING_DECAYS * share)
        ramp = min(1.0, share / _RAMP_SHARE, (1.0 - share) / _RAMP_SHARE)
        return self.peak_g * ramp * (1.0 + 0.1 * wave)


@dataclass(frozen=True, slots=True)
class Roll:
    """A roll about the forward axis: so many degrees (right side down positive) in that time."""

    degrees: float
    start_s: float
    length_s: float

    def rate(self, tau: float) -> float:
        """Return degrees per second."""
        share = (tau - self.start_s) / self.length_s
        if not 0.0 < share < 1.0:
            return 0.0
        return self.degrees * math.pi / (2.0 * self.length_s) * math.sin(math.pi * share)

    def angle(self, tau: float) -> float:
        """Return degrees turned so far."""
        share = min(1.0, max(0.0, (tau - self.start_s) / self.length_s))
        return self.degrees * (1.0 - math.cos(math.pi * share)) / 2.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something that can happen.

    Attributes:
        id: Its name in menus and on the command line.
        expects_call: Whether SOS must go out by itself.
        pushes: The accelerations.
        length_s: How long sensors deliver at the full rate.
        airbag_s: When the airbag line fires; None = it does not.
        roll: A roll; None = none.
        speed_kmh: The car is at most so fast when it happens; None = as fast as it is.
        stop_s: The car comes to rest within this time; None = it drives on.
        stays: It remains where it is (a crash), else it drives on after a while.
    """

    id: str
    expects_call: bool
    pushes: tuple[Push, ...]
    length_s: float = 0.5
    airbag_s: float | None = None
    roll: Roll | None = None
    stop_s: float | None = None
    stays: bool = False
    speed_kmh: float | None = None


def _crash(
    name: str,
    *pushes: Push,
    length_s: float = 0.5,
    airbag_s: float | None = None,
    roll: Roll | None = None,
    stop_s: float = 3.0,
) -> Scenario:
    return Scenario(name, True, pushes, length_s, airbag_s, roll, stop_s, stays=True)


def _no_crash(
    name: str, *pushes: Push, length_s: float = 0.5, stop_s: float | None = None
) -> Scenario:
    return Scenario(name, False, pushes, length_s, stop_s=stop_s)


_BUMP = Push("x", -4.4, 0.0, 0.060)

_ALL = (
    _crash(
        "barrier",
        Push("x", -28.5, 0.0, 0.100),
        Push("x", -9.0, 0.005, 0.080, "ringing", 70.0),
        Push("z", 4.0, 0.015, 0.120, "ringing", 35.0),
        airbag_s=0.020,
        stop_s=0.1,
    ),
    _crash(
        "offset_front",
        Push("x", -17.0, 0.0, 0.130),
        Push("y", 4.2, 0.020, 0.120),
        Push("x", -5.0, 0.010, 0.090, "ringing", 55.0),
        airbag_s=0.030,
        stop_s=0.6,
    ),
    _crash(
        "side",
        Push("y", 18.0, 0.0, 0.070),
        Push("x", -2.0, 0.005, 0.070),
        Push("y", 6.0, 0.004, 0.050, "ringing", 90.0),
        airbag_s=0.008,
    ),
    _crash("rear", Push("x", 9.5, 0.0, 0.120), Push("x", 2.0, 0.005, 0.08, "ringing", 45.0)),
    _crash(
        "multiple",
        Push("x", -13.0, 0.0, 0.100),
        Push("y", 11.0, 1.2, 0.075),
        length_s=2.0,
        airbag_s=0.028,
        stop_s=2.5,
    ),
    _crash(
        "rollover",
        Push("y", -1.6, 0.0, 0.300, "plateau"),
        Push("z", -5.0, 1.05, 0.060),
        Push("z", 6.0, 1.75, 0.080),
        length_s=5.0,
        roll=Roll(540.0, 0.15, 2.6),
        stop_s=2.8,
    ),
    _no_crash(
        "hard_braking",
        Push("x", -1.0, 0.0, 1.65, "plateau", 12.0),
        Push("z", 0.15, 0.0, 0.6, "ringing", 1.5),
        length_s=2.0,
        stop_s=1.65,
    ),
    _no_crash(
        "pothole",
        Push("z", -6.0, 0.0, 0.015),
        Push("x", -2.16, 0.002, 0.012),
        Push("z", 3.0, 0.015, 0.200, "ringing", 14.0),
        Push("y", 1.2, 0.003, 0.010),
    ),
    _no_crash(
        "kerb",
        Push("x", -5.0, 0.0, 0.020),
        Push("y", 2.5, 0.003, 0.015),
        Push("z", -7.0, 0.004, 0.025),
        Push("z", 3.0, 0.030, 0.250, "ringing", 12.0),
    ),
    Scenario("parking_bump", False, (_BUMP,), stop_s=0.06, speed_kmh=5.0),
)

SCENARIOS: Mapping[str, Scenario] = {scenario.id: scenario for scenario in _ALL}
"""Every scenario by its id, in the order of menus: first those that must call."""
