from __future__ import annotations

import base64
from itertools import pairwise
from typing import Any

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError, RemoteError
from opensos.protocols.sip import (
    Framer,
    Headers,
    Limits,
    MultipartResult,
    Part,
    Request,
    build_multipart,
    check,
    find_part,
    parse,
    parse_multipart,
    parse_sdp,
    pick_boundary,
)
from tests.protocols.sip.strategies import parts as some_part
from tests.shared import SHARED, needs_vectors

MIXED = "multipart/mixed;boundary=b"


def bodies(result: MultipartResult) -> list[bytes]:
    return [part.body for part in result.parts]


# --- what we write -------------------------------------------------------------------------------


@given(st.lists(some_part, min_size=1, max_size=4))
def test_parts_written_and_read_are_the_same(parts: list[Part]) -> None:
    boundary = pick_boundary(parts, "bound")
    content_type, body = build_multipart(parts, boundary)
    result = parse_multipart(content_type, body)
    assert result.problems == ()
    assert list(result.parts) == parts


@given(some_part, some_part)
def test_multiparts_may_nest(inner: Part, outer: Part) -> None:
    kind, body = build_multipart([inner], pick_boundary([inner], "bound"), "related")
    nested = Part(kind, body=body)
    boundary = pick_boundary([outer, nested], "bound")
    content_type, whole = build_multipart([outer, nested], boundary)
    result = parse_multipart(content_type, whole)
    assert result.problems == ()
    assert bodies(result) == [outer.body, inner.body]
    assert [part.depth for part in result.parts] == [0, 1]


def test_a_part_is_written_in_the_words_of_the_standard() -> None:
    part = Part(
        "application/EmergencyCallData.eCall.MSD",
        "1@example.com",
        "by-reference;handling=optional",
        Headers([("Content-Transfer-Encoding", "binary")]),
        b"\0\1",
    )
    assert build_multipart([part], "a b") == (
        'multipart/mixed;boundary="a b"',
        (
            b"--a b\r\n"
            b"Content-Type: application/EmergencyCallData.eCall.MSD\r\n"
            b"Content-ID: <1@example.com>\r\n"
            b"Content-Disposition: by-reference;handling=optional\r\n"
            b"Content-Transfer-Encoding: binary\r\n"
            b"\r\n"
            b"\0\1\r\n"
            b"--a b--\r\n"
        ),
    )


@pytest.mark.parametrize("boundary", ["", "x ", "é", "a" * 71, "a\r\n", 'a"b', "in", "typ"])
def test_a_boundary_that_cannot_be_is_our_fault(boundary: str) -> None:
    part = Part("text/plain;--typ", body=b"x--inside")
    with pytest.raises(LocalError):
        build_multipart([part], boundary)


def test_a_multipart_has_parts_and_their_headers_have_one_line() -> None:
    with pytest.raises(LocalError):
        build_multipart([], "b")
    for part in (Part("text/plain\r\nX: y"), Part("text/plain", "a\nb"), Part("a/b", None, "x\r")):
        with pytest.raises(LocalError):
            build_multipart([part], "b")


def test_a_boundary_is_picked_that_no_part_contains() -> None:
    parts = [Part("text/plain", body=b"--tok and --tok-1"), Part("text/plain;x=--tok-2")]
    assert pick_boundary(parts, "tok") == "tok-3"
    hostile = Part("text/plain", body=b"--tok" + b"".join(b"--tok-%d" % n for n in range(100)))
    for part, token in ((hostile, "tok"), (parts[0], ""), (parts[0], "x" * 61)):
        with pytest.raises(LocalError):
            pick_boundary([part], token)


# --- what strangers send -------------------------------------------------------------------------


def test_a_part_without_headers_is_plain_text() -> None:
    result = parse_multipart(MIXED, b"preamble\r\n--b\r\n\r\nhello\r\n--b--\r\nepilogue --b\r\n")
    assert result == MultipartResult((Part("text/plain", body=b"hello"),))
    assert result.parts[0].media_type == "text/plain"


