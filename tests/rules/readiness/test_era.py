"""The diagnostic bits of an ERA-GLONASS MSD."""

from __future__ import annotations

import pytest

from opensos.protocols.msd.era_glonass import (
    DIAGNOSTICS,
    EraGlonass,
    decode_era_glonass,
    encode_era_glonass,
)
from opensos.rules.readiness import Outcome, era_diagnostics
from opensos.rules.readiness.era import BITS
from opensos.rules.readiness.monitors import MONITORS, all_keys

MONITOR_OF = {key: (one.id, key.partition(".")[2]) for one in MONITORS for key in one.keys}
WELL: dict[str, tuple[Outcome, str | None]] = {one.id: (Outcome.PASSED, None) for one in MONITORS}
OTHERS = {"otherCriticalFailures", "otherNotCriticalFailures", "eventsMemoryOverflow"}


def test_every_bit_and_every_finding_behind_it_exists() -> None:
    assert set(BITS) | OTHERS <= set(DIAGNOSTICS)
    assert {key for keys in BITS.values() for key in keys} <= set(all_keys())


def test_a_healthy_unit_sends_no_true_bit() -> None:
    bits = era_diagnostics(WELL, memory_full=False)
    assert set(bits) == set(BITS) | OTHERS
    assert not any(bits.values())


def test_what_was_not_tested_is_not_sent() -> None:
    assert set(era_diagnostics({}, memory_full=True)) == OTHERS
    assert era_diagnostics({}, memory_full=True)["eventsMemoryOverflow"]
    one = {**WELL, "microphone.tone": (Outcome.NOT_COMPLETED, None)}
    assert "micFailure" not in era_diagnostics(one, memory_full=False)


@pytest.mark.parametrize("key", sorted(MONITOR_OF))
def test_each_finding_sets_its_one_bit(key: str) -> None:
    monitor, symptom = MONITOR_OF[key]
    bits = era_diagnostics({**WELL, monitor: (Outcome.FAILED, symptom)}, memory_full=False)
    true = {name for name, value in bits.items() if value}
    named = {name for name, keys in BITS.items() if key in keys}
    event = next(
        s.event for m in MONITORS for s in m.symptoms if m.id == monitor and s.name == symptom
    )
    if named or event:
        assert true == named
    else:
        assert len(true) == 1
        assert true <= OTHERS - {"eventsMemoryOverflow"}


def test_the_bits_fit_into_an_msd() -> None:
    bits = era_diagnostics({**WELL, "led.line": (Outcome.FAILED, "open")}, memory_full=False)
    read, problems = decode_era_glonass(encode_era_glonass(EraGlonass(diagnostics=bits)))
    assert problems == ()
    assert read is not None
    assert read.diagnostics == bits
