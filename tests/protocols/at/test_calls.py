from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols.at import (
    CallState,
    ListedCall,
    ended_normally,
    listed_call_of,
    ucallstat_of,
)


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("+CLCC: 1,0,0,0,0", ListedCall(1, outgoing=True, state=CallState.ACTIVE)),
        (
            '+CLCC: 2,1,4,0,0,"+49301234567",145',
            ListedCall(2, outgoing=False, state=CallState.INCOMING),
        ),
        ("+CLCC: 1,0,2,9,0", ListedCall(1, outgoing=True, state=CallState.DIALLING)),
        ("+CLCC: 1,0,0,1,0", ListedCall(1, outgoing=True, state=CallState.ACTIVE, voice=False)),
        ("+CLCC: 1,2,0,0,0", None),
        ("+CLCC: 1,0,7,0,0", None),
        ("+CLCC: 1,0", None),
        ("+CLCC: a,0,0,0", None),
        ("+CREG: 1", None),
    ],
)
def test_a_listed_call_is_read(line: str, call: ListedCall | None) -> None:
    assert listed_call_of(line) == call


def test_ublox_tells_two_states_more() -> None:
    assert ucallstat_of("+UCALLSTAT: 1,6") is CallState.DISCONNECTED
    assert ucallstat_of("+UCALLSTAT: 1,7") is CallState.CONNECTED
    assert ucallstat_of("+UCALLSTAT: 1") is None
    assert ucallstat_of("+UCALLSTAT: 1,8") is None
    assert ucallstat_of("+CLCC: 1,6") is None


@pytest.mark.parametrize(
    ("line", "normal"),
    [
        ("+CEER: Normal call clearing", True),
        ('+CEER: "CC setup error",16,"Normal call clearing"', True),
        ("+CEER: 5,16", True),
        ("+CEER: Normal, unspecified", True),
        ("+CEER: 31", True),
        ("+CEER: User busy", False),
        ("+CEER: 1160", False),
        ("+CEER:", None),
        ("+CREG: 16", None),
    ],
)
def test_only_the_two_causes_of_hanging_up_are_normal(line: str, *, normal: bool | None) -> None:
    assert ended_normally(line) is normal


@given(st.text(max_size=50))
def test_no_line_breaks_a_reader(text: str) -> None:
    for head in ("+CLCC: ", "+UCALLSTAT: ", "+CEER: "):
        listed_call_of(head + text)
        ucallstat_of(head + text)
        ended_normally(head + text)
