from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import trustme

from opensos.edges.net import StreamRoad, StreamSettings, client_context, server_context
from opensos.protocols.effects import Address, RoadError, UserError
from tests.edges.net.roads import LineFramer, Remembering

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["tcp", "tls"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> StreamSettings:
    if request.param == "tcp":
        return StreamSettings(LineFramer)
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    leaf = ca.issue_cert("127.0.0.1")
    leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
    for pem in leaf.cert_chain_pems:
        pem.write_to_path(tmp_path / "cert.pem", append=True)
    return StreamSettings(
        LineFramer,
        transport="tls",
        server_tls=server_context(tmp_path / "cert.pem", tmp_path / "key.pem"),
        client_tls=client_context(tmp_path / "ca.pem"),
    )


def test_messages_arrive_whole_and_the_answer_takes_the_same_connection(
    settings: StreamSettings,
) -> None:
    async def story() -> None:
        car, centre = Remembering(), Remembering()
        server, client = StreamRoad(settings, centre), StreamRoad(settings, car)
        to = await server.listen("127.0.0.1", 0)
        client.send(b"one;tw", to)
        client.send(b"o;", to)
        await centre.until(lambda: len(centre.messages) == 2)
        assert [data for data, _ in centre.messages] == [b"one", b"two"]
        source = centre.messages[0][1]
        assert source.transport == settings.transport
        server.send(b"answer;", source)
        await car.until(lambda: bool(car.messages))
        assert car.messages == [(b"answer", to)]
        await client.close()
        await server.close()

    asyncio.run(story())


def test_a_peer_that_hangs_up_is_reported_to_the_other_side(settings: StreamSettings) -> None:
    async def story() -> None:
        car, centre = Remembering(), Remembering()
        server, client = StreamRoad(settings, centre), StreamRoad(settings, car)
        to = await server.listen("127.0.0.1", 0)
        client.send(b"hello;", to)
        await centre.until(lambda: bool(centre.messages))
        await server.close()
        await car.until(lambda: bool(car.failures))
        assert car.failures == [to]
        await client.close()

    asyncio.run(story())


def test_nobody_listening_is_a_failure_of_that_address() -> None:
    async def story() -> None:
        car = Remembering()
        client = StreamRoad(StreamSettings(LineFramer), car)
        probe = StreamRoad(StreamSettings(LineFramer), car)
        nobody = await probe.listen("127.0.0.1", 0)
        await probe.close()
        client.send(b"hello;", nobody)
        await car.until(lambda: bool(car.failures))
        assert car.failures == [nobody]
        await client.close()

    asyncio.run(story())


def test_a_stranger_without_a_trusted_certificate_is_no_road(tmp_path: Path) -> None:
    async def story() -> None:
        ca, other = trustme.CA(), trustme.CA()
        leaf = ca.issue_cert("127.0.0.1")
        leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
        leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
        other.cert_pem.write_to_path(tmp_path / "other.pem")
        serving = StreamSettings(
            LineFramer,
            "tls",
            server_tls=server_context(tmp_path / "cert.pem", tmp_path / "key.pem"),
        )
        calling = StreamSettings(
            LineFramer, "tls", client_tls=client_context(tmp_path / "other.pem")
        )
        car, centre = Remembering(), Remembering()
        server, client = StreamRoad(serving, centre), StreamRoad(calling, car)
        to = await server.listen("127.0.0.1", 0)
        client.send(b"hello;", to)
        await car.until(lambda: bool(car.failures))
        assert centre.messages == []
        await client.close()
        await server.close()

    asyncio.run(story())


def test_a_ping_is_answered_and_nonsense_ends_the_connection_but_is_handed_over() -> None:
    async def story() -> None:
        centre = Remembering()
        server = StreamRoad(StreamSettings(LineFramer), centre)
        to = await server.listen("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(to.host, to.port)
        writer.write(b"\n")
        assert await reader.readexactly(2) == b"\r\n"
        writer.write(b"rubbish!")
        assert await reader.read() == b""
        assert [data for data, _ in centre.messages] == [b"rubbish!"]
        writer.close()
        await server.close()

    asyncio.run(story())


def test_a_stream_that_cannot_go_on_is_closed_after_its_last_message_was_answered() -> None:
    async def story() -> None:
        class Answering(Remembering):
            def received(self, data: bytes, source: Address) -> None:
                super().received(data, source)
                server.send(b"no;", source)

        centre = Answering()
        server = StreamRoad(StreamSettings(LineFramer), centre)
        to = await server.listen("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(to.host, to.port)
        writer.write(b"what?;")
        async with asyncio.timeout(5):
            assert await reader.read() == b"no;"
        assert [data for data, _ in centre.messages] == [b"what?"]
        writer.close()
        await server.close()

    asyncio.run(story())


def test_half_a_message_is_handed_over_when_the_peer_hangs_up() -> None:
    async def story() -> None:
        centre = Remembering()
        server = StreamRoad(StreamSettings(LineFramer), centre)
        to = await server.listen("127.0.0.1", 0)
        _, writer = await asyncio.open_connection(to.host, to.port)
        writer.write(b"whole;half a ca")
        await writer.drain()
        writer.close()
        await centre.until(lambda: len(centre.messages) == 2)
        assert [data for data, _ in centre.messages] == [b"whole", b"half a ca"]
        await server.close()

    asyncio.run(story())


def test_a_caller_that_has_said_all_still_hears_the_answer() -> None:
    async def story() -> None:
        centre = Remembering()
        server = StreamRoad(StreamSettings(LineFramer), centre)
        to = await server.listen("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(to.host, to.port)
        writer.write(b"question;")
        writer.write_eof()
        await centre.until(lambda: bool(centre.messages))
        await asyncio.sleep(0)
        server.send(b"answer;", centre.messages[0][1])
        assert await reader.readexactly(7) == b"answer;"
        writer.close()
        await server.close()

    asyncio.run(story())


def test_a_message_that_begins_and_never_ends_costs_the_peer_its_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("opensos.edges.net.stream._STALL_S", 0.02)

    async def story() -> None:
        centre = Remembering()
        server = StreamRoad(StreamSettings(LineFramer), centre)
        to = await server.listen("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(to.host, to.port)
        writer.write(b"half a mess")
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        assert [data for data, _ in centre.messages] == [b"half a mess"]
        writer.close()
        await server.close()

    asyncio.run(story())


def test_a_port_in_use_is_said_in_one_sentence() -> None:
    async def story() -> None:
        first = StreamRoad(StreamSettings(LineFramer), Remembering())
        to = await first.listen("127.0.0.1", 0)
        second = StreamRoad(StreamSettings(LineFramer), Remembering())
        with pytest.raises(RoadError, match="choose another port"):
            await second.listen("127.0.0.1", to.port)
        await first.close()
        await second.close()

    asyncio.run(story())


def test_a_missing_certificate_is_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="certificate"):
        server_context(tmp_path / "none.pem", tmp_path / "none.key")
    with pytest.raises(UserError, match="authority"):
        client_context(tmp_path / "none.pem")


def test_an_address_reads_as_people_write_it() -> None:
    assert str(Address("udp", "127.0.0.1", 5060)) == "udp 127.0.0.1:5060"
    assert str(Address("tls", "::1", 5061)) == "tls [::1]:5061"
