"""Sensors of Linux' Industrial I/O: the accelerometer, and ADC channels that measure lines.

Two ways to read an accelerometer (Documentation/ABI/testing/sysfs-bus-iio): *buffered*, where the
kernel collects samples on a trigger and the character device hands them over; and *polled*, one
file an axis, for sensors or kernels without a trigger: too slow for a crash pulse (some 100 samples
a second at best) and only good for a try.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from typing import TYPE_CHECKING

from opensos.edges.acceleration import SampleStore, spread, turned
from opensos.edges.background import in_daemon
from opensos.edges.device_reader import DeviceReader
from opensos.edges.iio_scan import Found, IioSettings, find, read_scan
from opensos.edges.why import why
from opensos.protocols.effects import RoadError, UserError
from opensos.rules.crash.samples import G_MS2, UNKNOWN_RANGE, FullScale, Samples

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.ports import Clock

_CLOCK_TOLERANCE_S = 1.0  # a kernel's time stamp further off is of another clock
_LONGEST_FIND_S = 10.0
_FASTEST_POLL_HZ = 200.0
_KEPT_POLLS = 4096


class IioAccelerometer:
    """Keeps ``Accelerometer``; ``find`` (in a thread) before ``start`` (on the loop).

    Attributes:
        trouble: why no samples come, None while they do.
    """

    def __init__(self, settings: IioSettings, clock: Clock, *, retry_s: float = 2.0) -> None:
        self._settings = settings
        self._clock = clock
        self._retry_s = retry_s
        self._store = SampleStore()
        self._found: Found | None = None
        self._rest = b""
        self._line: DeviceReader | None = None
        self._poll: _AxisPoller | None = None
        self._again: asyncio.Task[None] | None = None
        self._trouble: str | None = "not found yet"

    def find(self) -> None:
        """Ask the kernel for the sensor and set it up; blocks as long as its bus does.

        Whatever is missing becomes ``trouble``; call it again later.
        """
        try:
            self._found = find(self._settings)
        except (OSError, RoadError, UserError) as error:
            self._trouble = why(error)
            return
        self._trouble = None

    def start(self) -> None:
        """Begin to read in the background; a sensor that is not there is looked for again."""
        if self._found is None or self._trouble is not None:
            self._again = asyncio.get_running_loop().create_task(self._look_again())
        elif self._settings.dev is not None:
            self._line = DeviceReader(
                self._settings.dev, self.feed, opened=self._fresh, retry_s=self._retry_s
            )
        else:
            self._poll = _AxisPoller(self._settings.device, self._found.rate_hz, self._clock)
            self._poll.start()

    @property
    def trouble(self) -> str | None:
        """Why no samples come, None while they do."""
        for part in (self._line, self._poll):
            if part is not None:
                return part.trouble
        return self._trouble

    @property
    def full_scale(self) -> FullScale:
        """The range of each of the car's channels in g, None where not known."""
        found, said = self._found, self._settings.full_scale_g
        if said is not None:
            return FullScale(said, said, said)
        if found is None or found.bits is None:
            return UNKNOWN_RANGE
        counts = float(1 << found.bits - 1)
        ranges = tuple(counts * scale / G_MS2 for scale in found.scale)
        # A channel of the car is cut where the first of the sensor's axes that make it up is cut.
        x, y, z = (
            min(r / abs(part) for r, part in zip(ranges, row, strict=True) if abs(part) > 0.01)
            for row in found.matrix
        )
        return FullScale(x, y, z)

    @property
    def heard_at(self) -> float | None:
        """When the last sample came."""
        return self._store.heard_at

    def acceleration(self, now: float) -> Samples:
        """Return the samples since the last call, at most ten seconds."""
        if self._line is not None and self._line.trouble is not None:
            self._begin_anew(self._line)
        if self._poll is not None:
            self._store.add(((t, self._turned(axes)) for t, axes in self._poll.take()), now)
        return self._store.take(now)

    def feed(self, data: bytes) -> None:
        """Take scans of the character device in; half a scan waits for its other half."""
        found = self._found
        if found is None or found.layout is None:
            return
        size, now = found.layout.size, self._clock.now()
        data = self._rest + data
        count = len(data) // size
        self._rest = data[count * size :]
        times = spread(count, self._store.heard_at, now, 1.0 / found.rate_hz)
        rows = []
        for i in range(count):
            t, axes = read_scan(found.layout, data, i * size)
            if t is None or not found.monotonic or abs(now - t) > _CLOCK_TOLERANCE_S:
                t = times[i]
            rows.append((t, self._turned(axes)))
        self._store.add(rows, now)

    async def close(self) -> None:
        """Let go of the sensor."""
        if self._again is not None:
            self._again.cancel()
        if self._line is not None:
            self._line.close()
        if self._poll is not None:
            self._poll.stop()

    def _fresh(self, fd: int) -> None:  # noqa: ARG002  what DeviceReader calls
        self._rest = b""

    def _turned(self, axes: tuple[int, int, int]) -> tuple[float, float, float]:
        found = self._found
        assert found is not None  # noqa: S101  nothing is read before it is found
        x, y, z = (
            (raw + offset) * scale / G_MS2
            for raw, offset, scale in zip(axes, found.offset, found.scale, strict=True)
        )
        return turned(found.matrix, x, y, z)

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(self._retry_s)
            if await in_daemon(self.find, _LONGEST_FIND_S) and self._trouble is None:
                break
        self.start()

    def _begin_anew(self, line: DeviceReader) -> None:
        """Set a sensor up again whose device was lost: plugged in anew, its buffer is off."""
        self._trouble = line.trouble
        self._line = None
        line.close()
        self._again = asyncio.get_running_loop().create_task(self._look_again())


class _AxisPoller:
    """Reads one file an axis in a thread, at most 200 times a second.

    Attributes:
        trouble: why the last look failed.
    """

    def __init__(self, device: Path, rate_hz: float, clock: Clock) -> None:
        self._files = tuple(device / f"in_accel_{axis}_raw" for axis in "xyz")
        self._step_s = 1.0 / min(rate_hz, _FASTEST_POLL_HZ)
        self._clock = clock
        self._rows: deque[tuple[float, tuple[int, int, int]]] = deque(maxlen=_KEPT_POLLS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="opensos-iio", daemon=True)
        self.trouble: str | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def take(self) -> list[tuple[float, tuple[int, int, int]]]:
        """Return, and forget, what was read so far."""
        rows = []
        with contextlib.suppress(IndexError):
            while True:
                rows.append(self._rows.popleft())
        return rows

    def _look(self) -> None:
        try:
            x, y, z = (int(path.read_text("ascii")) for path in self._files)
        except OSError as error:
            self.trouble = why(error)
            return
        except ValueError:
            self.trouble = "the sensor's files hold no numbers"
            return
        self.trouble = None
        self._rows.append((self._clock.now(), (x, y, z)))

    def _run(self) -> None:
        while not self._stop.wait(self._step_s):
            self._look()
