"""Calling: what a caller makes of every answer."""

from __future__ import annotations

import pytest

from opensos.protocols.effects import Address, LocalError
from opensos.protocols.sip.digest import Credentials
from opensos.protocols.sip.events import Answered, Ended, Progress, Refused, Why
from opensos.protocols.sip.uac import InviteOrder
from tests.protocols.sip.peer import PEER, Watch, read_request, reply_to, request, start_line
from tests.protocols.sip.road import CAR, order, profile

CONTACT = "Contact: <sip:psap@192.0.2.7:5071>"


def dial(watch: Watch, to: Address = PEER, **changes: object) -> tuple[str, bytes]:
    call, effects = watch.endpoint.invite(order(to, **changes), watch.now)
    return call, watch.do(effects)[0].data


def test_the_invite_carries_all_that_rfc_3261_and_6086_want() -> None:
    watch = Watch(profile(CAR, session_expires=1800))
    _, data = dial(watch, headers=(("Accept", "a/b"), ("Geolocation", "<cid:x>")), from_uri="tel:1")
    invite = read_request(data)
    headers = invite.headers
    assert (invite.uri, headers.get("to")) == (
        "urn:service:sos.ecall.manual",
        "<urn:service:sos.ecall.manual>",
    )
    assert (headers.get("from") or "").startswith("<tel:1>;tag=")
    assert headers.all("accept") == ("a/b",)
    assert headers.get("max-forwards") == "70"
    assert headers.get("recv-info") == "EmergencyCallData.eCall.MSD"
    assert headers.get("session-expires") == "1800"
    assert set(headers.values("supported")) == {"100rel", "timer"}
    assert ";rport" in (headers.get("via") or "")
    assert headers.get("geolocation") == "<cid:x>"


def test_a_2xx_is_acknowledged_and_every_repetition_again() -> None:
    watch = Watch(profile(CAR))
    call, data = dial(watch)
    ack = watch.receive(reply_to(data, 200, lines=(CONTACT,)))
    assert start_line(ack[0].data) == "ACK sip:psap@192.0.2.7:5071 SIP/2.0"
    assert ack[0].to == PEER._replace(port=5071)
    assert watch.receive(reply_to(data, 200, lines=(CONTACT,))) == ack
    assert watch.one(Answered).call == call
    branch = read_request(ack[0].data).headers.get("via")
    assert branch != read_request(data).headers.get("via")


def test_the_ack_follows_the_record_route() -> None:
    watch = Watch(profile(CAR))
    _, data = dial(watch)
    routes = ("Record-Route: <sip:198.51.100.2:5062;lr>, <sip:198.51.100.1:5061;lr>", CONTACT)
    ack = watch.receive(reply_to(data, 200, lines=routes))[0]
    assert ack.to == Address("udp", "198.51.100.1", 5061)
    assert read_request(ack.data).headers.all("route") == (
        "<sip:198.51.100.1:5061;lr>",
        "<sip:198.51.100.2:5062;lr>",
    )


def test_a_forked_2xx_is_acknowledged_and_hung_up_on() -> None:
    watch = Watch(profile(CAR))
    _, data = dial(watch)
    watch.receive(reply_to(data, 200, tag="first", lines=(CONTACT,)))
    sent = watch.receive(reply_to(data, 200, tag="second", lines=(CONTACT,)))
    assert [start_line(s.data).split()[0] for s in sent] == ["ACK", "BYE"]
    assert all(b"tag=second" in s.data for s in sent)
    again = watch.receive(reply_to(data, 200, tag="second", lines=(CONTACT,)))
    assert [start_line(s.data).split()[0] for s in again] == ["ACK"]
    assert len(watch.all(Answered)) == 1


def test_a_refusal_is_acknowledged_in_the_same_branch() -> None:
    watch = Watch(profile(CAR))
    call, data = dial(watch)
    ack = read_request(watch.receive(reply_to(data, 486))[0].data)
    invite = read_request(data)
    assert ack.headers.get("via") == invite.headers.get("via")
    assert (ack.method, ack.uri, ack.headers.get("cseq")) == ("ACK", invite.uri, "1 ACK")
    assert (ack.headers.get("to") or "").endswith(";tag=them")
    assert watch.one(Refused) == Refused(call, 486, watch.one(Refused).response)
    watch.pass_time(40.0)
    assert watch.endpoint.is_empty()


def test_a_failed_road_is_503() -> None:
    watch = Watch(profile(CAR))
    dial(watch)
    watch.do(watch.endpoint.road_failed(PEER, watch.now))
    assert watch.one(Refused).status == 503
    assert watch.endpoint.is_empty()


def test_cancel_waits_for_a_provisional_answer() -> None:
    watch = Watch(profile(CAR))
    call, data = dial(watch)
    assert watch.do(watch.endpoint.cancel(call, watch.now)) == []
    cancel = read_request(watch.receive(reply_to(data, 100))[0].data)
    invite = read_request(data)
    assert (cancel.method, cancel.uri, cancel.headers.get("cseq")) == (
        "CANCEL",
        invite.uri,
        "1 CANCEL",
    )
    for name in ("via", "from", "to", "call-id"):
        assert cancel.headers.get(name) == invite.headers.get(name)
    watch.receive(reply_to(data, 487))
    assert watch.one(Refused).status == 487
    with pytest.raises(LocalError):
        watch.endpoint.cancel(call, watch.now)


