"""The tests that neighbours make: each says failed, passed, or that it means nothing now.

Limits that stand in a code's public text are its own (8.5 V, 16.5 V); the others are assumptions
of ours, marked so. A unit never blames a neighbour for being silent while its own supply is bad.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.sim.ecus.surroundings import Voice

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.sim.ecus.surroundings import Surroundings

    Look = Callable[[Surroundings], bool | None]

MESSAGES_FROM_V, MESSAGES_TO_V = 9.0, 16.5  # where messages are supervised (assumed)
START_UP_S = 5.0  # after ignition on, until when every unit must talk (assumed)
CRANK_LOW_V = 7.5  # assumed
DEEP_V = 11.0  # 12 V battery at rest, deeply discharged (assumed)
CLUSTER_LOW_V = 9.0  # assumed
QUIESCENT_A = 0.08  # more than this while parked is a violation (assumed, 80 mA)
QUIESCENT_S = 600.0  # for so long (assumed)
DEEP_S = 60.0
MESSAGE_S = 5.0
WEAK_HEALTH = 0.5  # the engine unit's own verdict on the battery (assumed)
LOW_CHARGE = 0.25  # consumers are switched off (assumed)


def no_message(seen: Surroundings) -> bool | None:
    """Whether the telematics unit's cyclic message is missing."""
    return seen.voice is Voice.SILENT if _supervised(seen) else None


def not_current(seen: Surroundings) -> bool | None:
    """Whether its message comes but never changes."""
    if not _supervised(seen) or seen.voice is Voice.SILENT:
        return None
    return seen.voice is Voice.FROZEN


def _supervised(seen: Surroundings) -> bool:
    """Whether messages are supervised: ignition on for a while, and the unit's own supply good."""
    good = MESSAGES_FROM_V <= seen.supply_v <= MESSAGES_TO_V
    return seen.ignition_on and seen.ignition_s >= START_UP_S and good and not seen.cranking


def under(volts: float) -> Look:
    """Return the test of whether terminal 30 is below.

    While the starter turns only a deep dip counts, the sign of a weak battery: a healthy one may
    come down to 8.5 V in deep cold.
    """

    def test(seen: Surroundings) -> bool | None:
        return seen.supply_v < (min(volts, CRANK_LOW_V) if seen.cranking else volts)

    return test


def over(volts: float) -> Look:
    """Return the test of whether terminal 30 is above."""

    def test(seen: Surroundings) -> bool | None:
        return seen.supply_v > volts

    return test


def deeply_discharged(seen: Surroundings) -> bool | None:
    """Whether the 12 V battery at rest is empty."""
    return None if seen.engine_running or seen.cranking else seen.supply_v < DEEP_V


def quiescent_violated(seen: Surroundings) -> bool | None:
    """Whether the parked car draws too much."""
    return None if seen.ignition_on or seen.engine_running else seen.drain_a > QUIESCENT_A


def weak_battery(seen: Surroundings) -> bool | None:
    """Whether the engine unit judges the 12 V battery to be worn out."""
    return seen.health < WEAK_HEALTH if seen.ignition_on else None


def consumers_off(seen: Surroundings) -> bool | None:
    """Whether the engine unit has had consumers switched off to save the battery."""
    return seen.charge < LOW_CHARGE if seen.ignition_on else None


def ring_open(seen: Surroundings) -> bool | None:
    """Whether a unit of the MOST ring is missing."""
    if seen.ring_closed is None or not seen.ignition_on:
        return None
    return not seen.ring_closed


def dial(name: str, *bad: object) -> Look:
    """Return the test of whether a dial of the car's damage has one of these values."""

    def test(seen: Surroundings) -> bool | None:
        return getattr(seen.damage, name) in bad

    return test
