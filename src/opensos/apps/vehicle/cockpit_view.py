"""The cockpit's state as plain JSON values: unit, parts, pretend car. Unknown is null."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opensos.rules.emergency.button import ButtonSettings
from opensos.rules.emergency.signals import PATTERNS, SOUNDS

if TYPE_CHECKING:
    from opensos.apps.vehicle.box import Housing
    from opensos.apps.vehicle.pretend import PretendVehicle
    from opensos.apps.vehicle.unit import Unit
    from opensos.rules.readiness.readings import Readings


def unit_json(box: Housing) -> dict[str, Any]:
    """Return how the unit is, beside its call."""
    unit = box.newest
    now = unit.clock.now()
    keeper = unit.keeper
    signal = unit.signal()
    health: dict[str, Any] = {} if keeper is None else keeper.health.to_json()
    state = {name: health.get(name) for name in ("readiness", "warning", "self_test")}
    off = box.unit is None
    service = unit.resets.service
    return {
        **state,
        "faults": health.get("faults", []),
        "infos": health.get("infos", []),
        "unit": {"state": box.state},
        "signal": {
            "led": "off" if off else signal.led,
            "sound": "silence" if off else signal.sound,
            "text_key": "signal.off" if off else signal.text_key,
        },
        "button": _button(unit),
        "service": {"active": service.active, "left_s": service.left_s(now)},
        "data_sos": {
            "phase": unit.data.machine.phase.value,
            "shown": unit.data.machine.shown,
            "outcome": unit.data.outcome,
            "tries": unit.data.machine.record(now).tries,
        },
        "rung": None if unit.fittings.rung is None else unit.fittings.rung(),
        "parts": None if unit.readings is None else parts_json(unit.readings),
    }


def _button(unit: Unit) -> dict[str, Any] | None:
    if unit.panel is None:
        return None
    button, settings = unit.panel.button, unit.fittings.button or ButtonSettings()
    return {
        "pressed": button.pressed,
        "holding": button.holding,
        "hold_s": settings.hold_s,
        "gesture_s": settings.gesture_s,
        "let_go": unit.panel.ready_to_let_go,
        "stuck": button.stuck,
        "bouncing": button.bouncing,
    }


def signals_json() -> dict[str, Any]:
    """Return how lamp patterns blink and sounds sound, for whoever shows and plays them."""
    return {
        "lamps": {
            name: {"colour": one.colour, "steps": [list(step) for step in one.steps]}
            for name, one in PATTERNS.items()
        },
        "sounds": {
            name: {"tones": [list(tone) for tone in one.tones], "repeats": one.repeats}
            for name, one in SOUNDS.items()
        },
    }


def parts_json(seen: Readings) -> dict[str, Any]:
    """Return what the parts said last, without numbers that name a person or a car."""
    modem, gnss = seen.modem, seen.gnss
    sim = None if modem is None or modem.sim is None else modem.sim.state
    return {
        "vehicle": _some(seen.vehicle, "ignition_on", "engine_running", "speed_kmh", "country"),
        "supply": _some(seen.supply, "main_v", "main_connected"),
        "backup": _some(
            seen.backup,
            *("fitted", "voltage_v", "health_pct", "charge_pct", "temperature_c", "charging"),
        ),
        "modem": None
        if modem is None
        else {
            **_fields(modem, "registration", "technology", "operator", "signal_dbm"),
            **_fields(modem, "ims_emergency", "cs_ecall", "antenna"),
            "sim": sim,
        },
        "gnss": None
        if gnss is None
        else {
            "fix": gnss.fix_kind,
            "satellites": gnss.satellites_used,
            "accuracy_m": gnss.accuracy_m,
        },
        "software": _some(seen.software, "version", "slot", "newest"),
        "setup": _some(seen.setup, "mode", "plan"),
    }


def _some(value: object | None, *names: str) -> dict[str, Any] | None:
    """Return the named fields of a reading; None where there is none."""
    return None if value is None else _fields(value, *names)


def _fields(value: object, *names: str) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def pretend_json(vehicle: PretendVehicle) -> dict[str, Any]:
    """Return how the pretend car is."""
    car, now = vehicle.car, vehicle.clock.now()
    trip, power, head = car.trip(now), car.power(now), vehicle.network.head_unit_state(now)
    return {
        "family": vehicle.order.family,
        "trip": _fields(trip, "state", "ignition_on", "engine_running", "place", "country"),
        "power": _fields(power, "source", "left_s"),
        "temperature_c": round(car.temperature_c(now), 1),
        "sound": car.sound(),
        "lamp": car.lamp_pattern(now),
        "head_unit": {
            "on": head.on,
            "restarting": head.restarting,
            "back_in_s": round(head.back_in_s, 1),
            "message": head.message,
            "can_restart": vehicle.network.head_unit.can_restart,
        },
        "faults": [
            {
                "id": one.fault.id,
                "text_key": one.fault.text_key,
                "mode": one.mode,
                "severity": one.severity,
                "active": one.active,
            }
            for one in car.faults(now)
        ],
        "symptoms": list(car.symptoms(now)),
    }
