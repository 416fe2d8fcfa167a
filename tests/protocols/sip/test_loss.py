"""Calls on a bad road: every one completes or fails cleanly, and nothing is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opensos.protocols.sip.events import (
    Answered,
    ByeReceived,
    Ended,
    Established,
    IncomingCancelled,
    IncomingInvite,
    InfoAnswered,
    InfoArrived,
    NeverAcknowledged,
    Refused,
    Unreadable,
    Why,
)
from tests.protocols.sip.road import PACKAGE, SDP, Faults, Road

if TYPE_CHECKING:
    from opensos.protocols.effects import Effect

ENDINGS = (Refused, IncomingCancelled, ByeReceived, Ended)


class SosCall:
    """One whole call: answer, INFO from the centre, INFO from the car, BYE from the centre."""

    def __init__(self, faults: Faults, seed: int) -> None:
        self.road = road = Road(faults, seed)
        road.centre.react = self.centre
        road.car.react = self.car
        self.outgoing = road.dial()
        road.run(400.0)

    def centre(self, event: object) -> list[Effect] | None:
        endpoint, now = self.road.centre.endpoint, self.road.now
        if isinstance(event, IncomingInvite):
            ringing = endpoint.ring(event.call, now, reliable=self.road.random.random() < 0.5)
            return ringing + endpoint.answer(event.call, now, "application/sdp", SDP)
        if isinstance(event, Established):
            return endpoint.info(event.call, now, PACKAGE, "text/plain", b"data?")
        if isinstance(event, InfoArrived):
            return endpoint.reply(event.token, now) + endpoint.bye(event.call, now)
        return None

    def car(self, event: object) -> list[Effect] | None:
        endpoint, now = self.road.car.endpoint, self.road.now
        if isinstance(event, InfoArrived):
            data = endpoint.reply(event.token, now)
            return data + endpoint.info(event.call, now, PACKAGE, "text/plain", b"data!")
        return None

    @property
    def complete(self) -> bool:
        car, centre = self.road.car, self.road.centre
        return (
            len(car.all(Answered)) == 1
            and len(centre.all(Established)) == 1
            and len(centre.all(InfoArrived)) == 1
            and bool(car.all(ByeReceived))
            and not any(answer.status != 200 for answer in car.all(InfoAnswered))
        )

    def check(self) -> None:
        for side in (self.road.car, self.road.centre):
            assert side.endpoint.is_empty()
            assert not side.all(Unreadable)
            assert len(side.all(IncomingInvite)) <= 1, "a repeated INVITE became a second call"
            known = {event.call for event in side.all(IncomingInvite)}
            if side is self.road.car:
                known = {self.outgoing}
            ended = [event.call for event in side.told if isinstance(event, ENDINGS)]
            assert sorted(ended) == sorted(known), side.told


@pytest.mark.parametrize(
    ("loss", "calls", "least"),
    [(0.0, 20, 1.0), (0.02, 100, 1.0), (0.10, 100, 1.0), (0.30, 100, 0.98)],
)
def test_calls_survive_loss(loss: float, calls: int, least: float) -> None:
    faults = Faults(loss=loss, double=loss, delay=0.02, jitter=0.2 if loss else 0.0)
    complete = 0
    for seed in range(calls):
        call = SosCall(faults, seed)
        call.check()
        complete += call.complete
    assert complete >= least * calls


def test_a_dead_road_after_the_answer_ends_both_sides() -> None:
    road = Road()
    road.answer_calls()
    road.drop = lambda data: data.startswith(b"ACK")
    road.dial()
    road.run(20.0)
    road.cut = True
    road.run(100.0)
    assert len(road.centre.all(NeverAcknowledged)) == 1
    assert road.centre.one(Ended).why is Why.NO_ACK
    assert road.centre.endpoint.is_empty()


def test_silence_is_refused_with_408_after_64_t1() -> None:
    road = Road()
    road.cut = True
    road.dial()
    road.run(31.9)
    assert road.car.told == []
    road.run(0.2)
    assert road.car.one(Refused).status == 408
    assert [round(at - 1000.0, 3) for at in road.car.sent_at] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    road.settle()
