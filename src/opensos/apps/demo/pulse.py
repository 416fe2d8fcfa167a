"""What the detector makes of a recorded crash, in the recording's own time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.rules.crash import CrashDetector, Samples, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opensos.edges.pulse_file import Pulse
    from opensos.rules.crash import CrashReport


def _settled(pulse: Pulse) -> list[Samples]:
    """Return the recording after a second of rest, as the car that plays it knows it."""
    start = pulse.samples.t[0] if len(pulse.samples) else 0.0
    times = [start - 1.0 + n / 100.0 for n in range(100)]
    still = [0.0] * len(times)
    x, y, z, roll = (
        None if column is None else still
        for column in (
            pulse.samples.ax, pulse.samples.ay, pulse.samples.az, pulse.samples.roll_rate,
        )
    )  # fmt: skip
    return [Samples(times, x, y, z, roll), pulse.samples]


def _reports(detector: CrashDetector, pulse: Pulse) -> list[CrashReport]:
    return [report for chunk in _settled(pulse) for report in detector.feed(chunk)]


def triggers(pulse: Pulse) -> bool:
    """Tell whether the detector would call for it."""
    return bool(_reports(CrashDetector(Settings(full_scale=pulse.full_scale)), pulse))


def describe(pulse: Pulse) -> Iterator[str]:
    """Yield a sentence for each thing that a person wants to know before it is played."""
    yield f"Recorded crash: {pulse.source}"
    yield from pulse.notes
    detector = CrashDetector(Settings(full_scale=pulse.full_scale))
    reports = _reports(detector, pulse) + detector.finish()
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
