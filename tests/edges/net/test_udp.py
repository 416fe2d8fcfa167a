from __future__ import annotations

import asyncio
import socket

import pytest

from opensos.edges.net import UdpRoad
from opensos.protocols.effects import Address, RoadError
from tests.edges.net.roads import Remembering


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_datagram_arrives_whole_with_the_address_it_came_from(host: str) -> None:
    async def story() -> None:
        here, there = Remembering(), Remembering()
        a, b = UdpRoad.open(host, 0, here), UdpRoad.open(host, 0, there)
        a.send(b"\x00hello\xff", b.address)
        await there.until(lambda: bool(there.messages))
        assert there.messages == [(b"\x00hello\xff", a.address)]
        await a.close()
        await b.close()

    asyncio.run(story())


def test_a_burst_larger_than_one_turn_of_the_loop_loses_nothing() -> None:
    async def story() -> None:
        here, there = Remembering(), Remembering()
        a, b = UdpRoad.open("127.0.0.1", 0, here), UdpRoad.open("127.0.0.1", 0, there)
        sent = [b"%d" % n for n in range(500)]
        for data in sent:
            a.send(data, b.address)
        await there.until(lambda: len(there.messages) == len(sent))
        assert [data for data, _ in there.messages] == sent
        await a.close()
        await b.close()

    asyncio.run(story())


@pytest.mark.skipif(not hasattr(socket, "MSG_ERRQUEUE"), reason="the error queue is Linux's")
def test_a_peer_that_does_not_listen_is_reported_at_once_and_by_its_address() -> None:
    async def story() -> None:
        here, there = Remembering(), Remembering()
        a = UdpRoad.open("127.0.0.1", 0, here)
        good = UdpRoad.open("127.0.0.1", 0, there)
        gone = UdpRoad.open("127.0.0.1", 0, there)
        nobody = gone.address
        await gone.close()
        a.send(b"anyone?", nobody)
        a.send(b"you at least", good.address)
        await here.until(lambda: bool(here.failures))
        await there.until(lambda: bool(there.messages))
        assert here.failures == [nobody]
        assert there.messages[0][0] == b"you at least"
        await a.close()
        await good.close()

    asyncio.run(story())


def test_a_port_in_use_is_said_in_one_sentence_with_what_to_do() -> None:
    async def story() -> None:
        road = UdpRoad.open("127.0.0.1", 0, Remembering())
        with pytest.raises(RoadError, match=r"cannot be used .*[Cc]hoose another port"):
            UdpRoad.open("127.0.0.1", road.address.port, Remembering())
        await road.close()

    asyncio.run(story())


def test_two_workers_share_a_port_when_asked_to() -> None:
    async def story() -> None:
        first = UdpRoad.open("127.0.0.1", 0, Remembering(), reuse_port=True)
        second = UdpRoad.open("127.0.0.1", first.address.port, Remembering(), reuse_port=True)
        assert first.address == second.address
        await first.close()
        await second.close()

    asyncio.run(story())


def test_a_closed_road_sends_nothing_and_closes_twice_without_complaint() -> None:
    async def story() -> None:
        road = UdpRoad.open("127.0.0.1", 0, Remembering())
        await road.close()
        road.send(b"late", Address("udp", "127.0.0.1", 9))
        await road.close()

    asyncio.run(story())


def test_a_datagram_that_is_too_large_for_the_road_is_a_failure_of_that_address() -> None:
    async def story() -> None:
        here = Remembering()
        road = UdpRoad.open("127.0.0.1", 0, here)
        to = Address("udp", "127.0.0.1", road.address.port)
        road.send(b"x" * 70_000, to)
        await here.until(lambda: bool(here.failures))
        assert here.failures == [to]
        await road.close()

    asyncio.run(story())
