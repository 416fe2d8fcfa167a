"""Torn, doubled and twisted messages: nothing raises, and what is read can be written again."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.effects import RemoteError
from opensos.protocols.sip import (
    Framer,
    all_defects,
    check,
    parse,
    parse_multipart,
    parse_sdp,
)
from tests.protocols.sip.torture import (
    RFC4475,
    RFC5118,
    messages_4475,
    messages_5118,
)

INVITE = (
    b"INVITE urn:service:sos SIP/2.0\r\nv: SIP/2.0/UDP [::1];branch=z9hG4bK1\r\n"
    b'f: "A \\" B" <sip:a@b>;tag=1\r\nTo: <urn:service:sos>\r\ni: x\r\nCSeq: 1 INVITE\r\n'
    b"m: <sip:a@b?x=y>;q=1,\r\n <sip:c@d>\r\nc: multipart/mixed;boundary=b\r\nl: 20\r\n\r\n"
    b"--b\r\n\r\nv=0\r\n--b--\r\n"
)
ANSWER = (
    b"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a\r\nf: <sip:a@b>;tag=1\r\nt: x:y\r\n"
    b"i: x\r\nCSeq: 1 A\r\n\r\n"
)
TWISTS = [
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b'"',
    b"\\",
    b"<",
    b">",
    b";",
    b",",
    b":",
    b"=",
    b"\0",
]
TWISTS += [b"\xff", b"@", b"[", b"]", b"%", b"--", b"\r\n\r\n", b"9" * 30, b"A" * 300, "²".encode()]


def corpus() -> list[bytes]:
    found = [INVITE, ANSWER]
    found += messages_4475().values() if RFC4475.is_file() else []
    found += messages_5118().values() if RFC5118.is_file() else []
    return found


def handle(data: bytes) -> None:
    """Do what a server does with bytes from the road."""
    parsed = parse(data)
    check(parsed)
    all_defects(parsed)
    message = parsed.message
    if message is None:
        return
    again = parse(message.encode())
    assert again.message is not None
    assert again.message.body == message.body
    content_type = message.headers.get("content-type") or ""
    for part in parse_multipart(content_type, message.body).parts:
        parse_sdp(part.body)
    try:
        Framer().feed(data)
    except RemoteError:
        return


def twisted(data: bytes, dice: random.Random) -> bytes:
    for _ in range(dice.randint(1, 6)):
        at, to = sorted((dice.randint(0, len(data)), dice.randint(0, len(data))))
        match dice.randint(0, 4):
            case 0:
                data = data[:at] + dice.choice(TWISTS) + data[at:]
            case 1:
                data = data[:at] + data[to:]
            case 2:
                data = data[:to] + data[at:to][:200] + data[to:]
            case 3:
                data = data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
            case _:
                data = data[:at]
    return data


@pytest.mark.parametrize("seed", range(8))
def test_twisted_messages_are_read_or_refused_never_fatal(seed: int) -> None:
    dice = random.Random(seed)
    messages = corpus()
    for _ in range(250):
        handle(twisted(dice.choice(messages), dice))


@given(st.binary(max_size=200), st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(head: bytes, body: bytes) -> None:
    handle(head)
    handle(b"INVITE sip:a@b SIP/2.0\r\n" + head + b"\r\n\r\n" + body)
    handle(b"SIP/2.0 200 OK\r\nVia:" + head + b"\r\nc:multipart/mixed" + body)


@pytest.mark.parametrize("twist", TWISTS)
def test_a_message_made_of_one_thing_ends_in_time(twist: bytes) -> None:
    much = twist * (60_000 // len(twist))
    handle(much)
    for name in (b"Via", b"From", b"Contact", b"CSeq", b"Content-Type", b"l", b"Record-Route"):
        handle(b"INVITE sip:a@b SIP/2.0\r\n" + name + b": " + much[:16_000] + b"\r\n\r\n")
    handle(b"INVITE " + much + b" SIP/2.0\r\n\r\n")
