from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.requests import Request

from opensos.apps.vehicle import UnitConfig
from opensos.apps.vehicle import web as car_web
from opensos.apps.vehicle.box import Box, Fitted, OpenBox
from opensos.apps.vehicle.cockpit import Cockpit
from opensos.apps.vehicle.scenes import crasher
from opensos.apps.vehicle.web import car_routes, create_app
from opensos.protocols.effects import RoadError
from opensos.sim.scenarios import SCENARIOS
from tests.apps.vehicle.garage import AT_ONCE, Garage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.applications import Starlette

HERE = "http://127.0.0.1:8113"


def cockpit(garage: Garage) -> Cockpit:
    return Cockpit(OpenBox(garage.unit))


def page(garage: Garage) -> Starlette:
    return create_app(cockpit(garage), crasher(garage.unit, garage.car), SCENARIOS.values())


def browse(app: Starlette, story: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    async def whole() -> None:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            await story(client)

    asyncio.run(whole())


def test_the_state_is_the_whole_state_with_what_can_happen() -> None:
    garage = Garage()

    async def story(client: httpx.AsyncClient) -> None:
        state = (await client.get("/car/api/state")).json()
        assert state["state"] == "idle"
        assert {"id": "barrier", "expects_call": True} in state["scenarios"]
        assert {"id": "hard_braking", "expects_call": False} in state["scenarios"]

    browse(page(garage), story)


def test_a_unit_that_has_not_started_is_said_to_have_not() -> None:
    async def never() -> Fitted:
        raise RoadError("no port")

    async def story(client: httpx.AsyncClient) -> None:
        state = await client.get("/car/api/state")
        assert (state.status_code, state.json()) == (
            503,
            {"error": "The unit has not started yet."},
        )
        for verb in ("sos", "self-test", "crash"):
            answer = await client.post(f"/car/api/{verb}", json={"scenario": "barrier"})
            assert answer.status_code == 409
            assert answer.json()["text_key"] == "unit_off"

    here = Garage()
    box = Box(never, here.clock)
    browse(create_app(Cockpit(box), crasher(here.unit, here.car)), story)


def test_the_page_and_its_files_are_there() -> None:
    async def story(client: httpx.AsyncClient) -> None:
        for path in ("/car", "/static/vehicle/car.js", "/static/ui/boot.js"):
            assert (await client.get(path)).status_code == 200, path

    browse(page(Garage()), story)


def test_the_texts_of_every_room_are_served_in_both_languages_and_no_other() -> None:
    async def story(client: httpx.AsyncClient) -> None:
        for language, ready in (("en", "Ready"), ("de", "Bereit")):
            texts = (await client.get(f"/car/api/texts/{language}.json")).json()
            assert texts["readiness.ready"] == ready
            assert {"reason.led.open", "signal.ready", "fault.jammed", "journal.reset"} <= set(
                texts
            )
        for language in ("fr", "..", "en.json%00"):
            answer = await client.get(f"/car/api/texts/{language}.json")
            assert answer.status_code == 404, language

    browse(page(Garage()), story)


def test_lamps_are_known_with_their_steps_and_a_board_offers_no_faults() -> None:
    async def story(client: httpx.AsyncClient) -> None:
        known = (await client.get("/car/api/known")).json()
        assert known["lamps"]["amber_fast"] == {"colour": "amber", "steps": [[0.25, 0.25]]}
        assert known["sounds"]["silence"] == {"tones": [], "repeats": False}
        assert known["faults"] == known["actions"] == known["places"] == []

    browse(page(Garage()), story)


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("button", {}, 400),
        ("button", {"down": True}, 409),
        ("ignition", {"on": "yes"}, 400),
        ("move", {}, 400),
        ("fault", {}, 400),
        ("fault", {"inject": "led_open", "severity": "much"}, 400),
        ("action", {"do": 5}, 400),
        ("reset", {"kind": "magic"}, 404),
        ("reset", {"kind": "hard", "minutes": True}, 400),
        ("service", {"on": 1}, 400),
        ("self-test", {}, 404),
    ],
)
def test_a_wish_that_cannot_be_is_one_sentence(
    verb: str, body: dict[str, Any], status: int
) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.post(f"/car/api/{verb}", json=body)
        assert answer.status_code == status
        assert answer.json()["error"].endswith((".", "}", ". "))
        if status == 409:
            assert answer.json()["text_key"] == "no_pretend"

    browse(page(Garage()), story)


def test_a_live_unit_is_not_pressed_from_a_page() -> None:
    garage = Garage(UnitConfig(live=True, procedure=AT_ONCE.procedure))

    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.post("/car/api/sos")
        assert (answer.status_code, answer.json()["text_key"]) == (409, "sos.in_car")

    browse(page(garage), story)
    assert garage.bearer.asked == []


def test_the_button_tells_how_long_it_must_be_held() -> None:
    garage = Garage(fitted=True)

    async def story(client: httpx.AsyncClient) -> None:
        button = (await client.get("/car/api/state")).json()["button"]
        assert (button["hold_s"], button["gesture_s"], button["let_go"]) == (1.0, 10.0, False)

    browse(page(garage), story)


def test_sos_calls_and_cancel_takes_it_back_in_time_only() -> None:
    garage = Garage(UnitConfig())

    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.post("/car/api/sos", json={})
        assert (answer.status_code, answer.json()) == (202, {"ok": True})
        assert (await client.get("/car/api/state")).json()["state"] == "cancel_window"
        assert (await client.post("/car/api/cancel")).status_code == 202
        late = await client.post("/car/api/cancel")
        assert late.status_code == 409
        assert late.json()["error"].endswith(".")

    browse(page(garage), story)
    assert garage.bearer.asked == []


