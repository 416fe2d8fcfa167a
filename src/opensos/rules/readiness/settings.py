"""The figures that the self-test decides by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError
from opensos.rules.readiness.readings import Component

if TYPE_CHECKING:
    from opensos.rules.readiness.sunset import Sunset

ALL_PARTS: frozenset[Component] = frozenset(Component)
"""Every component; a unit that lacks some takes them out of ``HealthSettings.fitted``."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a measured value stops being well. The battery's are from memory of NiMH data sheets.

    Attributes:
        supply_low_v, supply_high_v: the unit's own under- and over-voltage.
        supply_rest_v: a 12 V lead battery at rest below this is nearly empty (about 10 %).
        supply_running_v: with the engine running, below this nothing charges. Smart alternators let
            a healthy car come down to 12.2 V.
        supply_enough_v: other tests mean nothing below this.
        backup_loaded_v: of four NiMH cells under the test's load at 25 °C; ``backup_cold_v_per_k``
            is how much less the cold explains.
        backup_coldest_c: colder, the load test means nothing.
        backup_charge_pct: with less, the load test means nothing.
        backup_near_pct, backup_end_pct: health at which it should, and must, be replaced.
        backup_near_years, backup_end_years: the same by age, where health is not known (facts: 3 to
            5 years).
        silent_s: a part that has said nothing for so long is silent.
        fast_silent_s: the same for cyclic lines: airbag unit, acceleration.
        seen_satellites, seen_cn0_dbhz: so many, so strong: the sky is open for sure.
        drive_kmh: no garage and no car wash is driven through at this speed.
        tone_db: the test tone must stand so far over the noise.
        tone_deaf_db: a quieter background than this is a dead microphone, not a quiet car;
            ``tone_deaf_driving_db`` from ``drive_kmh`` on, because no moving car is quiet.
        tone_loud_db: a louder background makes the tone test meaningless.
        rate_hz: the crash detector needs at least so many samples.
        rest_tolerance_g: how far the resting magnitude may be from 1 g.
        noise_g: a real sensor is never quieter than this.
        clock_off_s: the unit's clock may be so far from satellite or network time.
        resets: so many unasked-for resets in one ignition cycle are a fault.
        storage_free_pct: less is full.
        hot_c, cold_c: the board's own limits.
    """

    supply_low_v: float = 9.0
    supply_high_v: float = 16.0
    supply_rest_v: float = 11.6
    supply_running_v: float = 12.2
    supply_enough_v: float = 9.0
    backup_loaded_v: float = 4.2
    backup_cold_v_per_k: float = 0.014
    backup_coldest_c: float = -30.0
    backup_charge_pct: float = 50.0
    backup_near_pct: float = 60.0
    backup_end_pct: float = 40.0
    backup_near_years: float = 5.0
    backup_end_years: float = 7.0
    silent_s: float = 30.0
    fast_silent_s: float = 5.0
    seen_satellites: int = 6
    seen_cn0_dbhz: float = 35.0
    drive_kmh: float = 30.0
    tone_db: float = 6.0
    tone_deaf_db: float = -90.0
    tone_deaf_driving_db: float = -78.0
    tone_loud_db: float = -20.0
    rate_hz: float = 30.0
    rest_tolerance_g: float = 0.15
    noise_g: float = 1e-6
    clock_off_s: float = 300.0
    resets: int = 3
    storage_free_pct: float = 3.0
    hot_c: float = 95.0
    cold_c: float = -40.0


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """How the self-test, the fault memory and the forecast work.

    Attributes:
        fitted: parts that this unit is meant to have; one of them without any reading is a fault,
            any other is simply absent.
        limits: see :class:`Limits`.
        self_test_s: a self-test ends at the latest so long after it began.
        settle_s: after a wake-up or a restart nothing is blamed for so long.
        sleep_gap_s: a longer pause between two observations was a sleep.
        tone_every_s: an ignition asks for a tone test when the last one is older than this.
        heal_cycles: passed operation cycles after which a confirmed fault begins to age.
        ageing_cycles: further passed cycles after which it is forgotten.
        fault_entries, info_entries: size of the memories.
        write_later_s: what is not urgent is written at most so long after it changed.
        sunsets: the dated table of networks that end (``sunset.json``).
    """

    fitted: frozenset[Component] = ALL_PARTS
    limits: Limits = field(default_factory=Limits)
    self_test_s: float = 120.0
    settle_s: float = 30.0
    sleep_gap_s: float = 30.0
    tone_every_s: float = 7 * 86_400.0
    heal_cycles: int = 3
    ageing_cycles: int = 40
    fault_entries: int = 32
    info_entries: int = 32
    write_later_s: float = 60.0
    sunsets: tuple[Sunset, ...] = ()

    def __post_init__(self) -> None:
        """Refuse settings that could not work."""
        if min(self.fault_entries, self.info_entries) < 1:
            raise LocalError("a memory must hold at least one entry")
        if min(self.self_test_s, self.settle_s, self.sleep_gap_s) <= 0:
            raise LocalError("the times of a self-test must be more than 0 seconds")
        if self.heal_cycles < 1 or self.ageing_cycles < 1:
            raise LocalError("healing and ageing take at least one cycle")
