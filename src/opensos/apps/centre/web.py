"""The centre's web interface: JSON, a live stream, the console (docs/reference/centre-api.md)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse

from opensos.apps.centre.desk import VERBS, UnknownIncidentError
from opensos.apps.centre.link_web import LINK_PATHS, add_link
from opensos.edges.web import HEARTBEAT_S, Guard, GuardRules, add_sign_in, add_static, sse_response
from opensos.edges.web.sse import HEARTBEAT
from opensos.protocols.effects import LocalError, RoadError, UserError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opensos.apps.centre.centre import Centre

ASSETS = Path(__file__).parent / "web_assets"

_MOST_CARDS = 2_000
_JSON = "application/json"


def create_app(centre: Centre, *, home: str = "/console") -> FastAPI:
    """Build the web application of a centre that has been started.

    ``home`` is where a sign-in leads. More routes and folders may be added to what is returned;
    those below ``/api`` need a session.
    """
    app = FastAPI(
        title="OpenSOS centre", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    _add_incidents(app, centre)
    _add_verbs(app, centre)
    _add_stream(app, centre)
    _add_pages(app, centre)
    add_link(app, centre)
    add_sign_in(app, centre.sign_in, home=home)
    add_static(app, {"centre": ASSETS})
    app.add_exception_handler(RoadError, _road)
    app.add_exception_handler(RequestValidationError, _malformed)
    rules = GuardRules(hosts=centre.settings.trust_hosts, machines=LINK_PATHS)
    app.add_middleware(Guard, rules=rules, signed_in=centre.sign_in.check)
    return app


def _add_incidents(app: FastAPI, centre: Centre) -> None:
    @app.get("/api/incidents")
    async def incidents(limit: int = 200) -> Response:
        """Return the newest incidents."""
        text = await centre.overview(max(1, min(limit, _MOST_CARDS)))
        return Response(text, media_type=_JSON)

    @app.get("/api/incidents/{incident_id}")
    async def incident(incident_id: str) -> Response:
        """Return one incident with its timeline and the list of its messages."""
        text = await centre.record(incident_id)
        if text is None:
            return _error(404, "There is no such incident.")
        return Response(text, media_type=_JSON)

    @app.get("/api/incidents/{incident_id}/messages/{message_id}")
    async def message(incident_id: str, message_id: int) -> Response:
        """Return the bytes of one message, exactly as they came."""
        found = await centre.message(incident_id, message_id)
        if found is None:
            return _error(404, "There is no such message.")
        # A stranger's bytes: never shown by the browser, only saved.
        name = f"{incident_id}-{message_id}-{found.kind}.bin"
        return Response(
            found.data,
            media_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _add_verbs(app: FastAPI, centre: Centre) -> None:
    @app.post("/api/incidents/{incident_id}/{verb}", status_code=202)
    async def act(incident_id: str, verb: str) -> Response:
        """Acknowledge, request-data, clear-down or call-back."""
        if verb not in VERBS:
            return _error(404, f"There is no {verb!r} here.")
        try:
            await centre.act(verb, incident_id)
        except UnknownIncidentError as error:
            return _error(404, str(error))
        except (UserError, LocalError) as error:
            return _error(409, str(error))
        return JSONResponse({"ok": True}, status_code=202)


def _add_stream(app: FastAPI, centre: Centre) -> None:
    @app.get("/api/events")
    async def events(request: Request, after: int | None = None) -> Response:
        """Send every event from now on, or after Last-Event-ID, or after ``after``."""
        seen = request.headers.get("last-event-id", "")
        if seen.isascii() and seen.isdigit() and len(seen) < 19:
            after = int(seen)
        return sse_response(_stream(centre, after))


async def _stream(centre: Centre, after: int | None) -> AsyncIterator[bytes]:
    """Replay from the log what was missed, then go on live: no gap, nothing twice."""
    console = centre.feed.open()
    try:
        yield HEARTBEAT
        if after is not None:
            async for chunk in centre.feed.replay(after, console.since):
                yield chunk
        while (waiting := await console.take(HEARTBEAT_S)) is not None:
            yield waiting or HEARTBEAT
    except RoadError:
        return  # the console comes back and tries again
    finally:
        centre.feed.release(console)


def _add_pages(app: FastAPI, centre: Centre) -> None:
    @app.get("/console", include_in_schema=False)
    async def console() -> Response:
        return FileResponse(ASSETS / "console.html")

    @app.get("/healthz", include_in_schema=False)
    async def health() -> Response:
        trouble = centre.trouble
        return JSONResponse(
            {
                "ok": trouble is None,
                "mode": centre.mode,
                "trouble": trouble,
                "broker_trouble": None if centre.broker is None else centre.broker[1],
            },
            status_code=200 if trouble is None else 503,
        )


async def _road(request: Request, error: Exception) -> Response:
    del request
    return _error(503, str(error))


async def _malformed(request: Request, error: Exception) -> Response:
    del request, error
    return _error(400, "A part of this address is not of the form that the interface takes.")


def _error(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status_code=status)
