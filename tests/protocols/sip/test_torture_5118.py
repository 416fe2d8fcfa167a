"""RFC 5118, message by message: IPv6 in addresses, Vias and descriptions."""

from __future__ import annotations

import pytest

from opensos.protocols.sip import (
    Request,
    SipUri,
    check,
    parse,
    parse_name_addr,
    parse_sdp,
    parse_uri,
    parse_via,
)
from tests.protocols.sip.torture import messages_5118, needs_5118, with_true_length

pytestmark = needs_5118

# Message → section and the status of a server, 0 where it processes the request.
TABLE = {
    "ipv6-good": ("4.1", 0),
    "ipv6-bad": ("4.2", 400),
    "port-ambiguous": ("4.3", 0),
    "port-unambiguous": ("4.4", 0),
    "via-received-param-with-delim": ("4.5", 0),
    "via-received-param-no-delim": ("4.5", 0),
    "ipv6-in-sdp": ("4.6", 0),
    "mult-ip-in-header": ("4.7", 0),
    "mult-ip-in-sdp": ("4.8", 0),
    "ipv4-mapped-ipv6": ("4.9", 0),
    "ipv6-bug-abnf-3-colons": ("4.10", 0),
    "ipv6-correct-abnf-2-colons": ("4.10", 0),
}


def request(name: str) -> Request:
    message = parse(with_true_length(messages_5118()[name])).message
    assert isinstance(message, Request)
    return message


def sip_uri(text: str) -> SipUri:
    uri = parse_uri(text)
    assert isinstance(uri, SipUri)
    return uri


def test_the_table_names_every_message() -> None:
    assert set(TABLE) == set(messages_5118())


@pytest.mark.parametrize("name", TABLE)
def test_a_server_answers_each_message_as_the_rfc_says(name: str) -> None:
    parsed = parse(with_true_length(messages_5118()[name]))
    defect = check(parsed, strict=True)
    assert (defect.status if defect else 0) == TABLE[name][1]


def test_a_printed_length_beyond_the_printed_body_is_refused_as_rfc_3261_wants() -> None:
    defect = check(parse(messages_5118()["ipv6-in-sdp"]))
    assert defect is not None
    assert (defect.status, defect.reason) == (400, "Content-Length Beyond The Message")


def test_a_port_inside_the_brackets_is_part_of_the_address() -> None:
    ambiguous = sip_uri(request("port-ambiguous").uri)
    clear = sip_uri(request("port-unambiguous").uri)
    assert (ambiguous.host, ambiguous.port) == ("[2001:db8::10:5070]", None)
    assert (clear.host, clear.port) == ("[2001:db8::10]", 5070)


@pytest.mark.parametrize("name", ["via-received-param-with-delim", "via-received-param-no-delim"])
def test_a_received_address_may_stand_in_brackets(name: str) -> None:
    via = request(name).headers.read("via", parse_via)
    assert via is not None
    assert via.received == "2001:db8::9:255"


def test_vias_mix_both_families() -> None:
    vias = request("mult-ip-in-header").headers.read_all("via", parse_via)
    assert [via.sent_by for via in vias] == [
        "[2001:db8::9:1]:6050",
        "192.0.2.1",
        "[2001:db8::9:255]",
    ]
    assert vias[2].received == "192.0.2.200"


def test_descriptions_hold_addresses_of_both_families() -> None:
    v6 = parse_sdp(request("ipv6-in-sdp").body)
    both = parse_sdp(request("mult-ip-in-sdp").body)
    mapped = parse_sdp(request("ipv4-mapped-ipv6").body)
    assert (v6.connection, v6.problems) == ("2001:db8::20", ())
    assert [both.host_of(media) for media in both.media] == ["192.0.2.1", "2001:db8::1"]
    assert mapped.connection == "::ffff:192.0.2.2"


def test_an_ipv4_mapped_address_keeps_its_port_outside() -> None:
    headers = request("ipv4-mapped-ipv6").headers
    vias = headers.read_all("via", parse_via)
    assert [(via.host, via.port) for via in vias] == [
        ("[::ffff:192.0.2.10]", 19823),
        ("[::ffff:192.0.2.2]", None),
    ]
    contact = headers.read("contact", parse_name_addr)
    assert contact is not None
    assert sip_uri(contact.uri).host == "[::ffff:192.0.2.2]"


def test_one_colon_too_many_is_overlooked() -> None:
    wrong = sip_uri(request("ipv6-bug-abnf-3-colons").uri)
    right = sip_uri(request("ipv6-correct-abnf-2-colons").uri)
    assert wrong.host == right.host == "[2001:db8::192.0.2.1]"
    assert wrong.same_as(right)
