"""Session timers (RFC 4028), refresher on either side."""

from __future__ import annotations

import pytest

from opensos.protocols.sip.events import Ended, Why
from tests.protocols.sip.peer import (
    Watch,
    read_request,
    read_response,
    reply_to,
    request,
    start_line,
)
from tests.protocols.sip.road import CAR, CENTRE, Road, order, profile

TIMER = "Supported: timer"


def answered(watch: Watch, *lines: str) -> tuple[str, str, str]:
    """Answer a call with these lines; returns its handle, our tag and Session-Expires."""
    call = watch.call(request(lines=lines))
    tag = watch.answer(call)
    ok = next(s.data for s in watch.sent if start_line(s.data) == "SIP/2.0 200 OK")
    return call, tag, read_response(ok).headers.get("session-expires") or ""


@pytest.mark.parametrize(
    ("lines", "ours", "agreed"),
    [
        ((TIMER, "Session-Expires: 1800"), None, "1800;refresher=uac"),
        ((TIMER, "Session-Expires: 1800;refresher=uas"), None, "1800;refresher=uas"),
        ((TIMER, "Session-Expires: 1800;refresher=uac"), None, "1800;refresher=uac"),
        (("Session-Expires: 1800",), None, "1800;refresher=uas"),
        ((TIMER, "Session-Expires: 1800"), 600, "600;refresher=uac"),
        ((TIMER, "Session-Expires: 1800", "Min-SE: 900"), 600, "900;refresher=uac"),
        ((TIMER, "Session-Expires: 300"), 600, "300;refresher=uac"),
        ((TIMER,), 600, "600;refresher=uac"),
        ((TIMER, "Min-SE: 900"), 600, "900;refresher=uac"),
        ((TIMER,), None, ""),
        (("Subject: x",), 600, ""),
        ((TIMER, "Session-Expires: 89"), None, ""),
        ((TIMER, "Session-Expires: soon"), None, ""),
    ],
)
def test_the_callee_agrees_as_table_2_says(
    lines: tuple[str, ...], ours: int | None, agreed: str
) -> None:
    watch = Watch(profile(CENTRE, session_expires=ours))
    assert answered(watch, *lines)[2] == agreed


def test_a_callee_that_refreshes_sends_update_at_half_time() -> None:
    watch = Watch()
    answered(watch, TIMER, "Session-Expires: 100;refresher=uas", "Allow: UPDATE")
    watch.pass_time(49.9)
    count = len(watch.sent)
    watch.pass_time(0.2)
    update = read_request(watch.sent[count].data)
    assert update.method == "UPDATE"
    assert update.headers.get("session-expires") == "100;refresher=uac"
    watch.receive(
        reply_to(watch.sent[count].data, 200, lines=("Session-Expires: 100;refresher=uac",))
    )
    watch.pass_time(49.0)
    assert watch.last().startswith("UPDATE")
    count = len(watch.sent)
    watch.pass_time(1.5)
    assert watch.last().startswith("UPDATE")
    assert len(watch.sent) == count + 2  # the next refresh, and one repetition


def test_a_peer_without_update_is_refreshed_by_reinvite_with_the_same_session() -> None:
    watch = Watch()
    call, _, _ = answered(watch, "Session-Expires: 100")
    watch.pass_time(50.0)
    invite = read_request(watch.sent[-1].data)
    assert (invite.method, invite.body) == ("INVITE", b"v=0\r\n")
    ack = watch.receive(reply_to(watch.sent[-1].data, 200))
    assert start_line(ack[0].data).startswith("ACK")
    watch.pass_time(49.0)
    assert watch.last().startswith("ACK")
    assert watch.endpoint.bye(call, watch.now)


def test_without_a_refresh_the_side_that_waits_hangs_up_before_the_end() -> None:
    watch = Watch()
    call, _, _ = answered(watch, TIMER, "Session-Expires: 90")
    watch.pass_time(59.9)
    assert not watch.last().startswith("BYE")
    watch.pass_time(0.2)
    assert watch.last().startswith("BYE")
    watch.pass_time(40.0)
    assert watch.one(Ended) == Ended(call, Why.SESSION_TIMER)


def test_a_refresh_of_the_peer_starts_the_time_anew() -> None:
    watch = Watch()
    _, tag, _ = answered(watch, TIMER, "Session-Expires: 90")
    watch.pass_time(50.0)
    refresh = request(
        "UPDATE",
        to_tag=tag,
        cseq=2,
        branch="z9hG4bKu",
        lines=(TIMER, "Session-Expires: 90;refresher=uac"),
    )
    answer = watch.answers(refresh)[0]
    assert answer.headers.get("session-expires") == "90;refresher=uac"
    watch.pass_time(50.0)
    assert not watch.last().startswith("BYE")
    watch.pass_time(11.0)
    assert watch.last().startswith("BYE")


