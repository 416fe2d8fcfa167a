from __future__ import annotations

import pytest
from hypothesis import given

from opensos.protocols.effects import LocalError
from opensos.protocols.sip import (
    Headers,
    Limits,
    Parsed,
    Request,
    Response,
    accepts,
    all_defects,
    check,
    check_body,
    check_method,
    parse,
    unsupported_options,
)
from tests.protocols.sip.strategies import requests, responses

GOOD = [
    ("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa"),
    ("From", "<sip:a@example.com>;tag=1"),
    ("To", "<urn:service:sos.ecall.manual>"),
    ("Call-ID", "x@y"),
    ("CSeq", "1 INVITE"),
    ("Max-Forwards", "70"),
    ("Contact", "<sip:a@192.0.2.1>"),
]


def invite(*changes: tuple[str, str | None], uri: str = "urn:service:sos") -> Parsed:
    """Return a good INVITE with some headers replaced, or taken out."""
    headers = Headers(GOOD)
    for name, value in changes:
        headers = headers.without(name) if value is None else headers.replaced(name, value)
    return parse(Request("INVITE", uri, headers).encode())


def reasons(parsed: Parsed) -> list[tuple[str, bool]]:
    return [(defect.reason, defect.fatal) for defect in all_defects(parsed)]


@given(requests)
def test_a_request_written_and_read_is_the_same(request: Request) -> None:
    parsed = parse(request.encode())
    assert parsed.rest == b""
    assert isinstance(parsed.message, Request)
    _same(request, parsed.message)
    assert (parsed.message.method, parsed.message.uri) == (request.method, request.uri)


@given(responses)
def test_a_response_written_and_read_is_the_same(response: Response) -> None:
    parsed = parse(response.encode())
    assert isinstance(parsed.message, Response)
    _same(response, parsed.message)
    assert (parsed.message.status, parsed.message.reason) == (response.status, response.reason)


def _same(one: Request | Response, two: Request | Response) -> None:
    assert two.body == one.body
    assert two.version == one.version
    assert two.headers.get("content-length") == str(len(one.body))
    assert two.headers.without("content-length") == one.headers.without("content-length")


def test_bytes_that_are_not_utf_8_come_back_as_they_were() -> None:
    data = b"INFO sip:a@b SIP/2.0\r\nSubject: \xff\xfe\x80 \xc3\xa9\r\nContent-Length: 0\r\n\r\n"
    message = parse(data).message
    assert message is not None
    assert message.headers.get("s") == "\udcff\udcfe\udc80 é"
    assert message.encode() == data


def test_the_content_length_is_written_anew() -> None:
    headers = Headers([("l", "99"), ("CONTENT-LENGTH", "7"), ("Odd", "y")])
    data = Request("INFO", "sip:a@b", headers, b"abc").encode()
    assert data == b"INFO sip:a@b SIP/2.0\r\nOdd: y\r\nContent-Length: 3\r\n\r\nabc"


@pytest.mark.parametrize("value", ["a\r\nEvil: b", "a\nb", "a\rb"])
def test_no_header_of_ours_can_forge_another(value: str) -> None:
    with pytest.raises(LocalError):
        Request("INFO", "sip:a@b", Headers([("X", value)])).encode()
    with pytest.raises(LocalError):
        Response(200, value, Headers()).encode()


def test_half_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(LocalError):
        Request("INFO", "sip:a@b", Headers([("X", "\ud800")])).encode()


def test_a_good_request_has_no_defect() -> None:
    assert reasons(invite()) == []
    assert check(invite(), strict=True) is None


def test_a_datagram_of_line_ends_is_nothing_and_no_fault() -> None:
    for data in (b"", b"\r\n", b"\r\n\r\n", b"\n"):
        assert parse(data) == Parsed(None)
        assert check(parse(data)) is None


def test_line_ends_before_the_start_line_are_overlooked() -> None:
    message = parse(b"\r\n\r\nINFO sip:a@b SIP/2.0\r\n\r\n").message
    assert isinstance(message, Request)
    assert message.method == "INFO"


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\0\0\0\0",
        b"INVITE",
        b"IN@VITE sip:a@b SIP/2.0\r\n\r\n",
        b"SIP/2.0\r\n\r\n",
        b"SIP/2.0 OK\r\n\r\n",
        b"SIP/2.0 " + b"9" * 400 + b" x\r\n\r\n",
        b": :\r\n\r\n",
        b" \r\n\r\n",
    ],
)
def test_garbage_is_no_message_and_one_defect(data: bytes) -> None:
    parsed = parse(data)
    assert parsed.message is None
    assert [defect.status for defect in parsed.defects] == [400]
    assert check(parsed) is parsed.defects[0]


