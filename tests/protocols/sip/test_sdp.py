from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError
from opensos.protocols.sip import Media, Origin, Sdp, answer, build_sdp, offer, parse_sdp

CAR = (
    b"v=0\r\no=car 12 13 IN IP4 192.0.2.1\r\ns=SOS\r\nc=IN IP4 192.0.2.1/127\r\nt=0 0\r\n"
    b"a=group:BUNDLE x\r\na=sendonly\r\n"
    b"m=video 4002 RTP/AVP 31\r\n"
    b"m=audio 4000/2 RTP/AVP 96 8 0 101\r\nc=IN IP6 2001:db8::1\r\nb=AS:64\r\n"
    b"a=rtpmap:96 AMR-WB/16000/1\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
    b"m=audio 4004 RTP/AVP 0\r\n"
)

names = st.text("abc-", min_size=1, max_size=6)
values = st.none() | st.text("abc 019:/=", min_size=1, max_size=10).map(str.strip).filter(bool)
attributes = st.lists(st.tuples(names, values), max_size=3).map(tuple)
sdp_hosts = st.sampled_from(["192.0.2.1", "2001:db8::1", "host.example.com"])
media = st.builds(
    Media,
    st.sampled_from(["audio", "video", "message"]),
    st.integers(0, 65535),
    st.sampled_from(["RTP/AVP", "RTP/SAVP"]),
    st.lists(st.sampled_from(["0", "8", "96"]), min_size=1, max_size=3).map(tuple),
    sdp_hosts,
    attributes,
    st.integers(1, 4),
)


@given(
    st.builds(
        Sdp,
        st.builds(Origin, st.just("-"), st.just("7"), st.just("8"), sdp_hosts),
        sdp_hosts,
        st.lists(media, min_size=1, max_size=3).map(tuple),
        attributes,
        st.sampled_from(["-", "SOS call"]),
    )
)
def test_a_description_written_and_read_is_the_same(sdp: Sdp) -> None:
    assert parse_sdp(build_sdp(sdp)) == sdp


def test_an_offer_is_taken_apart() -> None:
    sdp = parse_sdp(CAR)
    assert sdp.problems == ()
    assert (sdp.origin, sdp.session_name) == (Origin("car", "12", "13", "192.0.2.1"), "SOS")
    assert sdp.connection == "192.0.2.1"
    video, audio, spare = sdp.media
    assert sdp.audio is audio
    assert (audio.port, audio.ports, audio.formats) == (4000, 2, ("96", "8", "0", "101"))
    assert audio.codecs == {
        "0": "PCMU/8000",
        "8": "PCMA/8000",
        "96": "AMR-WB/16000/1",
        "101": "telephone-event/8000",
    }
    assert (sdp.host_of(audio), sdp.host_of(video)) == ("2001:db8::1", "192.0.2.1")
    assert sdp.direction_of(spare) == "sendonly"
    assert Sdp().direction_of(Media("audio", 1)) == "sendrecv"


def test_the_first_voice_that_we_speak_is_answered_and_the_rest_rejected() -> None:
    ours = answer(parse_sdp(CAR), "192.0.2.9", 5000, session_id="77")
    assert build_sdp(ours) == (
        b"v=0\r\no=- 77 77 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
        b"m=video 0 RTP/AVP 31\r\n"
        b"m=audio 5000 RTP/AVP 8 0 101\r\n"
        b"a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
        b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=recvonly\r\n"
        b"m=audio 0 RTP/AVP 0\r\n"
    )


@pytest.mark.parametrize(
    ("offered", "wished", "expected"),
    [
        ("sendrecv", "sendrecv", "sendrecv"),
        ("sendrecv", "recvonly", "recvonly"),
        ("sendrecv", "sendonly", "sendonly"),
        ("sendonly", "sendrecv", "recvonly"),
        ("sendonly", "sendonly", "inactive"),
        ("recvonly", "sendrecv", "sendonly"),
        ("recvonly", "recvonly", "inactive"),
        ("inactive", "sendrecv", "inactive"),
        ("sendrecv", "inactive", "inactive"),
    ],
)
def test_a_direction_is_what_both_sides_allow(offered: str, wished: str, expected: str) -> None:
    theirs = offer("192.0.2.1", 4000, offered)
    ours = answer(theirs, "2001:db8::9", 5000, wished)
    assert ours.audio is not None
    assert ours.direction_of(ours.audio) == expected
    assert b"c=IN IP6 2001:db8::9\r\n" in build_sdp(ours)


