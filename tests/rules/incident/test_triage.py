from __future__ import annotations

import pytest

from opensos.rules.incident.card import Crash, SeverityView
from opensos.rules.incident.reading import MsdReading
from opensos.rules.incident.triage import marks, trigger_of


def severity(probability: float) -> SeverityView:
    return SeverityView(
        probability, probability, probability, probability >= 0.2, probability >= 0.05, "caveat"
    )


@pytest.mark.parametrize(
    ("crash", "code"),
    [
        (Crash(rollover=True), "triage.rollover"),
        (Crash(severity=severity(0.3)), "triage.severe"),
        (Crash(severity=severity(0.1)), "triage.concern"),
    ],
)
def test_what_makes_a_crash_worse_is_marked(crash: Crash, code: str) -> None:
    reading = MsdReading(received=True, crash=crash)
    assert [f.code for f in marks("automatic", "automatic", reading)] == [code]


def test_an_unknown_rollover_is_no_rollover_mark() -> None:
    assert marks("automatic", "automatic", MsdReading(received=True, crash=Crash())) == ()


def test_who_called_is_unknown_if_nobody_says() -> None:
    assert trigger_of("test", None) == "unknown"
    assert trigger_of("other", True) == "automatic"
    assert trigger_of("sos", False) == "manual"
    assert trigger_of("manual", True) == "manual"
