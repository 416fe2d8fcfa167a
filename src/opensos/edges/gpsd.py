"""A satellite receiver behind gpsd: its JSON over TCP (gpsd_json(5), protocol 3).

gpsd does not say with what certainty its ``eph`` holds; it is taken as the 95 % radius. gpsd says
nothing of the antenna.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from opensos.edges.gnss_track import EARLIEST_UTC, Track
from opensos.edges.why import why
from opensos.ports import Fix
from opensos.rules.readiness.readings import AntennaReading, GnssReading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opensos.ports import Clock

PORT = 2947
MAX_LINE = 65_536
"""A sky full of satellites takes about 10 kB."""

STALE_S = 10.0
_KINDS = {1: "none", 2: "2d", 3: "3d"}
_STRONGEST = 4
_MAX_SATELLITES = 500
_CONNECT_S = 4.0
_MAX_SPEED_MS = 300.0
_MAX_ERROR_M = 1e6


@dataclass(frozen=True, slots=True)
class GpsdSettings:
    """Where gpsd is and how patient we are.

    Attributes:
        host: Where gpsd listens.
        port: And on which port.
        device: Only this receiver of several, by its path as gpsd calls it.
        retry_s: First wait after a lost connection; it doubles up to ``longest_retry_s``.
        longest_retry_s: Upper bound of that wait.
        silence_s: A connection on which nothing came for so long is given up.
    """

    host: str = "127.0.0.1"
    port: int = PORT
    device: str | None = None
    retry_s: float = 1.0
    longest_retry_s: float = 30.0
    silence_s: float = 60.0


@dataclass(frozen=True, slots=True)
class _Sky:
    at: float
    seen: int
    used: int
    cn0_dbhz: float | None


class Gpsd:
    """Keeps ``Gnss`` and ``Receiver``; connects in the background, again and again.

    Attributes:
        trouble: why there is no connection, or that gpsd has no receiver; None while all is well.
        version: gpsd's release as it says it.
    """

    def __init__(self, clock: Clock, settings: GpsdSettings | None = None) -> None:
        self._settings = settings or GpsdSettings()
        self._clock = clock
        self._track = Track()
        self._heard_at: float | None = None
        self._kind: str | None = None
        self._accuracy_m: float | None = None
        self._utc: tuple[float, float] | None = None  # (civil, steady) at the same moment
        self._sky: _Sky | None = None
        self.trouble: str | None = "not connected yet"
        self.version: str | None = None
        self._greeted = False
        self._task = asyncio.get_running_loop().create_task(self._run())

    def fix(self, now: float) -> Fix | None:  # noqa: ARG002  the port's signature
        """Return the newest fix."""
        return self._track.newest

    def recent(self, now: float) -> tuple[Fix, ...]:  # noqa: ARG002  the port's signature
        """Return up to two earlier fixes, newest first."""
        return self._track.recent()

    def receiver(self, now: float) -> GnssReading:
        """Return the receiver's newest state; what it has not confirmed lately is None."""
        heard = self._heard_at
        fresh = heard is not None and now - heard <= STALE_S
        sky = self._sky if self._sky is not None and now - self._sky.at <= STALE_S else None
        utc = None
        if self._utc is not None and heard is not None and heard - self._utc[1] <= STALE_S:
            utc = self._utc[0] + (heard - self._utc[1])
        return GnssReading(
            heard_at=heard,
            fix_kind=self._kind if fresh else None,
            satellites_used=None if sky is None else sky.used,
            satellites_seen=None if sky is None else sky.seen,
            cn0_dbhz=None if sky is None else sky.cn0_dbhz,
            accuracy_m=self._accuracy_m if fresh else None,
            utc=utc,
        )

    def antenna(self, now: float) -> AntennaReading | None:  # noqa: ARG002  same door as NMEA's
        """Return None: gpsd says nothing of the antenna."""
        return None

    async def close(self) -> None:
        """Disconnect."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    # --- the connection --------------------------------------------------------------------------

    async def _run(self) -> None:
        wait_s = self._settings.retry_s
        while True:
            self._greeted = False
            try:
                await self._listen()
                self.trouble = "gpsd closed the connection"
            except TimeoutError:
                self.trouble = "gpsd is silent"
            except OSError as error:
                self.trouble = f"gpsd cannot be reached: {why(error)}"
            except ValueError:
                self.trouble = "what answers there does not speak gpsd's language"
            # Who greeted us well was gpsd: begin again with the shortest wait.
            wait_s = self._settings.retry_s if self._has_greeted() else wait_s
            await asyncio.sleep(wait_s)
            wait_s = min(2.0 * wait_s, self._settings.longest_retry_s)

    def _has_greeted(self) -> bool:
        return self._greeted

    async def _listen(self) -> None:
        """Talk to gpsd until the connection ends. Raises OSError, TimeoutError, ValueError."""
        settings = self._settings
        async with asyncio.timeout(_CONNECT_S):
            reader, writer = await asyncio.open_connection(
                settings.host, settings.port, limit=MAX_LINE
            )
        try:
            watch: dict[str, object] = {"enable": True, "json": True}
            if settings.device is not None:
                watch["device"] = settings.device
            writer.write(f"?WATCH={json.dumps(watch)};\n".encode())
            while True:
                async with asyncio.timeout(settings.silence_s):
                    line = await reader.readline()
                if not line:
                    return
                self.hear(line)
        finally:
            writer.close()

    def hear(self, line: bytes) -> None:
        """Take one line of gpsd in. Raises ValueError for what is no JSON object of gpsd's."""
        try:
            report = json.loads(line)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not isinstance(report, dict) or not isinstance(report.get("class"), str):
            raise ValueError("no report")  # noqa: TRY004  the peer's fault, as every bad line
        match report["class"]:
            case "VERSION":
                self._greeted = True
                self.version = str(report.get("release", "?"))[:40]
                self.trouble = None
            case "DEVICES":
                devices = report.get("devices")
                self.trouble = None if devices else "gpsd has no receiver"
            case "TPV" if self._ours(report):
                self._tpv(report)
            case "SKY" if self._ours(report):
                self._see(report)
            case "ERROR":
                self.trouble = "gpsd: " + str(report.get("message", "error"))[:80]

    def _ours(self, report: Mapping[str, object]) -> bool:
        wanted = self._settings.device
        return wanted is None or report.get("device", wanted) == wanted

    # --- reports ---------------------------------------------------------------------------------

    def _tpv(self, report: Mapping[str, object]) -> None:
        now = self._clock.now()
        self._heard_at = now
        mode = report.get("mode")
        self._kind = _KINDS.get(mode) if type(mode) is int else None
        self._accuracy_m = None
        self.trouble = None
        utc = _time(report.get("time"))
        if self._kind not in {"2d", "3d"}:
            return
        if utc is not None:
            self._utc = (utc, now)
        latitude = _number(report, "lat", -90.0, 90.0)
        longitude = _number(report, "lon", -180.0, 180.0)
        if latitude is None or longitude is None:
            return
        self._accuracy_m = _number(report, "eph", 0.0, _MAX_ERROR_M) or _ellipse(report)
        course = _number(report, "track", 0.0, 360.0)
        speed = _number(report, "speed", 0.0, _MAX_SPEED_MS)
        self._track.add(
            Fix(
                utc=self._clock.utc() if utc is None else utc,
                latitude=latitude,
                longitude=longitude,
                accuracy_m=self._accuracy_m,
                heading_deg=None if course is None else course % 360.0,
                speed_kmh=None if speed is None else speed * 3.6,
            )
        )

    def _see(self, report: Mapping[str, object]) -> None:
        """Count satellites; a SKY without its list (dilutions alone) changes nothing."""
        now = self._heard_at = self._clock.now()
        satellites = report.get("satellites")
        if not isinstance(satellites, list):
            return
        listed = [s for s in satellites[:_MAX_SATELLITES] if isinstance(s, dict)]
        levels = [v for s in listed if (v := _number(s, "ss", 0.1, 99.0)) is not None]
        strongest = sorted(levels, reverse=True)[:_STRONGEST]
        self._sky = _Sky(
            at=now,
            seen=len(listed),
            used=sum(s.get("used") is True for s in listed),
            cn0_dbhz=sum(strongest) / len(strongest) if strongest else None,
        )


def _number(report: Mapping[str, object], key: str, low: float, high: float) -> float | None:
    value = report.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if low <= value <= high else None


def _ellipse(report: Mapping[str, object]) -> float | None:
    """Return a radius that covers the errors in longitude and latitude."""
    x, y = (_number(report, key, 0.0, _MAX_ERROR_M) for key in ("epx", "epy"))
    return None if x is None or y is None else math.hypot(x, y)


def _time(value: object) -> float | None:
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    utc = moment.timestamp()
    return utc if utc >= EARLIEST_UTC else None