def test_an_answer_names_only_what_was_offered() -> None:
    bare = Sdp(connection="192.0.2.1", media=(Media("audio", 4000, formats=("8",)),))
    ours = answer(bare, "192.0.2.2", 5000)
    assert ours.audio is not None
    assert ours.audio.attributes == (("rtpmap", "8 PCMA/8000"), ("sendrecv", None))


def test_our_own_offer_is_one_we_would_answer() -> None:
    ours = answer(offer("192.0.2.1", 4000), "192.0.2.2", 5000)
    assert ours.audio is not None
    assert ours.audio.formats == ("0", "8", "101")
    assert parse_sdp(build_sdp(ours)).problems == ()


@pytest.mark.parametrize(
    "line",
    [
        b"m=audio 4000 RTP/SAVP 0",
        b"m=audio 0 RTP/AVP 0",
        b"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2",
        b"m=audio 4000 RTP/AVP 97",
        b"m=video 4000 RTP/AVP 0",
        b"m=audio x RTP/AVP 0",
        b"m=audio",
        b"m=",
    ],
)
def test_what_we_cannot_speak_is_rejected_in_its_place(line: bytes) -> None:
    head = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    ours = answer(parse_sdp(head + line + b"\r\n"), "192.0.2.2", 5000)
    assert ours.audio is None
    assert [section.port for section in ours.media] == [0]
    again = parse_sdp(build_sdp(ours))
    assert [section.port for section in again.media] == [0]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ((b"v=0\r\n", b""), "v=0"),
        ((b"v=0", b"v=1"), "v=0"),
        ((b"o=car 12 13 IN IP4 192.0.2.1", b"o=car"), "o= line"),
        ((b"c=IN IP4 192.0.2.1/127", b"c=nowhere"), "nowhere"),
        ((b"c=IN IP4 192.0.2.1/127\r\n", b""), "No c= line"),
        ((b"IN IP6 2001:db8::1", b"IN IPX 2001"), "IPX"),
        ((b"s=SOS", b"strange"), "strange"),
        ((b"m=audio 4000/2", b"m=audio 70000"), "70000"),
        ((b"m=audio 4000/2", b"m=audio 4x"), "4x"),
    ],
)
def test_what_cannot_be_read_is_left_out_and_noted(
    change: tuple[bytes, bytes], problem: str
) -> None:
    sdp = parse_sdp(CAR.replace(*change))
    assert any(problem in sentence for sentence in sdp.problems), sdp.problems
    assert len(sdp.media) == 3
    assert sdp.audio is not None


def test_an_empty_description_is_all_problems() -> None:
    sdp = parse_sdp(b"")
    assert (sdp.media, sdp.audio, len(sdp.problems)) == ((), None, 3)


def test_line_feeds_alone_and_trailing_nulls_are_read() -> None:
    assert parse_sdp(CAR.replace(b"\r\n", b"\n") + b"\0") == parse_sdp(CAR)


def test_huge_descriptions_are_bounded() -> None:
    many = parse_sdp(CAR + b"m=audio 1 RTP/AVP 0\r\n" * 100)
    assert len(many.media) == 64
    assert any("more than 64" in sentence for sentence in many.problems)
    long = parse_sdp(CAR + b"a=x\r\n" * 3000)
    assert any("more than 2000" in sentence for sentence in long.problems)


def test_what_would_forge_a_line_is_our_fault() -> None:
    for sdp in (
        Sdp(session_name="a\r\nm=x"),
        Sdp(connection="1\n2"),
        Sdp(attributes=(("a\rb", None),)),
        Sdp(session_name="\udcff"),
    ):
        with pytest.raises(LocalError):
            build_sdp(sdp)
    with pytest.raises(LocalError):
        offer("192.0.2.1", 1, "sideways")
    with pytest.raises(LocalError):
        answer(Sdp(), "192.0.2.1", 1, "sideways")


@given(st.binary(max_size=300))
def test_no_bytes_make_reading_or_answering_fail(data: bytes) -> None:
    ours = answer(parse_sdp(CAR + data), "192.0.2.1", 4000)
    build_sdp(ours)


def test_any_codec_takes_the_first_voice_codec_of_an_offer_that_has_none_of_ours() -> None:
    offered = parse_sdp(
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        b"m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 AMR/8000\r\n"
    )
    assert answer(offered, "192.0.2.9", 9).audio is None
    taken = answer(offered, "192.0.2.9", 9, "inactive", any_codec=True)
    assert taken.audio is not None
    assert taken.audio.formats == ("97",)
    assert taken.direction_of(taken.audio) == "inactive"


def test_any_codec_still_takes_no_offer_of_tones_alone() -> None:
    offered = parse_sdp(
        b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        b"m=audio 4000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n"
    )
    assert answer(offered, "192.0.2.9", 9, any_codec=True).audio is None
