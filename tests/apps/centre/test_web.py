from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi.routing import APIRoute

from opensos.apps.centre import create_app
from opensos.edges.web.serve import listen, serve
from opensos.protocols.ngecall import events as ecall
from tests.centre import browser, card_when, running, settings_for
from tests.pretend_car import PretendCar, an_msd

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from opensos.apps.centre import Centre


def run(
    data: Path,
    body: Callable[[Centre, httpx.AsyncClient], Coroutine[object, object, None]],
    *,
    signed_in: bool = True,
    **changes: Any,
) -> None:
    async def main() -> None:
        async with (
            running(settings_for(data, **changes)) as centre,
            browser(centre, signed_in=signed_in) as web,
        ):
            await body(centre, web)

    asyncio.run(main())


async def one_call(centre: Centre, car: PretendCar) -> str:
    car.dial()
    await car.hear(ecall.Connected)
    card = await card_when(centre, lambda c: c["established"])
    return str(card["id"])


def test_an_empty_centre_has_no_incidents_and_says_its_mode(tmp_path: Path) -> None:
    async def body(centre: Centre, web: httpx.AsyncClient) -> None:
        del centre
        answer = await web.get("/api/incidents")
        assert answer.status_code == 200
        found = answer.json()
        assert (found["incidents"], found["last_event_id"], found["mode"]) == ([], 0, "test")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found["server_time"])

    run(tmp_path, body)


def test_a_live_centre_says_so(tmp_path: Path) -> None:
    async def body(centre: Centre, web: httpx.AsyncClient) -> None:
        del centre
        assert (await web.get("/api/incidents")).json()["mode"] == "live"
        assert (await web.get("/healthz")).json() == {
            "ok": True,
            "mode": "live",
            "trouble": None,
            "broker_trouble": None,
        }

    run(tmp_path, body, live=True)


def test_a_console_sees_a_call_and_works_on_it(tmp_path: Path) -> None:
    async def body(centre: Centre, web: httpx.AsyncClient) -> None:
        async with PretendCar(centre.sip_addresses[0]) as car:
            incident = await one_call(centre, car)
            found = (await web.get("/api/incidents", params={"limit": 5})).json()
            assert [c["id"] for c in found["incidents"]] == [incident]
            assert found["last_event_id"] == 3

            for verb in ("acknowledge", "request-data", "clear-down"):
                answer = await web.post(f"/api/incidents/{incident}/{verb}")
                assert (answer.status_code, answer.json()) == (202, {"ok": True})
            await card_when(centre, lambda c: c["state"] == "ended")
            refused = await web.post(f"/api/incidents/{incident}/clear-down")
            assert refused.status_code == 409
            assert refused.json() == {"error": "There is no call to clear down."}

            shown = (await web.get(f"/api/incidents/{incident}")).json()
            assert shown["card"]["acknowledged_at"]
            assert shown["timeline"][0]["kind"] == "incident.opened"
            message = shown["messages"][1]
            assert (message["kind"], message["size"]) == ("msd", len(an_msd()))
            raw = await web.get(f"/api/incidents/{incident}/messages/{message['id']}")
            assert raw.content == an_msd()
            assert raw.headers["content-type"] == "application/octet-stream"
            assert raw.headers["content-disposition"].startswith("attachment")

    run(tmp_path, body)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/incidents/unknown"),
        ("GET", "/api/incidents/%00"),
        ("GET", "/api/incidents/0000000000000000"),
        ("GET", "/api/incidents/0000000000000000/messages/1"),
        ("GET", f"/api/incidents/0000000000000000/messages/{2**70}"),
        ("POST", "/api/incidents/0000000000000000/acknowledge"),
        ("POST", "/api/incidents/0000000000000000/explode"),
        ("GET", "/api/nothing"),
    ],
)
def test_what_is_not_there_is_404_in_one_sentence(tmp_path: Path, method: str, path: str) -> None:
    async def body(centre: Centre, web: httpx.AsyncClient) -> None:
        del centre
        answer = await web.request(method, path)
        assert answer.status_code == 404
        if path != "/api/nothing":
            assert answer.json()["error"].endswith(".")

    run(tmp_path, body)


