"""Whatever is wrong in a table is said in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opensos.edges.board.table import Table
from opensos.protocols.effects import UserError

if TYPE_CHECKING:
    from collections.abc import Callable


def table(**data: Any) -> Table:
    return Table(data, "part")


@pytest.mark.parametrize(
    ("read", "value", "words"),
    [
        (lambda t: t.text("key"), 7, "part.key must be a text."),
        (lambda t: t.text("key"), "", "part.key must be a text."),
        (lambda t: t.text("key"), "a\0b", "part.key must be a text."),
        (lambda t: t.choice("key", ("a", "b")), "c", "part.key may be a or b, not 'c'."),
        (lambda t: t.flag("key"), 1, "part.key must be true or false."),
        (lambda t: t.number("key", 0, 5), True, "part.key must be a number."),
        (lambda t: t.number("key", 0, 5), "3", "part.key must be a number."),
        (lambda t: t.number("key", 0, 5), float("nan"), "part.key must be a number."),
        (lambda t: t.number("key", 0, 5), 5.1, "part.key must lie between 0 and 5."),
        (lambda t: t.whole("key", 0, 5), 2.5, "part.key must be a whole number."),
        (lambda t: t.texts("key"), [1], "part.key must be a list of texts."),
        (lambda t: t.rows("key"), [1], "part.key must be rows of numbers."),
        (lambda t: t.rows("key"), [[True]], "part.key must be rows of numbers."),
        (lambda t: t.table("key"), 3, "part.key must be a table."),
        (lambda t: t.tables("key"), {}, "part.key must be an array of tables: write [[part.key]]."),
        (
            lambda t: t.moment("key"),
            "2024-05-17",
            "part.key must be a date without quotes, as in 2024-05-17.",
        ),
    ],
)
def test_a_value_that_cannot_be_is_a_sentence(
    read: Callable[[Table], object], value: object, words: str
) -> None:
    with pytest.raises(UserError) as error:
        read(table(key=value))
    assert str(error.value) == words


@pytest.mark.parametrize(
    "read",
    [
        lambda t: t.need("key"),
        lambda t: t.choice("key", ("a",)),
        lambda t: t.need_number("key", 0, 1),
        lambda t: t.need_whole("key", 0, 1),
    ],
)
def test_what_is_missing_is_said(read: Callable[[Table], object]) -> None:
    with pytest.raises(UserError, match=r"^part\.key is missing\.$"):
        read(table())


def test_what_is_not_there_is_the_default() -> None:
    t = table()
    assert t.text("a", "b") == "b"
    assert t.choice_or("a", ("x",), None) is None
    assert t.flag("a", default=True) is True
    assert t.number("a", 0, 1) is None
    assert t.number_or("a", 0.5, 0, 1) == 0.5
    assert t.whole_or("a", 3, 0, 5) == 3
    assert t.texts("a") == ()
    assert t.rows("a") is None
    assert t.table("a") is None
    assert t.tables("a") == ()
    assert t.moment("a") is None
    t.done()


def test_an_unknown_key_is_named_with_those_that_are_known() -> None:
    t = table(prot=1, host="x")
    t.text("host")
    t.whole("port", 0, 9)
    with pytest.raises(UserError, match=r"^part\.prot is no key here; known are host, port\.$"):
        t.done()


def test_one_text_is_a_list_of_one() -> None:
    assert table(key="a").texts("key") == ("a",)
