"""Play a recorded crash, or a made-up one, and say what a car would report.

python examples/play_a_pulse.py v10146.093
python examples/play_a_pulse.py              # the made-up barrier
"""

from __future__ import annotations

import sys

from opensos.edges.pulse_file import read_pulse
from opensos.protocols.effects import OpenSosError
from opensos.rules.crash import (
    CrashDetector,
    CrashReport,
    Samples,
    Settings,
    estimate,
    facts_of_report,
)
from opensos.sim import PretendCar


def made_up() -> Samples:
    """Two seconds of the pretend car, with a barrier in them."""
    car = PretendCar()
    car.happen("barrier", 0.5)
    return car.acceleration(2.0)


def say(report: CrashReport) -> str:
    """One report in one line."""
    speed = "unknown" if report.max_delta_v_kmh is None else f"{report.max_delta_v_kmh:.1f} km/h"
    least = "at least " if report.lower_bound else ""
    clock = "?" if report.clock is None else report.clock
    return (
        f"{report.stage:9} {report.trigger} at {report.t_trigger_s * 1000:.1f} ms, "
        f"change of velocity {least}{speed}, from the {report.impact} ({clock} o'clock)"
    )


def main(paths: list[str]) -> int:
    """Read, detect, print; exit code 0 if something triggered, 2 if the file cannot be read."""
    try:
        pulse = read_pulse(paths) if paths else None
    except OpenSosError as error:
        print(error)
        return error.exit_code
    samples = pulse.samples if pulse else made_up()
    detector = CrashDetector(Settings(full_scale=pulse.full_scale) if pulse else None)
    reports = detector.feed(samples) + detector.finish()
    for note in pulse.notes if pulse else ():
        print(note)
    for report in reports:
        print(say(report))
    if not reports:
        print(f"No crash: at most {detector.largest_delta_v_kmh:.1f} km/h in 150 ms.")
        return 1
    severity = estimate(facts_of_report(reports[-1]))
    if severity is not None:
        print(
            f"Severe injury: {severity.probability:.0%} ({severity.low:.0%} to "
            f"{severity.high:.0%}); a baseline model, not a medical claim; "
            f"not known: {', '.join(severity.unknown) or 'nothing'}."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
