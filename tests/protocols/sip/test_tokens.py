from __future__ import annotations

from opensos.protocols.sip.tokens import Tokens


def test_words_never_repeat() -> None:
    tokens = Tokens(b"seed")
    assert len({tokens.next() for _ in range(10_000)}) == 10_000


def test_the_same_seed_gives_the_same_row_and_another_seed_another() -> None:
    row = [Tokens(b"a").next(), Tokens(b"a").next(), Tokens(b"b").next()]
    assert row[0] == row[1] != row[2]
    assert len(row[0]) == 16


def test_a_stamp_depends_on_the_text_and_the_seed_only() -> None:
    tokens = Tokens(b"a")
    first = tokens.stamp("x")
    tokens.next()
    assert tokens.stamp("x") == first != tokens.stamp("y")
    assert Tokens(b"b").stamp("x") != first
    assert tokens.stamp("\udcff") == tokens.stamp_bytes(b"\xff")


def test_numbers_stay_in_their_range() -> None:
    tokens = Tokens(b"a")
    assert {tokens.number(3) for _ in range(100)} == {1, 2, 3}
