"""A worker process: takes calls on the sockets that its parent bound, and tells it every event.

Started by ``workers.Workers`` only: ``python -m opensos.apps.centre.worker FD``. Its one line to
the parent carries JSON lines both ways; when it breaks, the worker ends.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import sys
from dataclasses import asdict, astuple
from typing import TYPE_CHECKING, Any

from opensos.apps.centre.centre import build_exchange
from opensos.apps.centre.desk import Desk, UnknownIncidentError
from opensos.apps.centre.settings import settings_from_json
from opensos.apps.centre.tuning import tune_process
from opensos.apps.centre.workers import LONGEST_LINE
from opensos.edges.clock import SystemClock
from opensos.edges.store import open_store
from opensos.protocols.effects import Address, OpenSosError, RoadError
from opensos.rules.incident import Related

if TYPE_CHECKING:
    from opensos.rules.incident import Change, Event

_LOOK_S = 0.5


class _Uplink:
    """The feed as a worker sees it: everything goes to the parent."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def say(self, said: dict[str, Any]) -> None:
        """Send one line."""
        if not self._writer.is_closing():
            self._writer.write(json.dumps(said, separators=(",", ":")).encode() + b"\n")

    def publish(self, event: Event) -> None:
        """Tell of a committed event."""
        self.say({"event": astuple(event)})

    def publish_unsaved(self, change: Change) -> None:
        """Tell of what the store would not take."""
        self.say({"unsaved": {**asdict(change), "messages": ()}})


async def run(line: socket.socket) -> None:
    """Work until the parent is gone."""
    reader, writer = await asyncio.open_connection(sock=line, limit=LONGEST_LINE)
    order = json.loads(await reader.readline())
    settings = settings_from_json(order["settings"])
    uplink = _Uplink(writer)
    store = await asyncio.to_thread(open_store, settings.database_url)
    store.write_as(settings.name)
    index = order["index"]
    exchange, keeper = await build_exchange(
        settings,
        store,
        uplink,
        SystemClock(),
        owner=f"{settings.name}/{index}",
        spool=f"emergency-{index}.spool",
    )
    sockets = {fd: socket.socket(fileno=fd) for fd in order["sockets"]}
    await exchange.listen(
        tuple(Address(*a) for a in order["addresses"]),
        reuse_port=not settings.worker_ports,
        sockets=list(sockets.values()),
    )
    tune_process()
    desk = Desk(exchange, store)
    uplink.say({"ready": True})
    watching = asyncio.get_running_loop().create_task(_watch(keeper, uplink))
    tasks: set[asyncio.Task[None]] = set()
    while text := await reader.readline():
        task = asyncio.get_running_loop().create_task(_act(desk, uplink, json.loads(text)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    watching.cancel()
    await asyncio.gather(watching, *tasks, return_exceptions=True)
    await exchange.close()
    await keeper.close()
    await store.close()


async def _act(desk: Desk, uplink: _Uplink, order: dict[str, Any]) -> None:
    error: str | None = None
    kind = ""
    try:
        if "other" in order:
            await desk.relate(order["id"], Related(**order["other"]))
        else:
            await desk.act(order["do"], order["id"])
    except OpenSosError as refused:
        error = str(refused)
        kind = "user"
        if isinstance(refused, UnknownIncidentError):
            kind = "unknown"
        elif isinstance(refused, RoadError):
            kind = "road"
    uplink.say({"done": order["n"], "error": error, "kind": kind})


async def _watch(keeper: Any, uplink: _Uplink) -> None:
    said: str | None = None
    while True:
        await asyncio.sleep(_LOOK_S)
        if keeper.trouble != said:
            said = keeper.trouble
            uplink.say({"trouble": said})


def main() -> None:
    """Run on the file descriptor given as the only argument."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s worker: %(message)s")
    # Ctrl-C in a terminal reaches the whole group; the parent decides when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = socket.socket(fileno=int(sys.argv[1]))
    try:
        asyncio.run(run(line))
    except OpenSosError as error:
        logging.getLogger(__name__).error("%s", error)  # noqa: TRY400  # the sentence says it all
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
