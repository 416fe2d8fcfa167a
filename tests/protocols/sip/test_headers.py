from __future__ import annotations

import pytest
from hypothesis import given

from opensos.protocols.effects import RemoteError
from opensos.protocols.sip import Headers, parse_cseq, parse_via
from opensos.protocols.sip.headers import COMPACT, full_name
from tests.protocols.sip.strategies import header_lists


def test_names_are_found_without_case_and_in_compact_form() -> None:
    headers = Headers([("v", "one"), ("VIA", "two"), ("i", "abc")])
    assert headers.all("Via") == ("one", "two")
    assert headers.all("v") == headers.all("vIA") == headers.all("Via")
    assert headers.get("Call-ID") == headers.get("I") == "abc"
    assert headers.get("To") is None
    assert headers.all("To") == ()
    assert "call-id" in headers
    assert "to" not in headers


def test_compact_names_are_written_long_and_unknown_letters_stay() -> None:
    headers = Headers([("L", "0"), ("q", "x"), ("Odd-Name", "y")])
    assert [name for name, _ in headers.items()] == ["Content-Length", "q", "Odd-Name"]
    assert full_name("K") == "Supported"
    assert full_name("q") == "q"
    assert len(COMPACT) == 20


def test_lists_split_at_commas_but_not_inside_quotes_or_brackets() -> None:
    headers = Headers(
        [
            ("Contact", '"Bell, \\"A, B\\"" <sip:a@b;x=1,2>;q=1, <sip:c@d>'),
            ("m", ""),
            ("Contact", " , <sip:e@f>, "),
            ("Allow", "INVITE,ACK"),
            ("Supported", ""),
            ("Require", "100rel"),
        ]
    )
    assert headers.values("contact") == (
        '"Bell, \\"A, B\\"" <sip:a@b;x=1,2>;q=1',
        "<sip:c@d>",
        "<sip:e@f>",
    )
    assert headers.values("Allow") == ("INVITE", "ACK")
    assert headers.values("Supported") == ()
    assert headers.values("Require") == ("100rel",)
    assert headers.values("Via") == ()


@pytest.mark.parametrize("value", ['"never ends, <a', '"\\', "<a, b", '"\\"\\"\\"'])
def test_what_never_ends_runs_to_the_end_of_the_line(value: str) -> None:
    assert Headers([("Contact", value + ", x")]).values("Contact") == (value + ", x",)


def test_copies_differ_and_the_original_stays() -> None:
    headers = Headers([("To", "a"), ("From", "b"), ("to", "c")])
    assert headers.with_header("Odd", "d").items()[-1] == ("Odd", "d")
    assert headers.with_first("v", "e").items()[0] == ("Via", "e")
    assert headers.without("TO").items() == (("From", "b"),)
    assert headers.without("t").items() == (("From", "b"),)
    assert headers.replaced("to", "z").items() == (("To", "z"), ("From", "b"))
    assert headers.replaced("Max-Forwards", "70").items()[-1] == ("Max-Forwards", "70")
    assert headers.replaced("f", "y").get("from") == "y"
    assert headers.items() == (("To", "a"), ("From", "b"), ("to", "c"))
    assert len(headers) == 3


def test_headers_are_values() -> None:
    one = Headers([("t", "a")])
    assert one == Headers([("To", "a")])
    assert hash(one) == hash(Headers([("To", "a")]))
    assert one != Headers([("To", "b")])
    assert one != (("To", "a"),)
    assert repr(one) == "Headers((('To', 'a'),))"


def test_a_field_is_read_once_and_remembered() -> None:
    headers = Headers([("CSeq", "7 INFO"), ("Via", "SIP/2.0/UDP a, SIP/2.0/TCP b")])
    first = headers.read("cseq", parse_cseq)
    assert first is headers.read("cseq", parse_cseq)
    assert headers.read("rack", parse_cseq) is None
    vias = headers.read_all("via", parse_via)
    assert [via.host for via in vias] == ["a", "b"]
    assert vias is headers.read_all("via", parse_via)


def test_a_field_that_cannot_be_read_blames_the_peer_every_time() -> None:
    headers = Headers([("CSeq", "seven"), ("Via", "x")])
    for _ in range(2):
        with pytest.raises(RemoteError):
            headers.read("cseq", parse_cseq)
        with pytest.raises(RemoteError):
            headers.read_all("via", parse_via)


@given(header_lists)
def test_every_line_is_kept_in_order(lines: list[tuple[str, str]]) -> None:
    headers = Headers(lines)
    assert headers.items() == tuple(lines)
    for name, value in lines:
        assert value in headers.all(name.upper())
