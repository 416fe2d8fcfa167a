"""The catalogue of faults: complete, checked, and true to the tables of codes it draws from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from opensos.protocols.effects import LocalError
from opensos.sim.damage import DIALS, HEALTHY, Damage, combined
from opensos.sim.faults import CAUSES, actions, faults
from opensos.sim.faults.model import Code, action_from, fault_from
from opensos.sim.words import LANGUAGES, words
from tests.shared import SHARED

CODES = SHARED / "facts" / "bmw-codes.jsonl"
LEAST: dict[str, Any] = {"cause": "supply", "detectable": "yes", "sos": "works"}


def test_every_cause_that_a_doctor_tells_apart_has_a_fault() -> None:
    assert {fault.cause for fault in faults().values()} == set(CAUSES)
    assert len(faults()) > 90


@pytest.mark.parametrize("fault_id", faults())
def test_a_fault_can_be_cured_and_does_something(fault_id: str) -> None:
    fault = faults()[fault_id]
    assert fault.cures
    assert fault.effects or fault.at_once
    assert not set(fault.cures) & set(fault.eases)
    assert fault.symptoms
    healthy = [k for k, v in fault.effects.items() if v == DIALS[k]]
    assert healthy == []


@pytest.mark.skipif(not CODES.is_file(), reason="the table of codes (../shared/facts) is not here")
def test_every_code_stands_in_the_public_tables() -> None:
    lines = [json.loads(line) for line in CODES.read_text("utf-8").splitlines()]
    known = {(int(x["ecu_address"], 16), int(x["code"], 16)) for x in lines}
    named = {(c.unit, c.code) for fault in faults().values() for c in fault.codes}
    assert named - known == set()


def test_only_what_is_no_cause_blames_no_component() -> None:
    assert {f.id for f in faults().values() if f.component is None} == {
        "key_fob_empty",
        "plan_expired",
    }
    assert faults()["plan_expired"].sos == faults()["key_fob_empty"].sos == "works"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_action_symptom_and_outcome_has_a_sentence(language: str) -> None:
    wanted = {f.text_key for f in faults().values()}
    wanted |= {f"{f.text_key}.about" for f in faults().values()}
    wanted |= {a.text_key for a in actions().values()}
    wanted |= {f"symptom.{s}" for f in faults().values() for s in f.symptoms}
    wanted |= {"done.cured", "done.eased", "done.no_change", "done.worse", "refused.driving"}
    assert set(words(language)) == wanted
    assert all(text.strip() == text != "" for text in words(language).values())


def test_the_languages_do_not_say_the_same() -> None:
    same = [key for key, text in words("en").items() if words("de")[key] == text]
    assert same == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ([], "not a table"),
        ({**LEAST, "colour": 1}, "unknown colour"),
        ({**LEAST, "cause": "gremlins"}, "cause must be one of"),
        ({**LEAST, "detectable": "maybe"}, "detectable must be"),
        ({**LEAST, "families": ["Z"]}, "families must be of"),
        ({**LEAST, "component": "flux"}, "no component"),
        ({**LEAST, "effects": {"flux": 1}}, "no dial flux"),
        ({**LEAST, "effects": {"hang": 1}}, "hang cannot be 1"),
        ({**LEAST, "effects": {"drain_a": True}}, "drain_a cannot be True"),
        ({**LEAST, "effects": {"led": 3}}, "led cannot be 3"),
        ({**LEAST, "at_once": {"explode": 1}}, "at_once has no explode"),
        ({**LEAST, "codes": ["61-B7F341"]}, "is no code"),
        ({**LEAST, "share": 0}, "share must be"),
        ({**LEAST, "share": "x"}, "share must be"),
    ],
)
def test_a_faults_file_that_is_wrong_says_where(entry: Any, said: str) -> None:
    with pytest.raises(LocalError, match=said):
        fault_from("x", entry)


@pytest.mark.parametrize(
    "entry", [[], {"minutes": -1, "who": "owner"}, {"minutes": 1, "who": "cat"}, {"price": 1}]
)
def test_an_action_that_is_wrong_is_refused(entry: Any) -> None:
    with pytest.raises(LocalError):
        action_from("x", entry)


def test_a_code_says_its_unit_and_memory() -> None:
    fault = fault_from("x", {**LEAST, "codes": ["61i:610025", "36:A37C"]})
    assert fault.codes == (Code(0x61, 0x610025, "info"), Code(0x36, 0xA37C, "fault"))


def test_severity_moves_figures_and_the_worst_of_several_faults_counts() -> None:
    half = combined([({"ground_ohm": 4.0, "led": "open"}, 0.5)])
    assert (half.ground_ohm, half.led) == (2.0, "open")
    both = combined([({"backup_health": 0.2}, 1.0), ({"backup_health": 0.6}, 1.0)])
    assert both.backup_health == pytest.approx(0.2)
    assert combined([]) == HEALTHY == Damage()
