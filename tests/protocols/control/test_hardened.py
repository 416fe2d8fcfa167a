from __future__ import annotations

import time

import pytest

from opensos.protocols.control import Ack, decode, encode
from tests.shared import ROOT

LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n + 1, b"&l%d;" % n * 10) for n in range(9))
    + b"]><EmergencyCallData.Control><ack ref='&l9;'/></EmergencyCallData.Control>"
)


def test_a_billion_laughs_are_refused_at_once() -> None:
    begun = time.process_time()
    decoded = decode(LAUGHS)
    assert decoded.value is None
    assert "not allowed" in decoded.problems[0]
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-7", "utf-8-sig", "cp037"])
def test_no_encoding_hides_a_document_type(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>' + LAUGHS.decode()
    decoded = decode(text.encode(encoding))
    assert decoded.value is None
    assert decoded.problems


def test_an_outer_entity_is_never_fetched(tmp_path: object) -> None:
    document = (
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        b"<EmergencyCallData.Control><ack ref='a'>&x;</ack></EmergencyCallData.Control>"
    )
    assert decode(document).value is None


def test_an_entity_that_nobody_declared_does_no_harm() -> None:
    decoded = decode(b"<EmergencyCallData.Control>&x;<ack ref='a'/></EmergencyCallData.Control>")
    assert decoded.problems
    assert decoded.value in {None, Ack("a")}


def test_more_than_64_kib_are_not_looked_at() -> None:
    decoded = decode(b" " * 65_537)
    assert decoded.problems == ("The XML document has 65537 bytes; 65536 are allowed.",)


@pytest.mark.parametrize("depth", [33, 300, 5000])
def test_a_deep_tree_is_refused(depth: int) -> None:
    decoded = decode(b"<a>" * depth + b"</a>" * depth)
    assert decoded.value is None
    assert any("deeper than 32" in problem for problem in decoded.problems)


def test_nothing_and_white_space_are_empty_documents() -> None:
    assert decode(b"").problems == ("The XML document is empty.",)
    assert decode(b" \r\n").problems == ("The XML document is empty.",)


def test_white_space_and_byte_order_marks_before_the_declaration_are_forgiven() -> None:
    document = encode(Ack("m", received=True))
    for prefix in (b"\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"):
        assert decode(prefix + document).value == Ack("m", received=True)


def test_utf_16_is_read() -> None:
    document = encode(Ack("m", received=True)).decode().replace("UTF-8", "UTF-16")
    decoded = decode(document.encode("utf-16"))
    assert decoded.value == Ack("m", received=True)
    assert decoded.problems == ()


def test_latin_1_is_read_with_a_problem_unless_it_is_declared() -> None:
    body = "<EmergencyCallData.Control xmlns='urn:ietf:params:xml:ns:EmergencyCallData:control'>"
    body += "<ack ref='é'/></EmergencyCallData.Control>"
    silent = decode(body.encode("latin-1"))
    assert silent.value == Ack("é")
    assert silent.problems == ("The XML document is not UTF-8; read as Latin-1.",)
    declared = decode(('<?xml version="1.0" encoding="ISO-8859-1"?>' + body).encode("latin-1"))
    assert declared.value == Ack("é")
    assert declared.problems == ()


def test_a_document_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    decoded = decode(encode(Ack("m", received=True))[:-20])
    assert decoded.value == Ack("m", received=True)
    assert "not well formed" in decoded.problems[0]


def test_a_prefix_that_nobody_declared_is_overlooked() -> None:
    decoded = decode(b"<c:EmergencyCallData.Control><c:ack ref='m'/></c:EmergencyCallData.Control>")
    assert decoded.value == Ack("m")
    assert decoded.problems


def test_both_rooms_harden_xml_alike() -> None:
    # Rooms of `protocols` are strangers, so each has its copy: a fix must reach both.
    rooms = ROOT / "src" / "opensos" / "protocols"
    ours, theirs = ((rooms / room / "hardened.py").read_text() for room in ("control", "pidf"))
    assert ours == theirs
