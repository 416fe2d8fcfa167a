"""Cards and car states as the contract has them, for the fake server and the tests."""

from __future__ import annotations

import copy
from typing import Any

Json = dict[str, Any]

PLACES: list[tuple[str, str, float, float, int, str]] = [
    ("Tübingen", "Germany", 48.5236, 9.0372, 4, "NW"),
    ("München", "Germany", 48.1551, 11.5418, 3, "NW"),
    ("Lyon", "France", 45.8022, 4.9102, 7, "NE"),
    ("Göteborg", "Sweden", 57.7512, 11.9004, 6, "NW"),
    ("Zaragoza", "Spain", 41.5817, -0.9233, 9, "SW"),
    ("Kraków", "Poland", 50.0213, 20.0514, 8, "E"),
    ("Leeds", "United Kingdom", 53.8122, -1.6031, 4, "W"),
    ("Bologna", "Italy", 44.5233, 11.3901, 4, "NE"),
]
CAVEAT = "severity.caveat.baseline"


def msd(*, automatic: bool) -> Json:
    """The decoded data set, shortened."""
    fields: Json = {
        "messageIdentifier": 1,
        "control": {
            "automaticActivation": automatic,
            "testCall": True,
            "positionCanBeTrusted": True,
            "vehicleType": "M1",
        },
        "vin": "WBA8E9G50GNT12345",
        "latitude": 48.5236,
        "longitude": 9.0372,
        "direction_deg": 118,
        "timestamp_utc": "2026-11-24T13:35:02Z",
        "numberOfPassengers": None,
    }
    return {"version": 2, "msd": fields, "additional_data": None, "findings": [], "raw": "02"}


def severity(probability: float = 0.183) -> Json:
    """An estimate with its range and caveat."""
    return {
        "probability": probability,
        "low": probability / 3,
        "high": min(0.97, probability * 2.4),
        "cdc_flag": probability >= 0.2,
        "high_concern_flag": probability >= 0.05,
        "caveat": CAVEAT,
    }


