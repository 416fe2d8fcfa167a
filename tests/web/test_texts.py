"""The catalogues: the same keys in every language, and a text for everything that may be said."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, get_args

import pytest

from opensos.apps.vehicle import words
from opensos.apps.vehicle.cockpit import DRIVES
from opensos.rules.emergency.data_sos import DATA_KEYS
from opensos.rules.emergency.notes import TEXT_KEYS
from opensos.rules.emergency.signals import PATTERNS, SIGNAL_KEYS, SOUNDS
from opensos.rules.readiness.events import Change
from opensos.rules.readiness.monitors import MONITORS
from opensos.rules.readiness.outcome import Outcome
from opensos.rules.readiness.readings import Component
from opensos.rules.readiness.result import State
from opensos.rules.resets.may import TEXT_KEYS as RESET_KEYS
from opensos.sim.faults import CAUSES, actions, faults
from opensos.sim.faults.model import SOS
from opensos.sim.geography import places
from tests.shared import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SRC = ROOT / "src/opensos"
UI = SRC / "edges/web/ui"
PAGES = {
    "centre": SRC / "apps/centre/web_assets",
    "vehicle": SRC / "apps/vehicle/web_assets",
    "demo": SRC / "apps/demo/web_assets",
}
EVENT_KINDS = (
    "incident.opened",
    "incident.acknowledged",
    "incident.unreadable",
    "incident.data_only",
    "incident.related",
    "data.received",
    "data.unreadable",
    "call.answered",
    "call.established",
    "call.refused",
    "call.abandoned",
    "call.cleared_down",
    "call.ended",
    "msd.requested",
    "msd.received",
    "msd.unavailable",
    "msd.request_failed",
    "callback.started",
    "callback.answered",
    "callback.failed",
)
ENDED = (
    "cleared_down",
    "car_hung_up",
    "abandoned",
    "refused",
    "no_ack",
    "road",
    "lost_at_restart",
    "session_timer",
)


def catalogue(folder: Path, language: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads((folder / "i18n" / f"{language}.json").read_text())
    return texts


def both(page: str, language: str = "en") -> dict[str, str]:
    if page == "vehicle":  # its page says what every room of the car has to say
        return catalogue(UI, language) | dict(words.catalogue(language))
    return catalogue(UI, language) | catalogue(PAGES[page], language)


@pytest.mark.parametrize("folder", [UI, *PAGES.values()], ids=lambda p: p.parts[-2])
def test_english_and_german_have_the_same_keys_and_places(folder: Path) -> None:
    english, german = catalogue(folder, "en"), catalogue(folder, "de")
    assert english.keys() == german.keys()
    for key, text in english.items():
        places = sorted(re.findall(r"\{\w+\}", text))
        assert sorted(re.findall(r"\{\w+\}", german[key])) == places, key


@pytest.mark.parametrize("page", PAGES)
def test_every_key_that_a_module_names_has_a_text(page: str) -> None:
    texts = both(page)
    for module in [*PAGES[page].glob("*.js"), *UI.glob("*.js")]:
        for key in re.findall(r'\bt\("([\w.-]+)"', module.read_text()):
            assert key in texts or f"{key}.other" in texts, f"{module.name}: {key}"


def noted() -> set[str]:
    """Return every key that the unit's code notes in its journal."""
    keys = set(TEXT_KEYS)
    for module in (SRC / "apps/vehicle").glob("*.py"):
        keys |= set(re.findall(r'note\(\s*"(\w+)"', module.read_text()))
    keys |= {key.removeprefix("journal.") for key in DATA_KEYS}
    keys |= {f"fault_{what}" for what in get_args(Change)}
    keys |= {f"readiness_{state}" for state in get_args(State)}
    keys |= {f"car_{what}" for what in DRIVES}
    return keys | {"ignition_on", "ignition_off", "warning_on", "warning_off"}


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_line_of_the_cars_journal_has_a_text(language: str) -> None:
    texts = both("vehicle", language)
    keys = noted()
    assert {"sos_touched", "button_stuck", "antenna", "reset_refused", "data_offer"} <= keys
    assert sorted(key for key in keys if f"journal.{key}" not in texts) == []


def car_keys() -> set[str]:
    """Return every other key that the car's page and command line may say."""
    keys = {*SIGNAL_KEYS, *RESET_KEYS, *(f"lamp.{one}" for one in PATTERNS)}
    keys |= {f"sound.{one}" for one in SOUNDS} | {f"place.{one}" for one in places()}
    keys |= {f"component.{one.value}" for one in Component}
    keys |= {f"cause.{one}" for one in CAUSES} | {f"sos_left.{one}" for one in SOS}
    for fault in faults().values():
        keys |= {fault.text_key, f"{fault.text_key}.about"}
        keys |= {f"symptom.{one}" for one in fault.symptoms}
    for action in actions().values():
        keys |= {action.text_key, f"who.{action.who}"}
    for monitor in MONITORS:
        for symptom in monitor.symptoms:
            name = getattr(symptom, "name", symptom)
            keys |= {f"finding.{name}", f"reason.{monitor.component.value}.{name}"}
    cockpit = (SRC / "apps/vehicle/cockpit.py").read_text()
    keys |= set(re.findall(r'RefusedError\(\s*"([\w.]+)"', cockpit))
    keys |= {f"{kind}.{state}" for kind in ("state", "readiness") for state in get_args(State)}
    keys |= {f"power.{one}" for one in ("main", "backup", "capacitors", "none")}
    keys |= {f"data_sos.{one}" for one in ("sending", "delivered", "failed")}
    return keys | {f"selftest.{one.value}" for one in Outcome} | {"rung.ng", "rung.cs"}


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_key_of_the_car_has_a_text(language: str) -> None:
    texts = both("vehicle", language)
    assert sorted(key for key in car_keys() if key not in texts) == []


def test_the_rooms_of_the_car_say_the_same_in_every_language() -> None:
    english, german = words.catalogue("en"), words.catalogue("de")
    assert english.keys() == german.keys()
    assert all(text.strip() for text in (*english.values(), *german.values()))


def test_every_event_and_every_end_has_a_text() -> None:
    texts = both("centre")
    assert [kind for kind in EVENT_KINDS if f"event.{kind}" not in texts] == []
    assert [why for why in ENDED if f"ended.{why}" not in texts] == []
