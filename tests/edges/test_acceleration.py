"""Axes, and samples that wait to be fetched."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.edges.acceleration import (
    IDENTITY,
    LONGEST_S,
    MAX_ROWS,
    SampleStore,
    as_matrix,
    product,
    spread,
    turned,
)
from opensos.protocols.effects import UserError

TURN = ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0))


def test_a_matrix_turns_the_sensors_axes_into_the_cars() -> None:
    assert turned(IDENTITY, 1.0, 2.0, 3.0) == (1.0, 2.0, 3.0)
    assert turned(TURN, 1.0, 2.0, 3.0) == (2.0, 1.0, -3.0)
    assert product(TURN, TURN) == IDENTITY
    assert product(TURN, IDENTITY) == TURN


@pytest.mark.parametrize(
    "rows",
    [
        [[1, 0, 0], [0, 1, 0]],
        [[1, 0], [0, 1], [0, 0]],
        [[0, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[2, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[1, 0, 0], [1, 0, 0], [0, 0, 1]],
        [[math.nan, 0, 0], [0, 1, 0], [0, 0, 1]],
    ],
)
def test_what_would_stretch_or_shear_is_no_mounting(rows: list[list[float]]) -> None:
    with pytest.raises(UserError, match=r"^accelerometer\.matrix "):
        as_matrix(rows, "accelerometer.matrix")


def test_samples_are_fetched_once() -> None:
    store = SampleStore()
    store.add([(1.0, (0.1, 0.2, -1.0)), (1.01, (0.3, 0.4, -1.1))], 1.01)
    samples = store.take(1.02)
    assert list(samples.t) == [1.0, 1.01]
    assert samples.ax is not None
    assert list(samples.ax) == [0.1, 0.3]
    assert len(store.take(1.03)) == 0
    assert store.heard_at == 1.01


def test_what_nobody_fetches_is_forgotten() -> None:
    store = SampleStore()
    store.add([(float(t), (0.0, 0.0, -1.0)) for t in range(100)], 99.0)
    assert len(store.take(99.0)) == LONGEST_S
    store.add(((100.0 + i * 1e-5, (0.0, 0.0, -1.0)) for i in range(MAX_ROWS + 10)), 101.0)
    assert len(store.take(101.0)) == MAX_ROWS


@given(st.lists(st.floats(), max_size=40))
def test_times_always_rise(times: list[float]) -> None:
    store = SampleStore()
    for t in times:
        store.add([(t, (0.0, 0.0, -1.0))], 50.0)
    fetched = list(store.take(50.0).t)
    assert all(b > a for a, b in itertools.pairwise(fetched))


@given(st.integers(0, 50), st.none() | st.floats(0, 100), st.floats(0.0001, 1.0))
def test_a_piece_without_times_is_spread_after_its_forerunner(
    count: int, last: float | None, step_s: float
) -> None:
    times = spread(count, last, 100.0, step_s)
    assert len(times) == count
    if count:
        assert times[-1] == 100.0
        assert last is None or last >= 100.0 or times[0] >= last - 1e-9
