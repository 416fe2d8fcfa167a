from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from opensos.apps.demo import story as story_module
from opensos.apps.demo.story import Story
from opensos.apps.demo.timeline import missing_steps
from opensos.apps.demo.world import PULSE, DemoSettings, DemoWorld
from opensos.edges.pulse_file import Pulse, read_pulse
from opensos.protocols.effects import UserError
from tests.shared import SHARED, needs_vectors

if TYPE_CHECKING:
    from pathlib import Path


def _play(
    folder: Path, scenario: str, *, call_due: bool = True, pulse: Pulse | None = None
) -> tuple[bool, Story]:
    async def play() -> tuple[bool, Story]:
        world = DemoWorld(DemoSettings(folder, pulse))
        await world.start()
        story = Story(world)
        happen = world.unit.press_sos if scenario == "sos" else lambda: world.crash(scenario)
        try:
            return await story.run(happen, call_due=call_due), story
        finally:
            await world.stop()

    return asyncio.run(play())


@pytest.mark.parametrize("scenario", ["barrier", "side", "rollover", "sos"])
def test_a_call_is_seen_whole_from_both_sides(tmp_path: Path, scenario: str) -> None:
    good, story = _play(tmp_path, scenario)
    assert good, missing_steps(story.moments)
    assert story.card is not None
    assert story.card["test"] is True
    assert story.card["state"] == "ended"
    assert story.card["ended_why"] == "cleared_down"
    assert story.card["msd_count"] >= 2
    expected = "manual" if scenario == "sos" else "automatic"
    assert story.card["trigger"] == expected


def test_the_side_of_the_crash_reaches_the_operator(tmp_path: Path) -> None:
    _, story = _play(tmp_path, "side")
    assert story.card is not None
    assert story.card["crash"]["impact"] in {"driver_side", "driverSide", "left"}


def test_hard_braking_calls_nobody(tmp_path: Path) -> None:
    good, story = _play(tmp_path, "hard_braking", call_due=False)
    assert good
    assert story.card is None


def test_a_call_where_none_is_due_is_a_failure(tmp_path: Path) -> None:
    good, _ = _play(tmp_path, "sos", call_due=False)
    assert not good


def test_a_centre_that_is_gone_is_not_passed_off_as_a_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story_module, "PATIENCE_S", 0.3)

    async def play() -> tuple[bool, Story]:
        world = DemoWorld(DemoSettings(tmp_path))
        await world.start()
        story = Story(world)
        try:
            # Nothing happens to the car: no step can be seen.
            return await story.run(lambda: None), story
        finally:
            await world.stop()

    good, story = asyncio.run(play())
    assert not good
    assert len(missing_steps(story.moments)) > 10


@needs_vectors
def test_the_recorded_crash_of_nhtsa_calls_from_the_front(tmp_path: Path) -> None:
    pulse = read_pulse([SHARED / "vectors" / "crash" / "v10146.093"])
    good, story = _play(tmp_path, PULSE, pulse=pulse)
    assert good
    assert story.card is not None
    assert story.card["crash"]["impact"] == "front"
    assert story.card["crash"]["delta_v_x_kmh"] == pytest.approx(-66, abs=2)


def test_an_unknown_scenario_is_named_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="barrier"):
        _play(tmp_path, "meteor")
