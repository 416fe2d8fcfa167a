"""The scenarios as data."""

from __future__ import annotations

import pytest

from opensos.sim.scenarios import SCENARIOS, Push, Roll


def test_there_are_crashes_and_scares() -> None:
    calls = [s.id for s in SCENARIOS.values() if s.expects_call]
    scares = [s.id for s in SCENARIOS.values() if not s.expects_call]
    assert calls == ["barrier", "offset_front", "side", "rear", "multiple", "rollover"]
    assert scares == ["hard_braking", "pothole", "kerb", "parking_bump"]


def test_a_push_is_nothing_outside_its_time() -> None:
    for shape in ("half_sine", "plateau", "ringing"):
        push = Push("x", -5.0, 0.1, 0.2, shape, 20.0)
        assert push.at(0.05) == push.at(0.31) == 0.0
        assert abs(push.at(0.21)) > 0.0


def test_a_roll_turns_by_its_angle() -> None:
    roll = Roll(540.0, 1.0, 2.0)
    assert (roll.angle(0.0), roll.angle(9.0)) == (0.0, 540.0)
    turned = sum(roll.rate(i / 1000) / 1000 for i in range(4000))
    assert turned == pytest.approx(540.0, abs=0.5)
