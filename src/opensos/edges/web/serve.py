"""Runs a web application on the event loop that the caller already has."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import uvicorn

from opensos.edges.why import why
from opensos.protocols.effects import RoadError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp

_GRACE_S = 1  # open event streams are cut after this; a browser comes back by itself


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: whoever runs the loop decides when it ends."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Bind a listening socket; port 0 takes a free one. Raises RoadError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio sets TCP_NODELAY: over TLS an answer took 44 ms without.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(1024)
    except OSError as error:
        sock.close()
        raise RoadError(
            f"Port {port} on {host} cannot be used for the web page ({why(error)}); "
            "choose another with --port or --web."
        ) from error
    return sock


async def serve(
    app: ASGIApp,
    sock: socket.socket,
    stopping: asyncio.Event,
    ready: Callable[[str], None],
    *,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serve on a listening socket until ``stopping`` is set; ``ready`` gets the URL."""
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
        limit_concurrency=4_000,
        ssl_context_factory=None if tls is None else lambda _config, _usual: tls,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    asked = asyncio.create_task(stopping.wait())
    host, port = sock.getsockname()[:2]
    scheme = "http" if tls is None else "https"
    ready(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}")
    await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    asked.cancel()
    await serving
