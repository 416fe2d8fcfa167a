from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from opensos.apps.centre.intake import Intake
from opensos.protocols import link


class Exchange:
    """An exchange that fails as often as it is told, and then stores at once."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.trouble = None
        self.cases = SimpleNamespace(get=lambda _: None, hold=lambda _: None)
        self.reader = SimpleNamespace(nearest=lambda *_: None)

    def at(self) -> str:
        return "2026-11-24T12:00:00.000Z"

    def utc(self) -> float:
        return 0.0

    def step(self, *_: Any, then: Any, **__: Any) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("a mistake of ours")
        then(SimpleNamespace(known=None, repeated=False))


def message() -> bytes:
    body = link.sos_body(link.Sos(msd=None, test=False, cause="manual", case="c"))
    return link.encode(link.Envelope("m-1", "car-1", 1, link.SOS, body))


def test_a_mistake_of_ours_costs_no_car_its_next_try() -> None:
    async def story() -> None:
        intake = Intake(Exchange(1))  # type: ignore[arg-type]
        async with asyncio.timeout(2):
            first = await intake.take(message(), "mqtt", "x")
            assert (first.durable, first.ack) == (False, None)
            second = await intake.take(message(), "https", "x")
        assert second.durable
        assert second.ack is not None
        assert link.read_ack(link.decode(second.ack)).id == "m-1"

    asyncio.run(story())
