from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from opensos.protocols.effects import LocalError, RemoteError
from opensos.protocols.sip import (
    CSeq,
    MediaType,
    NameAddr,
    Params,
    RAck,
    Valued,
    Via,
    is_token,
    parse_cseq,
    parse_max_forwards,
    parse_media_type,
    parse_name_addr,
    parse_number,
    parse_params,
    parse_rack,
    parse_seconds,
    parse_valued,
    parse_via,
    quote,
    unquote,
)
from tests.protocols.sip.strategies import header_params, name_addrs, vias, words

if TYPE_CHECKING:
    from collections.abc import Callable


@given(vias)
def test_a_via_written_and_read_is_the_same(via: Via) -> None:
    assert parse_via(str(via)) == via


@given(name_addrs)
def test_an_address_written_and_read_is_the_same(address: NameAddr) -> None:
    assert parse_name_addr(str(address)) == address


@given(header_params())
def test_parameters_written_and_read_are_the_same(params: Params) -> None:
    assert parse_params(str(params)) == params
    valued = Valued("render", params)
    assert parse_valued(str(valued)) == valued
    media = MediaType("text", "plain", params)
    assert parse_media_type(str(media)) == media


@given(words)
def test_a_quoted_text_unquoted_is_the_same(text: str) -> None:
    assert unquote(quote(text)) == text


def test_a_line_end_cannot_be_quoted() -> None:
    for text in ("a\r", "\nb"):
        with pytest.raises(LocalError):
            quote(text)


def test_text_without_quotes_is_left_as_it_is() -> None:
    assert [unquote(text) for text in ("abc", '"', '"a', 'a"', '""')] == [
        "abc",
        '"',
        '"a',
        'a"',
        "",
    ]
    assert is_token("a-b.c")
    assert not is_token("a b")
    assert not is_token("")
    assert not is_token("a\n")


def test_parameters_are_found_without_case() -> None:
    params = parse_params(' ; A = "x\\"y" ; flag ;b=2')
    assert params.get("a") == 'x"y'
    assert params.raw("a") == '"x\\"y"'
    assert params.get("flag") == ""
    assert params.get("c") is None
    assert "b" in params
    assert "c" not in params
    assert len(params) == 3
    assert list(params) == list(params.items)
    assert str(params) == ';A="x\\"y";flag;b=2'
    assert repr(Params()) == "Params(())"
    assert hash(params) == hash(parse_params(str(params)))
    assert params != "x"


def test_parameters_are_changed_by_copies() -> None:
    params = Params([("a", "1"), ("b", None), ("A", "2")])
    assert str(params.with_param("a", "9")) == ";a=9;b"
    assert str(params.with_param("c", None)) == ";a=1;b;A=2;c"
    assert str(params.without("A")) == ";b"


@pytest.mark.parametrize(
    "text", ["a=b", ';a="x', ';a="x"y', ";a b", ";=x", ";a b=c", ';"x"', "; ;@"]
)
def test_malformed_parameters_blame_the_peer(text: str) -> None:
    with pytest.raises(RemoteError):
        parse_params(text)


def test_a_via_may_have_white_space_everywhere() -> None:
    via = parse_via("SIP  /\t2.0 / UDP  \t first.example.com : 4000 ;ttl=16 ;maddr=224.2.0.1;rport")
    assert via.sent_by == "first.example.com:4000"
    assert (via.protocol, via.transport) == ("SIP/2.0", "UDP")
    assert via.params.get("rport") == ""
    assert (via.branch, via.received, via.transaction_branch) == (None, None, None)
    assert parse_via("SIP/2.0/UDP a;branch=Z9hG4bKx").transaction_branch == "Z9hG4bKx"
    assert parse_via("SIP/2.0/UDP a;branch=1").transaction_branch is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIP/2.0",
        "SIP/2.0/UDP",
        "SIP/2.0/ UDP",
        "SIP/2.0/U@P host",
        "S P/2.0/UDP host",
        "SIP/2 0/UDP host",
        "SIP/2.0/UDP ho st",
        "SIP/2.0/UDP host:port",
        "SIP/2.0/UDP host;=",
        "SIP/2.0/UDP ;branch=z9hG4bKx",
    ],
)
def test_a_malformed_via_blames_the_peer(text: str) -> None:
    with pytest.raises(RemoteError):
        parse_via(text)


