"""Repeatable chance: the same seed, name and count give the same number, in whatever order.

Every part of the pretend world draws from here and none of them keeps a generator: asking one part
more often than another changes nothing.
"""

from __future__ import annotations

from functools import lru_cache
from zlib import crc32

_MASK = 0xFFFF_FFFF_FFFF_FFFF


@lru_cache(maxsize=512)
def _name(name: str) -> int:
    return crc32(name.encode()) * 0x9E37_79B9


def share(seed: int, name: str, count: int = 0) -> float:
    """Return an even share, 0 <= share < 1 (splitmix64 of the three)."""
    return (_bits(seed, name, count) >> 11) / (1 << 53)


def _bits(seed: int, name: str, count: int) -> int:
    x = (seed * 0x9E37_79B9_7F4A_7C15 + _name(name) + count * 0xD1B5_4A32_D192_ED03) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB) & _MASK
    return x ^ (x >> 31)


def between(low: float, high: float, seed: int, name: str, count: int = 0) -> float:
    """Return a number between two."""
    return low + (high - low) * share(seed, name, count)


@lru_cache(maxsize=256)  # the same hill or spell of weather is asked for again and again
def bell(seed: int, name: str, count: int = 0) -> float:
    """Return a bounded bell: mean 0, standard deviation 1, never beyond ±3.

    The sum of four even shares is close enough to a normal law for pretend noise, and it can never
    be an outlier of six sigma that makes a healthy car look ill.
    """
    x = _bits(seed, name, count)  # one draw holds four shares of 16 bits: this is asked for most
    total = (x & 0xFFFF) + (x >> 16 & 0xFFFF) + (x >> 32 & 0xFFFF) + (x >> 48)
    return (total / 65_536.0 - 2.0) * 1.7320508


def drifting(seed: int, name: str, where: float) -> float:
    """Return smooth noise of mean 0, deviation about 1, that wanders once per ``where``."""
    k = int(where // 1)
    part = where - k
    ease = part * part * (3.0 - 2.0 * part)
    return bell(seed, name, k) * (1.0 - ease) + bell(seed, name, k + 1) * ease
