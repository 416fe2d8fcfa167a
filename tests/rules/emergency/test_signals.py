"""Lamp, sound and text for every state: nobody is told that all is well when it is not."""

from __future__ import annotations

import json
from itertools import product

import pytest

from opensos.rules.emergency import (
    BUTTON_KEYS,
    DATA_KEYS,
    PATTERNS,
    SIGNAL_KEYS,
    SOUNDS,
    Signal,
    State,
    signal_for,
)
from opensos.rules.emergency.picture import signals_table
from opensos.rules.resets import JOURNAL_KEYS
from opensos.rules.resets import TEXT_KEYS as RESET_KEYS
from tests.shared import ROOT

TEXTS = ROOT / "src" / "opensos" / "rules" / "emergency" / "texts"
CALLING = (State.CANCEL_WINDOW, State.DIALLING, State.CONNECTED, State.REDIAL_WAIT)
NO_YES = (False, True)
EVERY = [
    (state, warning, service, test, holding, data)
    for state, warning, service, test, holding, data in product(
        State, NO_YES, NO_YES, NO_YES, NO_YES, (None, "sending", "delivered", "failed", "strange")
    )
]


def shown(
    state: State,
    *,
    warning: bool = False,
    service: bool = False,
    test: bool = False,
    holding: bool = False,
    data: str | None = None,
) -> Signal:
    return signal_for(
        state, warning=warning, service=service, test=test, holding=holding, data=data
    )


def test_every_situation_has_a_pattern_a_sound_and_a_text() -> None:
    for state, warning, service, test, holding, data in EVERY:
        signal = shown(
            state, warning=warning, service=service, test=test, holding=holding, data=data
        )
        assert signal.led in PATTERNS
        assert signal.sound in SOUNDS
        assert signal.text_key in SIGNAL_KEYS
        assert signal.text_key.endswith(".test") is test


def test_every_text_is_shown_somewhere() -> None:
    seen = {
        shown(s, warning=w, service=v, test=t, holding=h, data=d).text_key
        for s, w, v, t, h, d in EVERY
    }
    assert seen == set(SIGNAL_KEYS)


@pytest.mark.parametrize("state", CALLING)
def test_a_call_wins_over_warning_service_and_hold(state: State) -> None:
    plain = shown(state)
    for warning, service, holding in product(NO_YES, NO_YES, NO_YES):
        assert shown(state, warning=warning, service=service, holding=holding) == plain


def test_red_is_for_a_fault_and_for_a_message_that_never_arrived() -> None:
    for state, warning, service, test, holding, data in EVERY:
        signal = shown(
            state, warning=warning, service=service, test=test, holding=holding, data=data
        )
        red = PATTERNS[signal.led].colour == "red"
        assert not red or warning or data == "failed"


def test_steady_green_means_that_the_button_calls_and_nothing_is_wrong() -> None:
    for state, warning, service, test, holding, data in EVERY:
        signal = shown(
            state, warning=warning, service=service, test=test, holding=holding, data=data
        )
        if signal.led == "green_steady":
            assert state is State.IDLE
            assert data != "sending"
            assert (warning, service, holding) == (False, False, False)


def test_service_mode_looks_and_sounds_like_nothing_else() -> None:
    service = shown(State.IDLE, service=True)
    others = [shown(s, warning=w, test=t, holding=h, data=d) for s, w, v, t, h, d in EVERY if not v]
    assert service.led not in {other.led for other in others}
    assert service.sound not in {other.sound for other in others}
    assert SOUNDS[service.sound].repeats


def test_a_hold_gives_feedback_at_once() -> None:
    for state in (State.IDLE, State.CALLBACK_WINDOW):
        for warning in NO_YES:
            assert shown(state, warning=warning, holding=True).text_key == "signal.holding"
    held = shown(State.IDLE, service=True, holding=True)
    assert held.text_key == "signal.gesture"


def test_the_speaker_is_silent_while_people_talk() -> None:
    assert not SOUNDS[shown(State.CONNECTED).sound].repeats
    assert not SOUNDS[shown(State.CONNECTED, test=True).sound].repeats


def test_a_test_call_looks_and_sounds_different_from_a_real_one() -> None:
    for state in (State.DIALLING, State.CONNECTED, State.REDIAL_WAIT):
        real, test = shown(state), shown(state, test=True)
        assert real.sound != test.sound
        assert real.text_key != test.text_key


def test_data_on_its_way_is_shown_until_the_centre_has_it() -> None:
    assert shown(State.CALLBACK_WINDOW, data="sending").text_key == "signal.data_sending"
    assert shown(State.IDLE, data="sending").text_key == "signal.data_sending"
    assert shown(State.CALLBACK_WINDOW, data="delivered").text_key == "signal.data_delivered"
    assert shown(State.CALLBACK_WINDOW, data="failed").text_key == "signal.data_failed"
    assert shown(State.IDLE, data="failed").text_key == "signal.ready"


def test_a_pattern_is_visible_and_a_sound_audible() -> None:
    for name, pattern in PATTERNS.items():
        assert pattern.colour in {"green", "amber", "red", "none"}, name
        assert all(on > 0 and off > 0 for on, off in pattern.steps), name
    for name, sound in SOUNDS.items():
        assert all(0 <= hertz <= 4000 and length > 0 for hertz, length in sound.tones), name
        assert name == "silence" or any(hertz for hertz, _ in sound.tones)
        assert not sound.repeats or sum(length for _, length in sound.tones) >= 0.2


def test_the_document_lists_what_the_code_shows() -> None:
    page = (ROOT / "docs" / "reference" / "signals.md").read_text(encoding="utf-8")
    assert signals_table() in page


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_key_has_a_sentence_and_every_sentence_a_key(language: str) -> None:
    texts = json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8"))
    journal = {f"journal.{key}" for key in (*DATA_KEYS, *BUTTON_KEYS.values())}
    unit = {f"journal.{key}" for key in (*JOURNAL_KEYS, "antenna", "rung")}
    assert set(texts) == {*SIGNAL_KEYS, *RESET_KEYS, *journal, *unit}
    assert all(isinstance(text, str) and text.strip() for text in texts.values())


def test_both_languages_put_the_same_values_into_a_sentence() -> None:
    catalogues = [json.loads((TEXTS / f"{name}.json").read_text("utf-8")) for name in ("en", "de")]
    for key, text in catalogues[0].items():
        assert _holes(text) == _holes(catalogues[1][key]), key


def _holes(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}
