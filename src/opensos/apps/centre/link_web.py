"""Where cars post what they say by data (docs/reference/data-only-sos.md).

No session is asked for, and nothing is ever refused for coming too often: who needs help must not
be kept waiting for a form. A certificate of the car's own is asked for by the road (TLS).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from opensos.apps.centre.intake import NoSosError
from opensos.apps.centre.legs import tls_contexts
from opensos.edges.web import Guard, GuardRules
from opensos.edges.web.serve import serve
from opensos.protocols.link import MEDIA_TYPE, MOST_BYTES, SOS_PATH

if TYPE_CHECKING:
    import asyncio
    import socket

    from opensos.apps.centre.centre import Centre

LINK_PATHS = ("/link",)


def create_link_app(centre: Centre) -> FastAPI:
    """Build the application for a listener that serves cars only."""
    app = FastAPI(title="OpenSOS link", docs_url=None, redoc_url=None, openapi_url=None)
    add_link(app, centre)
    rules = GuardRules(private=(), machines=("", *LINK_PATHS))
    app.add_middleware(Guard, rules=rules, signed_in=centre.sign_in.check)
    return app


async def serve_link(centre: Centre, sock: socket.socket, stopping: asyncio.Event) -> None:
    """Serve cars on a listening socket, over TLS if the centre has a certificate."""
    files = centre.settings.tls
    tls = None if files is None else tls_contexts(files)[0]
    await serve(create_link_app(centre), sock, stopping, lambda _: None, tls=tls)


def add_link(app: FastAPI, centre: Centre) -> None:
    """Add the routes for cars."""

    @app.post(SOS_PATH, include_in_schema=False)
    async def sos(request: Request) -> Response:
        """Take one data-only SOS; the answer is its acknowledgement."""
        try:
            data = await request.body()
        except ClientDisconnect:
            return _error(413, "The message is too large.")
        if not data or len(data) > MOST_BYTES:
            return _error(413 if data else 400, f"A message has 1 to {MOST_BYTES} bytes.")
        client = request.client
        source = "https" if client is None else f"https {client.host}:{client.port}"
        try:
            answer = await centre.take_data(data, "https", source)
        except NoSosError as error:
            return _error(400, str(error))
        if not answer.durable:
            return _error(503, "The message cannot be stored now; send it again.", answer.incident)
        if answer.ack is None:
            return _error(400, "The message cannot be read; its bytes are kept.", answer.incident)
        return Response(answer.ack, media_type=MEDIA_TYPE)


def _error(status: int, sentence: str, incident: str | None = None) -> JSONResponse:
    body = {"error": sentence} if incident is None else {"error": sentence, "incident": incident}
    return JSONResponse(body, status_code=status)
