from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import resource
import socket
import time
from typing import TYPE_CHECKING

import pytest
import trustme

from opensos.edges.data_mqtt import MqttPath, MqttPathSettings
from opensos.edges.mqtt import MqttLine, MqttSettings
from opensos.protocols.effects import LocalError, UserError
from opensos.protocols.link import ALL_UP, car_of, down
from tests.mosquitto import client_files, client_tls, mosquitto, needs_mosquitto
from tests.promises.data_path import CAR, Answer, DataPathPromises, Heard, ack, sos

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from opensos.ports import DataPath
    from tests.mosquitto import Broker

pytestmark = [pytest.mark.mosquitto, needs_mosquitto]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path) as broker:
        yield broker


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


class Backend:
    """Answers on the down topic as a test wants."""

    def __init__(self, settings: MqttSettings, answer: Answer) -> None:
        self.topics: list[str] = []
        self.states: list[str | None] = []
        self._ready = asyncio.Event()
        self._answer = answer
        self.line = MqttLine(settings, self._heard, self._changed)

    def _changed(self, why: str | None) -> None:
        self.states.append(why)
        if why is None:
            self._ready.set()
        else:
            self._ready.clear()

    def _heard(self, topic: str, payload: bytes) -> None:
        self.topics.append(topic)
        car = car_of(topic)
        assert car is not None
        for after, data in self._answer(payload):
            asyncio.get_running_loop().call_later(after, self.line.publish, down(car), data)

    async def open(self) -> None:
        self.line.start()
        async with asyncio.timeout(10):
            await self._ready.wait()


@contextlib.asynccontextmanager
async def backend(settings: MqttSettings, answer: Answer) -> AsyncIterator[Backend]:
    found = Backend(settings, answer)
    await found.open()
    try:
        yield found
    finally:
        await found.line.close()


def centre_settings(url: str) -> MqttSettings:
    return MqttSettings(url, "centre", ALL_UP, retry_s=(0.05, 0.2))


def car_settings(url: str, version: int = 4) -> MqttPathSettings:
    return MqttPathSettings(url, CAR, version=version, retry_s=(0.05, 0.2))


class MqttPromises(DataPathPromises):
    version = 4

    @pytest.fixture(autouse=True)
    def _broker(self, broker: Broker) -> None:
        self.url = broker.url

    @contextlib.asynccontextmanager
    async def path(self, answer: Answer) -> AsyncIterator[DataPath]:
        async with backend(centre_settings(self.url), answer):
            path = MqttPath(car_settings(self.url, self.version))
            yield path
            await path.close()

    @contextlib.asynccontextmanager
    async def nowhere(self) -> AsyncIterator[DataPath]:
        path = MqttPath(car_settings(f"mqtt://127.0.0.1:{free_port()}", self.version))
        yield path
        await path.close()


class TestMqtt311Path(MqttPromises):
    pass


class TestMqtt5Path(MqttPromises):
    version = 5


def test_a_brokers_acknowledgement_alone_decides_nothing(broker: Broker) -> None:
    async def main() -> None:
        path = MqttPath(car_settings(broker.url))
        heard = Heard(path)
        path.offer("m", sos("m"), 0.5)  # nobody is subscribed; the broker says PUBACK all the same
        assert await heard.wait(1) == [("m", False, "silence")]
        await path.close()

    asyncio.run(main())


def test_an_sos_goes_out_when_the_broker_comes_back_within_its_time(broker: Broker) -> None:
    async def main() -> None:
        async with backend(centre_settings(broker.url), lambda data: [(0.0, ack(data))]) as centre:
            path = MqttPath(car_settings(broker.url))
            heard = Heard(path)
            path.offer("a", sos("a"), 5.0)
            assert (await heard.wait(1))[-1].delivered
            await asyncio.to_thread(broker.kill)
            path.offer("b", sos("b"), 1.0)
            assert not (await heard.wait(2))[-1].delivered
            await asyncio.to_thread(broker.start)
            await centre.open()
            async with asyncio.timeout(10):
                while not heard.reports[-1].delivered:
                    path.offer("c", sos("c"), 2.0)
                    await heard.wait(len(heard.reports) + 1)
            await path.close()
        assert centre.states[0] is None
        assert centre.states[-1] is None
        assert "lost" in centre.states

    asyncio.run(main())


