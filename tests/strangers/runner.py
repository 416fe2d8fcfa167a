"""Runs one of our machines on a real road, and sipp against it, both bounded in time."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from opensos.edges.clock import SystemClock
from opensos.edges.net import StreamRoad, StreamSettings, UdpRoad
from opensos.edges.pump import Pump
from opensos.protocols.effects import Address, Effect
from opensos.protocols.ngecall import EcallCar, EcallCentre, Settings
from opensos.protocols.sip import Framer
from opensos.protocols.sip.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

SCENARIOS = Path(__file__).parent / "scenarios"
SIPP = shutil.which("sipp")
needs_sipp = pytest.mark.skipif(SIPP is None, reason="sipp (Debian: sip-tester) is not installed")
HOST = "127.0.0.1"
LONGEST_S = 20.0
# Longer than a datagram's name, with every byte and what could be taken for a frame.
MSD = bytes(range(256)) + b"\0\0--stranger-not\0\xff"
EventT = TypeVar("EventT")


@dataclass
class Ours:
    """One of our machines, running."""

    machine: EcallCar | EcallCentre
    pump: Pump
    address: Address
    heard: list[object] = field(default_factory=list)
    react: Callable[[object], list[Effect]] = lambda _: []
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, event: object) -> None:
        self.heard.append(event)
        self.news.set()
        self.pump.do(self.react(event))

    def all(self, kind: type[EventT]) -> list[EventT]:
        return [event for event in self.heard if isinstance(event, kind)]

    def one(self, kind: type[EventT]) -> EventT:
        found = self.all(kind)
        assert len(found) == 1, (kind, self.heard)
        return found[0]

    async def until(self, kind: type[EventT]) -> EventT:
        """Wait for the first event of a kind."""
        async with asyncio.timeout(LONGEST_S):
            while not self.all(kind):
                self.news.clear()
                await self.news.wait()
        return self.all(kind)[0]


def free_port() -> int:
    """Return a port that nobody has on UDP nor TCP right now."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind((HOST, 0))
            port = int(udp.getsockname()[1])
            try:
                tcp.bind((HOST, port))
            except OSError:
                continue
            return port


@contextlib.asynccontextmanager
async def running(
    kind: type[EcallCar | EcallCentre], transport: str, t1: float = 0.5
) -> AsyncIterator[Ours]:
    """Run a car or a centre on a free port of this machine."""
    address = Address(transport, HOST, free_port())
    user = "car" if kind is EcallCar else "psap"
    machine = kind(Settings(address, user, t1=t1), Tokens(f"{address} of the tests".encode()))
    ours: Ours | None = None

    def tell(event: object) -> None:
        assert ours is not None
        ours.tell(event)

    pump = Pump(machine, SystemClock(), tell)
    if transport == "udp":
        pump.add_road("udp", UdpRoad.open(HOST, address.port, pump))
    else:
        road = StreamRoad(StreamSettings(Framer), pump)
        await road.listen(HOST, address.port)
        pump.add_road("tcp", road)
    ours = Ours(machine, pump, address)
    try:
        yield ours
    finally:
        await pump.close()


class Sipp:
    """One run of sipp with one of our scenarios."""

    def __init__(self, folder: Path, transport: str) -> None:
        self.folder = folder
        self.address = Address(transport, HOST, free_port())
        self._process: asyncio.subprocess.Process | None = None
        (folder / "msd.bin").write_bytes(MSD)
        (folder / "place.xml").write_bytes(b"<presence/>")

    async def start(self, name: str, peer: Address | None = None, **words: str) -> None:
        """Start sipp: as caller towards ``peer``, or as callee; ``words`` replace ``@word@``."""
        text = (SCENARIOS / f"{name}.xml").read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        assert "@ack@" not in text
        (self.folder / "scenario.xml").write_text(text, encoding="utf-8")
        arguments = [
            "-sf", "scenario.xml", "-m", "1", "-i", HOST, "-p", str(self.address.port),
            "-t", "u1" if self.address.transport == "udp" else "t1",
            "-timeout", f"{LONGEST_S:.0f}s", "-timeout_error", "-recv_timeout", "8000",
            "-nostdin", "-trace_err", "-error_file", "errors.log",
            "-trace_msg", "-message_file", "messages.log", "-default_behaviors", "none",
        ]  # fmt: skip
        if peer is not None:
            arguments.append(f"{peer.host}:{peer.port}")
        assert SIPP is not None
        self._process = await asyncio.create_subprocess_exec(
            SIPP,
            *arguments,
            cwd=self.folder,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        if peer is None:
            await self._listening()

    async def finished(self) -> None:
        """Wait for the end of the scenario; it must have gone as written."""
        assert self._process is not None
        async with asyncio.timeout(LONGEST_S + 5):
            code = await self._process.wait()
        assert code == 0, f"sipp ended with {code}:\n{self._log('errors.log')}"

    def messages(self) -> str:
        return (self.folder / "messages.log").read_text(encoding="utf-8", errors="replace")

    async def stop(self) -> None:
        """End the process if it still runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def _log(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="replace")[-6000:] if path.exists() else ""

    async def _listening(self) -> None:
        kind = socket.SOCK_DGRAM if self.address.transport == "udp" else socket.SOCK_STREAM
        async with asyncio.timeout(5):
            while True:
                with socket.socket(socket.AF_INET, kind) as probe:
                    try:
                        probe.bind((HOST, self.address.port))
                    except OSError:
                        break
                await asyncio.sleep(0.02)
        if self.address.transport == "tcp":
            await asyncio.sleep(0.05)  # bound, and about to listen


def story(coroutine: Coroutine[object, object, None]) -> None:
    """Run one test's story, bounded in time."""

    async def bounded() -> None:
        async with asyncio.timeout(2 * LONGEST_S):
            await coroutine

    asyncio.run(bounded())