def test_both_forms_of_an_address_are_read() -> None:
    assert parse_name_addr("sip:a@b;tag=1") == NameAddr("sip:a@b", "", Params([("tag", "1")]))
    assert parse_name_addr("<sip:a@b;x>;tag=1").uri == "sip:a@b;x"
    assert parse_name_addr("Al Bo<sip:a@b>").display == "Al Bo"
    assert parse_name_addr('"<x>" <sip:a@b>').display == "<x>"
    assert parse_name_addr("*") == NameAddr("*")
    assert str(NameAddr("*")) == "*"
    assert parse_name_addr("sip:a@b;tag=1").tag == "1"
    assert parse_name_addr("<cid:x@y>;purpose=z").parsed_uri().scheme == "cid"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Bell, Alexander <sip:a@b>", "quotes"),
        ("< sip:a@b>", "spaces"),
        ("<sip:a@b\t>", "spaces"),
        ("sip:a@b?x=y", "brackets"),
        ("<sip:a@b>;;", "empty"),
        ("sip:a@b", ""),
    ],
)
def test_what_may_be_overlooked_in_an_address_is_noted(text: str, fault: str) -> None:
    address = parse_name_addr(text)
    assert address.uri.startswith("sip:a@b")
    assert fault in address.fault
    assert bool(address.fault) == bool(fault)
    assert parse_name_addr(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<>",
        "< >",
        "<sip:a b@c>",
        '"never <sip:a@b>',
        '"name" sip:a@b',
        '"name" x <sip:a@b>',
        "<sip:a@b",
        "<sip:a@b>tag=1",
        "sip:a b",
        "sip:a@b>",
        'sip:a"b',
        "<<sip:a@b>>",
        ";tag=1",
    ],
)
def test_a_malformed_address_blames_the_peer(text: str) -> None:
    with pytest.raises(RemoteError):
        parse_name_addr(text)


def test_a_cseq_and_an_rack_are_read() -> None:
    assert parse_cseq("0009 \t INVITE") == CSeq(9, "INVITE")
    assert str(CSeq(4294967295, "A")) == "4294967295 A"
    assert parse_cseq("4294967295 A").number == 4294967295
    assert parse_rack("1 2 INVITE") == RAck(1, 2, "INVITE")
    assert str(RAck(1, 2, "INVITE")) == "1 2 INVITE"


@pytest.mark.parametrize(
    ("parser", "text"),
    [
        (parse_cseq, ""),
        (parse_cseq, "1"),
        (parse_cseq, "INVITE 1"),
        (parse_cseq, "1 IN@VITE"),
        (parse_cseq, "-1 INVITE"),
        (parse_cseq, "² INVITE"),
        (parse_cseq, "4294967296 INVITE"),
        (parse_rack, "1 INVITE"),
        (parse_rack, "1 2 @"),
        (parse_rack, "1 x INVITE"),
        (parse_max_forwards, "256"),
        (parse_max_forwards, "seventy"),
        (parse_max_forwards, ""),
        (parse_valued, ";x=y"),
        (parse_media_type, "text"),
        (parse_media_type, "text/"),
        (parse_media_type, "te xt/plain"),
    ],
)
def test_malformed_fields_blame_the_peer(parser: Callable[[str], object], text: str) -> None:
    with pytest.raises(RemoteError):
        parser(text)


def test_numbers_may_have_leading_zeros_and_no_limit_of_length() -> None:
    assert parse_number("0" * 5000 + "7", 9, "It") == 7
    assert parse_number("0" * 5000, 9, "It") == 0
    with pytest.raises(RemoteError):
        parse_number("9" * 100_000, 9, "It")
    assert parse_max_forwards(" 0068 ") == 68


def test_seconds_that_cannot_be_read_are_the_default() -> None:
    assert parse_seconds(None, 3600) == 3600
    assert parse_seconds("x", 3600) == 3600
    assert parse_seconds(" 90 ", 3600) == 90
    assert parse_seconds("0" * 30 + "5", 3600) == 5
    assert parse_seconds("0" * 30, 3600) == 0
    assert parse_seconds("9" * 30, 3600) == 2**32 - 1
    assert parse_seconds("9" * 10, 3600) == 2**32 - 1


def test_a_media_type_is_compared_in_lower_case() -> None:
    media = parse_media_type('Application / EmergencyCallData.eCall.MSD ; a="b"')
    assert media.essence == "application/emergencycalldata.ecall.msd"
    assert media.params.get("a") == "b"


@pytest.mark.parametrize(
    "text",
    ['"' * 100_000, '"\\' * 50_000, "<" * 100_000, ";" * 100_000, "a " * 50_000, ' "' * 50_000],
)
def test_hostile_fields_are_read_in_linear_time(text: str) -> None:
    for parser in (parse_name_addr, parse_via, parse_params, parse_media_type, parse_valued):
        try:
            parser(text)
        except RemoteError:
            continue
