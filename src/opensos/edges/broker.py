"""An MQTT broker of our own: amqtt as a supervised child process on loopback.

For one machine and up to about a thousand cars; more, and other machines, want Mosquitto. It is a
process of its own so that its work does not delay a call, and so that its death is only a restart.

The child is this same file: ``python -m opensos.edges.broker PORT``. It ends when its standard
input ends, so that it never outlives us.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import os
import socket
import sys

from opensos.protocols.effects import RoadError, UserError

log = logging.getLogger(__name__)

_HOST = "127.0.0.1"
_START_S = 20.0
_REST_S = 0.5
_LOOK_S = 0.05


class BrokerChild:
    """Runs the broker from ``start`` to ``close`` and restarts it when it ends."""

    def __init__(self, port: int) -> None:
        """Choose a port; 0 takes a free one. Raises UserError if amqtt is not installed."""
        if importlib.util.find_spec("amqtt") is None:
            raise UserError("An embedded broker needs amqtt: pip install 'opensos[broker]'.")
        self.port = port or _free_port()
        self.process: asyncio.subprocess.Process | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"mqtt://{_HOST}:{self.port}"

    async def start(self) -> None:
        """Return when it can be connected to. Raises RoadError."""
        if await _answers(self.port):
            raise RoadError(
                f"Port {self.port} is used already; choose another: --broker embedded:PORT."
            )
        self._running = asyncio.get_running_loop().create_task(self._keep_running())
        try:
            async with asyncio.timeout(_START_S):
                while not await _answers(self.port):  # noqa: ASYNC110  # another process's doing
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError as error:
            await self.close()
            raise RoadError("The embedded broker did not start; see its messages.") from error

    async def close(self) -> None:
        """End it."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None

    async def _keep_running(self) -> None:
        while True:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "opensos.edges.broker", str(self.port)),
                stdin=asyncio.subprocess.PIPE,
                env=dict(os.environ),
            )
            self.process = process
            try:
                await process.wait()
            finally:
                with contextlib.suppress(ProcessLookupError):
                    if process.returncode is None:
                        process.kill()
                await process.wait()
                if process.stdin is not None:
                    process.stdin.close()
            log.error("The embedded broker ended and is restarted.")
            await asyncio.sleep(_REST_S)


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(_HOST, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as sock:
        return int(sock.getsockname()[1])


async def _serve(port: int) -> None:
    from amqtt.broker import Broker  # noqa: PLC0415  # only the child carries it

    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{_HOST}:{port}"}},
            "plugins": {
                "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
            },
        }
    )
    await broker.start()
    await asyncio.to_thread(sys.stdin.buffer.read)  # until our parent is gone
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1.0):
            await broker.shutdown()


def main() -> None:
    """Be the child."""
    import signal  # noqa: PLC0415  # only the child needs it

    logging.basicConfig(level=logging.CRITICAL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # our parent decides when we end
    asyncio.run(_serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
