"""The car's page and its API over HTTP (docs/reference/car-api.md).

The application that mounts the router puts ``edges.web.Guard`` in front, which keeps strangers'
pages out (DNS rebinding, cross-site requests); ``create_app`` does so for the unit alone.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from opensos.edges.web import HEARTBEAT_S, Guard, GuardRules, add_static, sse_event, sse_response
from opensos.edges.web.sse import HEARTBEAT
from opensos.protocols.effects import UserError
from opensos.rules.emergency import State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from starlette.requests import Request

    from opensos.apps.vehicle.unit import Unit
    from opensos.sim.scenarios import Scenario

ASSETS: Final = Path(__file__).parent / "web_assets"
"""The page's files; the application that mounts the router serves them as /static/vehicle."""

_MAX_BODY: Final = 4096
_MOVING_S: Final = 1.0  # a car that drives changes its position; the page follows this often
_NO_TRIGGER_S: Final = 4.0  # a scenario that triggered nothing until then is said to have not


def car_routes(
    unit: Unit,
    crash: Callable[[str], None] | None = None,
    scenarios: Iterable[Scenario] = (),
) -> list[Route]:
    """Return the routes under ``/car``.

    Args:
        unit: the unit that the page shows.
        crash: lets a scenario begin, by its id; raises UserError for an unknown one. None = the car
            is no pretend car.
        scenarios: what the page offers.
    """
    api = _CarApi(unit, crash, scenarios)
    return [
        Route("/car", _page, methods=["GET"]),
        Route("/car/api/state", api.state, methods=["GET"]),
        Route("/car/api/events", api.events, methods=["GET"]),
        Route("/car/api/sos", api.sos, methods=["POST"]),
        Route("/car/api/crash", api.crash, methods=["POST"]),
        Route("/car/api/cancel", api.cancel, methods=["POST"]),
    ]


def create_app(
    unit: Unit,
    crash: Callable[[str], None] | None = None,
    scenarios: Iterable[Scenario] = (),
) -> Starlette:
    """Return a whole application for one unit: guard, routes, and the files of the page.

    Starlette alone, without FastAPI on top: the unit's memory is small, and nobody reads a schema.
    """
    guard = Middleware(Guard, rules=GuardRules(private=()), signed_in=_everybody)
    app = Starlette(routes=car_routes(unit, crash, scenarios), middleware=[guard])
    add_static(app, {"vehicle": ASSETS})
    return app


class _CarApi:
    def __init__(
        self,
        unit: Unit,
        crash: Callable[[str], None] | None,
        scenarios: Iterable[Scenario],
    ) -> None:
        self._unit = unit
        self._crash = crash
        self._scenarios = [{"id": s.id, "expects_call": s.expects_call} for s in scenarios]

    async def state(self, request: Request) -> Response:
        """Return the whole state."""
        del request
        return Response(self._text(), media_type="application/json")

    async def events(self, request: Request) -> Response:
        """Stream the whole state, now and after every change."""
        del request
        return sse_response(self._stream())

    async def sos(self, request: Request) -> Response:
        """Press SOS; with ``{"test": true}`` place a test call."""
        wish = await _body(request)
        if wish is None:
            return _error(400, "The request must be a short JSON object.")
        if wish.get("test") is not True:
            self._unit.press_sos()
        elif self._unit.state is State.IDLE:
            self._unit.call_for_test()
        else:
            return _error(409, "A test call can only be made while nothing else is under way.")
        return _done()

    async def crash(self, request: Request) -> Response:
        """Let a scenario happen to a pretend car."""
        wish = await _body(request)
        name = None if wish is None else wish.get("scenario")
        if not isinstance(name, str):
            return _error(400, 'Say which scenario, as in {"scenario": "barrier"}.')
        if self._crash is None:
            return _error(409, "This is not a pretend car: it cannot be made to crash.")
        try:
            self._crash(name)
        except UserError as error:
            return _error(404, str(error))
        loop = asyncio.get_running_loop()
        loop.call_later(_NO_TRIGGER_S, self._say_if_calm, name, self._unit.crashes_seen)
        return _done()

    async def cancel(self, request: Request) -> Response:
        """Take a press of SOS back."""
        del request
        if self._unit.cancel():
            return _done()
        return _error(409, "There is nothing that can be cancelled now.")

    def _say_if_calm(self, scenario: str, before: int) -> None:
        if self._unit.crashes_seen == before:
            self._unit.note("no_trigger", scenario=scenario)

    def _text(self) -> str:
        state = {**self._unit.to_json(), "scenarios": self._scenarios}
        return json.dumps(state, separators=(",", ":"), allow_nan=False)

    async def _stream(self) -> AsyncIterator[bytes]:
        changed = asyncio.Event()
        end = self._unit.watch(changed.set)
        loop = asyncio.get_running_loop()
        try:
            last, said_at = "", loop.time()
            while True:
                changed.clear()
                text = self._text()
                if text != last:
                    last, said_at = text, loop.time()
                    yield sse_event("state", text)
                elif loop.time() - said_at >= HEARTBEAT_S:
                    said_at = loop.time()
                    yield HEARTBEAT
                await _either(changed, _MOVING_S)
        finally:
            end()


async def _either(changed: asyncio.Event, seconds: float) -> None:
    """Wait for a change, but not longer than this."""
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return


async def _page(request: Request) -> Response:
    del request
    return FileResponse(ASSETS / "car.html")


async def _everybody(session: str | None) -> bool:
    del session
    return True


async def _body(request: Request) -> dict[str, Any] | None:
    """Return the JSON object of a request, {} for an empty body, None for anything else."""
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > _MAX_BODY:
            return None
    try:
        value = json.loads(data) if data.strip() else {}
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _done() -> Response:
    return JSONResponse({"ok": True}, 202)


def _error(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status)
