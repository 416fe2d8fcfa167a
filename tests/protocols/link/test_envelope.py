from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opensos.protocols.effects import LocalError, RemoteError
from opensos.protocols.link import MOST_BYTES, Envelope, decode, encode, salvage
from opensos.protocols.link.strict import MOST_DEPTH, MOST_NUMBER

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-MOST_NUMBER, MOST_NUMBER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
times = st.none() | st.floats(0, 1e11)
envelopes = st.builds(
    Envelope,
    id=names,
    car=names,
    seq=st.integers(0, MOST_NUMBER),
    kind=st.sampled_from(["sos", "sos.ack", "a_b.c1"]),
    body=st.dictionaries(text, scalars | st.lists(scalars, max_size=3), max_size=5),
    sent_utc=times,
    expires_utc=times,
)

GOOD = b'{"v":1,"id":"m1","car":"c1","seq":3,"kind":"sos","body":{"a":1}}'


def with_body(body: str) -> bytes:
    return GOOD.replace(b'{"a":1}', body.encode())


@given(envelopes)
def test_what_is_written_is_read_back(envelope: Envelope) -> None:
    assert decode(encode(envelope)) == envelope


@given(envelopes, st.dictionaries(text.map("x".__add__), values, max_size=4))
def test_names_of_a_later_version_are_passed_over(
    envelope: Envelope, more: dict[str, object]
) -> None:
    fields = json.loads(encode(envelope)) | more
    assert decode(json.dumps(fields).encode()) == envelope


@given(st.binary(max_size=200) | text.map(str.encode))
@example(b"\xef\xbb\xbf{}")
@example(b"[" * MOST_BYTES)
@example(b'{"a":' * 6000)
@example(b"9" * 30_000)
def test_any_bytes_are_read_or_refused_in_a_sentence(data: bytes) -> None:
    with contextlib.suppress(RemoteError):
        assert decode(encode(decode(data))) == decode(data)
    assert salvage(data).seq >= 0


@given(st.data())
def test_a_damaged_message_is_read_or_refused(data: st.DataObject) -> None:
    raw = bytearray(encode(data.draw(envelopes)))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        envelope = decode(bytes(raw))
    except RemoteError:
        return
    assert decode(encode(envelope)) == envelope


@pytest.mark.parametrize(
    "body",
    [
        '{"a":NaN}',
        '{"a":-Infinity}',
        '{"a":1e999}',
        '{"a":9007199254740993}',
        '{"a":' + "1" * 5000 + "}",
        '{"a":0.' + "1" * 5000 + "}",
        '{"a":1,"a":2}',
        '{"a":"\\ud800"}',
        '{"\\udc00":1}',
        '{"a":' * MOST_DEPTH + "1" + "}" * MOST_DEPTH,
        '{"a":[' + "[" * MOST_DEPTH + "]" * MOST_DEPTH + "]}",
        "[]",
        "null",
        '"text"',
        '{"a":1',
    ],
)
def test_what_two_readers_may_read_differently_is_refused(body: str) -> None:
    with pytest.raises(RemoteError):
        decode(with_body(body))


def test_brackets_in_a_text_are_no_depth() -> None:
    body = json.dumps({"a": '\\"' + "[{" * 100})
    assert decode(with_body(body)).body == json.loads(body)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v":true'),
        (b'"v":1,', b""),
        (b'"m1"', b'""'),
        (b'"m1"', b'"a/b"'),
        (b'"m1"', b'"' + b"a" * 65 + b'"'),
        (b'"m1"', b"7"),
        (b'"c1"', b'"+"'),
        (b'"c1"', b'"c1\\n"'),
        (b'"seq":3', b'"seq":-1'),
        (b'"seq":3', b'"seq":true'),
        (b'"seq":3', b'"seq":1.5'),
        (b'"seq":3', b'"seq":null'),
        (b'"seq":3', b'"seq":3,"sent_utc":"now"'),
        (b'"seq":3', b'"seq":3,"sent_utc":-1'),
        (b'"seq":3', b'"seq":3,"expires_utc":true'),
        (b'"sos"', b'"SOS"'),
        (b'"sos"', b'"sos."'),
        (b'"sos"', b"null"),
    ],
)
def test_a_field_that_is_not_as_it_should_be_is_refused(old: bytes, new: bytes) -> None:
    assert old in GOOD
    with pytest.raises(RemoteError):
        decode(GOOD.replace(old, new, 1))


def test_a_message_that_is_too_long_is_refused_unread() -> None:
    with pytest.raises(RemoteError, match="32768 are allowed"):
        decode(with_body(json.dumps({"a": "x" * MOST_BYTES})))


@pytest.mark.parametrize(
    "envelope",
    [
        Envelope("", "c", 1, "sos"),
        Envelope("a", "c/d", 1, "sos"),
        Envelope("a", "c", -1, "sos"),
        Envelope("a", "c", 1, "Sos"),
        Envelope("a", "c", 1, "sos", {"a": float("nan")}),
        Envelope("a", "c", 1, "sos", {"a": object()}),
        Envelope("a", "c", 1, "sos", {"a": 2**60}),
        Envelope("a", "c", 1, "sos", {"a": "x" * MOST_BYTES}),
        Envelope("a", "c", 1, "sos", {"a": "\ud800"}),
        Envelope("a", "c", 1, "sos", sent_utc=float("inf")),
        Envelope("a", "c", 1, "sos", sent_utc=-5.0),
    ],
)
def test_what_nobody_could_read_is_not_written(envelope: Envelope) -> None:
    with pytest.raises(LocalError):
        encode(envelope)


def test_a_refused_message_still_tells_whom_to_answer() -> None:
    found = salvage(GOOD.replace(b'"v":1', b'"v":9'))
    assert (found.id, found.car, found.seq) == ("m1", "c1", 3)
    assert salvage(GOOD.replace(b'"m1"', b"[]")).id is None
    assert salvage(b"\xff\xfe").id is None
