"""RFC 4475, message by message: what a server that carries emergency calls does with each."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from opensos.protocols.sip import (
    Defect,
    Headers,
    Parsed,
    Request,
    Response,
    SipUri,
    accepts,
    all_defects,
    check,
    check_body,
    check_method,
    find_part,
    parse,
    parse_cseq,
    parse_media_type,
    parse_multipart,
    parse_name_addr,
    parse_seconds,
    parse_uri,
    parse_via,
    unsupported_options,
)
from tests.protocols.sip.torture import messages_4475, needs_4475

pytestmark = needs_4475

ALLOWED = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "PRACK", "UPDATE")
ACCEPTED = ("application/sdp", "multipart/mixed")
OK, DROP = 0, -1


class Row(NamedTuple):
    """What is expected of one message.

    ``answer``: the status of a server (`OK`: it processes the request or uses the response, `DROP`:
    it drops a response). ``strict``: the status of a server that overlooks nothing. ``words``: part
    of the reason of the first defect that decides ``strict``.
    """

    section: str
    answer: int
    strict: int
    words: str = ""


TABLE = {
    "wsinv": Row("3.1.1.1", OK, OK),
    "intmeth": Row("3.1.1.2", 501, 501),
    "esc01": Row("3.1.1.3", OK, OK),
    "escnull": Row("3.1.1.4", 405, 405),
    "esc02": Row("3.1.1.5", 501, 501),
    "lwsdisp": Row("3.1.1.6", OK, OK),
    "longreq": Row("3.1.1.7", OK, OK),
    "dblreq": Row("3.1.1.8", 405, 405),
    "semiuri": Row("3.1.1.9", OK, OK),
    "transports": Row("3.1.1.10", OK, OK),
    "mpart01": Row("3.1.1.11", 405, 405),
    "unreason": Row("3.1.1.12", OK, OK),
    "noreason": Row("3.1.1.13", OK, OK),
    "badinv01": Row("3.1.2.1", 400, 400, "Malformed Via"),
    "clerr": Row("3.1.2.2", 400, 400, "Content-Length Beyond"),
    "ncl": Row("3.1.2.3", 400, 400, "Malformed Content-Length"),
    "scalar02": Row("3.1.2.4", 400, 400, "Malformed CSeq"),
    "scalarlg": Row("3.1.2.5", DROP, DROP, "Malformed CSeq"),
    "quotbal": Row("3.1.2.6", 400, 400, "Malformed To"),
    "ltgtruri": Row("3.1.2.7", OK, 400, "Request-URI In Brackets"),
    "lwsruri": Row("3.1.2.8", 400, 400, "White Space In The Request-URI"),
    "lwsstart": Row("3.1.2.9", OK, 400, "Extra Space"),
    "trws": Row("3.1.2.10", OK, 400, "Extra Space"),
    "escruri": Row("3.1.2.11", OK, 400, "Headers In The Request-URI"),
    "baddate": Row("3.1.2.12", OK, 400, "Date Not In GMT"),
    "regbadct": Row("3.1.2.13", 405, 400, "Malformed Contact"),
    "badaspec": Row("3.1.2.14", OK, 400, "Malformed To"),
    # The archive's copy also lacks the empty line at its end.
    "baddn": Row("3.1.2.15", OK, 400, "Header Section Never Ends"),
    "badvers": Row("3.1.2.16", 505, 505, "Version Not Supported"),
    "mismatch01": Row("3.1.2.17", 400, 400, "CSeq Names Another Method"),
    "mismatch02": Row("3.1.2.18", 501, 501, "Not Implemented"),
    "bigcode": Row("3.1.2.19", DROP, DROP, "Status Code Out Of Range"),
    "badbranch": Row("3.2.1", OK, 400, "Empty Branch"),
    "insuf": Row("3.3.1", 400, 400, "Missing From"),
    "unkscm": Row("3.3.2", 416, 416, "Unsupported URI Scheme"),
    "novelsc": Row("3.3.3", 416, 416, "Unsupported URI Scheme"),
    "unksm2": Row("3.3.4", 405, 405),
    "bext01": Row("3.3.5", 420, 420),
    "invut": Row("3.3.6", 415, 415),
    "regaut01": Row("3.3.7", 405, 405),
    "multi01": Row("3.3.8", 400, 400, "More Than One"),
    "mcl01": Row("3.3.9", 400, 400, "Conflicting Content-Length"),
    "bcast": Row("3.3.10", DROP, DROP, "Response For Somebody Else"),
    "zeromf": Row("3.3.11", OK, OK),
    "cparam01": Row("3.3.12", 405, 405),
    "cparam02": Row("3.3.13", 405, 405),
    "regescrt": Row("3.3.14", 405, 405),
    "sdp01": Row("3.3.15", 406, 406),
    "inv2543": Row("3.4.1", OK, 400, "From Without A Tag"),
    # In the archive, not in the RFC: a line that is no header.
    "test": Row("(archive)", 400, 400, "Malformed Header Line"),
}


def answer_of(parsed: Parsed, *, strict: bool = False) -> int:
    """Do what RFC 3261 §8.2 tells a server to do, in its order."""
    defect = check(parsed, strict=strict)
    message = parsed.message
    if isinstance(message, Response):
        return DROP if defect else OK
    assert isinstance(message, Request)
    refusal = (
        defect
        or check_method(message.method, ALLOWED)
        or (
            Defect(420, "Bad Extension")
            if unsupported_options(message.headers, ("100rel", "timer"))
            else None
        )
        or check_body(message.headers, message.body, ACCEPTED)
    )
    if refusal:
        return refusal.status
    if message.method == "INVITE" and not accepts(message.headers, "application/sdp"):
        return 406
    return OK


def headers_of(name: str) -> Headers:
    message = parse(messages_4475()[name]).message
    assert message is not None
    return message.headers


def request(name: str) -> Request:
    message = parse(messages_4475()[name]).message
    assert isinstance(message, Request)
    return message


def test_the_table_names_every_message_of_the_archive() -> None:
    assert set(TABLE) == set(messages_4475())


@pytest.mark.parametrize("name", TABLE)
def test_a_server_answers_each_message_as_the_rfc_says(name: str) -> None:
    row = TABLE[name]
    parsed = parse(messages_4475()[name])
    assert answer_of(parsed) == row.answer
    assert answer_of(parsed, strict=True) == row.strict
    first = check(parsed, strict=True)
    assert row.words in (first.reason if first else "")


@pytest.mark.parametrize("name", TABLE)
def test_every_message_that_may_be_used_is_written_back_and_read_alike(name: str) -> None:
    parsed = parse(messages_4475()[name])
    assert parsed.message is not None
    again = parse(parsed.message.encode())
    assert again.message is not None
    assert again.message.body == parsed.message.body
    mine, theirs = parsed.message.headers, again.message.headers
    assert mine.without("l").items() == theirs.without("l").items()
    assert again.message.encode() == parsed.message.encode()


def test_folding_compact_names_and_white_space_are_read() -> None:
    headers = headers_of("wsinv")
    assert headers.read("to", parse_name_addr) == parse_name_addr(
        "<sip:vivekg@chair-dnrc.example.com>;tag=1918181833n"
    )
    sender = headers.read("from", parse_name_addr)
    assert sender is not None
    assert (sender.display, sender.tag) == ('J Rosenberg \\"', "98asjd8")
    vias = headers.read_all("via", parse_via)
    assert [(via.transport, via.host, via.branch) for via in vias] == [
        ("UDP", "192.0.2.2", "390skdjuw"),
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    cseq = headers.read("CSeq", parse_cseq)
    assert cseq is not None
    assert (cseq.number, cseq.method) == (9, "INVITE")
    assert headers.get("subject") == ""
    assert headers.get("NewFangledHeader") == "newfangled value continued newfangled value"
    assert headers.get("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    contact = headers.read("contact", parse_name_addr)
    assert contact is not None
    assert contact.display == 'Quoted string ""'
    assert contact.params.get("newparam") == "newvalue"
    assert contact.params.get("secondparam") == ""
    assert contact.params.get("q") == "0.33"
    route = headers.read("route", parse_name_addr)
    assert route is not None
    uri = route.parsed_uri()
    assert isinstance(uri, SipUri)
    assert [name for name, _ in uri.params] == ["lr", "unknownwith", "unknown-no-value"]
    assert len(request("wsinv").body) == 150


def test_unusual_characters_stand_for_themselves() -> None:
    message = request("intmeth")
    assert message.method == "!interesting-Method0123456789_*+`.%indeed'~"
    uri = parse_uri(message.uri)
    assert isinstance(uri, SipUri)
    assert uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    to = message.headers.read("to", parse_name_addr)
    assert to is not None
    assert to.display == "BEL:\x07 NUL:\x00 DEL:\x7f"
    sender = message.headers.read("from", parse_name_addr)
    assert sender is not None
    assert sender.display == "token1~` token2'+_ token3*%!.-"
    assert sender.params.get("fromParam''~+*_!.-%") == "работающий"
    assert sender.tag == "_token~1'+`*%!-."
    assert message.headers.get("call-id") == "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"
    assert message.headers.get("extensionHeader-!.%*+_`'~") == "\ufeff大停電"


def test_escapes_are_decoded_once_and_only_in_uris() -> None:
    message = request("esc01")
    uri = parse_uri(message.uri)
    assert isinstance(uri, SipUri)
    assert (uri.username, uri.host) == ("sips:user@example.com", "example.net")
    to = message.headers.read("to", parse_name_addr)
    assert to is not None
    assert parse_uri("sip:user@example.com").same_as(to.parsed_uri())
    contact = message.headers.read("contact", parse_name_addr)
    assert contact is not None
    expected = "sip:caller@host5.example.net;lr;name=value%2541"
    assert parse_uri(expected).same_as(contact.parsed_uri())
    assert not parse_uri(expected.replace("%2541", "A")).same_as(contact.parsed_uri())


def test_escaped_nulls_do_not_shorten_a_user() -> None:
    headers = headers_of("escnull")
    users = []
    for contact in headers.read_all("contact", parse_name_addr):
        uri = contact.parsed_uri()
        assert isinstance(uri, SipUri)
        users.append(uri.username)
    assert users == ["\0", "\0\0"]


def test_a_percent_sign_outside_uris_is_no_escape() -> None:
    headers = headers_of("esc02")
    assert len(headers.read_all("contact", parse_name_addr)) == 2
    assert headers.get("C%6Fntact") == "<sip:alias2@host2.example.com>"
    to = headers.read("to", parse_name_addr)
    assert to is not None
    assert to.display == "%Z%45"


def test_long_values_are_kept_whole() -> None:
    headers = headers_of("longreq")
    assert len(headers.read_all("via", parse_via)) == 34
    sender = headers.read("from", parse_name_addr)
    assert sender is not None
    assert sender.tag == f"12{'982' * 50}424"


def test_octets_after_the_content_length_are_left_alone() -> None:
    parsed = parse(messages_4475()["dblreq"])
    assert isinstance(parsed.message, Request)
    assert (parsed.message.method, parsed.message.body) == ("REGISTER", b"")
    assert b"INVITE sip:joe@example.com" in parsed.rest


def test_a_semicolon_in_the_user_part_belongs_to_the_user() -> None:
    uri = parse_uri(request("semiuri").uri)
    assert isinstance(uri, SipUri)
    assert (uri.username, uri.host, len(uri.params)) == ("user;par=u@example.net", "example.com", 0)


def test_unknown_transports_are_kept() -> None:
    vias = headers_of("transports").read_all("via", parse_via)
    assert [via.transport for via in vias] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]


def test_a_binary_part_comes_out_byte_for_byte() -> None:
    message = request("mpart01")
    result = parse_multipart(message.headers.get("content-type") or "", message.body)
    assert result.problems == ()
    assert [part.media_type for part in result.parts] == ["text/plain", "application/octet-stream"]
    assert result.parts[0].decoded() == b"Hello"
    blob = result.parts[1].body
    assert (len(blob), blob[:4], blob[-2:]) == (342, b"\x30\x82\x01\x52", b"\xd0\x05")
    assert find_part(result.parts, "cid:none") is None


def test_reason_phrases_may_be_strange_or_empty() -> None:
    strange = parse(messages_4475()["unreason"]).message
    empty = parse(messages_4475()["noreason"]).message
    assert isinstance(strange, Response)
    assert isinstance(empty, Response)
    assert strange.reason == "= 2**3 * 5**2 но сто девяносто девять - простое"
    assert (empty.status, empty.reason) == (100, "")


def test_a_body_shorter_than_announced_is_kept() -> None:
    assert request("clerr").body.startswith(b"v=0")
    assert request("ncl").body.startswith(b"v=0")
    assert request("mcl01").body.startswith(b"There's no way to know")


def test_overlarge_numbers_count_as_the_default() -> None:
    headers = headers_of("scalar02")
    assert parse_seconds(headers.get("expires"), 3600) == 2**32 - 1
    reasons = [defect.reason for defect in all_defects(parse(messages_4475()["scalar02"]))]
    assert reasons == ["Malformed CSeq", "Malformed Max-Forwards"]


def test_brackets_around_the_request_uri_are_taken_off() -> None:
    assert request("ltgtruri").uri == "sip:user@example.com"


def test_extra_spaces_are_not_part_of_the_start_line() -> None:
    assert request("lwsstart").encode().startswith(b"INVITE sip:user@example.com SIP/2.0\r\n")
    assert request("trws").version == "SIP/2.0"


def test_names_that_need_quotes_are_quoted_when_sent_on() -> None:
    sender = headers_of("baddn").read("from", parse_name_addr)
    assert sender is not None
    assert str(sender) == '"Bell, Alexander" <sip:a.g.bell@example.com>;tag=43'


def test_spaces_inside_the_brackets_are_taken_off() -> None:
    to = headers_of("badaspec").read("to", parse_name_addr)
    assert to is not None
    assert (to.display, to.uri) == ("Watson, Thomas", "sip:t.watson@example.org")


def test_a_branch_that_is_only_the_cookie_identifies_nothing() -> None:
    via = headers_of("badbranch").read("via", parse_via)
    assert via is not None
    assert (via.branch, via.transaction_branch) == ("z9hG4bK", None)


def test_unknown_schemes_in_headers_are_read() -> None:
    headers = headers_of("unksm2")
    schemes = []
    for name in ("to", "from", "contact"):
        address = headers.read(name, parse_name_addr)
        assert address is not None
        schemes.append(address.parsed_uri().scheme)
    assert schemes == ["isbn", "http", "name"]


def test_the_420_lists_what_require_asks_for() -> None:
    assert unsupported_options(headers_of("bext01"), ("100rel",)) == (
        "nothingSupportsThis",
        "nothingSupportsThisEither",
    )


def test_every_copy_of_a_single_header_is_noted() -> None:
    reasons = {defect.reason for defect in all_defects(parse(messages_4475()["multi01"]))}
    assert reasons >= {
        f"More Than One {name} Header" for name in ("From", "To", "Call-ID", "CSeq", "Max-Forwards")
    }


def test_a_parameter_after_a_bare_address_belongs_to_the_header() -> None:
    header = headers_of("cparam01").read("contact", parse_name_addr)
    inside = headers_of("cparam02").read("contact", parse_name_addr)
    assert header is not None
    assert inside is not None
    assert "unknownparam" in header.params
    assert header.uri == "sip:+19725552222@gw1.example.net"
    assert len(inside.params) == 0
    assert inside.uri == "sip:+19725552222@gw1.example.net;unknownparam"


def test_a_header_inside_a_contact_uri_is_kept() -> None:
    contact = headers_of("regescrt").read("contact", parse_name_addr)
    assert contact is not None
    uri = contact.parsed_uri()
    assert isinstance(uri, SipUri)
    assert uri.headers == (("Route", "%3Csip:sip.example.com%3E"),)


def test_a_body_of_an_unknown_type_may_be_optional() -> None:
    message = request("invut")
    assert parse_media_type(message.headers.get("c") or "").essence == "application/unknownformat"
    optional = message.headers.with_header("Content-Disposition", "render;handling=optional")
    assert check_body(optional, message.body, ACCEPTED) is None


def test_an_rfc_2543_request_has_all_its_datagram_as_body() -> None:
    message = request("inv2543")
    assert message.body.endswith(b"m=audio 49217 RTP/AVP 0\r\n")
    assert check(parse(messages_4475()["inv2543"])) is None