def test_a_part_may_be_empty() -> None:
    body = b"--b\r\nContent-Type: a/b\r\n\r\n--b\r\n\r\n--b\r\nContent-Type: c/d\r\n\r\n\r\n--b--"
    result = parse_multipart(MIXED, body)
    assert result.problems == ()
    assert [(part.content_type, part.body) for part in result.parts] == [
        ("a/b", b""),
        ("text/plain", b""),
        ("c/d", b""),
    ]


def test_only_whole_lines_are_boundaries() -> None:
    body = b"--b\r\n\r\nx --b\r\n--bb\r\n--b x\r\n--b-\r\n--b \t\r\n\r\ny\r\n--b-- \r\n"
    result = parse_multipart(MIXED, body)
    assert bodies(result) == [b"x --b\r\n--bb\r\n--b x\r\n--b-", b"y"]
    assert result.problems == ()


def test_part_headers_are_folded_repeated_and_malformed() -> None:
    body = (
        b"--b\r\nCONTENT-type : a/b;\r\n x=y\r\nContent-Type: c/d\r\nno header\r\nX-\xff: y\r\n"
        b"Content-ID: abc@x \r\nLang: \xff\r\n\r\n1\r\n--b--\r\n"
    )
    result = parse_multipart(MIXED, body)
    (part,) = result.parts
    assert (part.content_type, part.content_id, part.media_type) == ("a/b; x=y", "abc@x", "a/b")
    assert part.headers.items() == (("Content-Type", "c/d"), ("Lang", "\udcff"))
    assert result.problems == ("A header line of a body part is malformed.",)


@pytest.mark.parametrize(
    ("content_type", "body", "expected", "problem"),
    [
        # the boundary of the header is not the one of the body
        (MIXED, b"--x\r\n\r\n1\r\n--x--\r\n", [b"1"], "does not occur"),
        (MIXED, b"--x\r\n\r\n1\r\n--x--\r\n", [b"1"], "was taken for it"),
        ("multipart/mixed", b"--x\r\n\r\n1\r\n--x--", [b"1"], "has no boundary"),
        ('multipart/mixed;boundary=""', b"--x\r\n\r\n1\r\n--x--", [b"1"], "has no boundary"),
        ('multipart/mixed;boundary="x', b"--x\r\n\r\n1\r\n--x--", [b"1"], "malformed"),
        ("multipart/mixed", b"pre\n--x \r\n\r\n1\r\n--x--", [b"1"], "was taken for it"),
        ("multipart/mixed", b"--x--", [], "no parts"),
        ("multipart/mixed", b"----\r\n", [], "no parts"),
        ("multipart/mixed", b"----", [], "No boundary line"),
        ("multipart/mixed", b"nothing", [], "No boundary line"),
        (MIXED, b"", [], "no parts"),
        (MIXED, b"--b\r\n--b--\r\n", [], "no parts"),
        ("multipart/mixed;boundary=é", "--é\r\n\r\n1\r\n--é--".encode(), [b"1"], "breaks RFC 2046"),
        # cut off
        (MIXED, b"--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n3", [b"1", b"2\r\n3"], "final boundary"),
        (MIXED, b"--b\r\n\r\n1\r\n--b\r\n", [b"1"], "final boundary"),
        (MIXED, b"--b\r\n\r\n1\r\n--b", [b"1"], "final boundary"),
        (MIXED, b"--b\r\nContent-Type: a/b", [b""], "no empty line"),
        # frames of other kinds
        (MIXED, b"--b\n\n1\r\n\n--b--\n", [b"1\r\n"], "end in LF"),
        (MIXED, b"--b\nContent-Type: a/b\n\n1\n--b--\n", [b"1"], "end in LF"),
        (MIXED, b"--b\r\nv=0\r\ns=-\r\n--b--", [b"v=0\r\ns=-"], "no empty line"),
        ("text/plain", b"--b\r\n\r\n1\r\n--b--", [b"--b\r\n\r\n1\r\n--b--"], "not a multipart"),
    ],
)
def test_a_broken_frame_gives_what_it_holds_and_says_what_is_wrong(
    content_type: str, body: bytes, expected: list[bytes], problem: str
) -> None:
    result = parse_multipart(content_type, body)
    assert bodies(result) == expected
    assert any(problem in sentence for sentence in result.problems), result.problems


