"""Who is asked: a pretend car, a recording, or a gateway that runs on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from opensos.edges.hsfz_asker import PORT, HsfzAsker
from opensos.edges.recording_file import read_recording
from opensos.protocols.bmw import never_automated
from opensos.protocols.effects import RemoteError, UserError
from opensos.sim.car import PretendCar
from opensos.sim.ecus.generations import CLIMATE, GENERATIONS, MOST_GATEWAY, TCU
from opensos.sim.network import CarNetwork
from opensos.sim.recorded_car import RecordedCar
from opensos.sim.recording import FUNCTIONAL, MAX_BYTES, Reply, load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
KNOWN = (0x01, 0x10, 0x12, TCU, 0x40, 0x56, 0x60, 0x61, MOST_GATEWAY, 0x63, CLIMATE)
"""Addresses that are tried where nobody can say which units a car has."""

_ASK_S = 0.05  # what a request costs of a pretend car's time
_SETTLE_S = 60


class Source(Protocol):
    """Somebody who can be asked."""

    generation: str

    def units(self) -> tuple[int, ...]:
        """Return the addresses that are worth asking."""
        ...

    def now(self) -> float:
        """Return seconds, from whatever beginning."""
        ...

    def ask(self, target: int, request: bytes) -> list[Reply]:
        """Ask one unit, or all (DF)."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class SimSource:
    """A pretend car, with faults if wanted, after a minute of ignition and a drive."""

    def __init__(self, generation: str, faults: Sequence[str], seed: int) -> None:
        if generation not in GENERATIONS:
            raise UserError(
                f"There is no generation {generation!r}: take {', '.join(GENERATIONS)}."
            )
        self.generation = generation
        self.car = PretendCar(seed=seed, family=GENERATIONS[generation].family)
        self.network = CarNetwork(self.car, generation=generation, seed=seed, act=self.car.do)
        self._now = 0.0
        self._pass(1.0)
        self.car.park(self._now)
        for fault in faults:
            self.car.inject(fault, self._now)
        self._pass(_SETTLE_S)
        self.car.ignition(self._now, on=True)
        self._pass(_SETTLE_S)
        self.car.start_engine(self._now)
        self._pass(5.0)
        self.car.drive(self._now)
        self._pass(_SETTLE_S)
        self.car.park(self._now)
        self.car.ignition(self._now, on=True)
        self._pass(_SETTLE_S)

    def units(self) -> tuple[int, ...]:
        """Return the addresses that are worth asking."""
        return self.network.units

    def now(self) -> float:
        """Return its seconds."""
        return self._now

    def ask(self, target: int, request: bytes) -> list[Reply]:
        """Ask one unit, or all."""
        self._pass(_ASK_S)
        return self.network.ask(target, request, self._now)

    def close(self) -> None:
        """Nothing to let go of."""

    def _pass(self, seconds: float) -> None:
        end = self._now + seconds
        while self._now < end:
            self._now = min(end, self._now + 1.0)
            self.network.observe(self._now)


class RecordingSource:
    """A recording; what could not be read of it is said."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        imported = load(read_recording(path, MAX_BYTES))
        for warning in imported.warnings:
            say(warning)
        self.recording = imported.recording
        self.generation = imported.recording.generation
        self._car = RecordedCar(imported.recording, speed=0.0)
        self._asked = 0

    def units(self) -> tuple[int, ...]:
        """Return the addresses that are worth asking."""
        return self._car.units

    def now(self) -> float:
        """Return its seconds."""
        return float(self._asked)

    def ask(self, target: int, request: bytes) -> list[Reply]:
        """Ask one unit, or all."""
        self._asked += 1
        return self._car.ask(target, request, self.now())

    def close(self) -> None:
        """Nothing to let go of."""


class HsfzSource:
    """A gateway on this machine, by HSFZ."""

    generation = "unknown"

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        host, port = _hsfz(url)
        self._asker = HsfzAsker(host, port)
        self._clock = clock

    def units(self) -> tuple[int, ...]:
        """Return the addresses that are worth asking."""
        return KNOWN

    def now(self) -> float:
        """Return its seconds."""
        return self._clock()

    def ask(self, target: int, request: bytes) -> list[Reply]:
        """Ask one unit, or all."""
        try:
            heard = self._asker.ask(target, request, functional=target == FUNCTIONAL)
        except RemoteError:
            return []  # a gateway refuses the address of a unit that is not built in
        return [Reply(one.source, one.data, one.after_s) for one in heard]

    def close(self) -> None:
        """Hang up."""
        self._asker.close()


def guarded(source: Source, target: int, request: bytes) -> list[Reply]:
    """Ask, but never what may only be asked by a person in a workshop.

    Raises:
        UserError: The request is on the list of those that are never sent.
    """
    why = never_automated(target, request)
    if why is not None:
        raise UserError(f"{request.hex().upper()} is never sent to {target:02X}: it {why}.")
    return source.ask(target, request)


def _hsfz(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    try:
        port = parts.port or PORT
    except ValueError:
        port = 0
    if parts.scheme != "hsfz" or not parts.hostname or not port:
        raise UserError(f"{url} is no address of a gateway: write hsfz://127.0.0.1:{PORT}.")
    if parts.hostname not in LOOPBACK:
        raise UserError(
            f"{parts.hostname} is not this machine. Only what runs here is asked by this command; "
            "a real car is the doctor's business."
        )
    return parts.hostname, port
