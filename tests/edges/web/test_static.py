from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from opensos.edges.web import add_static, sse_event


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/static/ui/base.css", "text/css"),
        ("/static/ui/live.js", "text/javascript"),
        ("/static/vendor/maplibre-gl/maplibre-gl.mjs", "text/javascript"),
        ("/static/ui/i18n/en.json", "application/json"),
        ("/static/ui/icon.svg", "image/svg+xml"),
    ],
)
def test_files_have_the_type_that_a_browser_insists_on(path: str, kind: str) -> None:
    async def main() -> httpx.Response:
        app = FastAPI()
        add_static(app, {})
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as web:
            return await web.get(path)

    answer = asyncio.run(main())
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)


def test_an_event_of_a_stream_ends_with_an_empty_line() -> None:
    assert sse_event("state", "{}") == b"event: state\ndata: {}\n\n"
    assert sse_event("incident", "1", 7) == b"id: 7\nevent: incident\ndata: 1\n\n"
