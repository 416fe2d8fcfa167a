from __future__ import annotations

import pytest

from opensos.protocols.effects import RemoteError
from opensos.protocols.sip.remember import remembered


def test_a_text_is_read_once_however_often_it_comes() -> None:
    seen: list[str] = []

    @remembered
    def read(text: str) -> tuple[str]:
        seen.append(text)
        return (text,)

    assert read("a") is read("a")
    assert read("b") == ("b",)
    assert seen == ["a", "b"]


def test_a_long_text_is_not_kept() -> None:
    seen: list[int] = []

    @remembered
    def read(text: str) -> int:
        seen.append(len(text))
        return len(text)

    assert read("x" * 257) == read("x" * 257) == 257
    assert seen == [257, 257]


def test_what_cannot_be_read_is_refused_every_time() -> None:
    @remembered
    def read(text: str) -> int:
        raise RemoteError(text)

    for _ in range(2):
        with pytest.raises(RemoteError, match="no"):
            read("no")
