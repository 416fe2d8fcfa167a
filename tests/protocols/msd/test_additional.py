"""Which additional data are known."""

from __future__ import annotations

from opensos.protocols.msd import EraGlonass, EuroNcap, ImpactLocation, additional_data
from opensos.protocols.msd.additional import KIND_NAMES, KINDS


def test_a_value_is_wrapped_under_its_identifier_with_its_bytes() -> None:
    front = EuroNcap(ImpactLocation.FRONT, None, 125, -45, 10)
    wrapped = additional_data(front)
    assert (wrapped.oid, wrapped.data.hex(), wrapped.decoded) == ("8.1", "0832d28480", front)
    severity = EraGlonass(crash_severity=1)
    assert additional_data(severity).oid == "1.4.1"
    assert additional_data(severity).decoded == severity


def test_every_known_kind_has_a_name_and_reads_what_is_written() -> None:
    assert set(KINDS) == set(KIND_NAMES)
    for value in (EuroNcap(ImpactLocation.NONE, True, 100, 0, 0), EraGlonass()):
        wrapped = additional_data(value)
        assert KINDS[wrapped.oid](wrapped.data) == (value, ())
