"""re-INVITE and UPDATE, both sides."""

from __future__ import annotations

import pytest

from opensos.protocols.effects import Address, LocalError
from opensos.protocols.sip.events import (
    Ended,
    NeverAcknowledged,
    ReinviteAnswered,
    ReinviteArrived,
    UpdateAnswered,
    UpdateArrived,
    Why,
)
from tests.protocols.sip.peer import Watch, read_request, reply_to, request, start_line
from tests.protocols.sip.road import CENTRE, Road, profile

SDP = "application/sdp"
ALLOW = "Allow: INVITE, UPDATE"


def established(*lines: str) -> tuple[Watch, str, str]:
    watch = Watch()
    call = watch.call(request(lines=lines or (ALLOW,)))
    return watch, call, watch.answer(call)


def change(method: str, tag: str, cseq: int = 2, body: bytes = b"v=0\r\n", *lines: str) -> bytes:
    kind = (f"Content-Type: {SDP}",) if body else ()
    return request(
        method,
        to_tag=tag,
        cseq=cseq,
        branch=f"z9hG4bK{method}{cseq}",
        lines=(*kind, *lines),
        body=body,
    )


def test_a_reinvite_is_answered_with_what_the_floor_above_replies() -> None:
    watch, call, tag = established()
    assert [a.status for a in watch.answers(change("INVITE", tag))] == [100]
    arrived = watch.one(ReinviteArrived)
    assert arrived.call == call
    sent = watch.do(
        watch.endpoint.reply(arrived.token, watch.now, content_type=SDP, body=b"v=1\r\n")
    )
    assert start_line(sent[0].data) == "SIP/2.0 200 OK"
    assert b"\r\nContact: " in sent[0].data
    watch.pass_time(0.5)
    assert watch.sent[-1] == sent[0]
    watch.receive(request("ACK", to_tag=tag, cseq=2, branch="z9hG4bKack2"))
    count = len(watch.sent)
    watch.pass_time(40.0)
    assert len(watch.sent) == count


def test_a_reinvite_that_is_never_acknowledged_ends_the_call() -> None:
    watch, call, tag = established()
    watch.receive(change("INVITE", tag))
    watch.do(watch.endpoint.reply(watch.one(ReinviteArrived).token, watch.now))
    watch.pass_time(32.0)
    assert watch.one(NeverAcknowledged).call == call
    assert watch.last().startswith("BYE")


def test_a_refused_reinvite_leaves_the_call_as_it_was() -> None:
    watch, call, tag = established()
    watch.receive(change("INVITE", tag))
    watch.do(watch.endpoint.reply(watch.one(ReinviteArrived).token, watch.now, 488))
    watch.receive(change("ACK", tag, body=b"").replace(b"z9hG4bKACK2", b"z9hG4bKINVITE2"))
    watch.pass_time(40.0)
    assert watch.do(watch.endpoint.bye(call, watch.now))


def test_a_second_reinvite_while_one_is_open_gets_500_and_when_to_try_again() -> None:
    watch, _, tag = established()
    watch.receive(change("INVITE", tag, 2))
    answer = watch.answers(change("INVITE", tag, 3))[0]
    assert answer.status == 500
    assert 0 < int(answer.headers.get("retry-after") or 0) <= 10


def test_a_reinvite_while_ours_is_open_is_glare() -> None:
    watch, call, tag = established()
    watch.do(watch.endpoint.reinvite(call, watch.now, SDP, b"v=0\r\n"))
    assert [a.status for a in watch.answers(change("INVITE", tag))] == [491]
    assert [a.status for a in watch.answers(change("UPDATE", tag, 3))] == [491]


def test_a_reinvite_before_our_answer_gets_500() -> None:
    watch = Watch()
    call = watch.call()
    tag_line = watch.do(watch.endpoint.ring(call, watch.now))[0].data
    tag = tag_line.split(b";tag=")[2].split(b"\r\n")[0].decode()
    assert [a.status for a in watch.answers(change("INVITE", tag))] == [500]


def test_a_bare_update_is_answered_at_once_and_moves_the_target() -> None:
    watch, call, tag = established()
    update = change("UPDATE", tag, 2, b"").replace(
        b"Contact: <sip:car@192.0.2.7:5070>", b"Contact: <sip:car@192.0.2.8:5099>"
    )
    assert [a.status for a in watch.answers(update)] == [200]
    assert watch.all(UpdateArrived) == []
    assert watch.do(watch.endpoint.bye(call, watch.now))[0].to == Address("udp", "192.0.2.8", 5099)


def test_an_update_with_an_offer_is_told() -> None:
    watch, _, tag = established()
    assert watch.answers(change("UPDATE", tag)) == []
    answer = watch.endpoint.reply(
        watch.one(UpdateArrived).token, watch.now, content_type=SDP, body=b"v=0"
    )
    assert start_line(watch.do(answer)[0].data) == "SIP/2.0 200 OK"


def test_our_reinvite_is_acknowledged_and_told() -> None:
    watch, call, _ = established()
    sent = watch.do(watch.endpoint.reinvite(call, watch.now, SDP, b"v=0\r\n"))
    with pytest.raises(LocalError):
        watch.endpoint.reinvite(call, watch.now, SDP, b"v=0\r\n")
    good = reply_to(sent[0].data, 200, lines=("Contact: <sip:car@192.0.2.9:5071>",))
    ack = watch.receive(good)
    assert start_line(ack[0].data).startswith("ACK sip:car@")
    assert watch.receive(good) == ack
    assert watch.one(ReinviteAnswered).status == 200
    assert watch.do(watch.endpoint.bye(call, watch.now))[0].to.host == "192.0.2.9"


