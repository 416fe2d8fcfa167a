from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from opensos.protocols.effects import LocalError
from opensos.protocols.ngecall import urns
from opensos.rules.emergency import Cause, Settings, person_knows, urn_for


@pytest.mark.parametrize(
    "wrong",
    [
        {"cancel_window_s": -1},
        {"cancel_window_s": 61},
        {"t2_s": 0},
        {"attempt_limit_s": 0},
        {"beat_s": 0},
        {"t9_s": 3599},
        {"redial_bound_s": 121},
        {"redial_bound_s": -1},
        {"redial_delays_s": (0.0, -1.0)},
        {"attempts_most": 0},
        {"attempts_most": 101},
    ],
)
def test_settings_that_break_a_promise_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        replace(Settings(), **wrong)


@pytest.mark.parametrize("cause", list(Cause))
def test_a_test_never_gets_an_emergency_urn(cause: Cause) -> None:
    assert urn_for(cause, test=True) == "urn:service:test.sos.ecall"


def test_a_test_asked_for_on_a_live_unit_is_still_a_test() -> None:
    assert urn_for(Cause.TEST, test=False) == "urn:service:test.sos.ecall"


def test_a_live_call_says_who_triggered_it() -> None:
    assert urn_for(Cause.AUTOMATIC, test=False) == "urn:service:sos.ecall.automatic"
    assert urn_for(Cause.MANUAL, test=False) == "urn:service:sos.ecall.manual"


def test_the_urns_are_those_of_the_ngecall_room() -> None:
    assert urn_for(Cause.AUTOMATIC, test=False) == urns.AUTOMATIC
    assert urn_for(Cause.MANUAL, test=False) == urns.MANUAL
    assert urn_for(Cause.TEST, test=True) == urns.TEST


@pytest.mark.parametrize(
    "right",
    [
        {"cancel_window_s": 0},
        {"cancel_window_s": 60},
        {"t2_s": 0.5},
        {"attempt_limit_s": 0.5},
        {"beat_s": 0.5},
        {"t9_s": 3600},
        {"attempts_most": 1},
        {"attempts_most": 100},
        {"redial_bound_s": 0},
        {"redial_bound_s": 120},
        {"redial_delays_s": (0.0, 0.5)},
    ],
)
def test_settings_at_the_edge_of_what_is_promised_are_taken(right: dict[str, Any]) -> None:
    assert replace(Settings(), **right) is not None


def test_the_times_are_those_of_the_standard_where_it_names_them() -> None:
    assert (Settings().t2_s, Settings().t9_s, Settings().redial_bound_s) == (3600, 3600, 120)


@pytest.mark.parametrize("status", [380, 408, 486, 503, 600, 603, 604])
@pytest.mark.parametrize("received", [True, False, None])
def test_a_person_knows_only_by_a_busy_or_a_decline_with_the_acknowledgement(
    status: int, *, received: bool | None
) -> None:
    assert person_knows(status, received) is (received is True and status in {486, 600, 603})