@pytest.mark.parametrize(
    ("line", "status", "uri"),
    [
        (b"INVITE urn:service:sos SIP/2.0", 0, "urn:service:sos"),
        (b"INVITE urn:service:sos sip/2.0", 0, "urn:service:sos"),
        (b"INVITE urn:service:sos SIP/3.0", 505, "urn:service:sos"),
        (b"INVITE urn:service:sos HTTP/1.1", 400, "urn:service:sos"),
        (b"INVITE urn:service:sos", 400, "urn:service:sos"),
        (b"INVITE urn:service: sos SIP/2.0", 400, "urn:service: sos"),
        (b"INVITE <urn:service:sos> SIP/2.0", 0, "urn:service:sos"),
        (b"INVITE   urn:service:sos\tSIP/2.0 ", 0, "urn:service:sos"),
        (b"INVITE SIP/2.0", 400, "SIP/2.0"),
        (b"INVITE  SIP/2.0", 400, "SIP/2.0"),
        (b"INVITE <> SIP/2.0", 400, "<>"),
    ],
)
def test_a_strange_request_line_is_still_a_request(line: bytes, status: int, uri: str) -> None:
    rest = Request("INVITE", "x", Headers(GOOD)).encode().partition(b"\r\n")[2]
    parsed = parse(line + b"\r\n" + rest)
    assert isinstance(parsed.message, Request)
    assert (parsed.message.method, parsed.message.uri) == ("INVITE", uri)
    defect = check(parsed)
    assert (defect.status if defect else 0) == status


def test_a_status_line_may_lack_its_last_space() -> None:
    parsed = parse(b"SIP/2.0 180\r\n\r\n")
    assert isinstance(parsed.message, Response)
    assert (parsed.message.status, parsed.message.reason) == (180, "")
    assert [(d.reason, d.fatal) for d in parsed.defects] == [
        ("No Space After The Status Code", False)
    ]


def test_other_line_ends_are_read_and_noted() -> None:
    data = b"INFO sip:a@b SIP/2.0\nTo: <sip:c@d>\n ;tag=1\nX: a\rb\n\nbody\r\n\r\n"
    parsed = parse(data)
    assert parsed.message is not None
    assert parsed.message.body == b"body\r\n\r\n"
    assert parsed.message.headers.get("to") == "<sip:c@d> ;tag=1"
    assert parsed.message.headers.get("x") == "a b"
    assert [(d.reason, d.fatal) for d in parsed.defects] == [("Line Ends Other Than CRLF", False)]
    parsed.message.encode()


def test_a_head_that_never_ends_is_fatal_only_where_a_line_is_cut() -> None:
    whole = Request("INVITE", "urn:service:sos", Headers(GOOD)).encode()
    assert check(parse(whole[:-2])) is None
    cut = check(parse(whole[:-7]))
    assert cut is not None
    assert (cut.status, cut.reason) == (400, "Header Section Never Ends")


def test_lines_that_are_no_headers_are_overlooked() -> None:
    data = b"INFO sip:a@b SIP/2.0\r\nno header\r\nBad Name: x\r\n: y\r\nGood : z\r\n\r\n"
    parsed = parse(data)
    assert parsed.message is not None
    assert parsed.message.headers.items() == (("Good", "z"),)
    assert [(d.reason, d.fatal) for d in parsed.defects] == [("Malformed Header Line", False)] * 3


@pytest.mark.parametrize(
    ("length", "body", "rest", "reason"),
    [
        ("3", b"abc", b"def", ""),
        ("003", b"abc", b"def", ""),
        ("0", b"", b"abcdef", ""),
        ("7", b"abcdef", b"", "Content-Length Beyond The Message"),
        ("-1", b"abcdef", b"", "Malformed Content-Length"),
        ("", b"abcdef", b"", "Malformed Content-Length"),
        ("five", b"abcdef", b"", "Malformed Content-Length"),
        ("³", b"abcdef", b"", "Malformed Content-Length"),
        ("9" * 5000, b"abcdef", b"", "Malformed Content-Length"),
    ],
)
def test_the_content_length_rules_a_datagram(
    length: str, body: bytes, rest: bytes, reason: str
) -> None:
    parsed = parse(f"INFO sip:a@b SIP/2.0\r\nl: {length}\r\n\r\nabcdef".encode())
    assert parsed.message is not None
    assert (parsed.message.body, parsed.rest) == (body, rest)
    assert [d.reason for d in parsed.defects] == ([reason] if reason else [])


