"""A receiver on a serial line: a pty whose other end is the test."""

from __future__ import annotations

import asyncio
import os
import pty
import tty
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from opensos.edges.gnss_serial import SerialGnss
from opensos.protocols.effects import UserError
from opensos.rules.readiness.readings import AntennaReading, Circuit
from tests.edges.clocks import StillClock
from tests.edges.nmea_log import NOON, second, sentence
from tests.edges.waiting import until
from tests.promises.gnss import AnyReceiver, GnssPromises

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


def run(story: Coroutine[object, object, None]) -> None:
    asyncio.run(story)


def driven(*, seconds: int = 15, lost: int = 0) -> tuple[SerialGnss, StillClock]:
    """Return a receiver that was fed in its own loop (its line is not there), and its clock."""
    clock = StillClock()

    async def drive() -> SerialGnss:
        receiver = SerialGnss(Path("/nowhere/tty"), clock)
        for k in range(seconds + lost):
            receiver.feed(second(k, fix=k < seconds))
            clock.pass_s(1.0)
        await receiver.close()
        return receiver

    return asyncio.run(drive()), clock


class TestSerialKeepsThePromises(GnssPromises):
    @pytest.fixture
    def driving(self) -> tuple[AnyReceiver, float]:
        receiver, clock = driven()
        return receiver, clock.now()

    @pytest.fixture
    def lost(self) -> tuple[AnyReceiver, float]:
        receiver, clock = driven(seconds=5, lost=3)
        return receiver, clock.now()


def with_pty(
    story: Callable[[int, SerialGnss, StillClock], Coroutine[object, object, None]],
) -> None:
    async def whole() -> None:
        master, slave = pty.openpty()
        tty.setraw(slave)
        clock = StillClock()
        receiver = SerialGnss(Path(os.ttyname(slave)), clock, baud=115200, retry_s=0.01)
        try:
            await story(master, receiver, clock)
        finally:
            await receiver.close()
            os.close(slave)
            os.close(master)

    run(whole())


def test_sentences_come_through_a_line_full_of_noise() -> None:
    async def story(master: int, receiver: SerialGnss, clock: StillClock) -> None:
        os.write(master, b"\xff\x00garbage$GP" + second(0) + b"\xb5\x62\x01\x07" + second(1))
        await until(lambda: (fix := receiver.fix(clock.now())) and fix.utc == NOON + 1)
        fix = receiver.fix(clock.now())
        assert fix is not None
        assert fix.heading_deg == 90.0
        assert fix.speed_kmh == pytest.approx(57.0, abs=0.1)
        assert fix.accuracy_m == pytest.approx(11.0)
        assert receiver.trouble is None

    with_pty(story)


def test_a_hung_line_is_seen_by_its_age() -> None:
    async def story(master: int, receiver: SerialGnss, clock: StillClock) -> None:
        os.write(master, second(0))
        await until(lambda: receiver.fix(clock.now()))
        heard = receiver.receiver(clock.now()).heard_at
        clock.pass_s(60.0)
        reading = receiver.receiver(clock.now())
        assert reading.heard_at == heard
        assert clock.now() - heard == 60.0 if heard is not None else False
        assert reading.fix_kind is None
        assert reading.satellites_used is None

    with_pty(story)


def test_the_receivers_word_on_its_antenna_is_told() -> None:
    async def story(master: int, receiver: SerialGnss, clock: StillClock) -> None:
        assert receiver.antenna(clock.now()) is None
        os.write(master, sentence("GPTXT,01,01,02,ANTSTATUS=SHORT"))
        await until(lambda: receiver.antenna(clock.now()))
        assert receiver.antenna(clock.now()) == AntennaReading("gnss", Circuit.SHORT_GROUND)

    with_pty(story)


def test_a_missing_line_is_trouble_and_not_a_crash() -> None:
    async def story() -> None:
        receiver = SerialGnss(Path("/nowhere/ttyGNSS"), StillClock())
        assert receiver.trouble == "No such file or directory"
        assert receiver.fix(0.0) is None
        assert receiver.recent(0.0) == ()
        assert receiver.receiver(0.0).heard_at is None
        await receiver.close()

    run(story())


def reached(receiver: SerialGnss, utc: float) -> bool:
    fix = receiver.fix(0.0)
    return fix is not None and fix.utc == utc


def test_a_line_that_comes_back_is_heard_again(tmp_path: Path) -> None:
    async def story() -> None:
        clock, path = StillClock(), tmp_path / "gnss"
        receiver = SerialGnss(path, clock, baud=None, retry_s=0.01)
        assert receiver.trouble is not None
        os.mkfifo(path)
        for k in range(2):  # the writer goes and comes: an adapter that is unplugged
            writer = os.open(path, os.O_RDWR)
            await until(lambda: receiver.trouble is None)
            os.write(writer, second(k))
            await until(partial(reached, receiver, NOON + k))
            os.close(writer)
        await receiver.close()

    run(story())


def test_a_line_that_ends_is_trouble(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "gnss"
        os.mkfifo(path)
        writer = os.open(path, os.O_RDWR)
        receiver = SerialGnss(path, StillClock(), retry_s=60.0)
        os.write(writer, second(0))
        await until(partial(reached, receiver, NOON))
        os.close(writer)
        await until(lambda: receiver.trouble == "it ended")
        await receiver.close()

    run(story())


def test_a_week_counter_that_rolled_over_does_not_spoil_the_clock() -> None:
    async def story() -> None:
        receiver = SerialGnss(Path("/nowhere"), StillClock())
        receiver.feed(second(0, start=NOON - 1024 * 7 * 86_400))
        fix = receiver.fix(0.0)
        assert fix is not None
        assert fix.utc == NOON
        await receiver.close()

    run(story())


def test_a_speed_that_no_line_knows_is_refused_in_a_sentence() -> None:
    async def story() -> None:
        with pytest.raises(UserError, match="no speed of 1234 baud"):
            SerialGnss(Path("/nowhere"), StillClock(), baud=1234)

    run(story())
