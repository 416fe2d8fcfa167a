"""What an endpoint makes of requests that it cannot use, of torture and of floods."""

from __future__ import annotations

import pytest

from opensos.protocols.effects import Address
from opensos.protocols.sip.events import (
    ByeReceived,
    IncomingInvite,
    OptionsAnswered,
    StrayRequest,
    Unreadable,
)
from tests.protocols.sip.peer import PEER, TCP_PEER, Watch, reply_to, request, tag_of
from tests.protocols.sip.road import CENTRE, profile
from tests.protocols.sip.torture import (
    messages_4475,
    messages_5118,
    needs_4475,
    needs_5118,
    with_true_length,
)

# 0: nothing is sent. 100: it became a call. REGISTER and MESSAGE are not for us: 405. Bodies and
# Accept of an INVITE (invut, sdp01) are judged by nobody here: an emergency call is not refused
# over what it might carry. Faults that RFC 4475 lets a liberal element repair are repaired.
TORTURE = {
    "wsinv": 481, "intmeth": 501, "esc01": 100, "escnull": 405, "esc02": 501, "lwsdisp": 200,
    "longreq": 100, "dblreq": 405, "semiuri": 200, "transports": 200, "mpart01": 405, "unreason": 0,
    "noreason": 0, "badinv01": 400, "clerr": 400, "ncl": 400, "scalar02": 400, "scalarlg": 0,
    "quotbal": 400, "ltgtruri": 100, "lwsruri": 400, "lwsstart": 100, "trws": 200, "escruri": 100,
    "baddate": 100, "regbadct": 405, "badaspec": 200, "baddn": 200, "badvers": 505,
    "mismatch01": 400, "mismatch02": 501, "bigcode": 0, "badbranch": 200, "insuf": 400,
    "unkscm": 416, "novelsc": 416, "unksm2": 405, "bext01": 420, "invut": 100, "regaut01": 405,
    "multi01": 400, "mcl01": 400, "bcast": 0, "zeromf": 200, "cparam01": 405, "cparam02": 405,
    "regescrt": 405, "sdp01": 100, "inv2543": 100,
}  # fmt: skip
TORTURE_IPV6 = {
    "ipv6-good": 405, "ipv6-bad": 400, "port-ambiguous": 405, "port-unambiguous": 405,
    "via-received-param-with-delim": 481, "via-received-param-no-delim": 200, "ipv6-in-sdp": 100,
    "mult-ip-in-header": 481, "mult-ip-in-sdp": 100, "ipv4-mapped-ipv6": 100,
    "ipv6-bug-abnf-3-colons": 200, "ipv6-correct-abnf-2-colons": 200,
}  # fmt: skip


def verdict(message: bytes) -> int:
    watch = Watch()
    answers = watch.answers(message)
    status = answers[0].status if answers else 0
    invite = message.lstrip()[:7] == b"INVITE "
    assert bool(watch.all(IncomingInvite)) == (status == 100)
    assert bool(watch.all(Unreadable)) == (invite and status != 100)
    watch.pass_time(40.0)
    assert watch.endpoint.is_empty() or status == 100
    return status


@needs_4475
@pytest.mark.parametrize("name", TORTURE)
def test_torture_of_rfc_4475_is_answered_as_it_says(name: str) -> None:
    assert verdict(messages_4475()[name]) == TORTURE[name]


@needs_5118
@pytest.mark.parametrize("name", TORTURE_IPV6)
def test_torture_of_rfc_5118_is_answered_as_it_says(name: str) -> None:
    assert verdict(with_true_length(messages_5118()[name])) == TORTURE_IPV6[name]


