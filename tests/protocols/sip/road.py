"""A pretend road: two endpoints, a fake clock, and a network that loses, doubles and shuffles."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, TypeVar

from opensos.protocols.effects import Address, Effect, Send, Tell, WakeAt
from opensos.protocols.sip.endpoint import Endpoint
from opensos.protocols.sip.events import (
    IncomingInvite,
    InfoArrived,
    ReinviteArrived,
    UpdateArrived,
)
from opensos.protocols.sip.profile import Profile
from opensos.protocols.sip.tokens import Tokens
from opensos.protocols.sip.uac import InviteOrder

if TYPE_CHECKING:
    from collections.abc import Callable

E = TypeVar("E")

CAR = Address("udp", "192.0.2.1", 5060)
CENTRE = Address("udp", "192.0.2.2", 5060)
PACKAGE = "EmergencyCallData.eCall.MSD"
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0\r\n"
)


def profile(contact: Address, **changes: object) -> Profile:
    settings: dict[str, object] = {"recv_info": (PACKAGE,), "user_agent": "Road"}
    return Profile(contact, **(settings | changes))  # type: ignore[arg-type]  # keywords of Profile


def order(to: Address = CENTRE, **changes: object) -> InviteOrder:
    urn = "urn:service:sos.ecall.manual"
    settings: dict[str, object] = {"content_type": "application/sdp", "body": SDP}
    return InviteOrder(urn, urn, to, **(settings | changes))  # type: ignore[arg-type]  # as above


@dataclass
class Faults:
    """What the network does to each datagram; all chances between 0 and 1, delays in seconds."""

    loss: float = 0.0
    double: float = 0.0
    delay: float = 0.01
    jitter: float = 0.0


@dataclass
class Side:
    """One endpoint with what it told and when it wants to be woken."""

    address: Address
    endpoint: Endpoint
    told: list[object] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)
    wake_at: float | None = None
    react: Callable[[object], list[Effect] | None] | None = None

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.told if isinstance(event, kind)]

    def one(self, kind: type[E]) -> E:
        found = self.all(kind)
        assert len(found) == 1, f"{kind.__name__} told {len(found)} times: {self.told}"
        return found[0]

    def starts(self) -> list[str]:
        return [data.split(b"\r\n", 1)[0].decode() for data in self.sent]


class Road:
    """Two sides and the network between them; `run` plays until nothing is left or time is up."""

    def __init__(
        self,
        faults: Faults | None = None,
        seed: int = 1,
        car: Profile | None = None,
        centre: Profile | None = None,
    ) -> None:
        self.now = 1000.0
        self.faults = faults or Faults()
        self.random = random.Random(seed)
        self.cut = False
        near, far = car or profile(CAR), centre or profile(CENTRE)
        self.car = Side(near.contact, Endpoint(near, Tokens(b"car %d" % seed)))
        self.centre = Side(far.contact, Endpoint(far, Tokens(b"centre %d" % seed)))
        self._wire: list[tuple[float, int, Address, Address, bytes]] = []
        self._count = 0
        self.drop: Callable[[bytes], bool] = lambda _: False

    def do(self, side: Side, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                side.sent.append(effect.data)
                side.sent_at.append(self.now)
                self._carry(effect.data, side.address, effect.to)
            elif isinstance(effect, WakeAt):
                side.wake_at = effect.when
            elif isinstance(effect, Tell):
                side.told.append(effect.event)
                if side.react is not None:
                    more = side.react(effect.event)
                    if more:
                        self.do(side, more)

    def _carry(self, data: bytes, source: Address, to: Address) -> None:
        dice, faults = self.random, self.faults
        if self.cut or self.drop(data):
            return
        for _ in range(2 if dice.random() < faults.double else 1):
            if dice.random() >= faults.loss:
                self._count += 1
                when = self.now + faults.delay + dice.random() * faults.jitter
                heappush(self._wire, (when, self._count, source, to, data))

    def _next(self) -> float | None:
        times = [side.wake_at for side in (self.car, self.centre) if side.wake_at is not None]
        if self._wire:
            times.append(self._wire[0][0])
        return min(times) if times else None

    def step(self, until: float) -> bool:
        when = self._next()
        if when is None or when > until:
            return False
        self.now = max(self.now, when)
        if self._wire and self._wire[0][0] <= self.now:
            _, _, source, to, data = heappop(self._wire)
            for side in (self.car, self.centre):
                if side.address == to:
                    self.do(side, side.endpoint.receive(data, source, self.now))
            return True
        for side in (self.car, self.centre):
            if side.wake_at is not None and side.wake_at <= self.now:
                side.wake_at = None
                self.do(side, side.endpoint.wake(self.now))
        return True

    def run(self, seconds: float = 1.0) -> None:
        """Play this many seconds."""
        until = self.now + seconds
        for _ in range(100_000):
            if not self.step(until):
                self.now = until
                return
        raise AssertionError("The road never comes to rest.")

    def settle(self) -> None:
        """Play until every timer has run out; both sides must then be empty."""
        self.run(200.0)
        assert self.car.endpoint.is_empty()
        assert self.centre.endpoint.is_empty()

    def answer_calls(self) -> None:
        """Let the centre answer every call and confirm every request at once."""

        def react(event: object) -> list[Effect] | None:
            endpoint = self.centre.endpoint
            if isinstance(event, IncomingInvite):
                return endpoint.answer(event.call, self.now, "application/sdp", SDP)
            if isinstance(event, InfoArrived):
                return endpoint.reply(event.token, self.now)
            if isinstance(event, (ReinviteArrived, UpdateArrived)):
                return endpoint.reply(
                    event.token, self.now, 200, (), content_type="application/sdp", body=SDP
                )
            return None

        self.centre.react = react

    def dial(self, **changes: object) -> str:
        """Let the car call the centre; returns its handle."""
        call, effects = self.car.endpoint.invite(order(self.centre.address, **changes), self.now)
        self.do(self.car, effects)
        return call

    def connected(self) -> tuple[str, str]:
        """Make a call stand; returns the handles of both sides."""
        self.answer_calls()
        call = self.dial()
        self.run(1.0)
        return call, self.centre.one(IncomingInvite).call
