"""Acceleration from any program that writes it: lines or binary records, from a file or a socket.

For sensors that no kernel driver knows: a small program reads them and writes ``ax,ay,az`` lines
into a FIFO, or serves them on a socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opensos.edges.acceleration import IDENTITY, Matrix, SampleStore, spread, turned
from opensos.edges.device_reader import DeviceReader
from opensos.edges.why import why
from opensos.protocols.effects import UserError
from opensos.rules.crash.samples import G_MS2, FullScale, Samples

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.ports import Clock

MAX_LINE = 512
UNITS = {"g": 1.0, "m/s2": 1.0 / G_MS2, "mg": 1e-3}
COLUMNS = ("t", "ax", "ay", "az")

_HIGHEST_G = 10_000.0  # what no sensor can say
_CLOCK_TOLERANCE_S = 1.0
_CHUNK = 65_536
_CONNECT_S = 4.0


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """Where samples come from and how they are written.

    Attributes:
        path: A FIFO, a character device, or a Unix socket when ``unix`` is set.
        unix: ``path`` is a Unix socket that somebody listens on.
        tcp: Host and port instead of a path.
        columns: Order of the values: ``ax``, ``ay``, ``az``, optionally ``t`` (seconds of the
            machine's monotonic clock), ``-`` skips one.
        binary: ``struct`` format of one record (``<3f``); None reads lines of text, values divided
            by commas, semicolons, tabs or spaces.
        unit: g, mg, m/s2.
        matrix: From the sensor's axes to the car's.
        rate_hz: Samples a second, for records that come in one piece without a time.
        full_scale_g: The sensor's range.
    """

    path: Path | None = None
    unix: bool = False
    tcp: tuple[str, int] | None = None
    columns: tuple[str, ...] = ("ax", "ay", "az")
    binary: str | None = None
    unit: str = "g"
    matrix: Matrix = IDENTITY
    rate_hz: float = 100.0
    full_scale_g: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be read."""
        if not {"ax", "ay", "az"} <= set(self.columns) or len(set(self.columns) - {"-"}) != sum(
            column != "-" for column in self.columns
        ):
            raise UserError("columns must name ax, ay and az, each once.")
        if unknown := set(self.columns) - {*COLUMNS, "-"}:
            raise UserError(f"columns may hold t, ax, ay, az and -, not {min(unknown)!r}.")
        if self.unit not in UNITS:
            raise UserError(f"unit may be {', '.join(UNITS)}, not {self.unit!r}.")
        if self.binary is not None:
            self._check_binary(self.binary)

    def _check_binary(self, text: str) -> None:
        try:
            record = struct.Struct(text)
            count = len(record.unpack(bytes(record.size)))
        except struct.error as error:
            raise UserError(f"binary is no format of a record: {error}.") from None
        if count != len(self.columns):
            raise UserError(f"binary holds {count} values and columns names {len(self.columns)}.")


class StreamAccelerometer:
    """Keeps ``Accelerometer``; must be made inside a running event loop.

    Attributes:
        damaged: lines or records that could not be read.
    """

    def __init__(self, settings: StreamSettings, clock: Clock, *, retry_s: float = 1.0) -> None:
        self._settings = settings
        self._clock = clock
        self._retry_s = retry_s
        self._store = SampleStore()
        self._rest = b""
        self._record = None if settings.binary is None else struct.Struct(settings.binary)
        self._line: DeviceReader | None = None
        self._task: asyncio.Task[None] | None = None
        self._trouble: str | None = None
        self.damaged = 0
        if settings.path is not None and not settings.unix:
            self._line = DeviceReader(settings.path, self.feed, opened=self._fresh, retry_s=retry_s)
        elif settings.path is not None or settings.tcp is not None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    @property
    def trouble(self) -> str | None:
        """Why no samples come, None while they do."""
        return self._trouble if self._line is None else self._line.trouble

    @property
    def full_scale(self) -> FullScale:
        """The range in g, as configured."""
        said = self._settings.full_scale_g
        return FullScale(said, said, said)

    @property
    def heard_at(self) -> float | None:
        """When the last sample came."""
        return self._store.heard_at

    def acceleration(self, now: float) -> Samples:
        """Return the samples since the last call, at most ten seconds."""
        return self._store.take(now)

    def feed(self, data: bytes) -> None:
        """Take bytes in; half a line or record waits for its other half."""
        data = self._rest + data
        rows = self._lines(data) if self._record is None else self._records(data, self._record)
        now = self._clock.now()
        times = spread(len(rows), self._store.heard_at, now, 1.0 / self._settings.rate_hz)
        found = []
        for at, values in zip(times, rows, strict=True):
            t = values.get("t", at)
            vector = turned(self._settings.matrix, values["ax"], values["ay"], values["az"])
            found.append((t if abs(now - t) <= _CLOCK_TOLERANCE_S else at, vector))
        self._store.add(found, now)

    async def close(self) -> None:
        """Let go of the source."""
        if self._line is not None:
            self._line.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    # --- inside ----------------------------------------------------------------------------------

    def _lines(self, data: bytes) -> list[dict[str, float]]:
        *lines, self._rest = data.split(b"\n")
        if len(self._rest) > MAX_LINE:
            self._rest = b""
            self.damaged += 1
        rows = []
        for line in lines:
            fields = line.decode("ascii", errors="replace").replace(",", " ").replace(";", " ")
            try:
                values = [float(field) for field in fields.split()]
            except ValueError:
                values = []
            row = self._row(values)
            if row is not None:
                rows.append(row)
        return rows

    def _records(self, data: bytes, record: struct.Struct) -> list[dict[str, float]]:
        whole = len(data) - len(data) % record.size
        self._rest = data[whole:]
        read = (
            self._row([v if isinstance(v, int | float) else math.nan for v in values])
            for values in record.iter_unpack(data[:whole])
        )
        return [row for row in read if row is not None]

    def _row(self, values: list[float]) -> dict[str, float] | None:
        """Name the values, in g; None (and counted) for a row that is no sample."""
        factor = UNITS[self._settings.unit]
        row: dict[str, float] = {}
        if len(values) == len(self._settings.columns):
            for column, value in zip(self._settings.columns, values, strict=True):
                if column != "-":
                    row[column] = float(value) if column == "t" else value * factor
        good = row and all(abs(row[axis]) <= _HIGHEST_G for axis in ("ax", "ay", "az"))
        if not good:
            self.damaged += 1
            return None
        if not math.isfinite(row.get("t", 0.0)):
            del row["t"]
        return row

    def _fresh(self, fd: int) -> None:  # noqa: ARG002  what DeviceReader calls
        self._rest = b""

    async def _run(self) -> None:
        while True:
            self._rest = b""
            try:
                await self._listen()
                self._trouble = "the source ended"
            except TimeoutError:
                self._trouble = "the source does not answer"
            except OSError as error:
                self._trouble = why(error)
            await asyncio.sleep(self._retry_s)

    async def _listen(self) -> None:
        settings = self._settings
        async with asyncio.timeout(_CONNECT_S):
            if settings.tcp is not None:
                reader, writer = await asyncio.open_connection(*settings.tcp)
            else:
                reader, writer = await asyncio.open_unix_connection(settings.path)
        self._trouble = None
        try:
            while data := await reader.read(_CHUNK):
                self.feed(data)
        finally:
            writer.close()
