"""The demo's web pages: car and console side by side, served from this process on loopback."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response  # noqa: TC002  # FastAPI reads annotations
from fastapi.responses import FileResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from opensos.apps.centre import create_app
from opensos.apps.demo.world import PULSE
from opensos.apps.vehicle import web as car_web
from opensos.apps.vehicle.cockpit import Cockpit
from opensos.apps.vehicle.words import english
from opensos.edges.web.serve import listen
from opensos.edges.web.serve import serve as serve_app
from opensos.edges.web.sign_in import session_secret
from opensos.sim.scenarios import SCENARIOS

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from opensos.apps.demo.world import DemoWorld

_ASSETS = Path(__file__).parent / "web_assets"


def create_demo_app(world: DemoWorld) -> FastAPI:
    """Return the centre's application with the car's routes and the demo's page in it."""
    app = create_app(world.centre, home="/")
    cockpit = Cockpit(world.vehicle.box, world.vehicle, english)
    offered = list(SCENARIOS.values())
    if world.settings.pulse is not None:
        offered.insert(0, replace(SCENARIOS["barrier"], id=PULSE))
    app.router.routes.extend(car_web.car_routes(cockpit, world.crash, offered))

    app.mount("/static/vehicle", StaticFiles(directory=car_web.ASSETS))
    app.mount("/static/demo", StaticFiles(directory=_ASSETS))

    async def page(request: Request) -> Response:
        # No account in the demo: whoever reaches loopback is signed in, and the centre is pretend.
        if not await world.centre.sign_in.check(session_secret(request)):
            token = await world.centre.sign_in.new_token()
            return RedirectResponse(f"/sign-in?token={token}", status_code=303)
        return FileResponse(_ASSETS / "index.html")

    app.add_api_route("/", page, methods=["GET"], include_in_schema=False)
    return app


async def serve(
    world: DemoWorld, port: int, ready: Callable[[str], None], stopping: asyncio.Event
) -> None:
    """Serve the pages on loopback until ``stopping`` is set. Raises RoadError: port in use."""
    sock = listen("127.0.0.1", port)
    await serve_app(create_demo_app(world), sock, stopping, ready)
