from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.at import LONGEST_LINE, Line, LineReader, Prompt, Rubbish


def read(*chunks: bytes, prompt: bool = False) -> list[object]:
    reader = LineReader()
    reader.expect_prompt = prompt
    return [heard for chunk in chunks for heard in reader.feed(chunk)]


@pytest.mark.parametrize(
    ("data", "heard"),
    [
        (b"\r\nOK\r\n", [Line("OK")]),
        (b"OK\r", [Line("OK")]),
        (b"OK\n", [Line("OK")]),
        (b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n", [Line("+CSQ: 20,99"), Line("OK")]),
        (b"AT+CSQ\r\r\n+CSQ: 20,99\r\n", [Line("AT+CSQ"), Line("+CSQ: 20,99")]),
        (b"\x00\x00OK\r\n", [Line("OK")]),
        (b"\x01\x02\r\nOK\r\n", [Rubbish(2), Line("OK")]),
        (b"\xff\xfe\x81\r\n", [Rubbish(3)]),
        (b'+COPS: 0,0,"T\xc3\xa9l\xc3\xa9com"\r\n', [Line('+COPS: 0,0,"Télécom"')]),
        (b'+COPS: 0,0,"T\xe9l\xe9com"\r\n', [Line('+COPS: 0,0,"Télécom"')]),
        (b"   \r\n\t\r\n", []),
    ],
)
def test_a_line_ends_with_either_sign_and_noise_is_counted(
    data: bytes, heard: list[object]
) -> None:
    assert read(data) == heard


def test_a_prompt_is_one_only_where_it_is_expected_and_at_the_start_of_a_line() -> None:
    assert read(b"\r\n> ", prompt=True) == [Prompt()]
    assert read(b"\r\n>", prompt=True) == [Prompt()]
    assert read(b"\r\n> \r\n") == [Line(">")]
    assert read(b"a>\r\n", prompt=True) == [Line("a>")]
    assert read(b"> \r\nOK\r\n", prompt=True) == [Prompt(), Line("OK")]


def test_an_overlong_line_is_rubbish_and_the_next_one_is_heard() -> None:
    long = b"x" * (LONGEST_LINE + 5)
    assert read(long + b"\r\nOK\r\n") == [Rubbish(LONGEST_LINE + 5), Line("OK")]
    assert read(b"x" * LONGEST_LINE + b"\r") == [Line("x" * LONGEST_LINE)]


def test_what_was_begun_is_forgotten_with_the_line() -> None:
    reader = LineReader()
    reader.feed(b"ERR")
    reader.clear()
    assert reader.feed(b"OK\r\n") == [Line("OK")]


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_how_the_bytes_are_cut_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[a:b] for a, b in pairwise(places)]
    assert read(*chunks) == read(data)


@given(st.binary(max_size=8000), st.booleans())
def test_no_bytes_make_the_reader_hold_more_than_one_line(data: bytes, prompt: bool) -> None:  # noqa: FBT001
    reader = LineReader()
    reader.expect_prompt = prompt
    for heard in reader.feed(data):
        if isinstance(heard, Line):
            assert 0 < len(heard.text) <= LONGEST_LINE
    assert reader.held <= LONGEST_LINE


@given(st.binary(max_size=300))
def test_after_any_bytes_a_result_on_a_line_of_its_own_is_heard(noise: bytes) -> None:
    assert read(noise, b"\r\nOK\r\n")[-1] == Line("OK")
