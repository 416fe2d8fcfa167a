"""What the self-test found, as the diagnostic bits of an ERA-GLONASS MSD (GOST 33464).

A bit is true where a test failed, false where every test behind it is known to have passed, and
absent where nothing is known. Which of our findings belongs to which bit is our reading of the
names; the standard itself was not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opensos.rules.readiness.monitors import MONITORS
from opensos.rules.readiness.outcome import Level, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINES: Final = ("open", "short_ground", "short_supply", "missing")
BITS: Final[Mapping[str, tuple[str, ...]]] = {
    "micConnectionFailure": tuple(f"microphone.{one}" for one in _LINES),
    "micFailure": ("microphone.deaf",),
    "speakersFailure": (*(f"speaker.{one}" for one in _LINES), "speaker.mute"),
    "uimFailure": (
        *("sim.absent", "sim.locked", "sim.failed", "sim.profile_disabled", "sim.no_profile"),
    ),
    "statusIndicatorFailure": ("led.open", "led.short_ground", "led.short_supply"),
    "batteryFailure": (
        *(f"backup_battery.{one}" for one in _LINES),
        *("backup_battery.end_of_life", "backup_battery.nearing_end"),
    ),
    "batteryVoltageLow": ("backup_battery.too_weak", "backup_battery.not_charging"),
    "crashSensorFailure": (
        *("accelerometer.silent", "accelerometer.frozen", "accelerometer.slow"),
        *("accelerometer.missing", "accelerometer.not_1g"),
    ),
    "firmwareImageCorruption": ("software.corrupt",),
    "commModuleInterfaceFailure": ("modem.silent",),
    "gnssReceiverFailure": (
        *("gnss_receiver.silent", "gnss_receiver.missing", "gnss_receiver.no_fix"),
    ),
    "gnssAntennaFailure": (
        *("gnss_antenna.open", "gnss_antenna.short_ground"),
        *("gnss_antenna.short_supply", "gnss_antenna.wrong_foot"),
    ),
    "commModuleFailure": ("modem.missing",),
}
"""Bit name -> findings. Bits that no test of ours stands behind (left and right speaker, ignition
line, RAIM, crash profile memory) are never sent."""
_NAMED: Final = frozenset(key for keys in BITS.values() for key in keys)
_MONITOR_OF: Final = {key: one.id for one in MONITORS for key in one.keys}


def era_diagnostics(
    known: Mapping[str, tuple[Outcome, str | None]], *, memory_full: bool
) -> dict[str, bool]:
    """Return the bits by the names of ``protocols/msd/era_glonass.py``.

    Args:
        known: the last result of each monitor and its symptom (:attr:`Health.known`).
        memory_full: whether the fault memory is full.
    """
    failing = set()
    critical = other = False
    for monitor in MONITORS:
        outcome, name = known.get(monitor.id, (Outcome.NOT_COMPLETED, None))
        if outcome is not Outcome.FAILED or name is None:
            continue
        symptom = monitor.symptom(name)
        key = f"{monitor.component.value}.{name}"
        failing.add(key)
        if key in _NAMED or symptom.event:
            continue
        critical = critical or symptom.level is Level.NOT_READY
        other = other or symptom.level is not Level.NOT_READY
    bits: dict[str, bool] = {}
    for name, keys in BITS.items():
        if failing.intersection(keys):
            bits[name] = True
        elif all(known.get(_MONITOR_OF[k], (None,))[0] is Outcome.PASSED for k in keys):
            bits[name] = False
    bits["eventsMemoryOverflow"] = memory_full
    bits["otherCriticalFailures"] = critical
    bits["otherNotCriticalFailures"] = other
    return bits
