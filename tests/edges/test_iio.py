"""An accelerometer of the kernel: a tree of files and a FIFO for its character device."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.edges.iio import IioAccelerometer
from opensos.edges.iio_scan import IioSettings
from opensos.rules.crash.samples import G_MS2, UNKNOWN_RANGE, FullScale
from tests.edges.clocks import StillClock
from tests.edges.iio_tree import SCALE, SCAN, accelerometer, fifo
from tests.edges.waiting import until
from tests.promises.accelerometer import AccelerometerPromises, AnySensor

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

# The sensor lies with x to the left, y forward, z up.
LEFT_FORWARD_UP = ((0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
G = round(G_MS2 / SCALE)  # counts of one g


def scan(x: int, y: int, z: int, t: float) -> bytes:
    return SCAN.pack(x, y, z, round(t * 1e9))


def with_sensor(
    root: Path,
    story: Callable[[int, IioAccelerometer, StillClock], Coroutine[object, object, None]],
    *,
    files: dict[str, str] | None = None,
    **more: Any,
) -> None:
    async def whole() -> None:
        device = accelerometer(root, **files or {})
        writer = fifo(root / "dev")
        clock = StillClock()
        config = IioSettings(device, root / "dev", **({"matrix": LEFT_FORWARD_UP} | more))
        sensor = IioAccelerometer(config, clock, retry_s=0.01)
        sensor.find()
        sensor.start()
        try:
            await story(writer, sensor, clock)
        finally:
            await sensor.close()
            os.close(writer)

    asyncio.run(whole())


def test_scans_come_in_the_cars_axes_with_the_kernels_times(tmp_path: Path) -> None:
    async def story(writer: int, sensor: IioAccelerometer, clock: StillClock) -> None:
        assert sensor.trouble is None
        os.write(writer, scan(0, 0, G, 99.98) + scan(-3 * G, -12 * G, G, 99.99))
        await until(lambda: sensor.heard_at)
        samples = sensor.acceleration(clock.now())
        assert list(samples.t) == pytest.approx([99.98, 99.99])
        assert samples.ax is not None
        assert samples.ay is not None
        assert samples.az is not None
        assert list(samples.ax) == pytest.approx([0.0, -12.0], abs=0.01)  # braking: negative
        assert list(samples.ay) == pytest.approx([0.0, 3.0], abs=0.01)  # less left is more right
        assert list(samples.az) == pytest.approx([-1.0, -1.0], abs=0.01)  # rest, z down
        assert len(sensor.acceleration(clock.now())) == 0

    with_sensor(tmp_path, story)


def test_the_range_is_worked_out_from_bits_and_scale(tmp_path: Path) -> None:
    async def story(_writer: int, sensor: IioAccelerometer, _clock: StillClock) -> None:
        range_g = 32768 * SCALE / G_MS2
        assert sensor.full_scale == FullScale(range_g, range_g, range_g)

    with_sensor(tmp_path, story)


def test_a_range_that_is_told_wins(tmp_path: Path) -> None:
    async def story(_writer: int, sensor: IioAccelerometer, _clock: StillClock) -> None:
        assert sensor.full_scale == FullScale(8.0, 8.0, 8.0)

    with_sensor(tmp_path, story, full_scale_g=8.0)


def test_half_a_scan_waits_for_its_other_half(tmp_path: Path) -> None:
    async def story(_writer: int, sensor: IioAccelerometer, clock: StillClock) -> None:
        data = scan(0, 0, G, 99.9)
        sensor.feed(data[:5])
        assert len(sensor.acceleration(clock.now())) == 0
        sensor.feed(data[5:])
        assert len(sensor.acceleration(clock.now())) == 1

    with_sensor(tmp_path, story)


def test_a_time_of_another_clock_is_not_believed(tmp_path: Path) -> None:
    async def story(_writer: int, sensor: IioAccelerometer, clock: StillClock) -> None:
        civil = 1_795_521_600.0
        sensor.feed(b"".join(scan(0, 0, G, civil + i * 0.01) for i in range(5)))
        times = list(sensor.acceleration(clock.now()).t)
        assert times == pytest.approx([99.96, 99.97, 99.98, 99.99, 100.0])

    with_sensor(tmp_path, story)


def test_a_clock_of_years_ago_does_not_stop_the_samples(tmp_path: Path) -> None:
    async def story(_writer: int, sensor: IioAccelerometer, clock: StillClock) -> None:
        for stamp in (99.99, -5e8, 2e9, 0.0, 100.0):
            sensor.feed(scan(0, 0, G, stamp))
            clock.pass_s(0.01)
        times = list(sensor.acceleration(clock.now()).t)
        assert len(times) == 5
        assert times == sorted(set(times))

    with_sensor(tmp_path, story)


def test_a_sensor_that_hangs_is_seen_by_its_age(tmp_path: Path) -> None:
    async def story(writer: int, sensor: IioAccelerometer, clock: StillClock) -> None:
        os.write(writer, scan(0, 0, G, 99.9))
        await until(lambda: sensor.heard_at)
        clock.pass_s(60.0)
        assert sensor.heard_at == 100.0
        assert len(sensor.acceleration(clock.now())) == 0  # older than ten seconds: of no use

    with_sensor(tmp_path, story)


def test_a_sensor_that_is_not_there_may_come(tmp_path: Path) -> None:
    async def story() -> None:
        clock = StillClock()
        config = IioSettings(tmp_path / "iio:device0", tmp_path / "dev")
        sensor = IioAccelerometer(config, clock, retry_s=0.01)
        sensor.find()
        sensor.start()
        assert sensor.trouble == "The kernel knows no IIO device iio:device0."
        assert sensor.full_scale == UNKNOWN_RANGE
        assert len(sensor.acceleration(0.0)) == 0
        writer = fifo(tmp_path / "dev")
        accelerometer(tmp_path)
        await until(lambda: sensor.trouble is None)
        os.write(writer, scan(0, 0, -G, 99.9))
        await until(lambda: sensor.heard_at)
        await sensor.close()
        os.close(writer)

    asyncio.run(story())


def test_a_sensor_that_is_plugged_in_anew_is_set_up_anew(tmp_path: Path) -> None:
    async def story(writer: int, sensor: IioAccelerometer, clock: StillClock) -> None:
        enabled = tmp_path / "iio:device0" / "buffer" / "enable"
        enabled.write_text("0")  # as a device that has just come
        other = os.open(tmp_path / "dev", os.O_RDWR)
        assert sensor._line is not None
        sensor._line._lost("No such device")  # what the kernel says when it is pulled out
        await until(lambda: len(sensor.acceleration(clock.now())) == 0 and sensor.trouble is None)
        assert enabled.read_text() == "1"
        os.write(other, scan(0, 0, G, 99.9))
        await until(lambda: len(sensor.acceleration(clock.now())) == 1)
        os.close(other)

    with_sensor(tmp_path, story)


def test_polled_files_are_samples_too(tmp_path: Path) -> None:
    async def story() -> None:
        device = accelerometer(tmp_path, in_accel_z_raw=str(-G))
        clock = StillClock()
        sensor = IioAccelerometer(IioSettings(device), clock)
        sensor.find()
        sensor.start()
        assert sensor._poll is not None
        await until(lambda: len(sensor.acceleration(clock.now())) > 0)
        (device / "in_accel_y_raw").write_text("rubbish")
        await until(lambda: sensor.trouble == "the sensor's files hold no numbers")
        (device / "in_accel_y_raw").unlink()
        await until(lambda: sensor.trouble == "No such file or directory")
        (device / "in_accel_y_raw").write_text(str(2 * G))
        await until(lambda: sensor.trouble is None)
        clock.pass_s(1.0)
        await until(lambda: (ay := sensor.acceleration(clock.now()).ay) and ay[-1] > 1.99)
        await sensor.close()

    asyncio.run(story())


@given(st.lists(st.binary(max_size=100), max_size=8))
@settings(max_examples=30, deadline=None)
def test_any_bytes_are_samples_within_the_range(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]
) -> None:
    async def story(_writer: int, sensor: IioAccelerometer, clock: StillClock) -> None:
        for chunk in chunks:
            sensor.feed(chunk)
            samples = sensor.acceleration(clock.now())
            top = sensor.full_scale.x
            assert top is not None
            for column in (samples.ax, samples.ay, samples.az):
                assert column is None or all(abs(value) <= top + 1e-9 for value in column)

    with_sensor(tmp_path_factory.mktemp("iio"), story)


class TestTheBufferKeepsThePromises(AccelerometerPromises):
    @pytest.fixture
    def resting(self, tmp_path: Path) -> tuple[AnySensor, float]:
        kept: list[tuple[AnySensor, float]] = []

        async def story(_writer: int, sensor: IioAccelerometer, clock: StillClock) -> None:
            for _ in range(20):
                clock.pass_s(0.01)
                sensor.feed(scan(0, 0, G, clock.now()))
            kept.append((sensor, clock.now()))

        with_sensor(tmp_path, story)
        return kept[0]


class TestPollingKeepsThePromises(AccelerometerPromises):
    @pytest.fixture
    def resting(self, tmp_path: Path) -> tuple[AnySensor, float]:
        clock = StillClock()
        device = accelerometer(tmp_path, in_accel_z_raw=str(-G))

        async def polled() -> IioAccelerometer:
            sensor = IioAccelerometer(IioSettings(device), clock)
            sensor.find()
            sensor.start()
            assert sensor._poll is not None
            sensor._poll.stop()  # the test looks itself, at its own times
            sensor._poll._thread.join()
            for _ in range(20):
                clock.pass_s(0.01)
                sensor._poll._look()
            return sensor

        return asyncio.run(polled()), clock.now()
