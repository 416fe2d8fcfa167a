from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.at import Final, call_word, final_of
from opensos.protocols.at.results import NOT_INSERTED


@pytest.mark.parametrize(
    ("line", "final"),
    [
        ("OK", Final(ok=True, word="OK")),
        ("ok", Final(ok=True, word="OK")),
        ("ERROR", Final(ok=False, word="ERROR")),
        ("COMMAND NOT SUPPORT", Final(ok=False, word="ERROR")),
        ("+CME ERROR: 10", Final(ok=False, word="CME", code=10, text="10")),
        (
            "+CME ERROR: SIM not inserted",
            Final(ok=False, word="CME", code=NOT_INSERTED, text="SIM not inserted"),
        ),
        ("+CME ERROR: whatever", Final(ok=False, word="CME", text="whatever")),
        ("+CMS ERROR: 500", Final(ok=False, word="CMS", code=500, text="500")),
        ("+CME ERROR:", Final(ok=False, word="CME")),
        ("OKAY", None),
        ("+CSQ: 1,2", None),
        ("NO CARRIER", None),
        ("BUSY", None),
    ],
)
def test_a_result_is_told_from_everything_else(line: str, final: Final | None) -> None:
    assert final_of(line) == final


@pytest.mark.parametrize("word", ["NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE"])
def test_the_end_of_a_call_is_a_result_only_of_a_command_that_calls(word: str) -> None:
    assert final_of(word) is None
    assert final_of(word, call=True) == Final(ok=False, word=word) == call_word(word)


def test_a_rate_or_a_cause_may_follow_the_word() -> None:
    assert final_of("CONNECT 9600", call=True) == Final(ok=True, word="CONNECT")
    assert final_of("NO CARRIER: 16", call=True) == Final(ok=False, word="NO CARRIER")
    assert call_word("CONNECT") is None
    assert call_word("NO CARRIERS") is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(text: str) -> None:
    final_of(text)
    final_of(text, call=True)
    final_of("+CME ERROR: " + text)