def test_sos_needs_no_body() -> None:
    garage = Garage()

    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.post("/car/api/sos")).status_code == 202

    browse(page(garage), story)
    assert garage.bearer.verbs == ["dial"]


def test_a_test_call_can_be_asked_for_while_nothing_is_under_way() -> None:
    garage = Garage()

    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.post("/car/api/sos", json={"test": True})).status_code == 202
        assert (await client.post("/car/api/sos", json={"test": True})).status_code == 409

    browse(page(garage), story)
    assert garage.keys[:2] == ["test_started", "dialling"]


@pytest.mark.parametrize("body", [b"[1]", b"{", b"\xff", b" " * 5000, b"[" * 3000])
def test_a_body_that_is_no_short_object_is_refused(body: bytes) -> None:
    garage = Garage()

    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.post("/car/api/sos", content=body)
        assert answer.status_code == 400
        assert (await client.post("/car/api/crash", content=body)).status_code == 400

    browse(page(garage), story)
    assert garage.bearer.asked == []


def test_a_crash_from_the_page_calls() -> None:
    garage = Garage()

    async def story(client: httpx.AsyncClient) -> None:
        garage.drive(5)
        answer = await client.post("/car/api/crash", json={"scenario": "barrier"})
        assert answer.status_code == 202
        garage.drive(1)
        assert (await client.get("/car/api/state")).json()["state"] == "dialling"

    browse(page(garage), story)


@pytest.mark.parametrize(
    ("body", "status"), [({"scenario": "meteor"}, 404), ({}, 400), ({"scenario": 5}, 400)]
)
def test_a_crash_that_does_not_exist_is_one_sentence(body: dict[str, Any], status: int) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.post("/car/api/crash", json=body)
        assert answer.status_code == status
        assert answer.json()["error"]

    browse(page(Garage()), story)


def test_a_real_car_cannot_be_made_to_crash() -> None:
    async def story(client: httpx.AsyncClient) -> None:
        answer = await client.post("/car/api/crash", json={"scenario": "barrier"})
        assert answer.status_code == 409

    browse(create_app(cockpit(Garage())), story)


def test_a_scenario_that_triggered_nothing_is_said_to_have_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(car_web, "_NO_TRIGGER_S", 0.0)
    calm, crashed = Garage(), Garage()

    async def brake(client: httpx.AsyncClient) -> None:
        await client.post("/car/api/crash", json={"scenario": "hard_braking"})
        await asyncio.sleep(0.01)

    async def hit(client: httpx.AsyncClient) -> None:
        crashed.drive(5)
        monkeypatch.setattr(car_web, "_NO_TRIGGER_S", 0.005)
        await client.post("/car/api/crash", json={"scenario": "barrier"})
        crashed.drive(1)
        await asyncio.sleep(0.02)

    browse(page(calm), brake)
    browse(page(crashed), hit)
    assert calm.keys == ["no_trigger"]
    assert "no_trigger" not in crashed.keys


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_page_of_another_site_cannot_press_sos(headers: dict[str, str], status: int) -> None:
    garage = Garage()

    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.post("/car/api/sos", headers=headers)).status_code == status

    browse(page(garage), story)
    assert garage.bearer.asked == []


# --- the stream


async def _events(garage: Garage, count: int, poke: Callable[[int], None]) -> list[str]:
    """Read the first chunks of the stream; ``poke`` is called with the number of each."""
    api = car_web._CarApi(cockpit(garage), None, ())
    stream = api._stream()
    chunks: list[str] = []
    async with asyncio.timeout(5):
        async for chunk in stream:
            chunks.append(chunk.decode())
            if len(chunks) == count:
                break
            poke(len(chunks))
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
    return chunks


def test_the_stream_begins_with_the_state_and_pushes_each_change_at_once() -> None:
    garage = Garage()

    def poke(number: int) -> None:
        if number == 1:
            garage.unit.press_sos()
        else:
            garage.answer()

    chunks = asyncio.run(_events(garage, 3, poke))
    states = [json.loads(chunk.split("data: ", 1)[1])["state"] for chunk in chunks]
    assert states == ["idle", "dialling", "connected"]
    assert all(chunk.startswith("event: state\ndata: ") for chunk in chunks)
    assert garage.unit._watchers == set(), "who goes away is forgotten"


def test_the_stream_follows_a_car_that_moves_and_breathes_when_nothing_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(car_web, "_MOVING_S", 0.001)
    monkeypatch.setattr(car_web, "HEARTBEAT_S", 0.01)
    garage = Garage(AT_ONCE)
    chunks = asyncio.run(
        _events(garage, 3, lambda number: garage.drive(2) if number == 1 else None)
    )
    assert [chunk.split("\n")[0] for chunk in chunks] == [
        "event: state",
        "event: state",
        ": still here",
    ]


def test_the_stream_is_served_as_events() -> None:
    garage = Garage()
    paths = {route.path for route in car_routes(cockpit(garage))}
    assert "/car/api/events" in paths

    async def story() -> None:
        response = await car_web._CarApi(cockpit(garage), None, ()).events(
            Request({"type": "http"})
        )
        assert response.media_type == "text/event-stream"

    asyncio.run(story())
