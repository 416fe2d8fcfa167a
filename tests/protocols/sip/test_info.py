"""INFO packages (RFC 6086), both sides."""

from __future__ import annotations

import pytest

from opensos.protocols.effects import LocalError
from opensos.protocols.sip.events import (
    ByeReceived,
    Ended,
    InfoAnswered,
    InfoArrived,
    StrayRequest,
    Why,
)
from tests.protocols.sip.peer import Watch, read_request, reply_to, request, start_line
from tests.protocols.sip.road import PACKAGE

TAKES = f"Recv-Info: {PACKAGE}"


def established(*lines: str) -> tuple[Watch, str, str]:
    watch = Watch()
    call = watch.call(request(lines=lines or (TAKES,)))
    return watch, call, watch.answer(call)


def info(tag: str, *lines: str, cseq: int = 2, branch: str = "z9hG4bKinfo") -> bytes:
    return request("INFO", to_tag=tag, cseq=cseq, branch=branch, lines=lines, body=b"msd")


def test_an_info_waits_for_the_reply_and_repetitions_are_absorbed() -> None:
    watch, call, tag = established()
    message = info(tag, f"Info-Package: {PACKAGE.upper()};x=1")
    assert watch.answers(message) == []
    assert watch.answers(message) == []
    arrived = watch.one(InfoArrived)
    assert (arrived.call, arrived.package, arrived.request.body) == (call, PACKAGE, b"msd")
    watch.do(watch.endpoint.reply(arrived.token, watch.now))
    assert watch.last() == "SIP/2.0 200 OK"
    assert [a.status for a in watch.answers(message)] == [200]
    with pytest.raises(LocalError):
        watch.endpoint.reply(arrived.token, watch.now)


def test_an_info_without_a_package_is_tolerated() -> None:
    watch, _, tag = established()
    watch.receive(info(tag))
    assert watch.one(InfoArrived).package is None


def test_an_unknown_package_gets_469_with_our_list() -> None:
    watch, _, tag = established()
    answer = watch.answers(info(tag, "Info-Package: other"))[0]
    assert (answer.status, answer.reason) == (469, "Bad Info Package")
    assert answer.headers.get("recv-info") == PACKAGE
    assert watch.all(InfoArrived) == []


def test_an_info_without_a_dialog_gets_481_and_is_told() -> None:
    watch = Watch()
    for tag in ("", "nobody"):
        assert [a.status for a in watch.answers(info(tag))] == [481]
    assert [event.status for event in watch.all(StrayRequest)] == [481, 481]


def test_an_info_that_comes_out_of_order_gets_500() -> None:
    watch, _, tag = established()
    watch.receive(info(tag, cseq=5, branch="z9hG4bKa"))
    assert [a.status for a in watch.answers(info(tag, cseq=4, branch="z9hG4bKb"))] == [500]
    assert [a.status for a in watch.answers(info(tag, cseq=5, branch="z9hG4bKc"))] == [500]
    assert len(watch.all(InfoArrived)) == 1


def test_a_reply_that_never_comes_is_made_by_the_endpoint() -> None:
    watch, _, tag = established()
    watch.receive(info(tag))
    watch.pass_time(16.0)
    assert watch.last() == "SIP/2.0 500 Server Internal Error"
    with pytest.raises(LocalError):
        watch.endpoint.reply(watch.one(InfoArrived).token, watch.now)


def test_a_request_that_waits_when_the_call_ends_gets_487() -> None:
    watch, _, tag = established()
    watch.receive(info(tag))
    answers = watch.answers(request("BYE", to_tag=tag, cseq=3, branch="z9hG4bKbye"))
    assert [a.status for a in answers] == [200, 487]
    assert len(watch.all(ByeReceived)) == 1
    watch.pass_time(70.0)
    assert watch.endpoint.is_empty()


def test_we_send_only_packages_that_the_peer_listed() -> None:
    watch, call, _ = established("Recv-Info: Other, " + PACKAGE.lower())
    assert watch.endpoint.accepts(call, PACKAGE)
    sent = watch.do(
        watch.endpoint.info(call, watch.now, PACKAGE, "a/b", b"x", headers=(("C", "d"),))
    )
    message = read_request(sent[0].data)
    assert message.headers.get("info-package") == PACKAGE
    assert message.headers.get("recv-info") is None
    assert (message.headers.get("c"), message.headers.get("cseq"), message.body) == (
        "d",
        "1 INFO",
        b"x",
    )
    with pytest.raises(LocalError):
        watch.endpoint.info(call, watch.now, "third", None, b"")
    watch.receive(reply_to(sent[0].data, 200))
    assert watch.one(InfoAnswered) == InfoAnswered(call, 200, watch.one(InfoAnswered).response, 1)


@pytest.mark.parametrize("lines", [("Subject: x",), ("Recv-Info:",)])
def test_a_peer_that_lists_no_package_gets_none(lines: tuple[str, ...]) -> None:
    watch, call, _ = established(*lines)
    assert not watch.endpoint.accepts(call, PACKAGE)
    with pytest.raises(LocalError):
        watch.endpoint.info(call, watch.now, PACKAGE, None, b"")


def test_469_ends_nothing() -> None:
    watch, call, _ = established()
    sent = watch.do(watch.endpoint.info(call, watch.now, PACKAGE, None, b""))
    watch.receive(reply_to(sent[0].data, 469))
    assert watch.one(InfoAnswered).status == 469
    assert watch.endpoint.bye(call, watch.now)


def test_481_means_that_the_peer_forgot_the_call() -> None:
    watch, call, _ = established()
    sent = watch.do(watch.endpoint.info(call, watch.now, PACKAGE, None, b""))
    bye = watch.receive(reply_to(sent[0].data, 481))[0]
    assert start_line(bye.data).startswith("BYE")
    watch.receive(reply_to(bye.data, 481))
    assert watch.one(Ended) == Ended(call, Why.GONE)


def test_silence_to_an_info_keeps_the_voice() -> None:
    watch, call, _ = established()
    watch.do(watch.endpoint.info(call, watch.now, PACKAGE, None, b""))
    watch.pass_time(32.0)
    assert watch.one(InfoAnswered).status == 408
    assert watch.all(Ended) == []


def test_481_before_the_ack_may_only_be_haste() -> None:
    watch = Watch()
    call = watch.call(request(lines=(TAKES,)))
    watch.do(watch.endpoint.answer(call, watch.now, None, b""))
    sent = watch.do(watch.endpoint.info(call, watch.now, PACKAGE, None, b""))
    watch.receive(reply_to(sent[0].data, 481))
    assert watch.one(InfoAnswered).status == 481
    assert watch.all(Ended) == []