def test_a_nested_multipart_that_is_unreadable_is_kept_whole() -> None:
    body = b"--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\nnothing\r\n--b--\r\n"
    result = parse_multipart(MIXED, body)
    (part,) = result.parts
    assert (part.media_type, part.body) == ("multipart/mixed", b"nothing")
    empty = parse_multipart(MIXED, body.replace(b"nothing", b""))
    assert empty.parts == ()


def test_nesting_and_numbers_are_bounded() -> None:
    part = Part("text/plain", body=b"deep")
    for level in range(8):
        kind, body = build_multipart([part], f"level{level}")
        part = Part(kind, body=body)
    result = parse_multipart(part.content_type, part.body, Limits(depth=3))
    assert [leaf.depth for leaf in result.parts] == [2]
    assert result.parts[0].media_type == "multipart/mixed"
    assert result.problems == ("Multiparts nest more than 3 deep; the innermost is unread.",)
    wordy = b"--b\r\n" + b"A: b\r\n" * 9 + b"\r\n1\r\n--b--"
    bounded = parse_multipart(MIXED, wordy, Limits(headers=4))
    assert len(bounded.parts[0].headers) == 4
    assert bounded.problems == ("A body part has more than 4 header lines.",)
    many = b"--b\r\n\r\n1\r\n" * 10 + b"--b--"
    few = parse_multipart(MIXED, many, Limits(parts=4))
    assert bodies(few) == [b"1"] * 4
    assert few.problems == ("There are more than 4 body parts; the rest is unread.",)
    assert parse_multipart(MIXED, many, Limits(parts=10)).problems == ()


def test_transfer_encodings_are_undone_on_demand() -> None:
    def part(encoding: str, body: bytes) -> Part:
        return Part(
            "text/plain", headers=Headers([("content-transfer-encoding", encoding)]), body=body
        )

    raw = bytes(range(256))
    assert Part("text/plain", body=raw).decoded() == raw
    assert part(" 8BIT ", raw).decoded() == raw
    assert part("BASE64", base64.encodebytes(raw)).decoded() == raw
    assert part("quoted-printable", b"a=3Db=\r\nc").decoded() == b"a=bc"
    for bad in (part("base64", b"abcde"), part("x-uuencode", b"")):
        with pytest.raises(RemoteError):
            bad.decoded()


def test_a_reference_finds_its_part() -> None:
    parts = [
        Part("a/a"),
        Part("a/b", "Foo@X"),
        Part("a/c", "foo@x"),
        Part("a/d", "a%b <c>@x"),
    ]
    for reference, expected in (
        ("cid:foo@x", "a/c"),
        ("CID:foo%40x", "a/c"),
        ("<foo@x>", "a/c"),
        ("<cid:foo@x>", "a/c"),
        (" foo@x ", "a/c"),
        ("FOO@x", "a/b"),
        ("cid:a%25b%20%3Cc%3E@x", "a/d"),
    ):
        part = find_part(parts, reference)
        assert part is not None
        assert part.content_type == expected
    assert find_part(parts, "cid:foo") is None


