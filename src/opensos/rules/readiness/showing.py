"""Readiness, warning, self-test and faults as plain JSON values, for pages and command lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opensos.rules.readiness._record import frame_to_json

if TYPE_CHECKING:
    from opensos.rules.readiness.dtc import Dtc
    from opensos.rules.readiness.result import DriverWarning, Forecast, Readiness, Reason, SelfTest


def readiness(value: Readiness) -> dict[str, Any]:
    """Return state, reasons, abilities and forecast."""
    return {
        "state": value.state,
        "reasons": [reason(one) for one in value.reasons],
        "works": list(value.works),
        "forecast": [forecast(one) for one in value.forecast],
    }


def reason(value: Reason) -> dict[str, Any]:
    """Return one reason."""
    return {
        "component": value.component.value,
        "text_key": value.text_key,
        "level": value.level.value,
        "data": dict(value.data),
    }


def forecast(value: Forecast) -> dict[str, Any]:
    """Return one forecast."""
    return {
        "kind": value.kind,
        "text_key": value.text_key,
        "due_utc": value.due_utc,
        "source_date": value.source_date,
        "data": dict(value.data),
    }


def warning(value: DriverWarning | None) -> dict[str, Any] | None:
    """Return what the driver sees."""
    if value is None:
        return None
    return {
        "text_key": value.text_key,
        "priority": value.priority,
        "led": value.led,
        "since_utc": value.since_utc,
        "components": [one.value for one in value.components],
    }


def self_test(value: SelfTest) -> dict[str, Any]:
    """Return the self-test with every monitor's result."""
    return {
        "state": value.state,
        "why": value.why,
        "started_utc": value.started_utc,
        "results": [
            {
                "monitor": one.monitor,
                "component": one.component.value,
                "outcome": one.outcome.value,
                "symptom": one.symptom,
                "data": dict(one.data),
            }
            for one in value.results.values()
        ],
    }


def dtc(value: Dtc) -> dict[str, Any]:
    """Return one entry of a memory; the code as six hexadecimal digits, as testers write it."""
    return {
        "code": f"{value.code:06X}",
        "key": value.key,
        "text_key": f"reason.{value.key}",
        "component": value.component.value,
        "symptom": value.symptom,
        "status": value.status,
        "active": value.active,
        "memory": value.memory,
        "occurrences": value.occurrences,
        "ageing": value.ageing,
        "first_utc": value.first_utc,
        "last_utc": value.last_utc,
        "odometer_km": value.odometer_km,
        "frames": [frame_to_json(one) for one in value.frames],
    }
