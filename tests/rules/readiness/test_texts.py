"""Every text key has a sentence in every language, and no sentence is left over."""

from __future__ import annotations

import re

import pytest

from opensos.rules.readiness._warning import OTHERWISE, TEXTS
from opensos.rules.readiness.abilities import ABILITIES
from opensos.rules.readiness.monitors import all_keys
from opensos.rules.readiness.outcome import Level, Outcome
from opensos.rules.readiness.readings import Component
from tests.rules.readiness.wellness import package_data

KEYS = {
    *(f"component.{one.value}" for one in Component),
    *(f"reason.{key}" for key in all_keys()),
    *("reason.untested", "reason.network.sunset_passed"),
    *(f"works.{one.name}" for one in ABILITIES),
    *(f"state.{one}" for one in ("ready", "limited", "not_ready", "unknown")),
    *(f"level.{one.value}" for one in Level),
    *(f"selftest.{one.value}" for one in Outcome),
    *TEXTS.values(),
    OTHERWISE,
    *("forecast.backup_battery.trend", "forecast.backup_battery.age"),
    *("forecast.certificate.ends", "forecast.supply.weak", "forecast.network_sunset.unknown"),
    *(
        f"forecast.network_sunset.{which}{whole}"
        for which in ("all", "part")
        for whole in ("", "_country")
    ),
    *("note.record_unreadable", "note.clock_jumped"),
}


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_key_has_a_text_and_every_text_a_key(language: str) -> None:
    texts = package_data(f"texts/{language}.json")
    assert set(texts) == KEYS
    assert all(isinstance(text, str) and text.strip() == text and text for text in texts.values())


def test_both_languages_fill_in_the_same_figures() -> None:
    english, german = package_data("texts/en.json"), package_data("texts/de.json")
    for key in KEYS:
        names = [sorted(re.findall(r"{(\w+)}", text[key])) for text in (english, german)]
        assert names[0] == names[1], key
        assert english[key] != german[key] or len(english[key].split()) < 2, key


def test_a_reason_is_a_whole_sentence() -> None:
    for language in ("en", "de"):
        for key, text in package_data(f"texts/{language}.json").items():
            if key.startswith(("reason.", "warning.", "forecast.")):
                assert text.endswith("."), key