@pytest.mark.parametrize(
    "body",
    [
        b"--b" * 300_000,
        b"--b\r\n" * 200_000,
        b"--b\n:" * 200_000,
        b"--b " + b" " * 1_000_000,
        b"--b\r\n" + b" \r\n" * 300_000,
        b"--b\r\nX:" + b"\r\n " * 300_000,
        b"\n" * 1_000_000 + b"--",
        b"--" + b"-" * 1_000_000,
    ],
)
def test_hostile_frames_are_read_in_linear_time(body: bytes) -> None:
    for content_type in (MIXED, "multipart/mixed", "multipart/mixed;boundary=" + "b" * 10_000):
        assert len(parse_multipart(content_type, body).parts) <= 64


@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_bytes_make_reading_fail(body: bytes, parameters: str) -> None:
    result = parse_multipart(f"multipart/mixed;{parameters}", b"--b\r\n" + body)
    assert all(part.body in body for part in result.parts)


# --- the captures --------------------------------------------------------------------------------

CAPTURES = SHARED / "vectors" / "ng911_pcap"


def invite_of(capture: str) -> Request:
    """Return the INVITE of a capture, its TCP segments put together and framed."""
    (path,) = CAPTURES.glob(f"Variation_{capture}_*.pcap")
    framer = Framer()
    with path.open("rb") as file:
        reader: Any = dpkt.pcap.Reader(file)
        for _, raw in reader:
            packet = dpkt.ip.IP(raw)
            if not isinstance(packet.data, dpkt.tcp.TCP) or not packet.data.data:
                continue
            for message in framer.feed(packet.data.data):
                parsed = parse(message)
                assert check(parsed) is None
                if isinstance(parsed.message, Request) and parsed.message.method == "INVITE":
                    return parsed.message
    raise AssertionError(f"no INVITE in {path.name}")


def taken_apart(capture: str) -> MultipartResult:
    invite = invite_of(capture)
    return parse_multipart(invite.headers.get("content-type") or "", invite.body)


@needs_vectors
@pytest.mark.parametrize(
    ("capture", "types", "problems"),
    [
        ("1_01", ["application/sdp"], []),
        ("1_03", ["application/sdp"], ["does not occur", "was taken for it"]),
        ("1_05", [], ["no parts"]),
        (
            "2_01",
            [
                "application/sdp",
                "application/pidf+xml",
                "application/emergencycalldata.providerinfo+xml",
                "application/emergencycalldata.deviceinfo+xml",
                "application/emergencycalldata.subscriberinfo+xml",
                "application/emergencycalldata.control+xml",
                "application/emergencycalldata.veds+xml",
            ],
            [],
        ),
    ],
)
def test_the_captures_are_taken_apart(capture: str, types: list[str], problems: list[str]) -> None:
    result = taken_apart(capture)
    assert [part.media_type for part in result.parts] == types
    assert len(result.problems) == len(problems)
    for sentence, words in zip(result.problems, problems, strict=True):
        assert words in sentence
    for part in result.parts[:1]:
        description = parse_sdp(part.body)
        assert description.audio is not None
        assert description.problems == ()


@needs_vectors
def test_the_references_of_a_capture_lead_to_its_parts() -> None:
    invite = invite_of("2_01")
    result = taken_apart("2_01")
    location = find_part(result.parts, invite.headers.get("geolocation") or "")
    assert location is not None
    assert location.media_type == "application/pidf+xml"
    assert location.body.startswith(b"<?xml")
    crash = find_part(result.parts, "cid:crash-data@ng911.test")
    assert crash is not None
    assert crash.body.rstrip().endswith(b"</AutomatedCrashNotification>")


@needs_vectors
def test_a_nested_capture_is_flattened() -> None:
    result = taken_apart("3_01")
    assert result.problems == ()
    assert result.parts[0].media_type == "application/sdp"
    assert {part.depth for part in result.parts} == {0, 1}
    assert find_part(result.parts, "<cid:location@ng911.test>") is not None


def test_pieces_do_not_overlap() -> None:
    body = b"--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b--"
    found = [body.index(part.body) for part in parse_multipart(MIXED, body).parts]
    assert all(one < two for one, two in pairwise(found))
