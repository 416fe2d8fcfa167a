"""The parent's side of worker processes: starts them, restarts them, hands verbs to the right one.

The parent binds the UDP sockets and keeps them, so what arrives while a worker is being restarted
waits in the kernel, and the spread of cars over workers never changes in between. A worker lives
exactly as long as the line to its parent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opensos.apps.centre.desk import UnknownIncidentError
from opensos.apps.centre.legs import tls_contexts
from opensos.apps.centre.settings import settings_to_json
from opensos.edges.net import bound_socket
from opensos.protocols.effects import Address, OpenSosError, RoadError, UserError
from opensos.rules.incident import Change, Event, Related

if TYPE_CHECKING:
    from opensos.apps.centre.feed import Feed
    from opensos.apps.centre.settings import CentreSettings

log = logging.getLogger(__name__)

LONGEST_LINE = 16 * 1024 * 1024
_START_S = 30.0
_ANSWER_S = 10.0
_REST_S = 0.5
_REMEMBERED = 200_000
"""Incidents whose worker is known; a verb for an older one goes to the first worker."""

_KINDS: dict[str, type[OpenSosError]] = {
    "unknown": UnknownIncidentError,
    "user": UserError,
    "road": RoadError,
}


@dataclass(slots=True)
class _Worker:
    index: int
    sockets: list[socket.socket]
    addresses: list[Address]
    writer: asyncio.StreamWriter | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: str | None = None


class Workers:
    """All workers of one centre."""

    def __init__(self, settings: CentreSettings, feed: Feed) -> None:
        self._settings = settings
        self._feed = feed
        self._workers: list[_Worker] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._owners: dict[str, int] = {}
        self._asked: dict[int, asyncio.Future[None]] = {}
        self._count = 0
        self._stopping = False

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where calls arrive; workers that share a port name it once."""
        return tuple(dict.fromkeys(a for w in self._workers for a in w.addresses))

    @property
    def trouble(self) -> str | None:
        """What the first worker in trouble says; None while all is well."""
        down = [w for w in self._workers if not w.ready.is_set()]
        if down:
            return f"Worker {down[0].index} is being restarted."
        return next((w.trouble for w in self._workers if w.trouble), None)

    async def start(self) -> None:
        """Bind the sockets and start every worker.

        Raises RoadError if a port is taken or a worker does not come up, UserError if the
        certificate cannot be used.
        """
        if self._settings.tls is not None:
            tls_contexts(self._settings.tls)  # said here at once, not by a worker that never starts
        for index in range(self._settings.workers):
            self._workers.append(self._bind(index))
        for worker in self._workers:
            self._tasks.append(asyncio.get_running_loop().create_task(self._keep_running(worker)))
        for worker in self._workers:
            try:
                async with asyncio.timeout(_START_S):
                    await worker.ready.wait()
            except TimeoutError as error:
                raise RoadError(
                    f"Worker {worker.index} did not start; see its messages."
                ) from error

    async def stop(self) -> None:
        """End every worker; each first writes down what it has."""
        self._stopping = True
        for worker in self._workers:
            if worker.writer is not None:
                worker.writer.close()
        _, late = await asyncio.wait(self._tasks, timeout=10.0) if self._tasks else ((), ())
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in self._workers:
            for sock in worker.sockets:
                sock.close()

    async def act(self, verb: str, incident_id: str) -> None:
        """Have the worker that holds the incident do it. Raises UserError, RoadError."""
        await self._order(incident_id, {"do": verb})

    async def relate(self, incident_id: str, other: Related) -> None:
        """Have the worker that holds the incident name the other one. Raises as ``act``."""
        await self._order(incident_id, {"other": other.to_json()})

    async def _order(self, incident_id: str, order: dict[str, Any]) -> None:
        worker = self._workers[self._owners.get(incident_id, 0) % len(self._workers)]
        if worker.writer is None or not worker.ready.is_set():
            raise RoadError("The process that holds this call is being restarted; try again.")
        self._count += 1
        number = self._count
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        line = json.dumps({**order, "id": incident_id, "n": number})
        worker.writer.write(line.encode() + b"\n")
        try:
            async with asyncio.timeout(_ANSWER_S):
                await answer
        except TimeoutError as error:
            raise RoadError("The process that holds this call does not answer.") from error
        finally:
            self._asked.pop(number, None)

    def _bind(self, index: int) -> _Worker:
        worker = _Worker(index, [], [])
        for place, wanted in enumerate(self._settings.sip):
            shared = not self._settings.worker_ports
            address = wanted
            if shared and index:
                address = self._workers[0].addresses[place]
            elif wanted.port and not shared:
                address = wanted._replace(port=wanted.port + index)
            if address.transport == "udp":
                sock = bound_socket(address.host, address.port, reuse_port=shared)
                worker.sockets.append(sock)
                address = address._replace(port=sock.getsockname()[1])
            elif not address.port:
                raise UserError("TCP and TLS need a port number where there are workers.")
            worker.addresses.append(address)
        return worker

    async def _keep_running(self, worker: _Worker) -> None:
        while not self._stopping:
            await self._run(worker)
            worker.ready.clear()
            worker.writer = None
            if not self._stopping:
                log.error("Worker %d ended and is restarted; its calls can be called back.",
                          worker.index)  # fmt: skip
                await asyncio.sleep(_REST_S)

    async def _run(self, worker: _Worker) -> None:
        ours, theirs = socket.socketpair()
        handed = [theirs.fileno(), *(s.fileno() for s in worker.sockets)]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "opensos.apps.centre.worker", str(theirs.fileno()),
            pass_fds=handed, stdin=asyncio.subprocess.DEVNULL, env=dict(os.environ),
        )  # fmt: skip
        theirs.close()
        reader, worker.writer = await asyncio.open_connection(sock=ours, limit=LONGEST_LINE)
        order = {
            "settings": settings_to_json(self._settings),
            "index": worker.index,
            "addresses": [list(a) for a in worker.addresses],
            "sockets": [s.fileno() for s in worker.sockets],
        }
        worker.writer.write(json.dumps(order).encode() + b"\n")
        try:
            while line := await reader.readline():
                self._heard(worker, json.loads(line))
        except (OSError, ValueError) as error:
            log.error("Worker %d: %s", worker.index, error)  # noqa: TRY400  # the sentence says it all
        finally:
            worker.writer.close()
            with contextlib.suppress(ProcessLookupError):
                if process.returncode is None and not self._stopping:
                    process.kill()
            await process.wait()

    def _heard(self, worker: _Worker, said: dict[str, Any]) -> None:
        match said:
            case {"event": fields}:
                event = Event(*fields)
                self._own(event.incident_id, worker.index)
                self._feed.publish(event)
            case {"unsaved": fields}:
                self._own(fields["incident_id"], worker.index)
                self._feed.publish_unsaved(Change(**fields))
            case {"done": number, "error": error, "kind": kind}:
                answer = self._asked.get(number)
                if answer is None or answer.done():
                    return
                if error is None:
                    answer.set_result(None)
                else:
                    answer.set_exception(_KINDS.get(kind, UserError)(error))
            case {"ready": True}:
                worker.ready.set()
            case {"trouble": trouble}:
                worker.trouble = trouble

    def _own(self, incident_id: str, index: int) -> None:
        owners = self._owners
        owners.pop(incident_id, None)
        owners[incident_id] = index
        if len(owners) > _REMEMBERED:
            del owners[next(iter(owners))]
