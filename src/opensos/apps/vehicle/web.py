"""The car's page and its API over HTTP (docs/reference/car-api.md).

The application that mounts the router puts ``edges.web.Guard`` in front, which keeps strangers'
pages out (DNS rebinding, cross-site requests); ``create_app`` does so for the unit alone.
"""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from opensos.apps.vehicle.cockpit import Cockpit, RefusedError
from opensos.apps.vehicle.words import LANGUAGES, catalogue
from opensos.edges.web import HEARTBEAT_S, Guard, GuardRules, add_static, sse_event, sse_response
from opensos.edges.web.sse import HEARTBEAT
from opensos.protocols.effects import UserError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from starlette.requests import Request

    from opensos.sim.scenarios import Scenario

ASSETS: Final = Path(__file__).parent / "web_assets"
"""The page's files; the application that mounts the router serves them as /static/vehicle."""

_MAX_BODY: Final = 4096
_MOVING_S: Final = 1.0  # a car that drives changes its position; the page follows this often
_NO_TRIGGER_S: Final = 4.0  # a scenario that triggered nothing until then is said to have not


def car_routes(
    cockpit: Cockpit,
    crash: Callable[[str], None] | None = None,
    scenarios: Iterable[Scenario] = (),
) -> list[Route]:
    """Return the routes under ``/car``.

    Args:
        cockpit: the car that the page shows.
        crash: lets a scenario begin, by its id; raises UserError for an unknown one. None = the car
            is no pretend car.
        scenarios: what the page offers.
    """
    api = _CarApi(cockpit, crash, scenarios)
    routes = [
        Route("/car", _page, methods=["GET"]),
        Route("/car/api/state", api.state, methods=["GET"]),
        Route("/car/api/known", api.known, methods=["GET"]),
        Route("/car/api/texts/{language}.json", _texts, methods=["GET"]),
        Route("/car/api/events", api.events, methods=["GET"]),
        Route("/car/api/crash", api.crash, methods=["POST"]),
    ]
    routes += [
        Route(f"/car/api/{name}", partial(api.verb, verb), methods=["POST"])
        for name, verb in VERBS.items()
    ]
    return routes


def create_app(
    cockpit: Cockpit,
    crash: Callable[[str], None] | None = None,
    scenarios: Iterable[Scenario] = (),
) -> Starlette:
    """Return a whole application for one unit: guard, routes, and the files of the page.

    Starlette alone, without FastAPI on top: the unit's memory is small, and nobody reads a schema.
    """
    guard = Middleware(Guard, rules=GuardRules(private=()), signed_in=_everybody)
    app = Starlette(routes=car_routes(cockpit, crash, scenarios), middleware=[guard])
    add_static(app, {"vehicle": ASSETS})
    return app


def _text_of(wish: dict[str, Any], name: str, example: str) -> str:
    value = wish.get(name)
    if not isinstance(value, str):
        raise BadWishError(f"Say it as in {example}.")
    return value


def _truth_of(wish: dict[str, Any], name: str) -> bool:
    value = wish.get(name)
    if not isinstance(value, bool):
        raise BadWishError(f'Say it as in {{"{name}": true}}.')
    return value


def _number_of(wish: dict[str, Any], name: str, instead: float) -> float:
    value = wish.get(name, instead)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadWishError(f"{name} is a number.")
    return float(value)


def _move(cockpit: Cockpit, wish: dict[str, Any]) -> None:
    place = wish.get("place")
    what = _text_of(wish, "do", '{"do": "park", "place": "garage"}')
    cockpit.move(what, place if isinstance(place, str) else None)


def _fault(cockpit: Cockpit, wish: dict[str, Any]) -> dict[str, Any] | None:
    if isinstance(wish.get("file"), str):
        return {"count": cockpit.inject_from(wish["file"])}
    if "clear" in wish:
        cockpit.take_out(_text_of(wish, "clear", '{"clear": "sim_locked"}'))
    else:
        name = _text_of(wish, "inject", '{"inject": "backup_aged"}')
        mode = _text_of({"mode": "hard"} | wish, "mode", '{"mode": "hard"}')
        cockpit.inject(name, mode=mode, severity=_number_of(wish, "severity", 1.0))
    return None


def _action(cockpit: Cockpit, wish: dict[str, Any]) -> dict[str, Any]:
    done = cockpit.do(_text_of(wish, "do", '{"do": "replace_backup_battery"}'))
    return {"text_key": done.text_key, "minutes": done.minutes, "cured": list(done.cured)}


