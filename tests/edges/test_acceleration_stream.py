"""Samples that any program writes: lines and records, by FIFO and socket."""

from __future__ import annotations

import asyncio
import os
import struct
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.edges.acceleration_stream import MAX_LINE, StreamAccelerometer, StreamSettings
from opensos.protocols.effects import UserError
from opensos.rules.crash.samples import FullScale
from tests.edges.clocks import StillClock
from tests.edges.iio_tree import fifo
from tests.edges.waiting import until
from tests.promises.accelerometer import AccelerometerPromises, AnySensor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOWN = ((1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, -1.0))


def in_a_loop(
    story: Callable[[StreamAccelerometer, StillClock], None],
    config: StreamSettings | None = None,
) -> None:
    async def whole() -> None:
        clock = StillClock()
        sensor = StreamAccelerometer(config or StreamSettings(), clock)
        story(sensor, clock)
        await sensor.close()

    asyncio.run(whole())


def rows(sensor: StreamAccelerometer, now: float = 100.0) -> list[tuple[float, ...]]:
    samples = sensor.acceleration(now)
    if samples.ax is None or samples.ay is None or samples.az is None:
        return []
    return list(zip(samples.ax, samples.ay, samples.az, strict=True))


def test_lines_in_any_common_spelling_are_samples() -> None:
    def story(sensor: StreamAccelerometer, _clock: StillClock) -> None:
        sensor.feed(b"0.1,0.2,-1.0\n0.1;0.2;-1.0\r\n0.1\t0.2\t-1\n 0.1 0.2 -1.0 \n")
        assert rows(sensor) == [(0.1, 0.2, -1.0)] * 4
        assert sensor.damaged == 0

    in_a_loop(story)


def test_a_line_that_is_no_sample_is_counted_and_spoils_no_other() -> None:
    def story(sensor: StreamAccelerometer, _clock: StillClock) -> None:
        sensor.feed(b"hello\n1,2\n1,2,nan\n1,2,1e9\n\xff\n0,0,-1\n" + b"9" * (MAX_LINE + 1))
        assert rows(sensor) == [(0.0, 0.0, -1.0)]
        assert sensor.damaged == 6

    in_a_loop(story)


def test_unit_and_mounting_are_turned_into_the_cars() -> None:
    def story(sensor: StreamAccelerometer, _clock: StillClock) -> None:
        sensor.feed(b"9.80665,9.80665,9.80665\n")
        assert rows(sensor) == [pytest.approx((1.0, -1.0, -1.0))]
        assert sensor.full_scale == FullScale(200.0, 200.0, 200.0)

    in_a_loop(story, StreamSettings(unit="m/s2", matrix=DOWN, full_scale_g=200.0))


def test_times_are_believed_while_they_are_near() -> None:
    def story(sensor: StreamAccelerometer, clock: StillClock) -> None:
        sensor.feed(b"99.5,7,0,0,-1\n1e9,7,0,0,-1\nnan,7,0,0,-1\n")
        assert list(sensor.acceleration(clock.now()).t) == pytest.approx([99.5, 99.99, 100.0])

    in_a_loop(story, StreamSettings(columns=("t", "-", "ax", "ay", "az")))


def test_binary_records_are_samples_whatever_the_chunks() -> None:
    def story(sensor: StreamAccelerometer, _clock: StillClock) -> None:
        data = struct.pack("<3f", 1.0, 2.0, -1.0) * 3
        for i in range(0, len(data), 5):
            sensor.feed(data[i : i + 5])
        assert rows(sensor) == [(1.0, 2.0, -1.0)] * 3

    in_a_loop(story, StreamSettings(binary="<3f"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": ("ax", "ay")}, "must name ax, ay and az"),
        ({"columns": ("ax", "ay", "az", "ax")}, "each once"),
        ({"columns": ("ax", "ay", "az", "b")}, "not 'b'"),
        ({"unit": "furlong"}, "not 'furlong'"),
        ({"binary": "?!"}, "no format of a record"),
        ({"binary": "<4f"}, "4 values and columns names 3"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    change: dict[str, object], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        StreamSettings(**change)  # type: ignore[arg-type]  # what a person may write


def test_a_fifo_is_read_as_it_comes(tmp_path: Path) -> None:
    async def story() -> None:
        writer = fifo(tmp_path / "acc")
        sensor = StreamAccelerometer(StreamSettings(tmp_path / "acc"), StillClock())
        os.write(writer, b"0,0,-1\n0,0,-1\n")
        await until(lambda: sensor.heard_at)
        assert rows(sensor) == [(0.0, 0.0, -1.0)] * 2
        assert sensor.trouble is None
        await sensor.close()
        os.close(writer)

    asyncio.run(story())


@pytest.mark.parametrize("unix", [True, False])
def test_a_socket_that_breaks_is_connected_again(tmp_path: Path, *, unix: bool) -> None:
    async def story() -> None:
        served = 0

        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal served
            served += 1
            writer.write(b"%d,0,-1\n7,7" % served)  # half a line: forgotten with its connection
            await writer.drain()
            writer.close()

        path = tmp_path / "acc.sock"
        if unix:
            server: asyncio.Server = await asyncio.start_unix_server(serve, path)
            config = StreamSettings(path, unix=True)
        else:
            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            config = StreamSettings(tcp=("127.0.0.1", server.sockets[0].getsockname()[1]))
        sensor = StreamAccelerometer(config, StillClock(), retry_s=0.01)
        await until(lambda: served >= 3)
        await sensor.close()
        server.close()
        assert rows(sensor)[:2] == [(1.0, 0.0, -1.0), (2.0, 0.0, -1.0)]

    asyncio.run(story())


def test_nobody_there_is_trouble_and_not_a_crash(tmp_path: Path) -> None:
    async def story() -> None:
        for config in (
            StreamSettings(tmp_path / "nothing"),
            StreamSettings(tmp_path / "nothing", unix=True),
        ):
            sensor = StreamAccelerometer(config, StillClock())
            await until(partial(getattr, sensor, "trouble"))
            assert sensor.trouble == "No such file or directory"
            assert rows(sensor) == []
            await sensor.close()

    asyncio.run(story())


@given(st.lists(st.binary(max_size=200), max_size=8), st.booleans())
@settings(max_examples=50, deadline=None)
def test_any_bytes_are_survived(chunks: list[bytes], binary: bool) -> None:  # noqa: FBT001
    def story(sensor: StreamAccelerometer, _clock: StillClock) -> None:
        for chunk in chunks:
            sensor.feed(chunk)
        for row in rows(sensor):
            assert all(abs(value) <= 10_000.0 for value in row)
        assert len(sensor._rest) <= MAX_LINE

    in_a_loop(story, StreamSettings(binary="<3f" if binary else None))


class TestAStreamKeepsThePromises(AccelerometerPromises):
    @pytest.fixture
    def resting(self) -> tuple[AnySensor, float]:
        kept: list[tuple[AnySensor, float]] = []

        def story(sensor: StreamAccelerometer, clock: StillClock) -> None:
            for _ in range(10):
                clock.pass_s(0.02)
                sensor.feed(b"0.01,0.0,-1.0\n0.0,-0.01,-1.01\n")
            kept.append((sensor, clock.now()))

        in_a_loop(story)
        return kept[0]
