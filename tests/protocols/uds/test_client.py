"""The UDS client and the codec both sides share: waits, storms, strays, suppressed answers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opensos.protocols.effects import Effect, LocalError, RemoteError, Tell, WakeAt
from opensos.protocols.uds import (
    Answered,
    ClientSettings,
    DtcStatus,
    Negative,
    Nrc,
    Positive,
    Silence,
    Stray,
    Timing,
    Transmit,
    UdsClient,
    Unanswered,
    decode_dtcs,
    decode_response,
    decode_timing,
    encode_dtcs,
    encode_response,
    encode_timing,
)
from tests.protocols.uds_unit import small_server

READ = b"\x22\xf1\x90"
PENDING = b"\x7f\x22\x78"


def asked(request: bytes = READ, chosen: ClientSettings | None = None) -> UdsClient:
    client = UdsClient(chosen)
    assert client.ask(request, 0.0) == [Tell(Transmit(request)), WakeAt(1.0)]
    return client


# --- codec


@given(st.builds(Positive, st.integers(0, 0x3E), st.binary(max_size=20)))
def test_a_positive_response_is_read_as_it_was_written(response: Positive) -> None:
    assert decode_response(encode_response(response)) == response


def test_a_refusal_is_read_though_it_is_unknown_or_followed_by_noise() -> None:
    assert decode_response(b"\x7f\x22\x31") == Negative(0x22, Nrc.REQUEST_OUT_OF_RANGE)
    assert decode_response(b"\x7f\x22\xfe\xff") == Negative(0x22, 0xFE)
    assert encode_response(Negative(0x22, 0x78)) == PENDING


@pytest.mark.parametrize("data", [b"", b"\x22\xf1\x90", b"\x7f", b"\x7f\x22"])
def test_what_is_no_response_is_refused(data: bytes) -> None:
    with pytest.raises(RemoteError):
        decode_response(data)


def test_times_and_codes_are_read_as_they_were_written() -> None:
    assert encode_timing(Timing(0.05, 5.0)).hex() == "003201f4"
    assert decode_timing(bytes.fromhex("003201f4")) == Timing(0.05, 5.0)
    assert decode_timing(b"\x00\x32") is None
    codes = (DtcStatus(0xB7F341, 0x2F), DtcStatus(0x000001, 0x00))
    assert decode_dtcs(encode_dtcs(codes)) == codes
    with pytest.raises(RemoteError):
        decode_dtcs(b"\x01\x02\x03")


# --- client


def test_an_answer_ends_the_wait() -> None:
    client = asked()
    assert client.heard(b"\x62\xf1\x90\x41", 0.5) == [
        Tell(Answered(READ, Positive(0x22, b"\xf1\x90\x41")))
    ]
    assert client.idle
    assert client.wake(9.0) == []


def test_silence_is_told_after_p2() -> None:
    client = asked()
    assert client.wake(0.9) == [WakeAt(1.0)]
    assert client.wake(1.0) == [Tell(Unanswered(READ, Silence.SILENT))]
    assert client.heard(b"\x62\xf1\x90\x41", 1.1) == [Tell(Stray(b"\x62\xf1\x90\x41"))]


def test_more_time_restarts_the_wait_at_p2_star() -> None:
    client = asked()
    assert client.heard(PENDING, 0.9) == [WakeAt(6.9)]
    assert client.heard(PENDING, 6.0) == [WakeAt(12.0)]
    assert client.wake(12.0) == [Tell(Unanswered(READ, Silence.SILENT))]


@pytest.mark.parametrize("chosen", [ClientSettings(max_pending=3), ClientSettings(longest_s=0.3)])
def test_a_storm_of_more_time_ends(chosen: ClientSettings) -> None:
    client = asked(READ, chosen)
    heard: list[Effect] = []
    for step in range(1, 5):
        heard += client.heard(PENDING, step / 10)
    assert Tell(Unanswered(READ, Silence.PENDING_TOO_LONG)) in heard


def test_a_unit_that_names_a_longer_p2_star_gets_it() -> None:
    client = asked(b"\x10\x03")
    client.heard(b"\x50\x03\x00\x32\x07\xd0", 0.1)  # 20 s
    client.ask(READ, 1.0)
    assert client.heard(PENDING, 1.5) == [WakeAt(22.5)]


@pytest.mark.parametrize(
    ("request_", "other", "own"),
    [
        ("22 f1 90 10 00", "62 f1 91 00", "62 10 00 41"),
        ("10 03", "50 01 00 32 01 f4", "50 03 00 32 01 f4"),
        ("31 01 02 03", "71 01 02 04", "71 01 02 03"),
        ("2e 10 00 41", "6e 10 01", "6e 10 00"),
        ("36 02 00", "76 01", "76 02"),
        ("14 ff ff ff", "7f 22 31", "54"),
        ("3e 00", "c5 01", "7f 3e 12"),
    ],
)
def test_an_answer_to_something_else_does_not_count(request_: str, other: str, own: str) -> None:
    client = asked(bytes.fromhex(request_))
    assert client.heard(bytes.fromhex(other), 0.1) == [Tell(Stray(bytes.fromhex(other)))]
    assert not client.idle
    client.heard(bytes.fromhex(own), 0.2)
    assert client.idle


def test_a_suppressed_answer_is_not_missed_but_a_refusal_is_heard() -> None:
    client = asked(b"\x3e\x80")
    assert client.wake(1.0) == [Tell(Answered(b"\x3e\x80", None))]
    client = asked(b"\x3e\x80")
    assert client.heard(b"\x7f\x3e\x12", 0.1) == [
        Tell(Answered(b"\x3e\x80", Negative(0x3E, Nrc.SUB_FUNCTION_NOT_SUPPORTED)))
    ]


def test_a_lost_road_ends_the_wait_once() -> None:
    client = asked()
    assert client.road_failed() == [Tell(Unanswered(READ, Silence.ROAD_FAILED))]
    assert client.road_failed() == []


def test_a_second_request_at_once_or_an_empty_one_is_our_mistake() -> None:
    with pytest.raises(LocalError):
        asked().ask(READ, 0.1)
    with pytest.raises(LocalError):
        UdsClient().ask(b"", 0.0)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=8), st.floats(0, 3)), max_size=20))
def test_each_request_ends_exactly_once_whatever_is_heard(
    story: list[tuple[bytes, float]],
) -> None:
    client, now, ended = asked(), 0.0, 0
    effects: list[Effect] = []
    for data, pause in [*story, (b"", 1000.0)]:
        now += pause
        effects = client.heard(data, now) + client.wake(now)
        events = [e.event for e in effects if isinstance(e, Tell)]
        ended += sum(isinstance(event, Answered | Unanswered) for event in events)
    assert ended == 1
    assert client.idle


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([0x10, 0x11, 0x14, 0x19, 0x22, 0x27, 0x2E, 0x31, 0x3E, 0x85, 0x99]),
    st.binary(max_size=8),
)
def test_our_client_understands_whatever_our_server_answers(service: int, rest: bytes) -> None:
    request = bytes((service,)) + rest
    client = asked(request, ClientSettings(longest_s=600.0))
    ended: list[object] = []
    for answer in small_server().ask(request, 0.0):
        effects = client.heard(answer.data, answer.after_s)
        ended += [e.event for e in effects if isinstance(e, Tell)]
    if not ended:
        ended += [e.event for e in client.wake(1.0) if isinstance(e, Tell)]
    (event,) = ended
    assert isinstance(event, Answered)
