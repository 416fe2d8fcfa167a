from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import RemoteError
from opensos.protocols.sip import Framer, Headers, Limits, Request, check, parse
from tests.protocols.sip.strategies import requests, responses

INFO = Request("INFO", "sip:a@b", Headers([("X", "y")]), b"body").encode()


def fed(data: bytes, sizes: list[int]) -> tuple[list[bytes], Framer]:
    framer = Framer()
    messages: list[bytes] = []
    while data:
        size = sizes.pop() if sizes else len(data)
        messages += framer.feed(data[:size])
        data = data[size:]
    return messages, framer


@given(
    st.lists(requests | responses, max_size=4),
    st.lists(st.sampled_from([b"", b"\r\n", b"\r\n\r\n"]), min_size=4, max_size=4),
    st.lists(st.integers(1, 40), max_size=60),
)
def test_any_chunks_give_the_same_messages(
    messages: list[Request], gaps: list[bytes], sizes: list[int]
) -> None:
    encoded = [message.encode() for message in messages]
    stream = b"".join(gap + data for gap, data in zip(gaps, encoded, strict=False))
    found, framer = fed(stream, sizes)
    assert found == encoded
    assert framer.pending == 0
    assert framer.pings == sum(gap == b"\r\n\r\n" for gap in gaps[: len(encoded)])


def test_byte_by_byte_is_the_same() -> None:
    found, framer = fed(INFO * 3, [1] * len(INFO) * 3)
    assert found == [INFO] * 3
    assert framer.broken is None


def test_a_message_under_way_is_pending() -> None:
    framer = Framer()
    assert framer.pending == 0
    assert framer.feed(INFO[:-1]) == []
    assert framer.pending == len(INFO) - 1
    assert framer.feed(INFO[-1:]) == [INFO]
    assert framer.pending == 0


def test_double_line_ends_between_messages_are_pings() -> None:
    framer = Framer()
    assert framer.feed(b"\r\n") == []
    assert framer.pings == 0
    assert framer.feed(b"\r\n\r\n\r\n" + INFO + b"\r\n") == [INFO]
    assert framer.pings == 2
    assert framer.pending == 0


def test_without_a_content_length_there_is_no_body() -> None:
    head = b"INFO sip:a@b SIP/2.0\r\nX: y\r\n\r\n"
    assert Framer().feed(head + INFO) == [head, INFO]


@pytest.mark.parametrize(
    "line", [b"Content-Length: 4", b"l:4", b"L \t:\t004", b"CONTENT-LENGTH:\r\n 4", b"l: 4\r\nl: 4"]
)
def test_every_spelling_of_the_length_is_read(line: bytes) -> None:
    data = b"INFO sip:a@b SIP/2.0\r\n" + line + b"\r\nX: y\r\n\r\nbody"
    assert Framer().feed(data + INFO) == [data, INFO]


def test_bare_line_feeds_end_a_head() -> None:
    data = b"INFO sip:a@b SIP/2.0\nl: 4\n\nbody"
    assert Framer().feed(data + INFO) == [data, INFO]


@pytest.mark.parametrize(
    "length",
    [b"-1", b"five", b"", b"99999999999999999999", b"1048577", b"3\r\nContent-Length: 4"],
)
def test_a_length_that_cannot_be_used_breaks_the_stream(length: bytes) -> None:
    broken = b"INVITE sip:a@b SIP/2.0\r\nl: " + length + b"\r\n\r\nbody"
    framer = Framer()
    assert framer.feed(INFO + broken) == [INFO, broken]
    assert framer.broken is not None
    assert framer.pending == 1
    assert check(parse(broken)) is not None
    with pytest.raises(RemoteError):
        framer.feed(b"x")


def test_a_head_without_end_breaks_the_stream() -> None:
    framer = Framer(Limits(head=100))
    assert framer.feed(b"x" * 100) == []
    assert framer.feed(b"y") == [b"x" * 100 + b"y"]
    with pytest.raises(RemoteError):
        framer.feed(b"")


def test_a_head_beyond_the_limit_breaks_the_stream() -> None:
    framer = Framer(Limits(head=100))
    head = b"INFO sip:a@b SIP/2.0\r\nX: " + b"y" * 100 + b"\r\n\r\n"
    assert framer.feed(head) == [head]
    assert framer.broken is not None


def test_a_large_body_in_small_chunks_takes_linear_time() -> None:
    data = Request("INFO", "sip:a@b", Headers(), b"\r\n\r\n" * 250_000).encode()
    framer = Framer()
    found = [m for at in range(0, len(data), 500) for m in framer.feed(data[at : at + 500])]
    assert found == [data]
