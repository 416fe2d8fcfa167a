"""The one place that carries out what the pure machines ask for.

A pump owns one machine and the roads it may use. Bytes from a road go into ``receive``, the
machine's effects come out and are done in order: ``Send`` to the road of that transport,
``WakeAt`` to the event loop's timer, ``Tell`` to the floor above.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from opensos.edges.in_turn import InTurn
from opensos.protocols.effects import Address, Effect, Send, Tell, WakeAt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opensos.ports import Clock


class Machine(Protocol):
    """What a pump can run: the three ways in which the world reaches a machine."""

    def receive(self, data: bytes, source: Address, now: float) -> list[Effect]:
        """Take in one message."""
        ...

    def wake(self, now: float) -> list[Effect]:
        """Do what has become due."""
        ...

    def road_failed(self, to: Address, now: float) -> list[Effect]:
        """Learn that bytes for this address could not be delivered."""
        ...


class Road(Protocol):
    """One transport: carries whole messages to addresses of its kind."""

    def send(self, data: bytes, to: Address) -> None:
        """Send one message; a failure is reported to the receiver, never raised."""
        ...

    async def close(self) -> None:
        """Give every socket back."""
        ...


class Receiver(Protocol):
    """Who a road reports to; a pump is one."""

    def received(self, data: bytes, source: Address) -> None:
        """Take one whole message."""
        ...

    def failed(self, to: Address) -> None:
        """Take the news that this address cannot be reached."""
        ...


class Pump:
    """Runs one machine on the current event loop.

    Effects are queued and done one at a time, so a ``tell`` callback may call the machine's verbs
    and hand the new effects to ``do``: they follow those that are already waiting.
    """

    def __init__(self, machine: Machine, clock: Clock, tell: Callable[[object], None]) -> None:
        self._machine = machine
        self._clock = clock
        self._tell = tell
        self._roads: dict[str, Road] = {}
        self._in_turn = InTurn(self._carry_out)
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self.dead = False
        """The roads lose everything, both ways: a pretend radio gone silent."""

    def add_road(self, transport: str, road: Road) -> None:
        """Let ``Send`` effects for ``transport`` (udp, tcp, tls) travel on this road."""
        self._roads[transport] = road

    def now(self) -> float:
        """Return the time that the machine lives in."""
        return self._clock.now()

    def received(self, data: bytes, source: Address) -> None:
        """Give the machine one message from a road."""
        if not (self._closed or self.dead):
            self.do(self._machine.receive(data, source, self._clock.now()))

    def failed(self, to: Address) -> None:
        """Tell the machine that an address cannot be reached."""
        if not self._closed:
            self.do(self._machine.road_failed(to, self._clock.now()))

    def do(self, effects: Iterable[Effect]) -> None:
        """Carry out effects in order; from within a ``tell`` they wait for their turn."""
        self._in_turn(effects)

    async def close(self) -> None:
        """Stop the timer and close every road; later effects are dropped."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for road in self._roads.values():
            await road.close()

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send(data, to):
                road = self._roads.get(to.transport)
                if self.dead:
                    return
                if road is None:  # as unreachable as a peer that does not listen
                    asyncio.get_running_loop().call_soon(self.failed, to)
                else:
                    road.send(data, to)
            case Tell(event):
                self._tell(event)
            case WakeAt(when):
                self._wake_at(when)

    def _wake_at(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._closed:
            return
        delay = max(0.0, when - self._clock.now())
        self._timer = asyncio.get_running_loop().call_later(delay, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self.do(self._machine.wake(self._clock.now()))
