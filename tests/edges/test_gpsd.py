"""gpsd: a real one fed by gpsfake, and scripted ones that are silent, wrong or mad."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.edges.clock import SystemClock
from opensos.edges.gpsd import Gpsd, GpsdSettings
from tests.edges.clocks import StillClock
from tests.edges.nmea_log import LATITUDE, LONGITUDE, NOON, second
from tests.edges.waiting import until
from tests.promises.gnss import AnyReceiver, GnssPromises

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator
    from pathlib import Path

GPSFAKE = shutil.which("gpsfake")
VERSION: dict[str, Any] = {"class": "VERSION", "release": "3.22", "proto_major": 3}
TPV: dict[str, Any] = {
    "class": "TPV",
    "device": "/dev/ttyAMA0",
    "mode": 3,
    "time": "2026-11-24T12:00:00.000Z",
    "lat": LATITUDE,
    "lon": LONGITUDE,
    "eph": 9.5,
    "speed": 10.0,
    "track": 90.0,
}
SKY: dict[str, Any] = {
    "class": "SKY",
    "satellites": [{"PRN": n, "ss": 30.0 + n, "used": n < 7} for n in range(1, 10)],
}
QUICK = {"retry_s": 0.01, "longest_retry_s": 0.05}


def line(report: object) -> bytes:
    return json.dumps(report).encode() + b"\r\n"


def in_a_loop(feed: Callable[[Gpsd, StillClock], None], *, device: str | None = None) -> None:
    """Feed lines without any connection."""

    async def whole() -> None:
        clock = StillClock()
        gpsd = Gpsd(clock, GpsdSettings(port=1, device=device))
        try:
            feed(gpsd, clock)
        finally:
            await gpsd.close()

    asyncio.run(whole())


def with_server(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]],
    story: Callable[[Gpsd, StillClock], Coroutine[object, object, None]],
    **more: Any,
) -> None:
    """Run the story against a scripted server; ``serve`` gets the number of the connection."""

    async def whole() -> None:
        count = 0

        async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal count
            count += 1
            try:
                await serve(reader, writer, count)
            except (OSError, asyncio.IncompleteReadError):
                pass  # the client has gone, as some stories want it
            finally:
                writer.close()

        server = await asyncio.start_server(door, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        clock = StillClock()
        gpsd = Gpsd(clock, GpsdSettings(port=port, **(QUICK | more)))
        try:
            await story(gpsd, clock)
        finally:
            await gpsd.close()
            server.close()

    asyncio.run(whole())


class TestGpsdKeepsThePromises(GnssPromises):
    @staticmethod
    def _driven(seconds: int, lost: int) -> tuple[Gpsd, StillClock]:
        clock = StillClock()

        async def drive() -> Gpsd:
            gpsd = Gpsd(clock, GpsdSettings(port=1))
            for k in range(seconds + lost):
                moment = f"2026-11-24T12:00:{k:02d}.000Z"
                fix = {"time": moment, "lon": LONGITUDE + k * 2.3e-4}
                gpsd.hear(line(TPV | fix if k < seconds else {"class": "TPV", "mode": 1}))
                gpsd.hear(line(SKY))
                clock.pass_s(1.0)
            await gpsd.close()
            return gpsd

        return asyncio.run(drive()), clock

    @pytest.fixture
    def driving(self) -> tuple[AnyReceiver, float]:
        gpsd, clock = self._driven(15, 0)
        return gpsd, clock.now()

    @pytest.fixture
    def lost(self) -> tuple[AnyReceiver, float]:
        gpsd, clock = self._driven(5, 3)
        return gpsd, clock.now()


# --- the real one --------------------------------------------------------------------------------


class RealGpsd:
    """gpsfake, which starts gpsd on a loopback port; both are ended by their own group."""

    def __init__(self, log: Path) -> None:
        assert GPSFAKE is not None
        log.write_bytes(b"".join(second(k) for k in range(40)) + second(40, fix=False) * 3)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._process = subprocess.Popen(
            [GPSFAKE, "-q", "-c", "0.01", "-P", str(self.port), str(log)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def end(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait(5)


@pytest.fixture
def real_gpsd(tmp_path: Path) -> Iterator[RealGpsd]:
    if GPSFAKE is None:
        pytest.skip("gpsfake is not installed")
    real = RealGpsd(tmp_path / "drive.nmea")
    yield real
    real.end()


@pytest.mark.gpsd
def test_a_real_gpsd_tells_where_the_car_drives_and_may_end(real_gpsd: RealGpsd) -> None:
    async def story() -> None:
        clock = SystemClock()
        gpsd = Gpsd(clock, GpsdSettings(port=real_gpsd.port, retry_s=0.05, longest_retry_s=0.2))
        try:
            await until(lambda: len(gpsd.recent(clock.now())) == 2, 20.0)
            fix = gpsd.fix(clock.now())
            assert fix is not None
            assert fix.latitude == pytest.approx(LATITUDE, abs=1e-4)
            assert LONGITUDE <= fix.longitude <= LONGITUDE + 0.01
            assert NOON <= fix.utc <= NOON + 40
            assert fix.speed_kmh == pytest.approx(57.0, abs=0.5)
            assert fix.heading_deg == pytest.approx(90.0, abs=0.5)
            await until(lambda: gpsd.receiver(clock.now()).satellites_seen)
            await until(lambda: gpsd.receiver(clock.now()).fix_kind == "3d")
            assert gpsd.version
            real_gpsd.end()
            await until(lambda: gpsd.trouble is not None)
            assert gpsd.fix(clock.now()) is not None
        finally:
            await gpsd.close()

    asyncio.run(story())


# --- scripted ones -------------------------------------------------------------------------------


def test_we_ask_to_watch_and_hear() -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _n: int) -> None:
        writer.write(line(VERSION))
        asked.append(await reader.readline())
        writer.write(line({"class": "DEVICES", "devices": [{"path": "/dev/ttyAMA0"}]}))
        writer.write(line(TPV) + line(SKY))
        await reader.read()

    async def story(gpsd: Gpsd, clock: StillClock) -> None:
        await until(lambda: gpsd.receiver(clock.now()).satellites_seen)
        assert asked == [b'?WATCH={"enable": true, "json": true};\n']
        reading = gpsd.receiver(clock.now())
        assert (reading.satellites_seen, reading.satellites_used) == (9, 6)
        assert reading.cn0_dbhz == pytest.approx(37.5)
        assert reading.accuracy_m == 9.5
        assert reading.utc == NOON
        assert gpsd.trouble is None

    with_server(serve, story)


def test_a_broken_connection_is_made_again() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, n: int) -> None:
        writer.write(line(VERSION) + line(TPV | {"lat": float(n)}))
        await writer.drain()

    async def story(gpsd: Gpsd, clock: StillClock) -> None:
        await until(lambda: (fix := gpsd.fix(clock.now())) and fix.latitude >= 3.0)

    with_server(serve, story)


@pytest.mark.parametrize(
    "madness",
    [
        b"A" * 200_000 + b"\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"[" * 60_000 + b"\n",
        b"\xff\xfe\x00\n",
        b"null\n",
        b'{"class":7}\n',
        b"9" * 5000 + b"\n",
    ],
)
def test_a_mad_server_is_left_and_asked_again(madness: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, n: int) -> None:
        writer.write(madness if n < 3 else line(VERSION) + line(TPV))
        await writer.drain()
        await reader.read()

    async def story(gpsd: Gpsd, clock: StillClock) -> None:
        await until(lambda: gpsd.trouble == "what answers there does not speak gpsd's language")
        await until(lambda: gpsd.fix(clock.now()))
        assert gpsd.trouble is None

    with_server(serve, story)


def test_a_silent_server_is_left_and_asked_again() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, n: int) -> None:
        if n > 1:
            writer.write(line(VERSION) + line(TPV))
        await reader.read()

    async def story(gpsd: Gpsd, clock: StillClock) -> None:
        await until(lambda: gpsd.trouble == "gpsd is silent")
        await until(lambda: gpsd.fix(clock.now()))

    with_server(serve, story, silence_s=0.05)


def test_nobody_there_is_trouble_and_not_a_crash() -> None:
    async def story() -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
            gpsd = Gpsd(StillClock(), GpsdSettings(port=port))
            await until(lambda: gpsd.trouble != "not connected yet")
            assert gpsd.fix(0.0) is None
            assert gpsd.receiver(0.0).heard_at is None
            started = time.monotonic()
            await gpsd.close()
            assert time.monotonic() - started < 1.0

    asyncio.run(story())


def test_gpsd_without_a_receiver_says_so() -> None:
    def feed(gpsd: Gpsd, _clock: StillClock) -> None:
        gpsd.hear(line(VERSION))
        gpsd.hear(line({"class": "DEVICES", "devices": []}))
        assert gpsd.trouble == "gpsd has no receiver"

    in_a_loop(feed)


def test_only_the_receiver_that_was_named_is_heard() -> None:
    def feed(gpsd: Gpsd, clock: StillClock) -> None:
        gpsd.hear(line(TPV))
        assert gpsd.fix(clock.now()) is None
        gpsd.hear(line(TPV | {"device": "/dev/ttyUSB1"}))
        assert gpsd.fix(clock.now()) is not None

    in_a_loop(feed, device="/dev/ttyUSB1")


def test_a_hung_receiver_is_seen_by_its_age() -> None:
    def feed(gpsd: Gpsd, clock: StillClock) -> None:
        gpsd.hear(line(TPV))
        heard = clock.now()
        clock.pass_s(30.0)
        reading = gpsd.receiver(clock.now())
        assert reading.heard_at == heard
        assert (reading.fix_kind, reading.accuracy_m) == (None, None)

    in_a_loop(feed)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lat": 91.0}, None),
        ({"lon": "9.7"}, None),
        ({"lat": True}, None),
        ({"track": -5.0}, "heading_deg"),
        ({"speed": 1e9}, "speed_kmh"),
        ({"eph": "NaN"}, "accuracy_m"),
    ],
)
def test_an_impossible_value_is_unknown(change: dict[str, Any], field: str | None) -> None:
    def feed(gpsd: Gpsd, clock: StillClock) -> None:
        gpsd.hear(line(TPV | change))
        fix = gpsd.fix(clock.now())
        if field is None:
            assert fix is None
        else:
            assert fix is not None
            assert getattr(fix, field) is None

    in_a_loop(feed)


def test_errors_by_axis_make_an_accuracy_too() -> None:
    def feed(gpsd: Gpsd, clock: StillClock) -> None:
        report = {key: value for key, value in TPV.items() if key != "eph"}
        gpsd.hear(line(report | {"epx": 3.0, "epy": 4.0}))
        assert gpsd.receiver(clock.now()).accuracy_m == 5.0

    in_a_loop(feed)


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=10,
)
REPORTS = st.fixed_dictionaries(
    {"class": st.sampled_from(["TPV", "SKY", "VERSION", "DEVICES", "ERROR", "GST", "DEVICE"])},
    optional={
        key: VALUES | st.floats(-400, 400) | st.sampled_from([1, 2, 3])
        for key in [*TPV, "satellites", "devices", "message", "release"]
        if key != "class"
    },
)


@given(st.lists(REPORTS, max_size=10))
@settings(max_examples=60, deadline=None)
def test_no_report_leads_to_an_impossible_state(reports: list[dict[str, Any]]) -> None:
    def feed(gpsd: Gpsd, clock: StillClock) -> None:
        for report in reports:
            gpsd.hear(line(report))
            reading = gpsd.receiver(clock.now())
            assert reading.fix_kind in {None, "none", "2d", "3d"}
            fix = gpsd.fix(clock.now())
            assert fix is None or (-90 <= fix.latitude <= 90 and -180 <= fix.longitude <= 180)

    in_a_loop(feed)


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_line_is_heard_or_refused(raw: bytes) -> None:
    def feed(gpsd: Gpsd, _clock: StillClock) -> None:
        try:
            gpsd.hear(raw)
        except ValueError:
            return

    in_a_loop(feed)