@pytest.mark.parametrize(("status", "ended"), [(491, False), (488, False), (481, True)])
def test_a_refusal_of_our_reinvite(status: int, ended: bool) -> None:  # noqa: FBT001  -- a case
    watch, call, _ = established()
    sent = watch.do(watch.endpoint.reinvite(call, watch.now, SDP, b"v=0\r\n"))
    sent = watch.receive(reply_to(sent[0].data, status))
    assert watch.one(ReinviteAnswered).status == status
    assert [start_line(s.data).split()[0] for s in sent] == (["ACK", "BYE"] if ended else ["ACK"])


def test_our_update_is_sent_only_to_a_peer_that_takes_it() -> None:
    watch, call, _ = established()
    sent = watch.do(watch.endpoint.update(call, watch.now, SDP, b"v=0\r\n"))
    assert read_request(sent[0].data).method == "UPDATE"
    watch.receive(reply_to(sent[0].data, 200))
    assert watch.one(UpdateAnswered).status == 200
    assert watch.do(watch.endpoint.update(call, watch.now))
    other, handle, _ = established("Allow: INVITE")
    with pytest.raises(LocalError):
        other.endpoint.update(handle, other.now)


def test_an_update_of_the_callee_may_come_before_the_answer() -> None:
    watch = Watch()
    call = watch.call(request(lines=(ALLOW,)))
    watch.do(watch.endpoint.ring(call, watch.now))
    assert watch.do(watch.endpoint.update(call, watch.now))
    with pytest.raises(LocalError):
        watch.endpoint.reinvite(call, watch.now, SDP, b"")


def test_both_sides_may_change_the_session() -> None:
    road = Road()
    ours, theirs = road.connected()
    road.do(road.car, road.car.endpoint.reinvite(ours, road.now, SDP, b"v=0\r\n"))
    road.run(1.0)
    road.do(road.car, road.car.endpoint.update(ours, road.now, SDP, b"v=0\r\n"))
    road.run(1.0)
    assert road.car.one(ReinviteAnswered).status == 200
    assert road.car.one(UpdateAnswered).status == 200
    road.do(road.centre, road.centre.endpoint.bye(theirs, road.now))
    road.run(60.0)
    assert road.centre.one(Ended).why is Why.HUNG_UP
    road.settle()


def test_cancel_of_a_reinvite_ends_it_and_not_the_call() -> None:
    watch, call, tag = established()
    reinvite = change("INVITE", tag)
    watch.receive(reinvite)
    cancel = reinvite.replace(b"INVITE sip", b"CANCEL sip").replace(b"INVITE urn", b"CANCEL urn")
    answers = watch.answers(cancel.replace(b"2 INVITE", b"2 CANCEL"))
    assert [a.status for a in answers] == [200, 487]
    with pytest.raises(LocalError):
        watch.endpoint.reply(watch.one(ReinviteArrived).token, watch.now)
    assert watch.do(watch.endpoint.bye(call, watch.now))


def test_a_reinvite_in_a_call_that_is_ending_gets_487() -> None:
    watch, call, tag = established()
    watch.do(watch.endpoint.bye(call, watch.now))
    assert [a.status for a in watch.answers(change("INVITE", tag))] == [487]


def test_a_reply_after_our_bye_starts_nothing_anew() -> None:
    watch, call, tag = established()
    watch.receive(change("INVITE", tag, 2, b"v=0\r\n", "Session-Expires: 90"))
    bye = watch.do(watch.endpoint.bye(call, watch.now))[0].data
    watch.do(watch.endpoint.reply(watch.one(ReinviteArrived).token, watch.now))
    watch.receive(reply_to(bye, 200))
    watch.pass_time(70.0)
    assert watch.all(NeverAcknowledged) == []
    assert watch.endpoint.is_empty()


def test_a_change_with_too_short_a_session_gets_422_where_the_profile_wants_it() -> None:
    watch = Watch(profile(CENTRE, refuse_short_sessions=True))
    tag = watch.answer(watch.call())
    lines = ("Supported: timer", "Session-Expires: 60")
    answer = watch.answers(change("UPDATE", tag, 2, b"", *lines))[0]
    assert (answer.status, answer.headers.get("min-se")) == (422, "90")


def test_an_answer_to_our_change_that_comes_after_the_end_is_not_told() -> None:
    watch, call, tag = established()
    sent = watch.do(watch.endpoint.update(call, watch.now, SDP, b"v=0\r\n"))
    watch.receive(request("BYE", to_tag=tag, cseq=2, branch="z9hG4bKbye"))
    watch.receive(reply_to(sent[0].data, 200))
    assert watch.all(UpdateAnswered) == []


def test_a_final_answer_is_no_provisional_one() -> None:
    watch, _, tag = established()
    watch.receive(change("INVITE", tag))
    with pytest.raises(LocalError):
        watch.endpoint.reply(watch.one(ReinviteArrived).token, watch.now, 183)
