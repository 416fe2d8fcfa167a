"""The test tone in a recording."""

from __future__ import annotations

import math
import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.rules.readiness.tone import (
    FULL_SCALE,
    MAX_DB,
    TONE_HZ,
    goertzel,
    hear_tone,
    make_tones,
)

RATE = 8000


def noise(seconds: float, level: float, seed: int = 1) -> list[int]:
    dice = random.Random(seed)
    return [round(dice.gauss(0.0, level)) for _ in range(int(seconds * RATE))]


def mixed(one: list[int], other: array[int] | list[int], at_s: float, gain: float) -> list[int]:
    result, start = list(one), int(at_s * RATE)
    for i, sample in enumerate(other):
        result[start + i] = max(-32768, min(32767, result[start + i] + round(gain * sample)))
    return result


def test_a_tone_in_a_quiet_room_is_heard_well() -> None:
    tone = make_tones(((TONE_HZ, 0.6),), RATE)
    result = hear_tone(mixed(noise(1.2, 20.0), tone, 0.2, 0.5), RATE)
    assert result is not None
    assert result.tone_db > 40
    assert not result.dead
    assert result.noise_db is not None
    assert -110 < result.noise_db < -70


def test_a_room_without_the_tone_is_not_heard() -> None:
    for seed in range(10):
        result = hear_tone(noise(1.2, 300.0, seed), RATE)
        assert result is not None
        assert result.tone_db < 16


def test_music_beside_the_tone_is_not_the_tone() -> None:
    music = make_tones(((440.0, 0.4), (880.0, 0.4), (1480.0, 0.4)), RATE)
    result = hear_tone(mixed(noise(1.3, 20.0), music, 0.0, 1.0), RATE)
    assert result is not None
    assert result.tone_db < 30


def test_a_clipping_microphone_still_hears_it() -> None:
    tone = make_tones(((TONE_HZ, 0.6),), RATE)
    result = hear_tone(mixed(noise(1.2, 20.0), tone, 0.2, 10.0), RATE)
    assert result is not None
    assert result.tone_db > 25


@pytest.mark.parametrize("level", [0, 511, -32768])
def test_a_constant_is_a_dead_microphone(level: int) -> None:
    result = hear_tone([level] * RATE, RATE)
    assert result is not None
    assert result.dead
    assert result.tone_db == 0.0
    assert result.noise_db is None


def test_too_short_or_too_slow_a_recording_tells_nothing() -> None:
    assert hear_tone([1] * 100, RATE) is None
    assert hear_tone([], RATE) is None
    assert hear_tone([1, -1] * 4000, 2000) is None


def test_goertzel_is_the_mean_square_of_a_sine() -> None:
    samples = [1000.0 * math.sin(2 * math.pi * 1000 * i / RATE) for i in range(800)]
    assert goertzel(samples, RATE, 1000.0) == pytest.approx(500_000, rel=0.01)
    assert goertzel(samples, RATE, 1370.0) < 500
    assert goertzel([], RATE, 1000.0) == 0.0


@given(st.lists(st.integers(-32768, 32767), min_size=800, max_size=2000))
@settings(max_examples=25, deadline=None)
def test_any_recording_has_a_possible_result(samples: list[int]) -> None:
    result = hear_tone(samples, RATE)
    assert result is not None
    assert 0.0 <= result.tone_db <= MAX_DB
    assert result.noise_db is None or -MAX_DB <= result.noise_db <= 10.0


def test_made_tones_have_their_length_and_do_not_click() -> None:
    samples = make_tones(((880.0, 0.1), (0.0, 0.05), (440.0, 0.1)), RATE)
    assert len(samples) == RATE // 4
    assert max(samples) < FULL_SCALE
    assert set(samples[800:1200]) == {0}
    assert samples[0] == samples[1200] == 0
    assert make_tones((), RATE) == array("h")
