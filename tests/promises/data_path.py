"""What every path of a data-only SOS promises; each adapter's test class inherits it all."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeAlias

import pytest

from opensos.protocols.link import Envelope, Sos, acknowledge, decode, encode, sos_body

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

    from opensos.ports import DataPath, DataReport

CAR = "car-1"
INCIDENT = "0123456789abcdef"

Answer: TypeAlias = "Callable[[bytes], list[tuple[float, bytes]]]"
"""What the centre says to an envelope: after how many seconds, which bytes."""


def sos(name: str, car: str = CAR) -> bytes:
    body = sos_body(Sos(msd=b"\x02\x01", test=True, cause="test", case="case"))
    return encode(Envelope(name, car, 1, "sos", body))


def ack(envelope: bytes, *, received: bool | None = True) -> bytes:
    return encode(acknowledge(decode(envelope), INCIDENT, received, None))


class Heard:
    """Collects reports."""

    def __init__(self, path: DataPath) -> None:
        self.reports: list[DataReport] = []
        self._news = asyncio.Event()
        path.listen(self._take)

    def _take(self, report: DataReport) -> None:
        self.reports.append(report)
        self._news.set()

    async def wait(self, count: int, within: float = 5.0) -> list[DataReport]:
        async with asyncio.timeout(within):
            while len(self.reports) < count:
                self._news.clear()
                await self._news.wait()
        return self.reports


class DataPathPromises:
    """Inherit, and give ``path`` (a context in which ``answer`` is the centre) and ``nowhere``."""

    answers_more_than_once = True

    def path(self, answer: Answer) -> AbstractAsyncContextManager[DataPath]:
        raise NotImplementedError

    def nowhere(self) -> AbstractAsyncContextManager[DataPath]:
        raise NotImplementedError

    def run(
        self, answer: Answer, body: Callable[[DataPath, Heard], Coroutine[object, object, None]]
    ) -> None:
        async def main() -> None:
            async with self.path(answer) as path:
                await body(path, Heard(path))

        asyncio.run(main())

    @pytest.mark.parametrize("received", [True, False, None])
    def test_the_centres_word_ends_an_offer_well(self, *, received: bool | None) -> None:
        async def body(path: DataPath, heard: Heard) -> None:
            path.offer("m1", sos("m1"), 5.0)
            (report,) = await heard.wait(1)
            assert report == ("m1", True, None)

        self.run(lambda data: [(0.0, ack(data, received=received))], body)

    def test_silence_ends_an_offer_within_its_time(self) -> None:
        async def body(path: DataPath, heard: Heard) -> None:
            path.offer("m1", sos("m1"), 0.3)
            begun = time.monotonic()
            (report,) = await heard.wait(1)
            assert time.monotonic() - begun < 2.0
            assert (report.delivered, report.why) == (False, "silence")
            await asyncio.sleep(0.1)
            assert len(heard.reports) == 1

        self.run(lambda _: [], body)

    def test_a_late_word_is_reported_too(self) -> None:
        async def body(path: DataPath, heard: Heard) -> None:
            path.offer("m1", sos("m1"), 0.1)
            first, second = await heard.wait(2)
            assert (first.delivered, second.delivered) == (False, True)
            assert second.message_id == "m1"

        self.run(lambda data: [(0.4, ack(data))], body)

    def test_the_word_for_another_sos_is_none_for_ours(self) -> None:
        async def body(path: DataPath, heard: Heard) -> None:
            path.offer("m1", sos("m1"), 0.3)
            (report,) = await heard.wait(1)
            assert not report.delivered
            await asyncio.sleep(0.05)
            assert len(heard.reports) == 1

        self.run(lambda _: [(0.0, ack(sos("m2")))], body)

    @pytest.mark.parametrize("data", [b"", b"ok", b"{}", sos("m1"), b"\xff" * 100_000])
    def test_what_is_no_acknowledgement_is_not_taken_for_one(self, data: bytes) -> None:
        async def body(path: DataPath, heard: Heard) -> None:
            path.offer("m1", sos("m1"), 0.3)
            (report,) = await heard.wait(1)
            assert not report.delivered
            assert report.why

        self.run(lambda _: [(0.0, data)], body)

    def test_a_repeated_word_is_reported_once(self) -> None:
        async def body(path: DataPath, heard: Heard) -> None:
            path.offer("m1", sos("m1"), 5.0)
            await heard.wait(1)
            path.offer("m2", sos("m2"), 5.0)
            await heard.wait(2)
            await asyncio.sleep(0.1)
            assert heard.reports == [("m1", True, None), ("m2", True, None)]

        times = 3 if self.answers_more_than_once else 1
        self.run(lambda data: [(0.0, ack(data))] * times, body)

    def test_an_offer_neither_waits_nor_reports_at_once(self) -> None:
        async def body(path: DataPath, heard: Heard) -> None:
            begun = time.monotonic()
            for number in range(3):
                path.offer(f"m{number}", sos(f"m{number}"), 5.0)
            assert time.monotonic() - begun < 0.25
            assert heard.reports == []
            reports = await heard.wait(3)
            assert sorted(r.message_id for r in reports) == ["m0", "m1", "m2"]

        self.run(lambda data: [(0.05, ack(data))], body)

    def test_many_offers_at_once_end_in_one_report_each(self) -> None:
        async def body(path: DataPath, heard: Heard) -> None:
            for number in range(12):
                path.offer(f"m{number}", sos(f"m{number}"), 3.0)
            reports = await heard.wait(12)
            await asyncio.sleep(0.05)
            assert sorted(r.message_id for r in reports) == sorted(f"m{n}" for n in range(12))
            assert any(r.delivered for r in reports)

        self.run(lambda data: [(0.0, ack(data))], body)

    def test_the_same_sos_may_be_offered_again(self) -> None:
        came: list[bytes] = []

        def answer(data: bytes) -> list[tuple[float, bytes]]:
            came.append(data)
            return [(0.0, ack(data))] if len(came) > 1 else []

        async def body(path: DataPath, heard: Heard) -> None:
            path.offer("m1", sos("m1"), 0.2)
            await heard.wait(1)
            path.offer("m1", sos("m1"), 5.0)
            first, second = await heard.wait(2)
            assert (first.delivered, second.delivered) == (False, True)
            assert set(came) == {sos("m1")}

        self.run(answer, body)

    def test_nobody_there_is_a_report_with_a_reason(self) -> None:
        async def main() -> None:
            async with self.nowhere() as path:
                heard = Heard(path)
                for count in (1, 2):
                    path.offer("m1", sos("m1"), 2.0)
                    report = (await heard.wait(count))[-1]
                    assert (report.delivered, report.why) == (False, "unreachable")

        asyncio.run(main())

    def test_closing_ends_what_is_open_and_nothing_follows(self) -> None:
        async def body(path: DataPath, heard: Heard) -> None:
            path.offer("m1", sos("m1"), 30.0)
            await asyncio.sleep(0.1)
            await path.close()
            assert heard.reports == [("m1", False, "closed")]
            path.offer("m2", sos("m2"), 30.0)
            await heard.wait(2)
            await asyncio.sleep(0.4)
            assert heard.reports[1:] == [("m2", False, "closed")]

        self.run(lambda data: [(0.3, ack(data))], body)
