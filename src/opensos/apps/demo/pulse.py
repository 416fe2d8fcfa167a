"""What the detector makes of a recorded crash, in the recording's own time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.rules.crash import CrashDetector, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opensos.edges.pulse_file import Pulse


def triggers(pulse: Pulse) -> bool:
    """Tell whether the detector would call for it."""
    return bool(CrashDetector(Settings(full_scale=pulse.full_scale)).feed(pulse.samples))


def describe(pulse: Pulse) -> Iterator[str]:
    """Yield a sentence for each thing that a person wants to know before it is played."""
    yield f"Recorded crash: {pulse.source}"
    yield from pulse.notes
    detector = CrashDetector(Settings(full_scale=pulse.full_scale))
    reports = detector.feed(pulse.samples) + detector.finish()
    if not reports:
        yield (
            f"No trigger: at most {detector.largest_delta_v_kmh:.1f} km/h within 150 ms, "
            "8 are needed."
        )
        return
    first, last = reports[0], reports[-1]
    least = "at least " if last.lower_bound else ""
    speed = "unknown" if last.max_delta_v_kmh is None else f"{least}{last.max_delta_v_kmh:.1f} km/h"
    yield f"Trigger ({first.trigger}) at {first.t_trigger_s * 1000:.1f} ms of the recording."
    direction = "unknown" if last.direction_deg is None else f"{last.direction_deg:.0f}°"
    yield f"Change of velocity {speed}, force from the {last.impact} (direction {direction})."
