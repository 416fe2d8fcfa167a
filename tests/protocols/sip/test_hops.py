from __future__ import annotations

import pytest

from opensos.protocols.effects import Address
from opensos.protocols.sip.fields import parse_via
from opensos.protocols.sip.hops import (
    bare,
    bracketed,
    fallback_address,
    follow,
    is_literal,
    response_address,
    stamped_via,
)

UDP = Address("udp", "203.0.113.9", 4444)
TCP = Address("tcp", "203.0.113.9", 4444)


@pytest.mark.parametrize(
    ("via", "source", "to"),
    [
        ("SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa", UDP, Address("udp", "203.0.113.9", 5060)),
        ("SIP/2.0/UDP 10.0.0.1:5080;branch=z9hG4bKa", UDP, Address("udp", "203.0.113.9", 5080)),
        ("SIP/2.0/UDP 10.0.0.1:5080;rport;branch=z9hG4bKa", UDP, UDP),
        ("SIP/2.0/TCP 10.0.0.1:5080;branch=z9hG4bKa", TCP, TCP),
        ("SIP/2.0/UDP h:5080;maddr=198.51.100.1", UDP, Address("udp", "203.0.113.9", 5080)),
    ],
)
def test_an_answer_goes_back_where_the_via_and_the_source_say(
    via: str, source: Address, to: Address
) -> None:
    assert response_address(parse_via(via), source) == to


def test_an_answer_whose_connection_is_lost_goes_to_the_port_of_the_via() -> None:
    assert fallback_address(parse_via("SIP/2.0/TCP h:5099"), TCP) == TCP._replace(port=5099)
    assert fallback_address(parse_via("SIP/2.0/TCP h"), TCP) == TCP._replace(port=5060)
    tls = TCP._replace(transport="tls")
    assert fallback_address(parse_via("SIP/2.0/TLS h"), tls) == tls._replace(port=5061)


@pytest.mark.parametrize(
    ("raw", "stamped"),
    [
        ("SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bKa",) * 2,
        (
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa",
            "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;received=203.0.113.9",
        ),
        (
            "SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bKa",
            "SIP/2.0/UDP 10.0.0.1;rport=4444;received=203.0.113.9;branch=z9hG4bKa",
        ),
        (
            "SIP/2.0/UDP h;rportx=1;RPORT;branch=z9hG4bKa",
            "SIP/2.0/UDP h;rportx=1;RPORT=4444;branch=z9hG4bKa;received=203.0.113.9",
        ),
        (
            "SIP/2.0/UDP h;rport=1;received=1.2.3.4",
            "SIP/2.0/UDP h;rport=4444;received=203.0.113.9",
        ),
    ],
)
def test_the_top_via_is_stamped_with_received_and_rport(raw: str, stamped: str) -> None:
    found = parse_via(stamped_via(parse_via(raw), raw, UDP))
    wanted = parse_via(stamped)
    assert (found.host, found.port) == (wanted.host, wanted.port)
    assert sorted(map(str, found.params)) == sorted(map(str, wanted.params))


@pytest.mark.parametrize(
    ("uri", "to"),
    [
        ("sip:a@198.51.100.2", Address("udp", "198.51.100.2", 5060)),
        ("sip:a@198.51.100.2:5099;transport=tcp", Address("tcp", "198.51.100.2", 5099)),
        ("sips:a@198.51.100.2", Address("tls", "198.51.100.2", 5061)),
        ("sip:a@[2001:db8::1]:6000", Address("udp", "2001:db8::1", 6000)),
        ("sip:a@198.51.100.2;transport=sctp", Address("udp", "198.51.100.2", 5060)),
        ("sip:a@psap.example", UDP),
        ("tel:112", UDP),
        ("nonsense", UDP),
    ],
)
def test_an_address_is_followed_and_a_name_is_left_to_the_last_hop(uri: str, to: Address) -> None:
    assert follow(uri, UDP) == to


def test_a_connection_from_the_same_host_is_used_again_until_it_is_lost() -> None:
    uri = "sip:a@203.0.113.9:5060;transport=tcp"
    assert follow(uri, TCP) == TCP
    assert follow(uri, TCP, reuse=False) == TCP._replace(port=5060)


def test_hosts_change_between_sip_and_sockets() -> None:
    assert bracketed("2001:db8::1") == "[2001:db8::1]" == bracketed("[2001:db8::1]")
    assert (bracketed("1.2.3.4"), bare("[::1]"), bare("a.example")) == (
        "1.2.3.4",
        "::1",
        "a.example",
    )
    assert [is_literal(h) for h in ("1.2.3.4", "[::1]", "a.example")] == [True, True, False]