@pytest.mark.parametrize(
    ("data", "status", "header"),
    [
        (
            request("OPTIONS"),
            200,
            ("allow", "INVITE, ACK, CANCEL, BYE, INFO, OPTIONS, PRACK, UPDATE"),
        ),
        (request("OPTIONS", lines=("Require: nothing",)), 420, ("unsupported", "nothing")),
        (
            request("REGISTER"),
            405,
            ("allow", "INVITE, ACK, CANCEL, BYE, INFO, OPTIONS, PRACK, UPDATE"),
        ),
        (request("DANCE"), 501, ("server", "Road")),
        (request("BYE", to_tag="x"), 481, ("server", "Road")),
        (request("PRACK", to_tag="x"), 481, ("server", "Road")),
        (request("UPDATE"), 481, ("server", "Road")),
        (request(to_tag="x"), 481, ("server", "Road")),
        (request(uri="mailto:a@b"), 416, ("server", "Road")),
        (request(lines=("Require: 100rel, x, y",)), 420, ("unsupported", "x, y")),
    ],
)
def test_what_cannot_be_done_is_refused_without_a_trace(
    data: bytes, status: int, header: tuple[str, str]
) -> None:
    watch = Watch()
    answer = watch.answers(data)[0]
    assert answer.status == status
    assert answer.headers.get(header[0]) == header[1]
    assert tag_of(answer)
    assert [tag_of(a) for a in watch.answers(data)] == [tag_of(answer)]
    assert watch.endpoint.is_empty()


@pytest.mark.parametrize(
    "uri",
    [
        "urn:service:sos.ecall.automatic",
        "URN:SERVICE:SOS",
        "urn:service:nonsense",
        "tel:112",
        "sips:a@b",
    ],
)
def test_no_service_urn_is_ever_refused(uri: str) -> None:
    assert [a.status for a in Watch().answers(request(uri=uri))] == [100]


def test_a_known_extension_may_be_required() -> None:
    for tag in ("100rel", "TIMER", "geolocation"):
        assert [a.status for a in Watch().answers(request(lines=(f"Require: {tag}",)))] == [100]


def test_max_forwards_is_not_needed_by_the_one_that_is_called() -> None:
    for value in (b"0", b"-1", b""):
        data = request().replace(b"Max-Forwards: 70", b"Max-Forwards: " + value)
        assert [a.status for a in Watch().answers(data)] == [100]


def test_an_unreadable_invite_is_told_with_all_its_bytes_once_for_each_repetition() -> None:
    watch = Watch()
    broken = request().replace(b"CSeq: 1 INVITE\r\n", b"")
    assert [a.status for a in watch.answers(broken)] == [400]
    assert [a.status for a in watch.answers(broken)] == [400]
    told = watch.one(Unreadable)
    assert (told.data, told.source, told.status) == (broken, PEER, 400)
    assert told.request is not None
    watch.now += 33.0
    watch.receive(broken)
    assert len(watch.all(Unreadable)) == 2


def test_an_invite_beyond_reading_is_told_too() -> None:
    watch = Watch()
    assert watch.receive(b"INVITE ") == []
    assert watch.one(Unreadable).request is None
    assert watch.receive(b"INVITE sip:x SIP/2.0\r\n\r\n") == []
    assert len(watch.all(Unreadable)) == 2


def test_noise_is_dropped() -> None:
    watch = Watch()
    for noise in (
        b"",
        b"\r\n\r\n",
        b"\x00" * 100,
        b"GET / HTTP/1.1\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
    ):
        assert watch.receive(noise) == []
    assert watch.told == [] or all(isinstance(event, StrayRequest) for event in watch.told)
    assert watch.endpoint.is_empty()


def test_acks_that_fit_nothing_are_dropped() -> None:
    watch = Watch()
    assert watch.receive(request("ACK", to_tag="x")) == []
    assert watch.receive(request("ACK", to_tag="x").replace(b"CSeq: 1 ACK", b"CSeq: x")) == []
    assert watch.told == []


def test_an_answer_goes_to_the_port_that_asked_or_to_the_port_of_the_via() -> None:
    source = Address("udp", "192.0.2.7", 61234)
    assert Watch().receive(request("OPTIONS"), source)[0].to == source
    plain = request("OPTIONS").replace(b";rport", b"")
    assert Watch().receive(plain, source)[0].to == PEER
    assert Watch().receive(request("OPTIONS"), TCP_PEER)[0].to == TCP_PEER


