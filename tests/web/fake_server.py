"""A small centre and car that speak the contract with scripted incidents.

For the pages' tests and for designing them. It knows nothing of SIP; the real demo is driven by
its own test. Run it by hand to look at the pages: ``python -m tests.web.fake_server 8113``.
"""

from __future__ import annotations

import asyncio
import copy
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Body, FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles

from opensos.apps.vehicle.words import catalogue
from tests.web import scripted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

SRC = Path(__file__).resolve().parents[2] / "src/opensos"
PAGES = {
    "/console": SRC / "apps/centre/web_assets/console.html",
    "/car": SRC / "apps/vehicle/web_assets/car.html",
    "/": SRC / "apps/demo/web_assets/index.html",
}
STATIC = {
    "vendor": SRC / "edges/web/vendor",
    "ui": SRC / "edges/web/ui",
    "centre": SRC / "apps/centre/web_assets",
    "vehicle": SRC / "apps/vehicle/web_assets",
    "demo": SRC / "apps/demo/web_assets",
}
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self'"
)
Json = dict[str, Any]


def stamp(ago_s: float = 0.0) -> str:
    """UTC in ISO form with milliseconds, so many seconds ago."""
    at = datetime.now(UTC) - timedelta(seconds=ago_s)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class World:
    """Everything the fake holds: cards and event log, the car's state, and who listens."""

    def __init__(self) -> None:
        self.mode = "test"
        self.cards: dict[str, Json] = {}
        self.timelines: dict[str, list[Json]] = {}
        self.log: list[Json] = []
        self.car: Json = scripted.car()
        self.listeners: set[asyncio.Queue[tuple[str, str | None, Json] | None]] = set()
        self.broken = False
        self.signed_in = True
        self.posts: list[str] = []
        self.refusal: Json | None = None
        self.holding: asyncio.TimerHandle | None = None

    def happen(self, card: Json, kind: str, data: Json | None = None) -> None:
        """Put the card into the log as of now and tell the pages."""
        self.cards[card["id"]] = card
        event = {"event_id": len(self.log) + 1, "at": stamp(), "kind": kind, "data": data or {}}
        self.timelines.setdefault(card["id"], []).append(dict(event))
        event["card"] = copy.deepcopy(card)
        self.log.append(event)
        self.tell("incident", str(event["event_id"]), event)

    def tell(self, name: str, event_id: str | None, data: Json) -> None:
        """Send to every open stream."""
        for queue in self.listeners:
            queue.put_nowait((name, event_id, data))

    def drop_streams(self) -> None:
        """End every open stream, as a lost connection does."""
        for queue in self.listeners:
            queue.put_nowait(None)


def sse(name: str, event_id: str | None, data: Json) -> str:
    """One server-sent event."""
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {name}\ndata: {json.dumps(data)}\n\n"


def act_on(world: World, card: Json, verb: str) -> None:
    """Do what an operator asked for, as the real centre and a willing car would."""
    if verb == "acknowledge":
        card["acknowledged_at"] = stamp()
        card["can"]["acknowledge"] = False
        world.happen(card, "incident.acknowledged")
    elif verb == "request-data":
        world.happen(card, "msd.requested")
        card["msd_count"] += 1
        world.happen(card, "msd.received")
    elif verb == "clear-down":
        card |= {"state": "ended", "ended_why": "cleared_down", "ended_at": stamp()}
        card["can"] |= {"request_data": False, "clear_down": False, "call_back": True}
        world.happen(card, "call.cleared_down")
    else:
        world.happen(card, "callback.started")


async def stream(world: World, first: Callable[[], list[str]], wanted: str) -> AsyncIterator[str]:
    """What is true now, then everything of the wanted kind as it happens.

    Listening comes first: what changed between the two would be seen by neither.
    """
    queue: asyncio.Queue[tuple[str, str | None, Json] | None] = asyncio.Queue()
    world.listeners.add(queue)
    try:
        yield ": hello\n\n"
        for text in first():
            yield text
        while (item := await queue.get()) is not None:
            name, event_id, data = item
            if name == wanted:
                yield sse(name, event_id, data)
    finally:
        world.listeners.discard(queue)


