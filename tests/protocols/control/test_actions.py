from __future__ import annotations

import re

from opensos.protocols.control import (
    ACTIONS,
    CAMERAS,
    DOOR_STATES,
    FAILURE_REASONS,
    LAMP_STATES,
    LAMPS,
    STATIC_MESSAGES,
)
from tests.shared import SHARED, needs_vectors


def registry(number: int, start: str, end: str) -> set[str]:
    text = (SHARED / "rfc" / f"rfc{number}.txt").read_text(encoding="utf-8")
    section = text[text.rindex(start) : text.rindex(end)]
    rows = re.findall(r"^ +\| +([a-z][a-z-]+) +\|", section, re.MULTILINE)
    return set(rows)


@needs_vectors
def test_lamps_cameras_and_reasons_are_those_of_the_registries() -> None:
    lamps = registry(8148, "14.5.  Emergency Call Vehicle Lamp", "Table 3:")
    assert set(LAMPS) == lamps
    assert set(CAMERAS) == registry(8148, "14.6.  Emergency Call Vehicle Camera", "Table 4:")
    reasons = registry(8147, "14.8.2.  Emergency Call Action Failure", "Table 2:")
    assert set(FAILURE_REASONS) == reasons


@needs_vectors
def test_the_actions_are_those_of_both_registries() -> None:
    later = registry(8148, "14.3.  New Action Values", "14.4.  Emergency Call Static Messages")
    assert set(ACTIONS) == {"send-data"} | later


def test_states_belong_to_the_actions_that_have_them() -> None:
    assert ACTIONS["lamp"].states == LAMP_STATES
    assert ACTIONS["door-lock"].states == DOOR_STATES
    assert all(action.name == name for name, action in ACTIONS.items())
    assert 0 not in STATIC_MESSAGES