def _reset(cockpit: Cockpit, wish: dict[str, Any]) -> None:
    kind = _text_of(wish, "kind", '{"kind": "unit"}')
    cockpit.reset(kind, _number_of(wish, "minutes", 15.0))


VERBS: Final[Mapping[str, Callable[[Cockpit, dict[str, Any]], dict[str, Any] | None]]] = {
    "sos": lambda c, wish: c.press_sos(test=wish.get("test") is True),
    "cancel": lambda c, _: c.cancel(),
    "button": lambda c, wish: c.button(down=_truth_of(wish, "down")),
    "self-test": lambda c, _: c.self_test(),
    "clear-faults": lambda c, _: c.clear_faults(),
    "service": lambda c, wish: c.service(on=_truth_of(wish, "on")),
    "reset": _reset,
    "ignition": lambda c, wish: c.ignition(on=_truth_of(wish, "on")),
    "move": _move,
    "fault": _fault,
    "action": _action,
}
"""What can be asked for, by name; each answers 202, or 4xx with one sentence."""


class BadWishError(UserError):
    """What was asked for is not written as it must be."""


class _CarApi:
    def __init__(
        self,
        cockpit: Cockpit,
        crash: Callable[[str], None] | None,
        scenarios: Iterable[Scenario],
    ) -> None:
        self._cockpit = cockpit
        self._crash = crash
        self._scenarios = [{"id": s.id, "expects_call": s.expects_call} for s in scenarios]

    async def state(self, request: Request) -> Response:
        """Return the whole state."""
        del request
        try:
            return Response(self._text(), media_type="application/json")
        except RefusedError as error:
            return _error(503, str(error))

    async def known(self, request: Request) -> Response:
        """Return every fault and action that a pretend car knows."""
        del request
        return JSONResponse(self._cockpit.known())

    async def events(self, request: Request) -> Response:
        """Stream the whole state, now and after every change."""
        del request
        return sse_response(self._stream())

    async def verb(
        self,
        do: Callable[[Cockpit, dict[str, Any]], dict[str, Any] | None],
        request: Request,
    ) -> Response:
        """Do one thing, or say in one sentence why not."""
        wish = await _body(request)
        if wish is None:
            return _error(400, "The request must be a short JSON object.")
        try:
            more = do(self._cockpit, wish)
        except BadWishError as error:
            return _error(400, str(error))
        except RefusedError as error:
            return JSONResponse({"error": str(error), "text_key": error.text_key}, 409)
        except UserError as error:
            return _error(404, str(error))
        return JSONResponse({"ok": True} | (more or {}), 202)

    async def crash(self, request: Request) -> Response:
        """Let a scenario happen to a pretend car."""
        wish = await _body(request)
        name = None if wish is None else wish.get("scenario")
        if not isinstance(name, str):
            return _error(400, 'Say which scenario, as in {"scenario": "barrier"}.')
        if self._crash is None:
            return _error(409, "This is not a pretend car: it cannot be made to crash.")
        try:
            unit = self._cockpit.unit
            self._crash(name)
        except RefusedError as error:
            return JSONResponse({"error": str(error), "text_key": error.text_key}, 409)
        except UserError as error:
            return _error(404, str(error))
        loop = asyncio.get_running_loop()
        seen = unit.crashes_seen
        loop.call_later(_NO_TRIGGER_S, self._say_if_calm, name, seen)
        return JSONResponse({"ok": True}, 202)

    def _say_if_calm(self, scenario: str, before: int) -> None:
        if self._cockpit.unit.crashes_seen == before:
            self._cockpit.unit.note("no_trigger", scenario=scenario)

    def _text(self) -> str:
        state = {**self._cockpit.to_json(), "scenarios": self._scenarios}
        return json.dumps(state, separators=(",", ":"), allow_nan=False)

    async def _stream(self) -> AsyncIterator[bytes]:
        changed = asyncio.Event()
        end = self._cockpit.box.watch(changed.set)
        loop = asyncio.get_running_loop()
        try:
            last, said_at = "", loop.time()
            while True:
                changed.clear()
                try:
                    text = self._text()
                except RefusedError:
                    text = last  # the unit has not started: there is nothing to show yet
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


async def _texts(request: Request) -> Response:
    """Return every sentence that the page may say; rooms keep their own catalogues."""
    language = request.path_params["language"]
    if language not in LANGUAGES:
        return _error(404, f"There is no such language: take {' or '.join(LANGUAGES)}.")
    return JSONResponse(dict(catalogue(language)))


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


def _error(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status)