@pytest.mark.parametrize("version", [4, 5])
def test_each_side_proves_itself_and_a_car_reaches_its_own_topics_only(
    tmp_path: Path, version: int
) -> None:
    authority = trustme.CA()
    with mosquitto(tmp_path, authority) as broker:
        url = f"mqtts://localhost:{broker.port}"
        centre = dataclasses.replace(
            centre_settings(url), tls=client_tls(client_files(authority, "centre", tmp_path))
        )
        ca, cert, key = client_files(authority, CAR, tmp_path)
        ours = dataclasses.replace(car_settings(url, version), ca=ca, cert=cert, key=key)

        async def main() -> None:
            async with backend(centre, lambda data: [(0.0, ack(data))]) as peer:
                path, thief = MqttPath(ours), MqttPath(dataclasses.replace(ours, car="car-2"))
                heard, stolen = Heard(path), Heard(thief)
                path.offer("m", sos("m"), 5.0)
                assert (await heard.wait(1))[0].delivered
                thief.offer("n", sos("n", "car-2"), 1.0)
                assert not (await stolen.wait(1))[0].delivered
                assert set(peer.topics) == {f"opensos/v1/{CAR}/up"}
                await path.close()
                await thief.close()

        asyncio.run(main())


# paho leaves a socket to the collector when the TLS handshake fails.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_without_a_certificate_or_with_a_strange_broker_there_is_no_connection(
    tmp_path: Path,
) -> None:
    authority = trustme.CA()
    with mosquitto(tmp_path, authority) as broker:
        url = f"mqtts://localhost:{broker.port}"
        ca, cert, key = client_files(authority, CAR, tmp_path)
        strange, *_ = client_files(trustme.CA(), "x", tmp_path)

        async def why(settings: MqttPathSettings) -> str | None:
            path = MqttPath(settings)
            heard = Heard(path)
            path.offer("m", sos("m"), 2.0)
            (report,) = await heard.wait(1)
            await path.close()
            assert not report.delivered
            return report.why

        async def main() -> None:
            plain = dataclasses.replace(car_settings(url), ca=ca)
            assert await why(plain) in {"tls", "lost", "unreachable", "not_allowed"}
            both = dataclasses.replace(plain, ca=strange, cert=cert, key=key)
            assert await why(both) == "tls"

        asyncio.run(main())


def test_a_broker_that_says_nothing_is_given_up_and_the_offer_ends_in_time() -> None:
    async def main() -> None:
        async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await asyncio.sleep(3)
            finally:
                writer.close()

        server = await asyncio.start_server(hang, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        path = MqttPath(car_settings(f"mqtt://127.0.0.1:{port}"))
        heard = Heard(path)
        path.offer("m", sos("m"), 0.3)
        assert await heard.wait(1) == [("m", False, "silence")]
        await path.close()
        server.close()

    asyncio.run(main())


def test_without_a_broker_nothing_is_logged_and_nothing_is_burnt(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        path = MqttPath(MqttPathSettings(f"mqtt://127.0.0.1:{free_port()}", CAR))
        Heard(path)
        await asyncio.sleep(0.2)
        before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_utime, time.monotonic()
        await asyncio.sleep(1.0)
        spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
        await path.close()
        assert spent < 0.1 * (time.monotonic() - begun)

    with caplog.at_level(logging.DEBUG):
        asyncio.run(main())
    assert [r for r in caplog.records if r.name != "asyncio"] == []


def test_the_socket_does_not_wait_to_gather(broker: Broker) -> None:
    async def main() -> None:
        path = MqttPath(car_settings(broker.url))
        heard = Heard(path)
        path.offer("m", sos("m"), 0.3)
        await heard.wait(1)
        sock = path._line._client.socket()
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        await path.close()

    asyncio.run(main())


@pytest.mark.parametrize("url", ["mqtt://broker.example", "http://127.0.0.1", "mqtt://", "mqtts:"])
def test_an_address_that_cannot_or_must_not_be_is_refused(url: str) -> None:
    with pytest.raises(UserError):
        MqttPath(MqttPathSettings(url, CAR))


def test_a_car_whose_name_reaches_other_topics_is_refused() -> None:
    with pytest.raises(LocalError):
        MqttPath(MqttPathSettings("mqtt://127.0.0.1", "+"))
