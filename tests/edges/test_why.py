from __future__ import annotations

import socket

import pytest

from opensos.edges.why import why


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            FileNotFoundError(2, "No such file or directory", "/nowhere"),
            "No such file or directory",
        ),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (OSError("the line is gone"), "the line is gone"),
        (ValueError("7 is no flag"), "7 is no flag"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_a_reason_is_said_in_words(error: Exception, words: str) -> None:
    assert why(error) == words