def test_every_route_of_the_interface_needs_a_session(tmp_path: Path) -> None:
    async def body(centre: Centre, web: httpx.AsyncClient) -> None:
        routes = [r for r in create_app(centre).routes if isinstance(r, APIRoute)]
        api = [r for r in routes if r.path.startswith("/api")]
        assert len(api) >= 5
        for route in api:
            path = re.sub(r"\{[^}]*\}", "1", route.path)
            for method in route.methods or ():
                answer = await web.request(method, path)
                assert answer.status_code == 401, f"{method} {path}"
        assert (await web.get("/api/openapi.json")).status_code == 401
        public = {r.path for r in routes} - {r.path for r in api}
        assert public == {"/console", "/healthz", "/sign-in", "/sign-out", "/link/v1/sos"}
        assert (await web.get("/healthz")).status_code == 200
        assert (await web.get("/console")).status_code == 200

    run(tmp_path, body, signed_in=False)


def test_another_sites_page_cannot_end_a_call(tmp_path: Path) -> None:
    async def body(centre: Centre, web: httpx.AsyncClient) -> None:
        async with PretendCar(centre.sip_addresses[0]) as car:
            incident = await one_call(centre, car)
            answer = await web.post(
                f"/api/incidents/{incident}/clear-down", headers={"origin": "http://evil.example"}
            )
            assert answer.status_code == 403
            assert (
                await web.get("/api/incidents", headers={"host": "evil.example"})
            ).status_code == 421
            await card_when(centre, lambda c: c["state"] == "connected")

    run(tmp_path, body)


def test_a_database_that_is_away_is_503_and_not_an_empty_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(centre: Centre, web: httpx.AsyncClient) -> None:
        await web.get("/api/incidents")  # the session is known from here on
        centre._store._engine.dispose()
        (tmp_path / "centre.db").rename(tmp_path / "gone.db")
        (tmp_path / "centre.db").mkdir()
        answer = await web.get("/api/incidents")
        assert answer.status_code == 503
        assert "cannot be read" in answer.json()["error"]

    run(tmp_path, body)


class Stream:
    """What a browser's EventSource does."""

    def __init__(self, web: httpx.AsyncClient, after: int | None, last: int | None) -> None:
        headers = {} if last is None else {"last-event-id": str(last)}
        params = {} if after is None else {"after": after}
        self._asked = web.stream("GET", "/api/events", headers=headers, params=params)

    async def __aenter__(self) -> Stream:  # noqa: PYI034  # never subclassed
        answer = await self._asked.__aenter__()
        assert answer.headers["content-type"].startswith("text/event-stream")
        self._lines = answer.aiter_lines()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._asked.__aexit__(None, None, None)

    async def event(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        async with asyncio.timeout(10):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if name == "data":
                    found |= json.loads(value)
                elif name in {"id", "event"}:
                    found[f"sse_{name}"] = value
                elif not line and found:
                    return found
        raise AssertionError("the stream ended")


def test_a_console_follows_live_and_resumes_where_it_left_off(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(settings_for(tmp_path)) as centre:
            listening = listen("127.0.0.1", 0)
            stopping = asyncio.Event()
            url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            serving = asyncio.create_task(
                serve(create_app(centre), listening, stopping, url.set_result)
            )
            async with (
                httpx.AsyncClient(base_url=await url) as web,
                PretendCar(centre.sip_addresses[0]) as car,
            ):
                token = await centre.sign_in.new_token()
                await web.get("/sign-in", params={"token": token})
                async with Stream(web, None, None) as live:
                    incident = await one_call(centre, car)
                    events = [await live.event() for _ in range(3)]
                    assert [e["kind"] for e in events] == [
                        "incident.opened",
                        "call.answered",
                        "call.established",
                    ]
                    assert [e["sse_id"] for e in events] == ["1", "2", "3"]
                    assert {e["sse_event"] for e in events} == {"incident"}
                    assert events[0]["card"]["id"] == incident
                await centre.act("acknowledge", incident)
                async with Stream(web, 0, 2) as resumed:  # the header wins over the query
                    assert (await resumed.event())["event_id"] == 3
                    assert (await resumed.event())["kind"] == "incident.acknowledged"
                    await centre.act("clear-down", incident)
                    assert (await resumed.event())["event_id"] == 5
                async with Stream(web, 3, None) as after:
                    assert [(await after.event())["event_id"] for _ in range(2)] == [4, 5]
            stopping.set()
            await serving
            listening.close()

    asyncio.run(main())


def test_a_malformed_address_gets_a_sentence_too(tmp_path: Path) -> None:
    async def body() -> None:
        async with running(settings_for(tmp_path)) as centre, browser(centre) as web:
            answer = await web.get("/api/incidents/zz/messages/abc")
            assert answer.status_code == 400
            assert list(answer.json()) == ["error"]

    asyncio.run(body())