def test_equal_content_lengths_are_one_and_different_ones_none() -> None:
    same = parse(b"INFO sip:a@b SIP/2.0\r\nl: 1\r\nContent-Length: 1\r\n\r\nabc")
    different = parse(b"INFO sip:a@b SIP/2.0\r\nl: 1\r\nContent-Length: 2\r\n\r\nabc")
    assert same.message is not None
    assert different.message is not None
    assert (same.message.body, same.defects) == (b"a", ())
    assert different.message.body == b"abc"
    assert [d.reason for d in different.defects] == ["Conflicting Content-Length"]


def test_more_than_the_limits_is_refused_and_still_read() -> None:
    limits = Limits(message=400, head=300, headers=3, line=50, uri=20)
    start = b"INVITE urn:service:sos SIP/2.0\r\n"

    def first(data: bytes) -> tuple[int, str, bool]:
        parsed = parse(data, limits)
        assert isinstance(parsed.message, Request)
        defect = parsed.defects[0]
        return defect.status, defect.reason, defect.fatal

    assert first(start + b"\r\n" + b"x" * 500) == (513, "Message Too Large", True)
    assert first(start + b"X: " + b"y" * 320 + b"\r\n\r\n") == (
        513,
        "Header Section Too Large",
        True,
    )
    assert first(start + b"X: y\r\n" * 4 + b"\r\n") == (400, "Too Many Header Lines", True)
    assert first(start + b"X: " + b"y" * 60 + b"\r\n\r\n") == (400, "Header Line Too Long", False)
    long_uri = b"INVITE sip:" + b"a" * 30 + b" SIP/2.0\r\n\r\n"
    assert first(long_uri) == (414, "Request-URI Too Long", True)


@pytest.mark.parametrize(
    ("change", "reason", "fatal"),
    [
        (("Via", None), "Missing Via Header", True),
        (("From", None), "Missing From Header", True),
        (("To", None), "Missing To Header", True),
        (("Call-ID", None), "Missing Call-ID Header", True),
        (("CSeq", None), "Missing CSeq Header", True),
        (("Call-ID", ""), "Missing Call-ID Header", True),
        (("Max-Forwards", None), "Missing Max-Forwards Header", False),
        (("Max-Forwards", "x"), "Malformed Max-Forwards", False),
        (("Via", "SIP/2.0"), "Malformed Via", True),
        (("Via", "SIP/2.0/UDP a;branch=z9hG4bK"), "Empty Branch", False),
        (("From", '"x'), "Malformed From", True),
        (("From", "<sip:a@b>"), "From Without A Tag", False),
        (("From", "<sip:a@b c>;tag=1"), "Malformed From", True),
        (("From", "<sip:a@%>;tag=1"), "Malformed URI In From", False),
        (("To", "Watson, T <sip:a@b>"), "Malformed To", False),
        (("CSeq", "x"), "Malformed CSeq", True),
        (("CSeq", "1 BYE"), "CSeq Names Another Method", True),
        (("Contact", "<sip:a@>"), "Malformed URI In Contact", True),
        (("Contact", "<sip:a"), "Malformed Contact", True),
        (("Contact", "<sip:a@b>;;"), "Malformed Contact", False),
        (("Record-Route", "<"), "Malformed Record-Route", True),
        (("Route", "<"), "Malformed Route", False),
        (("Content-Type", "sdp"), "Malformed Content-Type", False),
        (("Content-Disposition", ";"), "Malformed Content-Disposition", False),
        (("Date", "yesterday"), "Date Not In GMT", False),
    ],
)
def test_each_fault_is_found_and_weighed(
    change: tuple[str, str | None], reason: str, *, fatal: bool
) -> None:
    parsed = invite(change)
    assert reasons(parsed) == [(reason, fatal)]
    assert (check(parsed) is not None) == fatal
    strict = check(parsed, strict=True)
    assert strict is not None
    assert (strict.status, strict.reason) == (400, reason)


