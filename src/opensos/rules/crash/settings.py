"""The figures that the detector decides by."""

from __future__ import annotations

from dataclasses import dataclass

from opensos.rules.crash.samples import UNKNOWN_RANGE, FullScale


@dataclass(frozen=True, slots=True)
class Settings:
    """The figures of 49 CFR 563.5, and a few of this detector.

    Attributes:
        trigger_kmh: Change of velocity (ΔV) that is a crash.
        trigger_window_s: Time within which it must be reached.
        wake_kmh: An event begins when ΔV in 20 ms forward, or in 5 ms sideways, reaches this; it
            ends when the resultant ΔV in 20 ms is this or less.
        tail_s: The greatest ΔV is looked for until so long after the end of the event.
        longest_event_s: An event ends at the latest so long after time zero.
        multiple_s: A second event that begins within this time makes multiple impacts.
        airbag_belongs_s: An airbag line this late after an impact still belongs to it.
        quiet_event_s: An event begun by the airbag line or a rollover lasts at least so long.
        longest_step_s: A longer step between two samples is a gap; nothing is integrated over it.
        absurd_g: A larger reading is no acceleration of a car body and is left out.
        full_scale: The sensor's range, where known.
    """

    trigger_kmh: float = 8.0
    trigger_window_s: float = 0.150
    wake_kmh: float = 0.8
    tail_s: float = 0.030
    longest_event_s: float = 0.300
    multiple_s: float = 5.0
    airbag_belongs_s: float = 1.0
    quiet_event_s: float = 0.150
    longest_step_s: float = 0.050
    absurd_g: float = 500.0
    full_scale: FullScale = UNKNOWN_RANGE