def test_cancel_of_silence_ends_with_408() -> None:
    watch = Watch(profile(CAR))
    call, _ = dial(watch)
    watch.do(watch.endpoint.cancel(call, watch.now))
    watch.pass_time(32.0)
    assert watch.one(Refused).status == 408
    assert all(start_line(s.data).startswith("INVITE") for s in watch.sent)
    assert watch.endpoint.is_empty()


def test_a_cancelled_invite_that_nobody_ends_is_over_after_64_t1() -> None:
    watch = Watch(profile(CAR))
    call, data = dial(watch)
    watch.receive(reply_to(data, 180))
    cancel = watch.do(watch.endpoint.bye(call, watch.now))[0].data
    watch.receive(reply_to(cancel, 200))
    watch.pass_time(31.9)
    assert watch.all(Refused) == []
    watch.pass_time(0.2)
    assert watch.one(Refused) == Refused(call, 487, None)
    watch.pass_time(40.0)
    assert watch.endpoint.is_empty()


def test_an_answer_that_crosses_our_cancel_is_hung_up_on() -> None:
    watch = Watch(profile(CAR))
    call, data = dial(watch)
    watch.receive(reply_to(data, 180))
    watch.do(watch.endpoint.cancel(call, watch.now))
    sent = watch.receive(reply_to(data, 200, lines=(CONTACT,)))
    assert [start_line(s.data).split()[0] for s in sent] == ["ACK", "BYE"]
    watch.receive(reply_to(sent[1].data, 200))
    assert watch.one(Ended) == Ended(call, Why.CANCELLED)
    assert watch.all(Answered) == []


def test_progress_is_told_in_order() -> None:
    watch = Watch(profile(CAR))
    _, data = dial(watch)
    for status in (100, 180, 183):
        watch.receive(reply_to(data, status))
    assert [event.response.status for event in watch.all(Progress)] == [100, 180, 183]


def test_an_answer_without_contact_is_still_acknowledged() -> None:
    watch = Watch(profile(CAR))
    _, data = dial(watch)
    ack = watch.receive(reply_to(data, 200))[0]
    assert ack.to == PEER
    assert start_line(ack.data) == "ACK sip:192.0.2.7:5070 SIP/2.0"


def test_a_422_is_asked_again_once_with_the_longer_interval() -> None:
    watch = Watch(profile(CAR, session_expires=90))
    _, data = dial(watch)
    sent = watch.receive(reply_to(data, 422, lines=("Min-SE: 500",)))
    second = read_request(sent[1].data)
    assert (second.headers.get("session-expires"), second.headers.get("min-se")) == ("500", "500")
    assert second.headers.get("cseq") == "2 INVITE"
    watch.receive(reply_to(sent[1].data, 422, lines=("Min-SE: 900",)))
    assert watch.one(Refused).status == 422


CHALLENGE = 'Digest realm="r", nonce="{}", qop="auth", algorithm=SHA-256'


@pytest.mark.parametrize(
    ("status", "asks", "answers"),
    [
        (401, "WWW-Authenticate", "Authorization"),
        (407, "Proxy-Authenticate", "Proxy-Authorization"),
    ],
)
def test_a_challenge_is_answered_once_for_each_nonce(status: int, asks: str, answers: str) -> None:
    watch = Watch(profile(CAR, credentials=Credentials("car", "secret")))
    _, data = dial(watch)
    sent = watch.receive(reply_to(data, status, lines=(f"{asks}: {CHALLENGE.format('n1')}",)))
    assert [start_line(s.data).split()[0] for s in sent] == ["ACK", "INVITE"]
    second = read_request(sent[1].data)
    assert 'nonce="n1"' in (second.headers.get(answers) or "")
    assert second.headers.get("cseq") == "2 INVITE"
    assert second.headers.get("call-id") == read_request(data).headers.get("call-id")
    sent = watch.receive(
        reply_to(sent[1].data, status, lines=(f"{asks}: {CHALLENGE.format('n1')}",))
    )
    assert watch.one(Refused).status == status


def test_ever_new_challenges_are_not_answered_for_ever() -> None:
    watch = Watch(profile(CAR, credentials=Credentials("car", "secret")))
    _, data = dial(watch)
    for number in range(20):
        lines = (f"WWW-Authenticate: {CHALLENGE.format(number)}",)
        sent = watch.receive(reply_to(data, 401, lines=lines))
        if len(sent) < 2:
            break
        data = sent[1].data
    assert watch.one(Refused).status == 401
    assert number < 10


@pytest.mark.parametrize(
    "line", ["", "WWW-Authenticate: Basic realm=x", "WWW-Authenticate: Digest ,"]
)
def test_a_challenge_that_cannot_be_answered_is_a_refusal(line: str) -> None:
    for credentials in (Credentials("car", "secret", "other"), None):
        watch = Watch(profile(CAR, credentials=credentials))
        _, data = dial(watch)
        watch.receive(reply_to(data, 401, lines=(line or f"WWW-Authenticate: {CHALLENGE}",)))
        assert watch.one(Refused).status == 401


