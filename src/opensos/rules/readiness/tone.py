"""The speaker's test tone, and how well the microphone hears it (Goertzel's filter).

The tone is looked for in short windows of the recording, because nobody knows when the speaker
begins; the noise floor is what the recording holds at frequencies beside the tone, in the same
windows. The result is a ratio, so the microphone's gain does not matter.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TONE_HZ = 1000.0
"""Well inside every telephone's band, and away from the mains' harmonics of an inverter."""

FULL_SCALE = 32_767
MAX_DB = 120.0
_WINDOW_S = 0.1
_BESIDE = (0.71, 0.79, 0.87, 1.13, 1.21, 1.37)  # times the tone: none is a harmonic of it
_LEAST_POWER = 0.05  # of one count: below it a recording is digital silence
_FADE_S = 0.005  # ends of a tone, so that it does not click
_LOUDNESS = 0.6


@dataclass(frozen=True, slots=True)
class ToneHeard:
    """How the tone came through.

    Attributes:
        tone_db: The tone over the noise floor in its best window, at least 0, at most 120.
        noise_db: The noise floor relative to full scale (negative); None where all is zero.
        dead: the recording holds nothing at all: a microphone that is cut off reads exactly 0 (or
            one constant), a quiet room does not.
    """

    tone_db: float
    noise_db: float | None
    dead: bool


def goertzel(samples: Sequence[float], rate_hz: float, hz: float) -> float:
    """Return the power at one frequency, as the mean square of a sine there (amplitude² / 2).

    A Hann window keeps what is strong beside the frequency out.
    """
    count = len(samples)
    if not count:
        return 0.0
    turn = 2.0 * math.pi * hz / rate_hz
    factor = 2.0 * math.cos(turn)
    one = two = 0.0
    step = 2.0 * math.pi / count
    for i, sample in enumerate(samples):
        weight = 1.0 - math.cos(step * i)  # twice Hann: mean 1
        one, two = sample * weight + factor * one - two, one
    power = one * one + two * two - factor * one * two
    return max(0.0, 2.0 * power / (count * count))


def hear_tone(samples: Sequence[int], rate_hz: float, *, hz: float = TONE_HZ) -> ToneHeard | None:
    """Judge a recording of 16-bit samples; None where it is too short to tell.

    Args:
        samples: The recording, one channel.
        rate_hz: Samples a second; must be above 2.8 times the tone's frequency.
        hz: The tone's frequency.
    """
    size = int(_WINDOW_S * rate_hz)
    if len(samples) < size or rate_hz <= 2.0 * hz * max(_BESIDE):
        return None
    mean = sum(samples) / len(samples)
    centred = [sample - mean for sample in samples]
    dead = max(samples) - min(samples) == 0
    best, floors = 0.0, []
    for start in range(0, len(centred) - size + 1, size // 2):
        window = centred[start : start + size]
        floor = max(_LEAST_POWER, _median(goertzel(window, rate_hz, hz * b) for b in _BESIDE))
        best = max(best, _db(goertzel(window, rate_hz, hz) / floor))
        floors.append(floor)
    noise = None if dead else _db(min(floors) * 2.0 / FULL_SCALE**2, low=-MAX_DB)
    return ToneHeard(min(best, MAX_DB), noise, dead)


def _median(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def _db(ratio: float, low: float = 0.0) -> float:
    return max(low, 10.0 * math.log10(ratio)) if ratio > 0.0 else low


def make_tones(tones: Sequence[tuple[float, float]], rate_hz: int) -> array[int]:
    """Return 16-bit samples of tones of (hertz, seconds) one after the other; 0 Hz is silence."""
    samples = array("h")
    for hz, seconds in tones:
        count = int(seconds * rate_hz)
        fade = max(1, int(_FADE_S * rate_hz))
        turn = 2.0 * math.pi * hz / rate_hz
        for i in range(count):
            swell = min(1.0, i / fade, (count - i) / fade)
            samples.append(int(FULL_SCALE * _LOUDNESS * swell * math.sin(turn * i)))
    return samples