def test_a_contact_that_is_not_needed_may_be_malformed() -> None:
    headers = Headers(GOOD).replaced("CSeq", "1 BYE").replaced("Contact", "<")
    parsed = parse(Request("BYE", "sip:a@b", headers).encode())
    assert reasons(parsed) == [("Malformed Contact", False)]
    assert check(parsed) is None


def test_a_star_is_a_contact() -> None:
    headers = Headers(GOOD).replaced("CSeq", "1 REGISTER").replaced("Contact", "*")
    assert check(parse(Request("REGISTER", "sip:a@b", headers).encode()), strict=True) is None


@pytest.mark.parametrize("name", ["From", "To", "Call-ID", "CSeq", "Max-Forwards"])
def test_a_single_header_stands_once(name: str) -> None:
    headers = Headers(GOOD)
    doubled = headers.with_header(name, headers.get(name) or "")
    defect = check(parse(Request("INVITE", "urn:service:sos", doubled).encode()))
    assert defect is not None
    assert (defect.status, defect.reason) == (400, f"More Than One {name} Header")


def test_the_scheme_of_the_request_uri_decides() -> None:
    for uri, status in (
        ("sip:a@b", 0),
        ("sips:a@b", 0),
        ("tel:112", 0),
        ("URN:service:sos", 0),
        ("http://example.com", 416),
        ("sip:", 400),
        ("nonsense", 400),
    ):
        defect = check(invite(uri=uri))
        assert (defect.status if defect else 0) == status, uri


def test_a_response_is_checked_for_its_own_faults() -> None:
    def first(response: Response) -> str:
        defect = check(parse(response.encode()))
        return defect.reason if defect else ""

    headers = Headers(GOOD)
    second = headers.with_header("Via", "SIP/2.0/UDP b;branch=z9hG4bKb")
    assert first(Response(200, "OK", headers)) == ""
    assert first(Response(200, "OK", second)) == "Response For Somebody Else"
    assert first(Response(99, "OK", headers)) == "Status Code Out Of Range"
    assert first(Response(700, "OK", headers)) == "Status Code Out Of Range"
    assert first(Response(200, "OK", headers, version="SIP/1.0")) == "Version Not Supported"
    assert first(Response(200, "OK", headers.without("To"))) == "Missing To Header"


def test_methods_are_unknown_or_only_not_allowed() -> None:
    assert check_method("INFO", {"INFO"}) is None
    for method, status in (("MESSAGE", 405), ("invite", 501), ("FLY", 501)):
        defect = check_method(method, {"INFO"})
        assert defect is not None
        assert defect.status == status


def test_required_options_are_compared_without_case() -> None:
    headers = Headers([("Require", "100REL, foo"), ("Require", "bar")])
    assert unsupported_options(headers, {"100rel"}) == ("foo", "bar")


@pytest.mark.parametrize(
    ("lines", "body", "status"),
    [
        ([], b"", 0),
        ([], b"x", 415),
        ([("Content-Type", "Application/SDP;x=y")], b"x", 0),
        ([("Content-Type", "text/plain")], b"x", 415),
        ([("Content-Type", "nonsense")], b"x", 415),
        ([("Content-Type", "application/sdp"), ("e", "gzip")], b"x", 415),
        ([("Content-Type", "application/sdp"), ("e", "Identity")], b"x", 0),
        ([("Content-Disposition", "icon;handling=Optional")], b"x", 0),
        ([("Content-Disposition", "icon;handling=required")], b"x", 415),
        ([("Content-Disposition", ";")], b"x", 415),
    ],
)
def test_a_body_must_be_understood(lines: list[tuple[str, str]], body: bytes, status: int) -> None:
    defect = check_body(Headers(lines), body, {"application/sdp"})
    assert (defect.status if defect else 0) == status


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/sdp", True),
        ("text/plain, APPLICATION/*;q=0.1", True),
        ("*/*", True),
        ("text/plain", False),
        ("", False),
        ("nonsense, application/sdp", True),
    ],
)
def test_an_accept_header_covers_a_type_or_not(accept: str, *, expected: bool) -> None:
    assert accepts(Headers([("Accept", accept)]), "application/sdp") is expected


def test_without_an_accept_header_the_default_holds() -> None:
    assert accepts(Headers(), "application/sdp")
    assert not accepts(Headers(), "text/plain", default=False)
