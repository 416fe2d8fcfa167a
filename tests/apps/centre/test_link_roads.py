"""Data-only SOS over MQTT: Mosquitto with and without TLS, and a broker of our own."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import signal
from typing import TYPE_CHECKING

import pytest
import trustme

from opensos.apps.centre.settings import TlsFiles
from opensos.edges.broker import BrokerChild
from opensos.edges.data_mqtt import MqttPath, MqttPathSettings
from opensos.edges.store import open_store
from opensos.protocols.effects import RoadError, UserError
from opensos.protocols.link import Envelope, encode, up
from tests.apps.centre.process import centre_process
from tests.apps.centre.test_link_web import message
from tests.centre import card_when, cards, record, running, settings_for
from tests.mosquitto import client_files, mosquitto, needs_mosquitto
from tests.promises.data_path import Heard

if TYPE_CHECKING:
    from pathlib import Path

    from opensos.apps.centre import Centre

RETRY = (0.05, 0.3)


def car_path(url: str, car: str = "car-1") -> MqttPath:
    return MqttPath(MqttPathSettings(url, car, retry_s=RETRY))


async def connected(centre: Centre) -> None:
    async with asyncio.timeout(15):
        while centre.broker is None or centre.broker[1] is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def deliver(path: MqttPath, heard: Heard, name: str, data: bytes) -> None:
    """Offer until it is acknowledged, as a car does."""
    async with asyncio.timeout(30):
        while True:
            count = len(heard.reports)
            path.offer(name, data, 1.0)
            if (await heard.wait(count + 1, within=10))[-1].delivered:
                return
            await asyncio.sleep(0.05)


@pytest.mark.mosquitto
@needs_mosquitto
def test_an_sos_over_a_broker_is_an_incident_before_it_is_acknowledged(tmp_path: Path) -> None:
    async def main(url: str) -> None:
        async with running(settings_for(tmp_path / "data", broker=url)) as centre:
            await connected(centre)
            path = car_path(url)
            heard = Heard(path)
            await deliver(path, heard, "m1", message())
            await deliver(path, heard, "m1", message(attempt=2))
            await deliver(path, heard, "m2", message("m2", 2))
            (card,) = await cards(centre)
            assert (card["state"], card["link"]["road"]) == ("data_only", "mqtt")
            assert card["source"] == "mqtt car-1"
            assert card["msd_count"] == 2
            await path.close()

    with mosquitto(tmp_path) as broker:
        asyncio.run(main(broker.url))


@pytest.mark.mosquitto
@needs_mosquitto
def test_what_is_unreadable_strange_or_anothers_is_told_apart(tmp_path: Path) -> None:
    async def main(url: str) -> None:
        async with running(settings_for(tmp_path / "data", broker=url)) as centre:
            await connected(centre)
            path = car_path(url)
            heard = Heard(path)
            await deliver(path, heard, "m1", message(car="car-2"))  # on the topic of car-1
            card = await card_when(centre, lambda c: c["state"] == "data_only")
            assert card["link"]["car"] == "car-1"
            assert "link.problem" in {f["code"] for f in card["findings"]}
            path._line.publish(up("car-1"), b"\xff" * 50_000)
            path._line.publish(up("car-1"), encode(Envelope("x", "car-1", 1, "status")))
            bad = await card_when(centre, lambda c: c["state"] == "unreadable")
            assert bad["link"]["car"] == "car-1"
            (kept,) = (await record(centre, bad["id"]))["messages"]
            assert kept["size"] == 32 * 1024
            await deliver(path, heard, "m9", message("m9").replace(b'"v":1', b'"v":9'))
            assert len(await cards(centre)) == 3
            await path.close()

    with mosquitto(tmp_path) as broker:
        asyncio.run(main(broker.url))


@pytest.mark.mosquitto
@needs_mosquitto
def test_centre_and_car_prove_themselves_to_the_broker(tmp_path: Path) -> None:
    authority = trustme.CA()
    ca, cert, key = client_files(authority, "centre", tmp_path)
    car = client_files(authority, "car-1", tmp_path)

    async def main(url: str) -> None:
        settings = settings_for(
            tmp_path / "data",
            broker=url,
            broker_ca=str(ca),
            tls=TlsFiles(str(cert), str(key)),
        )
        async with running(settings) as centre:
            await connected(centre)
            plain = MqttPathSettings(url, "car-1", retry_s=RETRY)
            path = MqttPath(dataclasses.replace(plain, ca=car[0], cert=car[1], key=car[2]))
            heard = Heard(path)
            await deliver(path, heard, "m1", message())
            assert len(await cards(centre)) == 1
            await path.close()

    with mosquitto(tmp_path, authority) as broker:
        asyncio.run(main(f"mqtts://localhost:{broker.port}"))


@pytest.mark.mosquitto
@needs_mosquitto
def test_a_broker_that_dies_is_reported_and_heard_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with mosquitto(tmp_path) as broker:

        async def main() -> None:
            async with running(settings_for(tmp_path / "data", broker=broker.url)) as centre:
                await connected(centre)
                path = car_path(broker.url)
                heard = Heard(path)
                await deliver(path, heard, "m1", message())
                await asyncio.to_thread(broker.kill)
                async with asyncio.timeout(10):
                    while centre.broker is not None and centre.broker[1] is None:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
                await asyncio.sleep(1.0)
                await asyncio.to_thread(broker.start)
                await deliver(path, heard, "m2", message("m2", 2))
                assert len(await cards(centre)) == 1
                await path.close()

        asyncio.run(main())
    told = [r.message for r in caplog.records if "broker" in r.message or "MQTT" in r.message]
    assert len(told) == 2, told


@pytest.mark.mosquitto
@needs_mosquitto
def test_a_centre_that_is_killed_between_commit_and_answer_makes_one_incident(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"

    async def main(url: str) -> None:
        options = ("--data", str(data), "--broker", url)
        path = car_path(url)
        heard = Heard(path)
        for kill_after in (0.0, 0.002, 0.005, 0.01, 0.02):
            name = f"m{kill_after}"
            async with centre_process(*options) as centre:
                loop = asyncio.get_running_loop()
                offering = loop.create_task(deliver(path, heard, name, message(name, case=name)))
                await asyncio.sleep(kill_after)
                centre.process.send_signal(signal.SIGKILL)
                await centre.process.wait()
            async with centre_process(*options):
                await offering
        await path.close()
        store = await asyncio.to_thread(open_store, f"sqlite:///{data / 'centre.db'}")
        found_cards = [json.loads(text) for text in (await store.overview(100)).cards]
        await store.close()
        cases = [c["link"]["case"] for c in found_cards]
        assert len(cases) == len(set(cases)) == 5
        assert {c["msd_count"] for c in found_cards} == {1}

    with mosquitto(tmp_path) as broker:
        asyncio.run(main(broker.url))


@pytest.mark.mosquitto
@needs_mosquitto
def test_an_answer_that_is_lost_after_the_commit_makes_no_second_incident(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main(url: str) -> None:
        path = car_path(url)
        heard = Heard(path)
        async with running(settings_for(tmp_path / "data", broker=url)) as centre:
            await connected(centre)
            assert centre._mqtt is not None
            monkeypatch.setattr(centre._mqtt._line, "publish", lambda *_: False)
            path.offer("m1", message(), 0.5)
            assert not (await heard.wait(1))[0].delivered
            (before,) = await cards(centre)
        async with running(settings_for(tmp_path / "data", broker=url)) as centre:
            await deliver(path, heard, "m1", message(attempt=2))
            assert await cards(centre) == [before]
        await path.close()

    with mosquitto(tmp_path) as broker:
        asyncio.run(main(broker.url))


def test_a_broker_of_our_own_carries_an_sos_and_ends_with_the_centre(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(settings_for(tmp_path, broker="embedded:0")) as centre:
            await connected(centre)
            assert centre.broker is not None
            url = centre.broker[0]
            assert centre._mqtt is not None
            child = centre._mqtt._child
            assert child is not None
            assert child.process is not None
            path = car_path(url)
            heard = Heard(path)
            await deliver(path, heard, "m1", message())
            child.process.kill()  # it is restarted, and both sides come back
            await deliver(path, heard, "m2", message("m2", 2))
            (card,) = await cards(centre)
            assert card["msd_count"] == 2
            await path.close()
            last = child.process
        assert last.returncode is not None

    asyncio.run(main())


def test_a_broker_whose_port_is_taken_says_so() -> None:
    async def main() -> None:
        server = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(RoadError, match="embedded:PORT"):
            await BrokerChild(port).start()
        server.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    "broker", ["embedded:x", "embedded:99999", "http://127.0.0.1", "mqtt://", "nowhere"]
)
def test_what_is_no_broker_is_said_at_once(tmp_path: Path, broker: str) -> None:
    async def main() -> None:
        with pytest.raises(UserError):
            async with running(settings_for(tmp_path, broker=broker)):
                pass

    asyncio.run(main())


def test_without_the_library_the_embedded_broker_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(UserError, match=r"opensos\[broker\]"):
        BrokerChild(0)
    with pytest.raises(UserError, match=r"opensos\[mqtt\]"):
        car_path("mqtt://127.0.0.1")