def card(name: str, at: str, *, automatic: bool = True, where: int = 0) -> Json:
    """A connected call of which everything is known."""
    town, country, lat, lon, km, bearing = PLACES[where % len(PLACES)]
    lat, lon = lat + (where // 8) * 0.031, lon + (where // 8) % 7 * 0.043
    return {
        "id": name,
        "opened_at": at,
        "state": "connected",
        "ended_why": None,
        "ended_at": None,
        "acknowledged_at": None,
        "test": True,
        "trigger": "automatic" if automatic else "manual",
        "urn": f"urn:service:test.sos.ecall.{'automatic' if automatic else 'manual'}",
        "caller": "sip:+491701234567@car.example",
        "position": {"lat": lat, "lon": lon, "source": "msd", "trusted": True, "radius_m": None},
        "recent_positions": [
            {"lat": lat + 0.0021, "lon": lon - 0.006},
            {"lat": lat + 0.004, "lon": lon - 0.011},
        ],
        "place": {"name": town, "country": country, "km": km, "bearing": bearing},
        "vehicle": {
            "vin": "WBA8E9G50GNT12345",
            "vin_masked": "WBA8E9G50•••••345",
            "make": "BMW",
            "model_year": 2016,
            "type": "M1",
            "propulsion": ["gasoline"],
            "direction_deg": 118,
            "occupants": 2 if automatic else None,
        },
        "crash": None
        if not automatic
        else {
            "impact": "front",
            "rollover": False,
            "delta_v_x_kmh": -52,
            "delta_v_y_kmh": 9,
            "range_kmh": 125,
            "severity": severity(),
        },
        "msd": msd(automatic=automatic),
        "msd_count": 1,
        "findings": [],
        "source": "udp 127.0.0.1:5071",
        "can": {"acknowledge": True, "request_data": True, "clear_down": True, "call_back": False},
    }


def unreadable(name: str, at: str) -> Json:
    """A call of which nothing could be read."""
    nothing = dict.fromkeys(
        (
            "urn",
            "caller",
            "position",
            "place",
            "vehicle",
            "crash",
            "msd",
            "test",
            "ended_why",
            "ended_at",
            "acknowledged_at",
        )
    )
    return {
        **nothing,
        "id": name,
        "opened_at": at,
        "state": "unreadable",
        "trigger": "unknown",
        "recent_positions": [],
        "msd_count": 0,
        "findings": [
            {
                "code": "sip.start_line",
                "level": "error",
                "text": "The first line is neither a request nor a response.",
            },
            {
                "code": "sip.truncated",
                "level": "warning",
                "text": "The message ends inside the header Via.",
            },
        ],
        "source": "udp 192.0.2.7:5060",
        "can": {
            "acknowledge": True,
            "request_data": False,
            "clear_down": False,
            "call_back": False,
        },
    }


def data_only(name: str, at: str, *, related: str | None = None) -> Json:
    """An emergency that came as data because the car could not call."""
    return card(name, at) | {
        "state": "data_only",
        "urn": "",
        "caller": "car-1",
        "source": "mqtt car-1",
        "test": False,
        "link": {
            "car": "car-1",
            "case": "case-7",
            "road": "mqtt",
            "seq": 2,
            "cause": "automatic",
            "attempt": 3,
            "sent_at": at,
        },
        "related": [] if related is None else [{"id": related, "kind": "voice"}],
        "can": {
            "acknowledge": True,
            "request_data": False,
            "clear_down": False,
            "call_back": False,
        },
    }


def partial(name: str, at: str) -> Json:
    """A call whose data set broke off: position untrusted with a radius, vehicle half known."""
    whole = card(name, at, where=4)
    whole["position"] |= {"trusted": False, "radius_m": 12000, "source": "pidf"}
    whole["recent_positions"] = []
    whole["vehicle"] |= dict.fromkeys(
        ("make", "model_year", "propulsion", "occupants", "direction_deg")
    )
    whole["vehicle"]["vin"] = whole["vehicle"]["vin_masked"] = None
    whole["crash"] = dict.fromkeys(
        ("rollover", "delta_v_x_kmh", "delta_v_y_kmh", "range_kmh", "severity")
    )
    whole["crash"]["impact"] = "left"
    whole["findings"] = [
        {
            "code": "msd.truncated",
            "level": "warning",
            "text": "The data set ends after the time stamp (bit 214).",
        },
        {
            "code": "msd.explicit_default",
            "level": "info",
            "text": "Default values were sent explicitly.",
        },
    ]
    return whole


def ended(name: str, at: str, why: str = "cleared_down", where: int = 0) -> Json:
    """A call that is over and was seen."""
    whole = card(name, at, automatic=False, where=where)
    whole |= {"state": "ended", "ended_why": why, "ended_at": at, "acknowledged_at": at}
    whole["can"] = {
        "acknowledge": False,
        "request_data": False,
        "clear_down": False,
        "call_back": True,
    }
    return whole


_SCENARIOS = ("barrier", "side", "rear", "rollover", "hard_braking", "pothole")


def car() -> Json:
    """The car at rest in its lane."""
    return {
        "mode": "test",
        "state": "idle",
        "led": "green",
        "call": None,
        "position": {"lat": 48.5236, "lon": 9.0372, "heading_deg": 118.0, "speed_kmh": 57.0},
        "vin_masked": "WBA8E9G50•••••345",
        "occupants": 2,
        "belts": {"driver": True, "passenger": True},
        "airbag": False,
        "last_crash": None,
        "journal": [
            {"at": "2026-11-24T13:30:00.000Z", "kind": "note", "text_key": "restarted", "data": {}}
        ],
        "scenarios": [{"id": name, "expects_call": i < 4} for i, name in enumerate(_SCENARIOS)],
        **cockpit(),
    }


def cockpit() -> Json:
    """The rest of the car's state: health, unit, parts and the pretend car; nothing is wrong."""
    results = [
        ("led.line", "led", "passed", None),
        ("modem.answers", "modem", "not_completed", "condition"),
        ("backup_battery.line", "backup_battery", "passed", None),
        ("backup_battery.health", "backup_battery", "failed", "nearing_end"),
    ]
    return {
        "readiness": {
            "state": "ready",
            "reasons": [],
            "works": ["works.call", "works.manual_call", "works.voice"],
            "forecast": [_sunset("umts", 1625011200.0), _sunset("gsm", 4087929600.0)],
        },
        "warning": None,
        "self_test": {
            "state": "ended",
            "why": "ignition",
            "started_utc": 1795547837.25,
            "results": [
                {"monitor": m, "component": c, "outcome": o, "symptom": s, "data": {}}
                for m, c, o, s in results
            ],
        },
        "faults": [_stored("B7F343", "backup_battery.nearing_end")],
        "infos": [],
        "unit": {"state": "on"},
        "signal": {"led": "green_steady", "sound": "silence", "text_key": "signal.ready.test"},
        "button": {
            "pressed": False,
            "holding": False,
            "stuck": False,
            "bouncing": False,
            "hold_s": 1.0,
            "gesture_s": 10.0,
            "let_go": False,
        },
        "service": {"active": False, "left_s": None},
        "data_sos": {"phase": "none", "shown": None, "outcome": None, "tries": 0},
        "rung": None,
        "parts": {
            "vehicle": {"ignition_on": True, "engine_running": True, "speed_kmh": 57.0},
            "supply": {"main_v": 14.67, "main_connected": True},
            "backup": {"fitted": True, "voltage_v": None, "health_pct": None},
            "modem": {
                "registration": "home",
                "technology": "nr",
                "operator": "Pretend Mobile",
                "signal_dbm": -95,
                "antenna": "main",
            },
            "gnss": {"fix": "3d", "satellites": 16, "accuracy_m": 4.0},
        },
        "pretend": _pretend(),
    }


def _pretend() -> Json:
    return {
        "family": "G",
        "trip": {
            "state": "driving",
            "ignition_on": True,
            "engine_running": True,
            "place": "road",
            "country": "DE",
        },
        "power": {"source": "main", "left_s": None},
        "temperature_c": 5.4,
        "head_unit": {
            "on": True,
            "restarting": False,
            "back_in_s": 0.0,
            "message": None,
            "can_restart": True,
        },
        "faults": [
            {
                "id": "led_open",
                "text_key": "fault.led_open",
                "mode": "hard",
                "severity": 1.0,
                "active": True,
            }
        ],
        "symptoms": ["symptom.led_dark"],
    }


def _sunset(technology: str, due_utc: float) -> Json:
    return {
        "kind": "network_sunset",
        "text_key": "forecast.network_sunset.part",
        "due_utc": due_utc,
        "source_date": "2024-07",
        "data": {
            "country": "DE",
            "technology": technology,
            "operator": "Any",
            "ends": "2021-06-30",
        },
    }


def _stored(code: str, key: str) -> Json:
    return {
        "code": code,
        "key": key,
        "component": key.split(".", maxsplit=1)[0],
        "active": True,
        "occurrences": 2,
        "first_utc": 1795547948,
    }


def known() -> Json:
    """What the lists of the page are made of."""
    return {
        "lamps": {
            "green_steady": {"colour": "green", "steps": []},
            "amber_fast": {"colour": "amber", "steps": [[0.25, 0.25]]},
            "red_steady": {"colour": "red", "steps": []},
        },
        "sounds": {"silence": {"tones": [], "repeats": False}},
        "faults": [
            {"id": name, "cause": cause, "text_key": f"fault.{name}", "sos": sos}
            for name, cause, sos in (
                ("flat_12v", "supply", "limited"),
                ("led_open", "button", "works"),
                ("modem_dead", "unit", "fails"),
            )
        ],
        "actions": [
            {"id": "wait", "who": "owner", "minutes": 30.0, "text_key": "action.wait"},
            {
                "id": "replace_led",
                "who": "workshop",
                "minutes": 20.0,
                "text_key": "action.replace_led",
            },
        ],
        "places": ["road", "garage", "tunnel"],
    }


def held(before: Json, *, down: bool) -> Json:
    """The car with the contact of its SOS button down or up."""
    after = copy.deepcopy(before)
    after["button"] |= {"pressed": down, "holding": down}
    return after


def pressed(before: Json, verb: str, body: Json, at: str) -> Json:
    """The car after a button of its page."""
    after = copy.deepcopy(before)
    if verb == "cancel":
        after |= {"state": "idle", "led": "green", "call": None}
        after["journal"].append({"at": at, "kind": "note", "text_key": "cancelled", "data": {}})
        return after
    if verb not in {"sos", "crash"}:
        return after
    after |= {"state": "connected", "led": "red"}
    after["call"] = {"attempt": 1, "acknowledged": True, "msd_sent": 1, "since": at}
    keys = ["crash" if verb == "crash" else "sos_pressed", "dialling", "answered_data_received"]
    after["journal"] += [{"at": at, "kind": "note", "text_key": key, "data": {}} for key in keys]
    if verb == "crash":
        after["airbag"] = True
        after["last_crash"] = {
            "trigger": "delta_v",
            "delta_v_x_kmh": -58.2,
            "delta_v_y_kmh": 1.1,
            "max_delta_v_kmh": 58.2,
            "direction_deg": 1.1,
            "impact": "front",
            "multiple_impacts": False,
            "rollover": False,
            "saturated": False,
            "lower_bound": False,
            "severity": severity(),
        }
    return after
