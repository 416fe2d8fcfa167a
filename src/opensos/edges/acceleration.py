"""What all acceleration sensors share: turning their axes into the car's, and keeping samples.

Axes and signs of the car are those of ``rules/crash/samples.py``: x forward, y right, z down, in g,
as specific force (standing level reads -1 g on z).
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from opensos.protocols.effects import UserError
from opensos.rules.crash.samples import EMPTY, Samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Vector: TypeAlias = tuple[float, float, float]
Matrix: TypeAlias = tuple[Vector, Vector, Vector]

IDENTITY: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
LONGEST_S = 10.0
MAX_ROWS = 50_000
"""Ten seconds of 5 kHz: what nobody fetches does not fill the memory."""

_STEP_S = 1e-6  # times rise by at least this
_TOLERANCE = 0.02


def as_matrix(rows: Sequence[Sequence[float]], where: str) -> Matrix:
    """Return a rotation (or a permutation of axes with signs), checked.

    Raises:
        UserError: It is not 3 x 3, or would stretch or shear what is measured.
    """
    if len(rows) != 3 or any(len(row) != 3 for row in rows):
        raise UserError(f"{where} must be three rows of three numbers.")
    one, two, three = ((float(r[0]), float(r[1]), float(r[2])) for r in rows)
    matrix: Matrix = (one, two, three)
    for i, row in enumerate(matrix):
        for j, other in enumerate(matrix):
            dot = sum(a * b for a, b in zip(row, other, strict=True))
            if not math.isclose(dot, float(i == j), abs_tol=_TOLERANCE):
                raise UserError(
                    f"{where} is no rotation: its rows must be at right angles and of length 1."
                )
    return matrix


def product(left: Matrix, right: Matrix) -> Matrix:
    """Return the matrix that does ``right`` first and then ``left``."""
    columns = tuple(zip(*right, strict=True))
    one, two, three = (
        tuple(sum(a * b for a, b in zip(row, column, strict=True)) for column in columns)
        for row in left
    )
    return ((one[0], one[1], one[2]), (two[0], two[1], two[2]), (three[0], three[1], three[2]))


def turned(matrix: Matrix, x: float, y: float, z: float) -> Vector:
    """Return a vector of the sensor as one of the car."""
    a, b, c = matrix
    return (
        a[0] * x + a[1] * y + a[2] * z,
        b[0] * x + b[1] * y + b[2] * z,
        c[0] * x + c[1] * y + c[2] * z,
    )


class SampleStore:
    """Keeps samples until they are fetched; times rise, at most ten seconds are kept."""

    def __init__(self) -> None:
        self._rows: deque[tuple[float, Vector]] = deque(maxlen=MAX_ROWS)
        self._last = -math.inf
        self.heard_at: float | None = None

    def add(self, rows: Iterable[tuple[float, Vector]], now: float) -> None:
        """Take samples in. A time in the future or not after its forerunner is moved, not lost."""
        for t, vector in rows:
            at = min(t, now) if math.isfinite(t) else now
            at = max(at, self._last + _STEP_S)
            self._last = at
            self._rows.append((at, vector))
            self.heard_at = now

    def take(self, now: float) -> Samples:
        """Return, and forget, the samples of the last ten seconds."""
        rows = [row for row in self._rows if row[0] > now - LONGEST_S]
        self._rows.clear()
        if not rows:
            return EMPTY
        return Samples(
            t=array("d", (t for t, _ in rows)),
            ax=array("d", (v[0] for _, v in rows)),
            ay=array("d", (v[1] for _, v in rows)),
            az=array("d", (v[2] for _, v in rows)),
        )


def spread(count: int, last: float | None, now: float, step_s: float) -> list[float]:
    """Return times for samples that came in one piece without any: evenly, the last one now.

    The step is the sensor's; where that would begin before the last sample that we have, the time
    since then is shared out.
    """
    if last is not None and now > last:
        step_s = min(step_s, (now - last) / count) if count else step_s
    return [now - step_s * (count - 1 - i) for i in range(count)]
