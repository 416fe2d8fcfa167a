from __future__ import annotations

import pytest

from opensos.protocols.effects import Address
from opensos.protocols.sip.dialog import (
    MOST_ROUTES,
    contact_uri,
    dialog_as_uac,
    dialog_as_uas,
    path_for,
    tag_in,
)
from opensos.protocols.sip.fields import parse_via
from opensos.protocols.sip.headers import Headers
from opensos.protocols.sip.message import Request, Response

SOURCE = Address("udp", "203.0.113.9", 5060)
VIA = parse_via("SIP/2.0/UDP 203.0.113.9;branch=z9hG4bKx")
BASE = (("From", "<sip:a@h>;tag=f"), ("To", "<sip:b@h>;tag=t"), ("Call-ID", "c"))
ROUTES = (("Record-Route", "<sip:198.51.100.1;lr>, <sip:198.51.100.2;lr>"),)


def invite(*lines: tuple[str, str]) -> Request:
    return Request("INVITE", "urn:service:sos", Headers((*BASE, *lines)))


def test_the_callee_keeps_the_route_set_in_order_and_the_caller_reverses_it() -> None:
    callee = dialog_as_uas(invite(*ROUTES), VIA, SOURCE, ("<sip:b@h>;tag=t", "t"))
    caller = dialog_as_uac(
        Response(200, "OK", Headers((*BASE, *ROUTES))), ("<sip:a@h>;tag=f", "f"), "sip:x", SOURCE
    )
    assert callee.route_set == ("<sip:198.51.100.1;lr>", "<sip:198.51.100.2;lr>")
    assert caller.route_set == tuple(reversed(callee.route_set))
    assert (callee.key, caller.key) == (("c", "t", "f"), ("c", "f", "t"))


def test_a_loose_route_leaves_the_target_in_the_request_uri() -> None:
    path = path_for("sip:car@h", ("<sip:p1;lr>", "<sip:p2;lr>"))
    assert path == ("sip:car@h", ("<sip:p1;lr>", "<sip:p2;lr>"), "sip:p1;lr")


def test_a_strict_route_takes_the_request_uri_and_the_target_goes_last() -> None:
    path = path_for("sip:car@h", ("<sip:p1?x=y>", "<sip:p2;lr>"))
    assert path == ("sip:p1", ("<sip:p2;lr>", "<sip:car@h>"), "sip:p1")


def test_without_routes_the_target_is_all() -> None:
    assert path_for("sip:car@h", ()) == ("sip:car@h", (), "sip:car@h")
    assert path_for("sip:car@h", ("garbage",)).hop == "sip:car@h"


def test_numbers_must_rise() -> None:
    dialog = dialog_as_uas(invite(), VIA, SOURCE, ("<sip:b@h>;tag=t", "t"))
    assert [dialog.in_order(n) for n in (5, 5, 4, 6, 100)] == [True, False, False, True, True]
    assert [dialog.next_cseq(), dialog.next_cseq()] == [1, 2]


def test_the_target_follows_the_contact_and_then_the_next_hop() -> None:
    dialog = dialog_as_uas(
        invite(("Contact", "<sip:car@203.0.113.9:5062>")), VIA, SOURCE, ("<sip:b@h>;tag=t", "t")
    )
    assert dialog.hop() == SOURCE._replace(port=5062)
    dialog.refresh_target(Headers([("Contact", "<sip:car@203.0.113.10:5064>")]))
    assert dialog.hop() == Address("udp", "203.0.113.10", 5064)
    dialog.refresh_target(Headers([("Contact", "rubbish <")]))
    assert dialog.target == "sip:car@203.0.113.10:5064"


def test_a_caller_behind_a_translator_is_reached_where_it_came_from() -> None:
    inner = parse_via("SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKx")
    request = invite(("Contact", "<sip:car@10.0.0.5:5060>"))
    dialog = dialog_as_uas(request, inner, SOURCE._replace(port=61000), ("<sip:b@h>;tag=t", "t"))
    assert dialog.hop() == SOURCE._replace(port=61000)


