"""Two machines, a pretend road between them that may lose or repeat, and a clock of its own."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from opensos.protocols.effects import Address, Effect, Send, Tell, WakeAt
from opensos.protocols.ngecall import AUTOMATIC, EcallCar, EcallCentre, EcallOrder, Settings
from opensos.protocols.sip.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable

CAR = Address("udp", "192.0.2.1", 5061)
CENTRE = Address("udp", "192.0.2.2", 5060)
MSD = bytes(range(256)) + b"\r\n--not-a-boundary\r\n\0"
PIDF = b'<?xml version="1.0"?><presence/>'
EventT = TypeVar("EventT")


@dataclass
class End:
    """One machine on the road."""

    machine: EcallCar | EcallCentre
    address: Address
    heard: list[object] = field(default_factory=list)
    wake_at: float | None = None


class World:
    """Carries datagrams with 10 ms delay; ``keep`` decides which ones arrive."""

    def __init__(self, *, loss: float = 0.0, seed: int = 1) -> None:
        self.now = 0.0
        self.random = random.Random(seed)
        self.loss = loss
        self.keep: Callable[[bytes], bool] = lambda _: True
        self.copies = 1
        self.sent: list[bytes] = []
        self.car = EcallCar(Settings(CAR, "car", "Car"), Tokens(b"car" + bytes([seed % 256])))
        self.centre = EcallCentre(Settings(CENTRE, "psap", "Centre"), Tokens(b"centre"))
        self.ends = {CAR: End(self.car, CAR), CENTRE: End(self.centre, CENTRE)}
        self._road: list[tuple[float, int, Address, Address, bytes]] = []
        self._count = 0
        self.on_event: Callable[[World, Address, object], None] = lambda *_: None

    # --- effects --------------------------------------------------------------------------------

    def at_car(self, effects: list[Effect]) -> None:
        self.do(CAR, effects)

    def at_centre(self, effects: list[Effect]) -> None:
        self.do(CENTRE, effects)

    def do(self, where: Address, effects: list[Effect]) -> None:
        end = self.ends[where]
        for effect in effects:
            match effect:
                case Send(data, to):
                    self._send(data, where, to)
                case WakeAt(when):
                    end.wake_at = when
        for effect in effects:
            if isinstance(effect, Tell):
                end.heard.append(effect.event)
                self.on_event(self, where, effect.event)

    def _send(self, data: bytes, source: Address, to: Address) -> None:
        self.sent.append(data)
        for _ in range(self.copies):
            if self.random.random() < self.loss or not self.keep(data):
                continue
            self._count += 1
            heapq.heappush(self._road, (self.now + 0.01, self._count, source, to, data))

    def inject(self, data: bytes, source: Address, to: Address) -> None:
        """Put a message of a stranger on the road."""
        self._count += 1
        heapq.heappush(self._road, (self.now + 0.01, self._count, source, to, data))

    # --- time -----------------------------------------------------------------------------------

    def run(self, seconds: float = 1.0) -> None:
        """Let so much time pass."""
        until = self.now + seconds
        while (due := self._next()) is not None and due <= until:
            self.now = max(self.now, due)
            self._step()
        self.now = until

    def _next(self) -> float | None:
        times = [end.wake_at for end in self.ends.values() if end.wake_at is not None]
        if self._road:
            times.append(self._road[0][0])
        return min(times) if times else None

    def _step(self) -> None:
        if self._road and self._road[0][0] <= self.now:
            _, _, source, to, data = heapq.heappop(self._road)
            if to in self.ends:
                self.do(to, self.ends[to].machine.receive(data, source, self.now))
            return
        for end in self.ends.values():
            if end.wake_at is not None and end.wake_at <= self.now:
                end.wake_at = None
                self.do(end.address, end.machine.wake(self.now))

    # --- asking ---------------------------------------------------------------------------------

    def heard(self, where: Address, kind: type[EventT]) -> list[EventT]:
        return [event for event in self.ends[where].heard if isinstance(event, kind)]

    def one(self, where: Address, kind: type[EventT]) -> EventT:
        found = self.heard(where, kind)
        assert len(found) == 1, (kind, self.ends[where].heard)
        return found[0]

    def order(self, urn: str = AUTOMATIC, **more: object) -> EcallOrder:
        given = {"msd": MSD, "location": PIDF, **more}
        return EcallOrder(urn, CENTRE, **given)  # type: ignore[arg-type]  # a test's shorthand

    def dial(self, urn: str = AUTOMATIC, **more: object) -> str:
        call, effects = self.car.dial(self.order(urn, **more), self.now)
        self.at_car(effects)
        return call
