"""Being called: what a callee answers, repeats, and gives up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opensos.protocols.effects import LocalError
from opensos.protocols.sip.events import (
    ByeReceived,
    Ended,
    Established,
    IncomingCancelled,
    IncomingInvite,
    NeverAcknowledged,
    Why,
)
from tests.protocols.sip.peer import (
    PEER,
    TCP_PEER,
    Watch,
    read_response,
    request,
    start_line,
    tag_of,
)
from tests.protocols.sip.road import CENTRE, profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from opensos.protocols.effects import Address


def test_an_invite_is_told_with_100_at_once() -> None:
    watch = Watch()
    answers = watch.answers(request(lines=("Timestamp: 54",)))
    assert [answer.status for answer in answers] == [100]
    assert answers[0].headers.get("timestamp") == "54"
    assert tag_of(answers[0]) == ""
    assert watch.one(IncomingInvite).source == PEER


def test_100_can_be_left_out() -> None:
    watch = Watch(profile(CENTRE, trying=None))
    assert watch.answers(request()) == []
    assert len(watch.all(IncomingInvite)) == 1


def test_100_waits_for_an_answer_that_comes_sooner() -> None:
    watch = Watch(profile(CENTRE, trying=0.1))
    assert watch.answers(request()) == []
    watch.do(watch.endpoint.ring(watch.one(IncomingInvite).call, watch.now))
    watch.pass_time(0.2)
    assert [read_response(sent.data).status for sent in watch.sent] == [180]


def test_100_comes_when_the_answer_takes_its_time() -> None:
    watch = Watch(profile(CENTRE, trying=0.1))
    assert watch.answers(request(lines=("Timestamp: 54",))) == []
    watch.pass_time(0.2)
    [trying] = [read_response(sent.data) for sent in watch.sent]
    assert trying.status == 100
    assert trying.headers.get("timestamp") == "54"


def test_a_repeated_invite_is_one_call() -> None:
    watch = Watch()
    call = watch.call()
    assert [a.status for a in watch.answers(request())] == [100]
    watch.do(watch.endpoint.ring(call, watch.now))
    assert [a.status for a in watch.answers(request())] == [180]
    assert len(watch.all(IncomingInvite)) == 1


def test_a_merged_invite_is_a_loop_while_the_call_lives_and_new_after() -> None:
    watch = Watch()
    call = watch.call()
    assert [a.status for a in watch.answers(request(branch="z9hG4bKtwo"))] == [482]
    watch.do(watch.endpoint.refuse(call, watch.now, 486))
    watch.pass_time(40.0)
    assert [a.status for a in watch.answers(request(branch="z9hG4bKthree"))] == [100]


def test_the_200_says_what_we_can_and_copies_the_routes() -> None:
    watch = Watch()
    lines = ("Record-Route: <sip:198.51.100.1;lr>", "Recv-Info: x", "Via: SIP/2.0/UDP p.example")
    call = watch.call(request(lines=lines))
    answer = read_response(
        watch.do(
            watch.endpoint.answer(call, watch.now, "text/plain", b"x", (("Call-Info", "<i>"),))
        )[0].data
    )
    headers = answer.headers
    assert headers.all("via")[1] == "SIP/2.0/UDP p.example"
    assert "received" not in headers.all("via")[0].replace("received=192.0.2.7", "")
    assert headers.get("record-route") == "<sip:198.51.100.1;lr>"
    assert headers.get("contact") == "<sip:opensos@192.0.2.2:5060>"
    assert headers.get("recv-info") == "EmergencyCallData.eCall.MSD"
    assert headers.get("call-info") == "<i>"
    assert {"allow", "supported", "accept", "server"} <= {
        name.lower() for name, _ in headers.items()
    }
    assert answer.body == b"x"


def test_recv_info_is_left_out_if_the_caller_does_not_know_it() -> None:
    watch = Watch()
    call = watch.call()
    sent = watch.do(watch.endpoint.answer(call, watch.now, None, b""))
    assert read_response(sent[0].data).headers.get("recv-info") is None


def test_a_header_of_the_floor_above_replaces_ours() -> None:
    watch = Watch()
    call = watch.call()
    sent = watch.do(watch.endpoint.answer(call, watch.now, None, b"", (("ACCEPT", "a/b"),)))
    assert read_response(sent[0].data).headers.all("accept") == ("a/b",)


@pytest.mark.parametrize("source", [PEER, TCP_PEER])
def test_a_200_is_repeated_from_t1_up_to_t2_on_every_transport(source: Address) -> None:
    watch = Watch()
    call = watch.call(source=source)
    begin = watch.now
    watch.do(watch.endpoint.answer(call, watch.now, None, b""))
    times: list[float] = []
    while not watch.all(NeverAcknowledged):
        count = len(watch.sent)
        assert watch.wake_at is not None
        watch.now, watch.wake_at = watch.wake_at, None
        watch.do(watch.endpoint.wake(watch.now))
        if any(start_line(s.data) == "SIP/2.0 200 OK" for s in watch.sent[count:]):
            times.append(watch.now - begin)
    assert times == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert watch.now - begin == 32.0
    assert watch.last().startswith("BYE sip:car@192.0.2.7:5070")
    watch.pass_time(64.0)
    assert watch.one(Ended) == Ended(call, Why.NO_ACK)
    watch.pass_time(64.0)
    assert watch.endpoint.is_empty()


def test_the_ack_stops_the_repetition_and_is_told_once() -> None:
    watch = Watch()
    call = watch.call()
    tag = watch.answer(call)
    watch.receive(request("ACK", to_tag=tag, branch="z9hG4bKack"))
    count = len(watch.sent)
    watch.pass_time(31.0)
    assert watch.one(Established).call == call
    assert len(watch.sent) == count


def test_an_ack_with_the_branch_of_the_invite_is_taken_too() -> None:
    watch = Watch()
    call = watch.call()
    watch.do(watch.endpoint.answer(call, watch.now, None, b""))
    tag = tag_of(read_response(watch.sent[-1].data))
    watch.receive(request("ACK", to_tag=tag))
    assert len(watch.all(Established)) == 1


def test_an_ack_with_another_number_or_tag_is_not_ours() -> None:
    watch = Watch()
    call = watch.call()
    watch.do(watch.endpoint.answer(call, watch.now, None, b""))
    tag = tag_of(read_response(watch.sent[-1].data))
    watch.receive(request("ACK", to_tag=tag, branch="z9hG4bKa", cseq=2))
    watch.receive(request("ACK", to_tag="other", branch="z9hG4bKa"))
    assert watch.all(Established) == []


def test_cancel_before_the_answer_brings_200_and_487() -> None:
    watch = Watch()
    call = watch.call()
    answers = watch.answers(request("CANCEL"))
    assert [(a.status, a.headers.get("cseq")) for a in answers] == [
        (200, "1 CANCEL"),
        (487, "1 INVITE"),
    ]
    assert tag_of(answers[0]) == tag_of(answers[1]) != ""
    assert watch.one(IncomingCancelled).call == call
    watch.receive(request("ACK", to_tag=tag_of(answers[1])))
    watch.pass_time(10.0)
    assert watch.endpoint.is_empty()


def test_cancel_after_the_answer_changes_nothing_and_a_stray_one_gets_481() -> None:
    watch = Watch()
    call = watch.call()
    watch.answer(call)
    assert [a.status for a in watch.answers(request("CANCEL"))] == [200]
    assert watch.all(IncomingCancelled) == []
    assert [a.status for a in watch.answers(request("CANCEL", branch="z9hG4bKno"))] == [481]


def test_a_refusal_carries_its_body_and_ends_the_call() -> None:
    watch = Watch()
    call = watch.call()
    effects = watch.endpoint.refuse(
        call, watch.now, 600, "Full", (("Call-Info", "<c>"),), content_type="a/b", body=b"ack"
    )
    refusal = read_response(watch.do(effects)[0].data)
    assert (refusal.status, refusal.reason, refusal.body) == (600, "Full", b"ack")
    assert watch.one(Ended) == Ended(call, Why.REFUSED)
    watch.pass_time(0.5)
    assert watch.last() == "SIP/2.0 600 Full"
    watch.receive(request("ACK", to_tag=tag_of(refusal)))
    watch.pass_time(5.0)
    assert watch.endpoint.is_empty()


def test_bye_in_an_early_dialog_ends_the_call_with_487() -> None:
    watch = Watch()
    call = watch.call()
    tag = tag_of(read_response(watch.do(watch.endpoint.ring(call, watch.now))[0].data))
    answers = watch.answers(request("BYE", to_tag=tag, branch="z9hG4bKb", cseq=2))
    assert [(a.status, a.headers.get("cseq")) for a in answers] == [
        (200, "2 BYE"),
        (487, "1 INVITE"),
    ]
    assert watch.one(ByeReceived).call == call


def test_bye_before_the_ack_is_taken_and_stops_the_repetition() -> None:
    watch = Watch()
    call = watch.call()
    watch.do(watch.endpoint.answer(call, watch.now, None, b""))
    tag = tag_of(read_response(watch.sent[-1].data))
    assert [
        a.status for a in watch.answers(request("BYE", to_tag=tag, branch="z9hG4bKb", cseq=2))
    ] == [200]
    watch.pass_time(70.0)
    assert len(watch.all(ByeReceived)) == 1
    assert watch.endpoint.is_empty()


def test_our_bye_waits_for_the_ack() -> None:
    watch = Watch()
    call = watch.call()
    watch.do(watch.endpoint.answer(call, watch.now, None, b""))
    tag = tag_of(read_response(watch.sent[-1].data))
    assert watch.do(watch.endpoint.bye(call, watch.now, (("Reason", "x"),))) == []
    sent = watch.receive(request("ACK", to_tag=tag, branch="z9hG4bKack"))
    assert start_line(sent[0].data).startswith("BYE ")
    assert b"Reason: x\r\n" in sent[0].data


def test_answers_in_the_wrong_phase_or_form_are_our_own_fault() -> None:
    watch = Watch()
    call, endpoint, now = watch.call(), watch.endpoint, watch.now
    wrongs: tuple[Callable[[], object], ...] = (
        lambda: endpoint.ring(call, now, 200),
        lambda: endpoint.ring(call, now, reliable=True),
        lambda: endpoint.refuse(call, now, 200),
        lambda: endpoint.refuse(call, now, 486, "a\r\nb: c"),
        lambda: endpoint.answer(call, now, None, b"body"),
        lambda: endpoint.answer(call, now, "a/b\r\nx: y", b"body"),
        lambda: endpoint.answer(call, now, None, b"", (("A", "b\r\nC: d"),)),
        lambda: endpoint.answer("nobody", now, None, b""),
        lambda: endpoint.cancel(call, now),
        lambda: endpoint.bye(call, now),
        lambda: endpoint.info(call, now, "x", None, b""),
    )
    for wrong in wrongs:
        with pytest.raises(LocalError):
            wrong()
    watch.answer(call)
    with pytest.raises(LocalError):
        endpoint.answer(call, now, None, b"")


def test_an_answer_on_a_lost_connection_goes_to_the_address_of_the_via() -> None:
    watch = Watch()
    call = watch.call(request(via="SIP/2.0/TCP 192.0.2.7:5080"), TCP_PEER)
    sent = watch.do(watch.endpoint.answer(call, watch.now, None, b""))
    assert sent[0].to == TCP_PEER
    again = watch.do(watch.endpoint.road_failed(TCP_PEER, watch.now))
    assert [(s.data, s.to) for s in again] == [(sent[0].data, TCP_PEER._replace(port=5080))]
    assert watch.do(watch.endpoint.road_failed(TCP_PEER._replace(port=5080), watch.now)) == []


def test_no_call_is_refused_for_load_until_memory_is_at_stake() -> None:
    watch = Watch(profile(CENTRE, calls=50))
    for number in range(50):
        data = request(branch=f"z9hG4bK{number}", call_id=f"c{number}")
        assert [a.status for a in watch.answers(data)] == [100]
    assert [a.status for a in watch.answers(request(branch="z9hG4bKx", call_id="x"))] == [503]


def test_two_calls_with_one_branch_are_two_calls() -> None:
    watch = Watch()
    watch.receive(request(call_id="one@car"))
    watch.receive(request(call_id="two@car"))
    watch.receive(request(call_id="two@car"))
    assert len(watch.all(IncomingInvite)) == 2


@pytest.mark.parametrize("contact", ["sips:car@192.0.2.7", "sip:car@192.0.2.7;transport=tcp"])
def test_a_contact_on_a_road_that_we_lack_is_reached_by_the_road_it_came_on(contact: str) -> None:
    watch = Watch()
    data = request().replace(b"Contact: <sip:car@192.0.2.7:5070>", f"Contact: <{contact}>".encode())
    call = watch.call(data)
    watch.answer(call)
    [bye] = watch.do(watch.endpoint.bye(call, watch.now))
    assert bye.to == PEER
    assert bye.data.startswith(b"BYE ")
