"""Server-sent events (HTML Living Standard §9.2): text streams that browsers reopen themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HEARTBEAT_S = 15.0
"""After so long a silence a comment is sent: proxies keep the stream, and we notice its end."""

HEARTBEAT = b": still here\n\n"


def sse_event(event: str, data: str, event_id: int | str | None = None) -> bytes:
    """Write one event. ``data`` is one line (JSON text)."""
    head = "" if event_id is None else f"id: {event_id}\n"
    return f"{head}event: {event}\ndata: {data}\n\n".encode()


def sse_response(chunks: AsyncIterator[bytes]) -> StreamingResponse:
    """Answer with a stream; the iterator is closed when the browser goes away."""
    return StreamingResponse(
        chunks,
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )
