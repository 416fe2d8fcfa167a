"""Marks that help an operator to decide whom to help first; a mark never discards a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opensos.rules.incident.card import Finding

if TYPE_CHECKING:
    from opensos.rules.incident.card import Crash, Trigger
    from opensos.rules.incident.reading import MsdReading

EMERGENCY = frozenset({"automatic", "manual", "sos"})
"""Kinds of call (by URN) that are emergencies and no tests."""


def trigger_of(kind: str, automatic: bool | None) -> Trigger:  # noqa: FBT001  # the MSD's own word
    """Say who called: the URN decides; where it says nothing, the MSD does."""
    if kind == "automatic":
        return "automatic"
    if kind == "manual":
        return "manual"
    if automatic is None:
        return "unknown"
    return "automatic" if automatic else "manual"


def marks(kind: str, trigger: Trigger, reading: MsdReading | None) -> tuple[Finding, ...]:
    """Return the marks of a call from what came with it."""
    found: list[Finding] = []
    automatic = None if reading is None else reading.automatic
    if kind in EMERGENCY and reading is not None and reading.test:
        text = "The car says that this is a test, but it came as an emergency call: ask."
        found.append(Finding("triage.test_conflict", "warning", text))
    if kind in {"automatic", "manual"} and automatic is not None:
        said = "automatic" if automatic else "manual"
        if said != kind:
            text = f"The call came as {kind}, but the car's data says {said}."
            found.append(Finding("triage.trigger_conflict", "warning", text))
    found += _crash_marks(trigger, None if reading is None else reading.crash)
    return tuple(found)


def _crash_marks(trigger: Trigger, crash: Crash | None) -> list[Finding]:
    if crash is None:
        if trigger == "manual":
            text = "Pressed by hand, and the car reports no crash: listen before anything else."
            return [Finding("triage.manual_without_crash", "info", text)]
        return []
    found: list[Finding] = []
    if crash.rollover:
        found.append(Finding("triage.rollover", "warning", "The car reports a rollover."))
    severity = crash.severity
    if severity is not None and severity.cdc_flag:
        text = "A severe injury is likely (20 % or more by the model)."
        found.append(Finding("triage.severe", "warning", text))
    elif severity is not None and severity.high_concern_flag:
        text = "A severe injury is possible (5 % or more by the model)."
        found.append(Finding("triage.concern", "warning", text))
    return found