def centre_routes(app: FastAPI, world: World) -> None:
    """The centre's HTTP API."""

    @app.get("/api/incidents")
    async def incidents(limit: int = 200) -> Response:
        if not world.signed_in:
            return JSONResponse({"error": "Sign in first."}, 401)
        newest = sorted(world.cards.values(), key=lambda c: str(c["opened_at"]), reverse=True)
        return JSONResponse(
            {
                "incidents": newest[:limit],
                "last_event_id": len(world.log),
                "mode": world.mode,
                "server_time": stamp(),
            }
        )

    @app.get("/api/incidents/{name}")
    async def incident(name: str) -> Json:
        card = world.cards[name]
        size = 40 if card["state"] == "unreadable" else 1874
        kind = "unreadable" if card["state"] == "unreadable" else "invite"
        messages = [{"id": 1, "at": card["opened_at"], "kind": kind, "size": size}]
        return {"card": card, "timeline": world.timelines.get(name, []), "messages": messages}

    @app.get("/api/incidents/{name}/messages/{message}")
    async def raw(name: str, message: int) -> Response:
        return Response(f"{name} {message}".encode(), media_type="application/octet-stream")

    @app.get("/api/events")
    async def events(request: Request, after: int | None = None) -> Response:
        if world.broken:
            return Response(status_code=503)
        seen = request.headers.get("last-event-id")
        start = int(seen) if seen else after

        def missed() -> list[str]:
            events = world.log[start:] if start is not None else []
            return [sse("incident", str(event["event_id"]), event) for event in events]

        return StreamingResponse(stream(world, missed, "incident"), media_type="text/event-stream")

    @app.post("/api/incidents/{name}/{verb}")
    async def act(name: str, verb: str) -> JSONResponse:
        world.posts.append(f"{name} {verb}")
        card = world.cards[name]
        if not card["can"][verb.replace("-", "_")]:
            return JSONResponse({"error": "The call has ended."}, 409)
        act_on(world, card, verb)
        return JSONResponse({"ok": True}, 202)


def car_routes(app: FastAPI, world: World) -> None:
    """The car's HTTP API."""

    @app.get("/car/api/state")
    async def state() -> Json:
        return world.car

    @app.get("/car/api/events")
    async def events() -> Response:
        return StreamingResponse(
            stream(world, lambda: [sse("state", None, world.car)], "state"),
            media_type="text/event-stream",
        )

    @app.post("/car/api/{verb}")
    async def press(verb: str, body: Annotated[Json | None, Body()] = None) -> Any:
        world.posts.append(f"car {verb} {json.dumps(body)}")
        if verb == "button":
            hold(world, down=bool((body or {}).get("down")))
            return {"ok": True}
        if world.refusal is not None:
            return JSONResponse(world.refusal, 409)
        called(world, verb, body or {})
        return {"ok": True}

    @app.get("/car/api/known")
    async def known() -> Json:
        return scripted.known()

    @app.get("/car/api/texts/{language}.json")
    async def texts(language: str) -> Json:
        return dict(catalogue(language))


def called(world: World, verb: str, body: Json) -> None:
    """Let the car do it; a call arrives at the centre."""
    world.car = scripted.pressed(world.car, verb, body, stamp())
    world.tell("state", None, world.car)
    if verb in {"sos", "crash"}:
        card = scripted.card("demo", stamp(), automatic=verb == "crash")
        world.happen(card, "incident.opened")


def hold(world: World, *, down: bool) -> None:
    """Press or release the SOS button; held for its second, it calls."""
    world.car = scripted.held(world.car, down=down)
    world.tell("state", None, world.car)
    if world.holding is not None:
        world.holding.cancel()
        world.holding = None
    if down:
        loop = asyncio.get_running_loop()
        seconds = world.car["button"]["hold_s"]
        world.holding = loop.call_later(seconds, called, world, "sos", {})


def opened(world: World, card: Json) -> None:
    """A call arrives; one that can be read is answered at once."""
    opening = {"unreadable": "incident.unreadable", "data_only": "incident.data_only"}
    world.happen(card, opening.get(card["state"], "incident.opened"))
    if card["state"] == "connected":
        world.happen(card, "call.answered", {"status": 200})
        world.happen(card, "call.established")


def change(world: World, body: Json) -> None:
    """Set what the body names."""
    for name in ("mode", "broken", "signed_in", "car", "refusal"):
        if name in body:
            setattr(world, name, body[name])
    if "car" in body:
        world.tell("state", None, world.car)
    if body.get("drop"):
        world.drop_streams()


def puppet_routes(app: FastAPI, world: World) -> None:
    """What the tests pull: not part of the contract."""

    @app.post("/fake/open")
    async def open_cards(body: list[Json]) -> Json:
        for card in body:
            opened(world, card)
        return {"events": len(world.log)}

    @app.post("/fake/burst")
    async def burst(body: Json) -> Json:
        for i in range(int(body["count"])):
            name = f"burst-{i:04}"
            card = scripted.card(name, stamp(), automatic=i % 3 != 0, where=i)
            world.happen(card, "incident.opened")
            if i % 20 == 19:
                await asyncio.sleep(float(body["per_20_s"]))
        return {"events": len(world.log)}

    @app.post("/fake/set")
    async def settings(body: Json) -> Json:
        change(world, body)
        return {"posts": world.posts}


def create_app() -> FastAPI:
    """Return the fake with nothing in it."""
    app = FastAPI()
    world = World()
    app.state.world = world

    @app.middleware("http")
    async def policy(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = CSP
        response.headers["Cache-Control"] = "no-cache"
        return response

    for path, file in PAGES.items():
        app.get(path)(lambda file=file: FileResponse(file))
    car_routes(app, world)
    centre_routes(app, world)
    puppet_routes(app, world)
    for name, folder in STATIC.items():
        app.mount(f"/static/{name}", StaticFiles(directory=folder))
    return app


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(create_app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