def test_a_large_request_stays_on_udp_unless_the_profile_says_otherwise() -> None:
    for limit, transport in ((None, "udp"), (1300, "tcp")):
        watch = Watch(profile(CAR, stream_above=limit))
        _, effects = watch.endpoint.invite(order(PEER, body=bytes(2000)), watch.now)
        sent = watch.do(effects)[0]
        assert sent.to == PEER._replace(transport=transport)
        assert f"SIP/2.0/{transport.upper()} ".encode() in sent.data


def test_answers_that_fit_nothing_are_dropped() -> None:
    watch = Watch(profile(CAR))
    _, data = dial(watch)
    good = reply_to(data, 200, lines=(CONTACT,))
    assert watch.receive(good.replace(b"branch=z9hG4bK", b"branch=z9hG4bKx")) == []
    assert watch.receive(good.replace(b"1 INVITE", b"1 BYE")) == []
    assert watch.receive(good.replace(b"Via: ", b"Via: SIP/2.0/UDP other;branch=z9hG4bKq, ")) == []
    assert watch.told == []


@pytest.mark.parametrize("uri", ["sip:a b", "sip:a\r\nX: y", "<sip:a>"])
def test_a_uri_that_would_break_the_message_is_refused(uri: str) -> None:
    with pytest.raises(LocalError):
        InviteOrder(uri, "sip:a", PEER)


def test_an_order_that_cannot_be_written_leaves_nothing_behind() -> None:
    watch = Watch(profile(CAR))
    for changes in ({"headers": (("A", "b\r\nc"),)}, {"content_type": None}):
        with pytest.raises(LocalError):
            watch.endpoint.invite(order(PEER, **changes), watch.now)
    assert watch.endpoint.is_empty()
    assert watch.endpoint.wake(watch.now) == []


def test_a_dialog_request_on_a_lost_connection_goes_to_the_contact() -> None:
    stream = Address("tcp", "192.0.2.7", 40000)
    watch = Watch(profile(CAR))
    call, data = dial(watch, stream)
    watch.receive(
        reply_to(data, 200, lines=("Contact: <sip:p@192.0.2.7:5071;transport=tcp>",)), stream
    )
    bye = watch.do(watch.endpoint.bye(call, watch.now))[0]
    assert bye.to == stream
    again = watch.do(watch.endpoint.road_failed(stream, watch.now))
    assert [(start_line(s.data).split()[0], s.to) for s in again] == [
        ("BYE", stream._replace(port=5071))
    ]
    watch.do(watch.endpoint.road_failed(stream._replace(port=5071), watch.now))
    assert watch.one(Ended) == Ended(call, Why.HUNG_UP)


def test_early_dialogs_are_forgotten_once_one_peer_has_answered() -> None:
    watch = Watch(profile(CAR))
    call, data = dial(watch)
    for number in range(40):
        watch.receive(reply_to(data, 183, tag=f"t{number}", lines=(CONTACT,)))
    watch.receive(reply_to(data, 183, tag="t0", lines=("Recv-Info: x",)))
    assert len(watch.endpoint._core.dialogs) == 16
    watch.receive(reply_to(data, 200, tag="t0", lines=(CONTACT,)))
    assert len(watch.endpoint._core.dialogs) == 1
    assert watch.endpoint.accepts(call, "X")


def test_a_bye_in_an_early_dialog_does_not_end_our_call() -> None:
    watch = Watch(profile(CAR))
    call, data = dial(watch)
    watch.receive(reply_to(data, 180, lines=(CONTACT,)))
    invite = read_request(data)
    ours = (invite.headers.get("from") or "").partition(";tag=")[2]
    call_id = invite.headers.get("call-id") or ""
    bye = request("BYE", to_tag=ours, from_tag="them", call_id=call_id, branch="z9hG4bKbye")
    assert [a.status for a in watch.answers(bye)] == [200]
    reinvite = request(to_tag=ours, from_tag="them", call_id=call_id, branch="z9hG4bKre", cseq=2)
    assert [a.status for a in watch.answers(reinvite)] == [491]
    watch.receive(reply_to(data, 200, lines=(CONTACT,)))
    assert watch.one(Answered).call == call


def test_a_forked_2xx_after_the_end_is_hung_up_on_and_a_flood_of_them_is_not_followed() -> None:
    watch = Watch(profile(CAR))
    _, data = dial(watch)
    watch.receive(reply_to(data, 200, lines=(CONTACT,)))
    for number in range(40):
        watch.receive(reply_to(data, 200, tag=f"f{number}", lines=(CONTACT,)))
    byes = [s for s in watch.sent if start_line(s.data).startswith("BYE")]
    assert 10 <= len(byes) <= 16


def test_more_calls_than_the_profile_allows_are_our_own_fault() -> None:
    watch = Watch(profile(CAR, calls=1))
    dial(watch)
    with pytest.raises(LocalError):
        watch.endpoint.invite(order(PEER), watch.now)