def test_a_refresh_that_gets_408_or_481_ends_the_call() -> None:
    for status, why in ((408, Why.SESSION_TIMER), (481, Why.GONE)):
        watch = Watch()
        call, _, _ = answered(watch, TIMER, "Session-Expires: 200;refresher=uas", "Allow: UPDATE")
        watch.pass_time(100.0)
        bye = watch.receive(reply_to(watch.sent[-1].data, status))
        watch.receive(reply_to(bye[0].data, 200))
        assert watch.one(Ended) == Ended(call, why)


def test_a_refresh_that_gets_422_is_tried_with_the_longer_interval() -> None:
    watch = Watch()
    answered(watch, TIMER, "Session-Expires: 100;refresher=uas", "Allow: UPDATE")
    watch.pass_time(50.0)
    watch.receive(reply_to(watch.sent[-1].data, 422, lines=("Min-SE: 300",)))
    watch.pass_time(0.6)
    second = read_request(watch.sent[-1].data)
    assert second.headers.get("session-expires") == "300;refresher=uac"
    assert second.headers.get("min-se") == "300"


def test_a_refresh_that_fails_otherwise_is_tried_again_until_the_end() -> None:
    watch = Watch()
    call, _, _ = answered(watch, TIMER, "Session-Expires: 100;refresher=uas", "Allow: UPDATE")
    watch.pass_time(50.0)
    for _ in range(10):
        watch.receive(reply_to(watch.sent[-1].data, 500))
        watch.pass_time(4.0)
    assert watch.last().startswith("UPDATE")
    watch.receive(reply_to(watch.sent[-1].data, 500))
    watch.pass_time(100.0)
    assert watch.one(Ended) == Ended(call, Why.SESSION_TIMER)


def test_422_only_if_the_profile_wants_it() -> None:
    lines = (TIMER, "Session-Expires: 100")
    assert [a.status for a in Watch().answers(request(lines=lines))] == [100]
    strict = Watch(profile(CENTRE, refuse_short_sessions=True, min_se=200))
    answer = strict.answers(request(lines=lines))[0]
    assert (answer.status, answer.headers.get("min-se")) == (422, "200")
    assert [a.status for a in strict.answers(request(lines=lines[1:]))] == [100]


@pytest.mark.parametrize(
    ("lines", "method", "after"),
    [
        (("Require: timer", "Session-Expires: 100;refresher=uac"), "UPDATE", 50.0),
        (("Require: timer", "Session-Expires: 120;refresher=uas"), "BYE", 88.0),
        ((), "UPDATE", 900.0),
    ],
)
def test_the_caller_does_what_the_2xx_says(
    lines: tuple[str, ...], method: str, after: float
) -> None:
    watch = Watch(profile(CAR, session_expires=1800))
    _, effects = watch.endpoint.invite(order(), watch.now)
    invite = watch.do(effects)[0].data
    watch.receive(reply_to(invite, 200, lines=("Allow: UPDATE", *lines)))
    watch.pass_time(after - 0.1)
    assert watch.last().startswith("ACK")
    watch.pass_time(0.2)
    assert watch.last().startswith(method)


def test_a_call_with_a_timer_stands_as_long_as_the_peer_lives_and_not_longer() -> None:
    road = Road(car=profile(CAR, session_expires=90), centre=profile(CENTRE, session_expires=90))
    road.connected()
    road.run(3600.0)
    assert road.car.all(Ended) == []
    road.cut = True
    road.run(300.0)
    assert road.car.one(Ended).why is Why.SESSION_TIMER
    assert road.centre.one(Ended).why is Why.SESSION_TIMER
    road.settle()


def test_an_open_offer_delays_the_refresh() -> None:
    watch = Watch()
    call, _, _ = answered(watch, TIMER, "Session-Expires: 100;refresher=uas", "Allow: UPDATE")
    watch.pass_time(45.0)
    reinvite = watch.do(watch.endpoint.reinvite(call, watch.now, "application/sdp", b"v=0\r\n"))
    watch.receive(reply_to(reinvite[0].data, 100))
    watch.pass_time(8.0)
    assert not any(start_line(s.data).startswith("UPDATE") for s in watch.sent)
    watch.receive(reply_to(reinvite[0].data, 488))
    watch.pass_time(4.0)
    assert watch.last().startswith("UPDATE")


@pytest.mark.parametrize("lines", [("Session-Expires: 20;refresher=uas",), ("Min-SE: x",)])
def test_a_2xx_that_turns_the_timer_off_is_believed(lines: tuple[str, ...]) -> None:
    watch = Watch(profile(CAR))
    _, effects = watch.endpoint.invite(order(), watch.now)
    watch.receive(reply_to(watch.do(effects)[0].data, 200, lines=lines))
    watch.pass_time(400.0)
    assert watch.last().startswith("ACK")