def test_a_lost_connection_is_replaced_by_the_address_of_the_contact() -> None:
    stream = Address("tcp", "203.0.113.9", 40000)
    request = invite(("Contact", "<sip:car@203.0.113.9:5060;transport=tcp>"))
    dialog = dialog_as_uas(request, VIA, stream, ("<sip:b@h>;tag=t", "t"))
    assert dialog.hop() == stream
    dialog.leave_connection()
    assert dialog.hop() == stream._replace(port=5060)


def test_what_the_peer_can_is_remembered_until_it_says_otherwise() -> None:
    dialog = dialog_as_uas(
        invite(("Allow", "INVITE, update"), ("Recv-Info", "One;x=1, Two")),
        VIA,
        SOURCE,
        ("<sip:b@h>;tag=t", "t"),
    )
    assert dialog.can("UPDATE")
    assert dialog.packages == {"one", "two"}
    dialog.learn(Headers([("Subject", "nothing new")]))
    assert dialog.packages == {"one", "two"}
    dialog.learn(Headers([("Recv-Info", "")]))
    assert dialog.packages == frozenset()


def test_a_missing_contact_is_replaced_by_the_best_there_is() -> None:
    callee = dialog_as_uas(invite(), VIA, SOURCE, ("<sip:b@h>;tag=t", "t"))
    caller = dialog_as_uac(
        Response(200, "OK", Headers(BASE)), ("x", "f"), "sip:203.0.113.9", SOURCE
    )
    assert (callee.target, caller.target) == ("sip:a@h", "sip:203.0.113.9")
    assert contact_uri(Headers([("Contact", "*")])) is None


def test_an_endless_record_route_is_cut() -> None:
    many = ", ".join(f"<sip:p{n};lr>" for n in range(500))
    dialog = dialog_as_uas(invite(("Record-Route", many)), VIA, SOURCE, ("x", "t"))
    assert len(dialog.route_set) == MOST_ROUTES


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("<sip:a@h>;tag=x", "x"),
        ("sip:a@h;tag=x", "x"),
        ('"A;tag=no" <sip:a@h;tag=no>;x=1;TAG=yes', "yes"),
        ("<sip:a@h>", ""),
        ("<sip:a@h", ""),
    ],
)
def test_tags_are_found_where_they_are(value: str, tag: str) -> None:
    assert tag_in(Headers([("To", value)]), "to") == tag


def test_a_new_connection_or_a_moved_port_behind_a_translator_is_followed() -> None:
    stream = Address("tcp", "203.0.113.9", 40000)
    on_stream = dialog_as_uas(invite(), VIA, stream, ("x", "t"))
    on_stream.heard_from(stream._replace(port=40001))
    assert on_stream.hop() == stream._replace(port=40001)
    inner = parse_via("SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKx")
    translated = dialog_as_uas(invite(), inner, SOURCE, ("x", "t"))
    translated.heard_from(SOURCE._replace(port=62000))
    assert translated.hop() == SOURCE._replace(port=62000)


def test_a_peer_that_is_reached_by_its_contact_is_not_moved_by_where_it_speaks_from() -> None:
    contact = ("Contact", "<sip:car@203.0.113.9:5062>")
    dialog = dialog_as_uas(invite(contact), VIA, SOURCE, ("x", "t"))
    dialog.heard_from(SOURCE._replace(port=62000))
    dialog.heard_from(Address("tcp", "203.0.113.9", 40001))
    assert dialog.hop() == SOURCE._replace(port=5062)


def test_a_malformed_from_leaves_no_target() -> None:
    broken = Request("INVITE", "urn:service:sos", Headers([("From", "<broken"), ("Call-ID", "c")]))
    assert dialog_as_uas(broken, VIA, SOURCE, ("x", "t")).target == ""
