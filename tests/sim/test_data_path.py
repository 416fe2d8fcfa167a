from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from opensos.sim.data_path import PretendDataPath
from tests.promises.data_path import Answer, DataPathPromises, Heard, ack, sos

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opensos.ports import DataPath


class _Later(PretendDataPath):
    """Answers as the promises' centre does: several times, each after its own time."""

    answer: Answer

    def _ask(self, envelope: bytes) -> None:
        for after, data in self.answer(envelope):
            asyncio.get_running_loop().call_later(after, self._heard, data)


class TestPretendDataPath(DataPathPromises):
    @contextlib.asynccontextmanager
    async def path(self, answer: Answer) -> AsyncIterator[DataPath]:
        path = _Later(lambda _: None)
        path.answer = answer
        yield path
        await path.close()

    @contextlib.asynccontextmanager
    async def nowhere(self) -> AsyncIterator[DataPath]:
        path = PretendDataPath(ack, open=False)
        yield path
        await path.close()


def test_a_lossy_path_loses_by_seed_and_reports_every_offer() -> None:
    async def deliver(seed: int) -> list[bool]:
        path = PretendDataPath(ack, loss=0.3, repeat=0.5, delay_s=0.01, seed=seed)
        heard = Heard(path)
        for number in range(40):
            path.offer(f"m{number}", sos(f"m{number}"), 0.1)
        reports = await heard.wait(40)
        await asyncio.sleep(0.05)
        assert len(reports) == 40
        by_name = {r.message_id: r.delivered for r in reports}
        return [by_name[f"m{n}"] for n in range(40)]

    first = asyncio.run(deliver(1))
    assert 10 < sum(first) < 40
    assert asyncio.run(deliver(2)) != first


def test_a_path_without_a_centres_word_delivers_nothing() -> None:
    async def main() -> None:
        path = PretendDataPath(lambda _: None)
        heard = Heard(path)
        path.offer("m", sos("m"), 0.05)
        assert not (await heard.wait(1))[0].delivered

    asyncio.run(main())
