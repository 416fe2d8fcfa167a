from __future__ import annotations

from opensos.protocols.sip.events import (
    Answered,
    ByeReceived,
    Ended,
    Established,
    IncomingInvite,
    InfoAnswered,
    InfoArrived,
    Why,
)
from tests.protocols.sip.road import PACKAGE, Road


def test_a_call_with_info_both_ways_ends_and_leaves_nothing() -> None:
    road = Road()
    ours, theirs = road.connected()
    assert road.car.one(Answered).response.status == 200
    assert road.centre.one(Established).call == theirs
    road.do(road.centre, road.centre.endpoint.info(theirs, road.now, PACKAGE, "text/plain", b"?"))
    road.run(0.1)
    asked = road.car.one(InfoArrived)
    assert (asked.call, asked.package, asked.request.body) == (ours, PACKAGE, b"?")
    road.do(road.car, road.car.endpoint.reply(asked.token, road.now))
    road.do(road.car, road.car.endpoint.info(ours, road.now, PACKAGE, "text/plain", b"!"))
    road.run(0.1)
    assert road.centre.one(InfoAnswered).status == 200
    assert road.car.one(InfoAnswered).status == 200
    assert road.centre.one(InfoArrived).request.body == b"!"
    road.do(road.centre, road.centre.endpoint.bye(theirs, road.now))
    road.run(0.1)
    assert road.car.one(ByeReceived).call == ours
    assert road.centre.one(Ended) == Ended(theirs, Why.HUNG_UP)
    assert road.centre.one(IncomingInvite).source == road.car.address
    road.settle()
