"""The last 150 ms of velocity: how much did it change within any stretch of that time?

One point a millisecond is kept (about 150), whatever the sample rate, so memory is bounded and a
point costs the same at 1 kHz and at 100 kHz. A sample in between is compared with those points: the
stretch it is compared over may then be up to 1 ms shorter than 150 ms, never longer.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

EPSILON_S = 1e-6
"""Room for rounding when times are compared."""


class Point(NamedTuple):
    """A moment: elapsed seconds, velocities in km/h relative to some start, the stream's time."""

    e: float
    vx: float
    vy: float
    t: float


class _Extreme:
    """Least value of a sliding window in amortised constant time (monotonic queue)."""

    __slots__ = ("_queue", "_span")

    def __init__(self, span: float) -> None:
        self._span = span
        self._queue: deque[tuple[float, float]] = deque()

    def add(self, e: float, value: float) -> float:
        """Take a value and return the least of the window."""
        queue = self._queue
        while queue and queue[-1][1] >= value:
            queue.pop()
        queue.append((e, value))
        old = e - self._span
        while queue[0][0] < old:
            queue.popleft()
        return queue[0][1]


class Window:
    """A sliding window of points, with the box around them."""

    __slots__ = ("_k5", "_k20", "_least", "box", "points", "span")

    def __init__(self, span: float) -> None:
        self.span = span + EPSILON_S
        self.clear()

    def clear(self) -> None:
        """Forget every point."""
        self.points: deque[Point] = deque()
        self._least = tuple(_Extreme(self.span) for _ in range(4))
        self._k20 = self._k5 = 0
        self.box = (0.0, 0.0, 0.0, 0.0)

    def add(self, point: Point) -> None:
        """Take the next point; ``box`` becomes (least vx, greatest vx, least vy, greatest vy)."""
        e, vx, vy, _ = point
        points = self.points
        points.append(point)
        old = e - self.span
        while points[0][0] < old:
            points.popleft()
        low_x, high_x, low_y, high_y = self._least
        self.box = (
            low_x.add(e, vx),
            -high_x.add(e, -vx),
            low_y.add(e, vy),
            -high_y.add(e, -vy),
        )
        self._k20 = self._reach(self._k20 + 1, e - 0.020 - EPSILON_S)
        self._k5 = self._reach(self._k5 + 1, e - 0.005 - EPSILON_S)

    def _reach(self, k: int, since: float) -> int:
        points = self.points
        k = min(k, len(points))  # after a gap older points have left the window
        while points[-k][0] < since:
            k -= 1
        return k

    def change_20ms(self) -> tuple[float, float]:
        """Return (ΔVx, ΔVy) over the last 20 ms, km/h."""
        now, then = self.points[-1], self.points[-self._k20]
        return now[1] - then[1], now[2] - then[2]

    def lateral_5ms(self) -> float:
        """Return ΔVy over the last 5 ms, km/h."""
        return self.points[-1][2] - self.points[-self._k5][2]

    def reach_squared(self, vx: float, vy: float) -> float:
        """Return an upper bound of the squared distance from here to any point of the window."""
        low_x, high_x, low_y, high_y = self.box
        dx = max(vx - low_x, high_x - vx)
        dy = max(vy - low_y, high_y - vy)
        return dx * dx + dy * dy

    def farthest(self, e: float, vx: float, vy: float) -> tuple[float, Point | None]:
        """Return the squared distance and the point farthest from this velocity.

        Only points within the span before ``e`` count; (0, None) if there is none.
        """
        old = e - self.span
        best, found = 0.0, None
        for point in self.points:
            dx, dy = vx - point[1], vy - point[2]
            distance = dx * dx + dy * dy
            if distance >= best and point[0] >= old:
                best, found = distance, point
        return best, found
