"""Reliable provisional answers (RFC 3262), both sides."""

from __future__ import annotations

import pytest

from opensos.protocols.effects import LocalError
from opensos.protocols.sip.events import Ended, Progress, ProgressAcknowledged, Why
from tests.protocols.sip.peer import (
    PEER,
    Watch,
    read_request,
    read_response,
    reply_to,
    request,
    start_line,
    tag_of,
)
from tests.protocols.sip.road import CAR, order, profile

SUPPORTED = ("Supported: 100rel",)


def ring(
    watch: Watch, call: str, status: int = 180, body: bytes = b"", *, reliable: bool = False
) -> list[bytes]:
    kind = "application/sdp" if body else None
    effects = watch.endpoint.ring(
        call, watch.now, status, content_type=kind, body=body, reliable=reliable
    )
    return [sent.data for sent in watch.do(effects)]


def prack(answer: bytes, cseq: int, *, rack: str = "", branch: str = "z9hG4bKp") -> bytes:
    response = read_response(answer)
    rack = rack or f"{response.headers.get('rseq')} 1 INVITE"
    return request(
        "PRACK",
        to_tag=tag_of(response),
        cseq=cseq,
        branch=f"{branch}{cseq}",
        lines=(f"RAck: {rack}",),
    )


def test_a_reliable_answer_is_repeated_doubling_without_cap_until_its_prack() -> None:
    watch = Watch()
    call = watch.call(request(lines=SUPPORTED))
    first = ring(watch, call, reliable=True)[0]
    assert "100rel" in (read_response(first).headers.get("require") or "")
    times, begin = [], watch.now
    for _ in range(5):
        assert watch.wake_at is not None
        watch.now, watch.wake_at = watch.wake_at, None
        assert [s.data for s in watch.do(watch.endpoint.wake(watch.now))] == [first]
        times.append(watch.now - begin)
    assert times == [0.5, 1.5, 3.5, 7.5, 15.5]
    assert [a.status for a in watch.answers(prack(first, 2))] == [200]
    assert watch.one(ProgressAcknowledged).call == call
    count = len(watch.sent)
    watch.pass_time(30.0)
    assert len(watch.sent) == count


def test_without_prack_the_call_is_refused_with_504() -> None:
    watch = Watch()
    call = watch.call(request(lines=SUPPORTED))
    ring(watch, call, reliable=True)
    watch.pass_time(32.0)
    assert watch.one(Ended) == Ended(call, Why.NO_PRACK)
    assert watch.last() == "SIP/2.0 504 Server Time-out"


def test_a_prack_that_fits_nothing_gets_481_and_a_broken_one_400() -> None:
    watch = Watch()
    call = watch.call(request(lines=SUPPORTED))
    first = ring(watch, call, reliable=True)[0]
    assert [a.status for a in watch.answers(prack(first, 2, rack="1 1 INVITE"))] == [481]
    assert [a.status for a in watch.answers(prack(first, 3, rack="x"))] == [400]
    assert [a.status for a in watch.answers(prack(first, 4))] == [200]
    assert [a.status for a in watch.answers(prack(first, 5))] == [481]


def test_the_next_answer_waits_for_the_prack_and_counts_one_up() -> None:
    watch = Watch()
    call = watch.call(request(lines=SUPPORTED))
    first = ring(watch, call, reliable=True)[0]
    assert ring(watch, call, 182, reliable=True) == []
    sent = watch.receive(prack(first, 2))
    second = read_response(sent[1].data)
    assert second.status == 182
    first_rseq = int(read_response(first).headers.get("rseq") or 0)
    assert second.headers.get("rseq") == str(first_rseq + 1)
    for _ in range(8):
        ring(watch, call, 182, reliable=True)
    with pytest.raises(LocalError):
        ring(watch, call, 182, reliable=True)


def test_a_2xx_waits_for_the_prack_of_a_session_description() -> None:
    watch = Watch()
    call = watch.call(request(lines=SUPPORTED))
    first = ring(watch, call, 183, b"v=0\r\n", reliable=True)[0]
    assert watch.do(watch.endpoint.answer(call, watch.now, None, b"")) == []
    with pytest.raises(LocalError):
        watch.endpoint.answer(call, watch.now, None, b"")
    sent = watch.receive(prack(first, 2))
    assert [start_line(s.data) for s in sent] == ["SIP/2.0 200 OK", "SIP/2.0 200 OK"]


def test_a_2xx_does_not_wait_otherwise_and_a_late_prack_is_still_answered() -> None:
    watch = Watch()
    call = watch.call(request(lines=SUPPORTED))
    first = ring(watch, call, reliable=True)[0]
    assert watch.do(watch.endpoint.answer(call, watch.now, None, b""))
    assert [a.status for a in watch.answers(prack(first, 2))] == [200]
    assert watch.all(ProgressAcknowledged) == []


def test_a_caller_that_requires_it_gets_every_answer_reliably() -> None:
    watch = Watch()
    call = watch.call(request(lines=("Require: 100rel",)))
    assert b"RSeq: " in ring(watch, call)[0]


def dial(watch: Watch) -> bytes:
    _, effects = watch.endpoint.invite(order(PEER), watch.now)
    return watch.do(effects)[0].data


def test_a_caller_acknowledges_each_new_answer_in_order_and_once() -> None:
    watch = Watch(profile(CAR))
    invite = dial(watch)
    lines = ("Require: 100rel", "Contact: <sip:p@192.0.2.7:5071>")
    first = reply_to(invite, 183, lines=(*lines, "RSeq: 7"))
    sent = read_request(watch.receive(first)[0].data)
    assert (sent.method, sent.headers.get("rack")) == ("PRACK", "7 1 INVITE")
    assert sent.headers.get("cseq") == "2 PRACK"
    assert watch.receive(first) == []
    assert watch.receive(reply_to(invite, 183, lines=(*lines, "RSeq: 9"))) == []
    assert watch.receive(reply_to(invite, 183, lines=(*lines, "RSeq: x"))) == []
    assert len(watch.receive(reply_to(invite, 180, lines=(*lines, "RSeq: 8")))) == 1
    assert [event.response.status for event in watch.all(Progress)] == [183, 180]
    ack = read_request(watch.receive(reply_to(invite, 200, lines=lines[1:]))[0].data)
    assert ack.headers.get("cseq") == "1 ACK"


def test_100_is_never_acknowledged() -> None:
    watch = Watch(profile(CAR))
    assert watch.receive(reply_to(dial(watch), 100, lines=("Require: 100rel", "RSeq: 1"))) == []


def test_each_early_dialog_counts_for_itself() -> None:
    watch = Watch(profile(CAR))
    invite = dial(watch)
    lines = ("Require: 100rel", "RSeq: 5")
    for tag in ("one", "two"):
        assert len(watch.receive(reply_to(invite, 180, tag=tag, lines=lines))) == 1
    assert len(watch.all(Progress)) == 2
