"""The catalogues: the same keys in every language, and a text for everything that may be said."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from opensos.rules.emergency.notes import TEXT_KEYS
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


def test_every_line_of_the_cars_journal_has_a_text() -> None:
    texts = both("vehicle")
    assert [key for key in TEXT_KEYS if f"journal.{key}" not in texts] == []


def test_every_event_and_every_end_has_a_text() -> None:
    texts = both("centre")
    assert [kind for kind in EVENT_KINDS if f"event.{kind}" not in texts] == []
    assert [why for why in ENDED if f"ended.{why}" not in texts] == []