def test_received_and_rport_are_filled_in() -> None:
    source = Address("udp", "198.51.100.7", 61234)
    answer = Watch().answers(request("OPTIONS"), source)[0]
    via = answer.headers.get("via") or ""
    assert ";received=198.51.100.7" in via
    assert ";rport=61234" in via


def test_an_rfc_2543_peer_without_cookie_and_tags_is_served() -> None:
    watch = Watch()
    data = request(branch="1", from_tag="").replace(b";tag=\r\n", b"\r\n")
    call = watch.call(data)
    assert [a.status for a in watch.answers(data)] == [100]
    assert len(watch.all(IncomingInvite)) == 1
    answer = watch.do(watch.endpoint.answer(call, watch.now, None, b""))[0].data
    tag = answer.split(b"To: ")[1].split(b";tag=")[1].split(b"\r\n")[0].decode()
    ack = request("ACK", branch="1", from_tag="", to_tag=tag).replace(b"192>;tag=\r\n", b"192>\r\n")
    watch.receive(ack)
    bye = request("BYE", branch="2", from_tag="", to_tag=tag, cseq=2)
    watch.receive(bye)
    assert watch.one(ByeReceived).call == call


def test_options_in_a_dialog_are_answered_too() -> None:
    watch = Watch()
    tag = watch.answer(watch.call())
    data = request("OPTIONS", to_tag=tag, cseq=2, branch="z9hG4bKo")
    assert [a.status for a in watch.answers(data)] == [200]


def test_our_own_options_are_answered_by_reference() -> None:
    watch = Watch()
    ref, effects = watch.endpoint.options("sip:proxy@192.0.2.7", PEER, watch.now)
    watch.receive(reply_to(watch.do(effects)[0].data, 200))
    assert (watch.one(OptionsAnswered).ref, watch.one(OptionsAnswered).status) == (ref, 200)
    _, effects = watch.endpoint.options("sip:proxy@192.0.2.7", PEER, watch.now)
    watch.do(effects)
    watch.do(watch.endpoint.road_failed(PEER, watch.now))
    assert watch.all(OptionsAnswered)[-1].status == 503


def test_a_flood_of_bad_requests_leaves_nothing_behind() -> None:
    watch = Watch()
    for number in range(6000):
        data = request(branch=f"z9hG4bK{number}", call_id=f"c{number}", uri="x-flood:1")
        watch.endpoint.receive(data, PEER, watch.now)
        watch.endpoint.receive(
            request("BYE", branch=f"z9hG4bKb{number}", to_tag="x"), PEER, watch.now
        )
    core = watch.endpoint._core
    assert len(core._seen) <= 4096
    assert watch.endpoint.is_empty()


def test_ten_thousand_calls_leave_nothing_behind() -> None:
    watch = Watch(profile(CENTRE))
    for number in range(10_000):
        watch.now += 1 / 400
        watch.sent.clear()
        watch.told.clear()

        def say(method: str, to_tag: str = "", cseq: int = 1, number: int = number) -> bytes:
            branch, call_id = f"z9hG4bK{method}{number}", f"c{number}"
            return request(method, branch=branch, call_id=call_id, to_tag=to_tag, cseq=cseq)

        call = watch.call(say("INVITE"))
        if number % 3 == 0:
            watch.do(watch.endpoint.refuse(call, watch.now, 486))
            continue
        data = watch.do(watch.endpoint.answer(call, watch.now, None, b""))[0].data
        tag = data.split(b"To: ")[1].split(b";tag=")[1].split(b"\r\n")[0].decode()
        watch.receive(say("ACK", tag))
        watch.receive(say("BYE", tag, 2))
    assert not watch.endpoint.is_empty()
    watch.endpoint.wake(watch.now + 100)
    assert watch.endpoint.is_empty()
