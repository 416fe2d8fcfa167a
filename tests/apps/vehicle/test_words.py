from __future__ import annotations

import pytest

from opensos.apps.vehicle.words import catalogue, english, journal_text, sentence


def test_figures_and_codes_stand_in_the_sentence_as_people_say_them() -> None:
    assert journal_text("fault_injected", {"fault": "led_open", "mode": "hard"}) == (
        "Put in: SOS lamp: open circuit (always there)"
    )
    assert journal_text("fault_confirmed", {"key": "led.open", "code": "B7F318"}) == (
        "Fault stored: SOS lamp: open circuit (B7F318)"
    )
    assert sentence("reason.untested", {"component": "modem"}).startswith("Mobile radio module:")


def test_what_is_not_known_is_an_ellipsis_never_zero() -> None:
    assert "(…)" in journal_text("sos_touched", {"held_s": None}).replace("… s", "…")
    assert "…" in journal_text("reset_refused", {})


def test_a_refusal_is_said_by_its_own_sentence() -> None:
    data = {"reset": "unit", "why": "reset.refused.call"}
    assert "Not during an SOS call" in journal_text("reset_refused", data)
    assert "Nicht" in journal_text("reset_refused", data, "de")


def test_what_keeps_the_journal_from_the_disk_is_said_with_its_path_as_it_is() -> None:
    data = {"reason": "The journal /my_disk/a, b/led cannot be written: Read-only."}
    assert journal_text("journal_failed", data).endswith(data["reason"])
    assert journal_text("journal_failed", data, "de").endswith(data["reason"])


def test_several_names_are_said_one_by_one() -> None:
    said = sentence("journal.fault_taken_out", {"fault": "led_open, jammed"})
    assert said == "Taken out: SOS lamp: open circuit, Radio jammed"


def test_an_unknown_key_shows_itself_so_that_a_test_finds_it() -> None:
    assert english("no.such.key") == "no.such.key"
    assert journal_text("no_such_line", {"a": 1}) == "no_such_line"


@pytest.mark.parametrize("value", [True, 3, 2.50, "led_open"])
def test_every_kind_of_figure_can_be_said(value: object) -> None:
    text = sentence("journal.hard_reset", {"minutes": value})
    assert "{" not in text


def test_a_language_that_nobody_wrote_has_no_sentences() -> None:
    assert catalogue("xx") == {}
