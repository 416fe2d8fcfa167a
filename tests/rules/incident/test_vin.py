from __future__ import annotations

from opensos.rules.incident.vin import masked


def test_a_number_is_masked_between_maker_and_last_three() -> None:
    assert masked("WVWZZZAUZHW123456") == "WVW***********456"


def test_a_short_or_absent_number_shows_nothing() -> None:
    assert masked("WVW") == "***"
    assert masked(None) is None
