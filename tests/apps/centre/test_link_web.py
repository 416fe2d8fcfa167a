"""Data-only SOS by HTTP: durable, idempotent, never refused for coming too often."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy as sa
import trustme

from opensos.apps.centre.link_web import create_link_app, serve_link
from opensos.apps.centre.settings import TlsFiles
from opensos.edges.data_https import HttpsPath, HttpsSettings
from opensos.edges.web.serve import listen
from opensos.protocols.effects import RoadError, UserError
from opensos.protocols.link import Envelope, Sos, decode, encode, read_ack, sos_body
from opensos.protocols.ngecall import events as ecall
from tests.centre import (
    browser,
    card_when,
    cards,
    kinds,
    record,
    record_when,
    running,
    settings_for,
)
from tests.pretend_car import HANOVER, VIN, PretendCar, a_location, an_msd
from tests.promises.data_path import Heard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from opensos.apps.centre import Centre

PATH = "/link/v1/sos"


def message(
    name: str = "m1",
    seq: int = 1,
    *,
    msd: bytes | None = b"",
    attempt: int = 1,
    case: str | None = "case-1",
    car: str = "car-1",
    test: bool | None = False,
    location: bytes | None = None,
) -> bytes:
    """A message; ``msd`` empty = a good one."""
    data = an_msd(test=bool(test)) if msd == b"" else msd
    sos = Sos(data, location, test=test, cause="automatic", attempt=attempt, case=case)
    return encode(Envelope(name, car, seq, "sos", sos_body(sos), sent_utc=1_795_521_600.0))


@contextlib.asynccontextmanager
async def a_centre(tmp_path: Path) -> AsyncIterator[tuple[Centre, httpx.AsyncClient]]:
    async with running(settings_for(tmp_path)) as centre, browser(centre, signed_in=False) as web:
        yield centre, web


async def post(web: httpx.AsyncClient, data: bytes, **headers: str) -> httpx.Response:
    return await web.post(PATH, content=data, headers=headers)


def test_a_message_is_an_incident_before_it_is_acknowledged(tmp_path: Path) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            sent = message(location=a_location())
            answer = await post(web, sent)
            assert answer.status_code == 200
            ack = read_ack(decode(answer.content))
            assert (ack.id, ack.received) == ("m1", True)
            (card,) = await cards(centre)
            assert card["id"] == ack.incident
            assert (card["state"], card["test"], card["trigger"]) == (
                "data_only",
                False,
                "automatic",
            )
            assert card["vehicle"]["vin"] == VIN
            assert round(card["position"]["lat"], 3) == round(HANOVER[0], 3)
            assert card["link"] == {
                "car": "car-1",
                "case": "case-1",
                "road": "https",
                "seq": 1,
                "cause": "automatic",
                "attempt": 1,
                "sent_at": "2026-11-24T12:00:00.000Z",
            }
            found = await record(centre, ack.incident)
            assert kinds(found) == ["incident.data_only"]
            assert [m["kind"] for m in found["messages"]] == ["envelope", "msd", "location"]
            raw = await centre.message(ack.incident, found["messages"][0]["id"])
            assert raw is not None
            assert raw.data == sent

    asyncio.run(main())


def test_a_repetition_gets_the_same_answer_and_leaves_no_trace(tmp_path: Path) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            first = await post(web, message())
            answers = await asyncio.gather(*(post(web, message(attempt=n)) for n in range(2, 120)))
            assert {a.status_code for a in answers} == {200}
            acks = {read_ack(decode(a.content)) for a in answers}
            assert acks == {read_ack(decode(first.content))}
            (card,) = await cards(centre)
            assert card["msd_count"] == 1
            assert kinds(await record(centre, card["id"])) == ["incident.data_only"]

    asyncio.run(main())


def test_repetitions_that_come_at_once_are_one_incident(tmp_path: Path) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            answers = await asyncio.gather(*(post(web, message()) for _ in range(40)))
            assert len({a.content for a in answers}) == 1
            (card,) = await cards(centre)
            assert kinds(await record(centre, card["id"])) == ["incident.data_only"]

    asyncio.run(main())


def test_after_a_restart_the_same_message_finds_its_incident(tmp_path: Path) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            first = read_ack(decode((await post(web, message())).content))
            await centre.act("acknowledge", first.incident)
            before = await record_when(centre, first.incident, "incident.acknowledged")
        async with a_centre(tmp_path) as (centre, web):
            again = read_ack(decode((await post(web, message(attempt=7))).content))
            assert again == first
            assert await record(centre, first.incident) == before
            update = read_ack(decode((await post(web, message("m2", 2))).content))
            assert update.incident == first.incident
            (card,) = await cards(centre)
            assert card["acknowledged_at"] == before["card"]["acknowledged_at"]
            assert (card["msd_count"], card["link"]["seq"]) == (2, 2)

    asyncio.run(main())


def test_updates_in_flight_with_the_opening_lose_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            first = read_ack(decode((await post(web, message())).content))
            await centre.act("acknowledge", first.incident)
            await record_when(centre, first.incident, "incident.acknowledged")
        async with a_centre(tmp_path) as (centre, web):
            some = [message(f"m{n}", n) for n in (3, 1, 2, 5, 4)]
            await asyncio.gather(*(post(web, data) for data in some * 2))
            (card,) = await cards(centre)
            assert card["acknowledged_at"] is not None
            assert card["link"]["seq"] == 5
            assert card["msd_count"] == 5
            assert kinds(await record(centre, card["id"])).count("data.received") == 4

    asyncio.run(main())


@pytest.mark.parametrize("msd", [b"\xff", b"\x00" * 300])
def test_data_that_cannot_be_read_is_an_incident_and_said_to_be_so(
    tmp_path: Path, msd: bytes
) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            ack = read_ack(decode((await post(web, message(msd=msd))).content))
            assert ack.received is False
            (card,) = await cards(centre)
            assert card["state"] == "data_only"
            assert "msd.unreadable" in {f["code"] for f in card["findings"]}

    asyncio.run(main())


def test_a_message_without_data_is_an_incident(tmp_path: Path) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            ack = read_ack(decode((await post(web, message(msd=None))).content))
            assert ack.received is None
            assert [c["id"] for c in await cards(centre)] == [ack.incident]

    asyncio.run(main())


def test_a_message_that_is_none_is_kept_as_an_unreadable_incident(tmp_path: Path) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            for data in (b"\xff\x00help", b"[1]", b'{"v":1}'):
                answers = [await post(web, data) for _ in range(3)]
                assert {a.status_code for a in answers} == {400}
                assert len({a.json()["incident"] for a in answers}) == 1
            found = await cards(centre)
            assert {c["state"] for c in found} == {"unreadable"}
            assert len(found) == 3
            wrong = message("m9").replace(b'"v":1', b'"v":9')
            ack = read_ack(decode((await post(web, wrong)).content))
            assert (ack.id, ack.received) == ("m9", False)
            assert len(await cards(centre)) == 4

    asyncio.run(main())


def test_something_else_than_an_sos_is_refused_and_is_no_incident(tmp_path: Path) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            assert (await post(web, encode(Envelope("m", "c", 1, "status")))).status_code == 400
            assert (await post(web, b"")).status_code == 400
            assert (await post(web, b" " * 40_000)).status_code == 413
            assert (await post(web, b" " * 70_000)).status_code == 413
            assert (await web.get(PATH)).status_code == 405
            assert await cards(centre) == []

    asyncio.run(main())


def test_programs_may_use_any_name_and_browsers_none(tmp_path: Path) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            assert (await post(web, message(), host="centre.example")).status_code == 200
            for headers in ({"origin": "http://127.0.0.1:8113"}, {"sec-fetch-site": "none"}):
                assert (await post(web, message("other"), **headers)).status_code == 403
            assert len(await cards(centre)) == 1
            assert (await web.get("/api/incidents")).status_code == 401

    asyncio.run(main())


def test_a_listener_for_cars_shows_them_nothing_else(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(settings_for(tmp_path)) as centre:
            transport = httpx.ASGITransport(create_link_app(centre))
            async with httpx.AsyncClient(transport=transport, base_url="https://c.example") as web:
                assert (await post(web, message())).status_code == 200
                for path in ("/console", "/api/incidents", "/healthz", "/docs", "/openapi.json"):
                    assert (await web.get(path)).status_code == 404

    asyncio.run(main())


def test_an_operator_can_acknowledge_it_and_nothing_else(tmp_path: Path) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            ack = read_ack(decode((await post(web, message())).content))
            for verb in ("request-data", "clear-down", "call-back"):
                with pytest.raises(UserError):
                    await centre.act(verb, ack.incident)
            await centre.act("acknowledge", ack.incident)
            card = await card_when(centre, lambda c: c["acknowledged_at"])
            assert not any(card["can"].values())
            assert card["state"] == "data_only"

    asyncio.run(main())


def test_while_the_store_is_away_nothing_is_acknowledged_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            store = centre._store
            write = store.write

            def refuse(change: Any) -> asyncio.Future[Any]:
                del change
                future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
                future.set_exception(RoadError("The disk is full."))
                return future

            store.write = refuse  # type: ignore[method-assign]
            for attempt in range(1, 6):
                answer = await post(web, message(attempt=attempt))
                assert answer.status_code == 503
                incident = answer.json()["incident"]
            (shown,) = await cards(centre)
            assert (shown["id"], shown["stored"], shown["msd_count"]) == (incident, False, 1)
            store.write = write  # type: ignore[method-assign]
            async with asyncio.timeout(10):
                while (answer := await post(web, message(attempt=9))).status_code != 200:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            assert read_ack(decode(answer.content)).incident == incident
            card = await card_when(centre, lambda c: c["stored"])
            assert card["msd_count"] == 1
            assert kinds(await record(centre, incident)).count("incident.data_only") == 1

    asyncio.run(main())


def test_while_the_store_is_silent_a_car_is_told_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opensos.apps.centre.keeper.PATIENCE_S", 0.2)

    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            store = centre._store
            write = store.write
            waiting: list[tuple[Any, asyncio.Future[Any]]] = []

            def silent(change: Any) -> asyncio.Future[Any]:
                waiting.append((change, asyncio.get_running_loop().create_future()))
                return waiting[-1][1]

            store.write = silent  # type: ignore[method-assign]
            assert (await post(web, message())).status_code == 503
            assert (await post(web, message(attempt=2))).status_code == 503
            store.write = write  # type: ignore[method-assign]
            for change, future in waiting:
                future.set_result(await write(change))
            ack = read_ack(decode((await post(web, message(attempt=3))).content))
            (card,) = await cards(centre)
            assert (card["id"], card["msd_count"]) == (ack.incident, 1)
            assert kinds(await record(centre, ack.incident)) == ["incident.data_only"]

    asyncio.run(main())


@pytest.mark.postgres
def test_two_centres_on_one_database_make_one_incident(tmp_path: Path, postgres: str) -> None:
    engine = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("create database link_pair"))
    engine.dispose()
    url = postgres.removesuffix("/postgres") + "/link_pair"

    async def main() -> None:
        one = settings_for(tmp_path / "one", database=url, name="one")
        two = settings_for(tmp_path / "two", database=url, name="two")
        async with (
            running(one) as centre,
            running(two) as other,
            browser(centre, signed_in=False) as web,
            browser(other, signed_in=False) as web2,
        ):
            answers = await asyncio.gather(
                *(post(w, message(attempt=n + 1)) for n in range(10) for w in (web, web2))
            )
            acks = {read_ack(decode(a.content)) for a in answers}
            assert len(acks) == 1
            assert (await post(web2, message("m2", 2))).status_code == 200
            (ack,) = acks
            await other.act("acknowledge", ack.incident)
            async with asyncio.timeout(10):
                while centre.feed.last_event_id < 3:  # noqa: ASYNC110  # it looks twice a second
                    await asyncio.sleep(0.02)
            assert (await post(web, message("m3", 3))).status_code == 200
            (card,) = await cards(centre)
            assert card["acknowledged_at"] is not None
            assert (card["link"]["seq"], card["msd_count"]) == (3, 3)
            timeline = kinds(await record(centre, card["id"]))
            assert timeline.count("incident.data_only") == 1
            assert timeline.count("data.received") == 2

    asyncio.run(main())


@pytest.mark.parametrize("call_first", [True, False])
def test_a_call_and_a_message_of_one_car_name_each_other_and_stay_two(
    tmp_path: Path, *, call_first: bool
) -> None:
    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            async with PretendCar(centre.sip_addresses[0]) as car:
                if call_first:
                    car.dial(an_msd())
                    await car.hear(ecall.Connected)
                await post(web, message(test=True))
                if not call_first:
                    car.dial(an_msd())
                    await car.hear(ecall.Connected)
                await post(web, message("other", car="car-2", msd=an_msd(vin="X1" * 8 + "Z")))
                data = await card_when(centre, lambda c: c["link"] and c["related"])
                call = await card_when(centre, lambda c: not c["link"] and c["related"])
            assert data["related"] == [{"id": call["id"], "kind": "voice"}]
            assert call["related"] == [{"id": data["id"], "kind": "data_only"}]
            assert call["state"] in {"connected", "ended"}
            assert data["state"] == "data_only"
            assert len(await cards(centre)) == 3
            last = {c["id"]: c["related"] for c in await cards(centre)}
        async with a_centre(tmp_path) as (centre, web):  # and it stays so, without a new line
            assert {c["id"]: c["related"] for c in await cards(centre)} == last
            timeline = kinds(await record(centre, data["id"]))
            assert timeline.count("incident.related") == 1

    asyncio.run(main())


def test_with_workers_the_message_finds_the_call_in_its_worker(tmp_path: Path) -> None:
    async def main() -> None:
        settings = settings_for(tmp_path, workers=2, worker_ports=True)
        async with running(settings) as centre, browser(centre, signed_in=False) as web:  # noqa: SIM117
            async with PretendCar(centre.sip_addresses[1]) as car:
                car.dial(an_msd())
                await car.hear(ecall.Connected)
                ack = read_ack(decode((await post(web, message(test=True))).content))
                call = await card_when(centre, lambda c: not c["link"] and c["related"])
                assert call["related"] == [{"id": ack.incident, "kind": "data_only"}]
                await card_when(centre, lambda c: c["id"] == ack.incident and c["related"])
                await centre.act("acknowledge", ack.incident)
                await centre.act("acknowledge", call["id"])
                await centre.act("clear-down", call["id"])
                await car.hear(ecall.ClearedDown)
                ended = await card_when(centre, lambda c: c["state"] == "ended")
                assert ended["related"] == call["related"]

    asyncio.run(main())


def test_over_tls_with_the_cars_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    ours, car = authority.issue_cert("localhost"), authority.issue_cert("car-1")
    files = {n: tmp_path / n for n in ("ca", "cert", "key", "car", "carkey")}
    authority.cert_pem.write_to_path(files["ca"])
    ours.cert_chain_pems[0].write_to_path(files["cert"])
    ours.private_key_pem.write_to_path(files["key"])
    car.cert_chain_pems[0].write_to_path(files["car"])
    car.private_key_pem.write_to_path(files["carkey"])
    tls = TlsFiles(str(files["cert"]), str(files["key"]), str(files["ca"]))

    async def main() -> None:
        async with running(settings_for(tmp_path / "data", tls=tls)) as centre:
            sock = listen("127.0.0.1", 0)
            port = sock.getsockname()[1]
            stopping = asyncio.Event()
            serving = asyncio.get_running_loop().create_task(serve_link(centre, sock, stopping))
            url = f"https://localhost:{port}"
            known = HttpsPath(HttpsSettings(url, files["ca"], files["car"], files["carkey"]))
            nobody = HttpsPath(HttpsSettings(url, files["ca"]))
            heard, unheard = Heard(known), Heard(nobody)
            known.offer("m1", message(), 5.0)
            assert await heard.wait(1) == [("m1", True, None)]
            nobody.offer("m2", message("m2"), 5.0)
            (report,) = await unheard.wait(1)
            assert not report.delivered
            (card,) = await cards(centre)
            assert card["link"]["road"] == "https"
            stopping.set()
            await serving
            sock.close()

    asyncio.run(main())
    assert ssl.OPENSSL_VERSION_INFO >= (1, 1, 1)


def test_from_other_machines_only_over_tls(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="over TLS"):
        settings_for(tmp_path, link=("192.0.2.1", 8443))
    assert settings_for(tmp_path, link=("127.0.0.1", 0)).link == ("127.0.0.1", 0)


@pytest.mark.parametrize("seed", range(3))
def test_strange_bytes_never_stop_the_intake(tmp_path: Path, seed: int) -> None:
    import random  # noqa: PLC0415  # seeded test data

    dice = random.Random(seed)

    async def main() -> None:
        async with a_centre(tmp_path) as (centre, web):
            for number in range(60):
                raw = bytearray(message(f"m{number}"))
                for _ in range(dice.randint(1, 3)):
                    raw[dice.randrange(len(raw))] = dice.randrange(256)
                answer = await post(web, bytes(raw))
                assert answer.status_code in {200, 400}
            body = {"msd": [], "test": "yes", "case": "\0", "cause": {"a": "\0"}}
            odd = encode(Envelope("odd", "car-1", 1, "sos", body))
            ack = read_ack(decode((await post(web, odd)).content))
            assert ack.received is False
            assert json.loads(await centre.overview(100))["incidents"]

    asyncio.run(main())
