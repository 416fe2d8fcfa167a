from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from opensos.apps.demo.server import create_demo_app
from opensos.apps.demo.world import PULSE, DemoSettings, DemoWorld
from opensos.edges.pulse_file import Pulse
from opensos.rules.crash import Samples

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path


def _with_page(
    folder: Path,
    story: Callable[[httpx.AsyncClient, DemoWorld], Awaitable[None]],
    pulse: Pulse | None = None,
) -> None:
    async def play() -> None:
        world = DemoWorld(DemoSettings(folder, pulse))
        await world.start()
        transport = httpx.ASGITransport(create_demo_app(world))
        try:
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:8112", follow_redirects=True
            ) as client:
                await story(client, world)
        finally:
            await world.stop()

    asyncio.run(play())


def test_whoever_opens_the_demo_is_signed_in_and_sees_car_and_centre(tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, world: DemoWorld) -> None:
        assert (await client.get("/api/incidents")).status_code == 401
        page = await client.get("/")
        assert page.status_code == 200
        assert "<os-demo>" in page.text
        assert (await client.get("/api/incidents")).json()["mode"] == "test"
        for path in ("/car", "/console", "/static/demo/demo.js", "/static/vehicle/car.js"):
            assert (await client.get(path)).status_code == 200, path

    _with_page(tmp_path, story)


def test_a_crash_pressed_on_the_page_becomes_an_incident(tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, world: DemoWorld) -> None:
        console = world.centre.feed.open()
        await client.get("/")
        pressed = await client.post("/car/api/crash", json={"scenario": "barrier"})
        assert pressed.status_code == 202
        async with asyncio.timeout(10):
            while b"incident.opened" not in (await console.take(10) or b""):
                pass
        incidents = (await client.get("/api/incidents")).json()["incidents"]
        assert [i["trigger"] for i in incidents] == ["automatic"]

    _with_page(tmp_path, story)


def test_a_recorded_crash_is_offered_first(tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, world: DemoWorld) -> None:
        scenarios = (await client.get("/car/api/state")).json()["scenarios"]
        assert scenarios[0]["id"] == PULSE

    quiet = Samples([0.0, 0.001], [0.0, 0.0])
    _with_page(tmp_path, story, Pulse(quiet, "a test"))


def test_another_site_cannot_press_the_button(tmp_path: Path) -> None:
    async def story(client: httpx.AsyncClient, world: DemoWorld) -> None:
        foreign = await client.post("/car/api/sos", headers={"Origin": "http://evil.example"})
        assert foreign.status_code == 403
        rebound = await client.post("/car/api/sos", headers={"Host": "evil.example"})
        assert rebound.status_code in {403, 421}
        assert world.unit.state.value == "idle"

    _with_page(tmp_path, story)
