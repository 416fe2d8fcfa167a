from __future__ import annotations

import pytest
from hypothesis import given

from opensos.protocols.effects import RemoteError
from opensos.protocols.sip import (
    OtherUri,
    SipUri,
    TelUri,
    Uri,
    UrnUri,
    parse_host_port,
    parse_uri,
    percent_decode,
)
from tests.protocols.sip.strategies import uris


@given(uris)
def test_a_uri_written_and_read_is_the_same(uri: Uri) -> None:
    assert parse_uri(str(uri)) == uri
    assert uri.same_as(parse_uri(str(uri)))


def test_a_sip_uri_is_taken_apart() -> None:
    text = "SIPS:alice:secret@example.com:5061;transport=tcp;lr?Subject=a%20b&X=1"
    uri = parse_uri(text)
    assert isinstance(uri, SipUri)
    assert (uri.scheme, uri.user, uri.password) == ("sips", "alice", "secret")
    assert (uri.host, uri.port) == ("example.com", 5061)
    assert uri.params.get("lr") == ""
    assert uri.headers == (("Subject", "a%20b"), ("X", "1"))
    assert str(uri) == text.replace("SIPS", "sips")
    plain = parse_uri("sip:example.com")
    assert isinstance(plain, SipUri)
    assert (plain.user, plain.username) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip",
        "sip:",
        "sip:@example.com",
        "sip:a b@example.com",
        "sip:a%4@example.com",
        "sip:a:b c@example.com",
        "sip:a@exa mple.com",
        "sip:a@example.com:",
        "sip:a@example.com:99999",
        "sip:a@example.com:5060x",
        "sip:a@example.com;=x",
        "sip:a@example.com;x=",
        "sip:a@example.com;x=a b",
        "sip:a@example.com?",
        "sip:a@example.com?x",
        "sip:a@example.com?=x",
        "sip:a@[2001:db8::1",
        "sip:a@[2001:db8::1]x",
        "sip:a@[2001:db8]",
        "sip:a@[fe80::1%eth0]",
        "sip:2001:db8::1",
        "tel:",
        "tel:+",
        "tel:-",
        "tel:12x",
        "tel:112; x",
        "urn:service",
        "urn::sos",
        "urn:service:",
        "1http://x",
        "http:a b",
        "no scheme",
    ],
)
def test_what_is_no_uri_blames_the_peer(text: str) -> None:
    with pytest.raises(RemoteError):
        parse_uri(text)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a%2fb@x", "sip:a%2Fb@x"),
        ("sip:a@x;", "sip:a@x"),
        ("tel:+1-201-555-0123", "tel:+1(201)555.0123"),
        ("tel:7042;phone-context=+1-2;ext=1-2", "tel:7042;EXT=12;phone-context=+12"),
        ("urn:service:sos.ecall.MANUAL", "URN:Service:SOS.eCall.manual"),
        ("urn:nena:x", "urn:NENA:x"),
        ("HTTP://example.com/", "http://example.com/"),
    ],
)
def test_different_spellings_of_one_uri_are_the_same(one: str, two: str) -> None:
    assert parse_uri(one).same_as(parse_uri(two))
    assert parse_uri(two).same_as(parse_uri(one))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:a@x", "sips:a@x"),
        ("sip:a@x", "sip:x"),
        ("sip:a@x", "sip:a:p@x"),
        ("sip:a@x;user=phone", "sip:a@x"),
        ("sip:a%40@x", "sip:a%2C@x"),
        ("tel:+112", "tel:112"),
        ("tel:112", "sip:112@x"),
        ("sip:112@x", "tel:112"),
        ("urn:service:sos", "urn:service:sos.fire"),
        ("urn:nena:x", "urn:nena:X"),
        ("urn:service:sos", "tel:112"),
        ("http://a", "tel:112"),
    ],
)
def test_different_uris_differ(one: str, two: str) -> None:
    assert not parse_uri(one).same_as(parse_uri(two))


def test_a_service_urn_tells_its_labels_in_lower_case() -> None:
    uri = parse_uri("urn:Service:SOS.eCall.Automatic")
    assert isinstance(uri, UrnUri)
    assert uri.service == "sos.ecall.automatic"
    other = parse_uri("urn:emergency:uid:callid:1:x")
    assert isinstance(other, UrnUri)
    assert (other.service, other.scheme) == (None, "urn")


def test_a_telephone_number_is_given_without_separators() -> None:
    uri = parse_uri("tel:+1-(201).555-0123;ext=5")
    assert isinstance(uri, TelUri)
    assert (uri.digits, uri.scheme, uri.params.get("ext")) == ("+12015550123", "tel", "5")


def test_other_schemes_stay_opaque() -> None:
    uri = parse_uri("Soap.Beep://192.0.2.103:3002")
    assert uri == OtherUri("soap.beep", "//192.0.2.103:3002")
    assert str(uri) == "soap.beep://192.0.2.103:3002"


def test_escapes_are_decoded_once() -> None:
    assert percent_decode("a%2541") == "a%41"
    assert percent_decode("%C3%A9") == "é"
    assert percent_decode("%ff") == "\udcff"
    assert percent_decode("é%41") == "éA"
    assert percent_decode("€%41") == "€A"
    assert percent_decode("plain") == "plain"
    assert percent_decode("100%") == "100%"


def test_host_and_port_are_taken_apart() -> None:
    assert parse_host_port("a.b") == ("a.b", None)
    assert parse_host_port("[::1]:5060") == ("[::1]", 5060)
    assert parse_host_port("a:0") == ("a", 0)
    with pytest.raises(RemoteError):
        parse_host_port("a:²")


def test_reading_a_huge_uri_is_linear() -> None:
    for text in ("sip:" + "a" * 200_000 + "\0", "sip:" + "%41" * 60_000, "sip:x" + ";a=b" * 50_000):
        try:
            parse_uri(text)
        except RemoteError:
            continue
