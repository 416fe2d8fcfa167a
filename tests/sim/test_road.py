from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from opensos.protocols.effects import Address
from opensos.sim.road import LossyRoad

THERE = Address("udp", "127.0.0.1", 9)


@dataclass
class Ends:
    """Both ends of the road: what left and what arrived."""

    sent: list[bytes] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    failures: list[Address] = field(default_factory=list)
    closed: bool = False

    def send(self, data: bytes, to: Address) -> None:
        self.sent.append(data)

    def received(self, data: bytes, source: Address) -> None:
        self.heard.append(data)

    def failed(self, to: Address) -> None:
        self.failures.append(to)

    async def close(self) -> None:
        self.closed = True


def _drive(loss: float, seed: int) -> tuple[Ends, LossyRoad]:
    ends = Ends()
    road = LossyRoad(ends, loss, seed, carrier=ends)
    for n in range(500):
        road.send(b"%d" % n, THERE)
        road.received(b"%d" % n, THERE)
    return ends, road


@pytest.mark.parametrize("loss", [0.02, 0.3])
def test_about_the_asked_share_vanishes_in_each_direction(loss: float) -> None:
    ends, road = _drive(loss, seed=1)
    assert abs((500 - len(ends.sent)) / 500 - loss) < 0.05
    assert abs((500 - len(ends.heard)) / 500 - loss) < 0.05
    assert road.lost == 1000 - len(ends.sent) - len(ends.heard)


def test_the_same_seed_loses_the_same_messages_and_another_seed_others() -> None:
    assert _drive(0.1, 7)[0] == _drive(0.1, 7)[0]
    assert _drive(0.1, 7)[0] != _drive(0.1, 8)[0]


def test_a_good_road_loses_nothing_and_a_cut_one_everything() -> None:
    assert len(_drive(0.0, 1)[0].heard) == 500
    assert _drive(1.0, 1)[0].sent == []


def test_news_of_a_failure_is_passed_on_and_closing_closes_what_is_underneath() -> None:
    ends = Ends()
    road = LossyRoad(ends, 1.0, 1, carrier=ends)
    road.failed(THERE)
    asyncio.run(road.close())
    assert ends.failures == [THERE]
    assert ends.closed
