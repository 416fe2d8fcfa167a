"""Readings as the telematics unit's bytes: what is not known is said to be not known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from opensos.protocols import bmw
from opensos.rules.readiness import bmw_data as words
from opensos.rules.readiness.readings import (
    AntennaReading,
    BackupReading,
    ButtonReading,
    Circuit,
    GnssReading,
    ModemReading,
    Registration,
    Technology,
)


def test_a_part_that_is_not_there_is_not_known_and_never_zero() -> None:
    assert bmw.decode_backup_battery(words.backup_battery(None)) == bmw.BackupBattery()
    assert bmw.decode_backup_battery(words.backup_battery(BackupReading())) == bmw.BackupBattery()
    assert bmw.decode_network(words.network(None, radio=True)).bars is None
    assert words.button(None) == words.button(ButtonReading(fitted=False)) == b"\x02"
    assert words.satellites(None) == b"\x00"
    assert bmw.decode_antenna_result(words.antenna_test(None)).status == bmw.Status.ABORTED


def test_a_fix_is_named_by_its_kind() -> None:
    kinds = {kind: words.satellites(GnssReading(fix_kind=kind))[0] for kind in ("none", "2d", "3d")}
    assert kinds == {"none": 0x0, "2d": 0xB, "3d": 0xC}


def test_only_the_newest_unit_tells_its_radio_technology() -> None:
    reading = ModemReading(
        registration=Registration.ROAMING,
        technology=Technology.LTE,
        plmn="26201",
        signal_dbm=-60,
        data=True,
    )
    told = bmw.decode_network(words.network(reading, radio=True))
    assert (told.state, told.plmn, told.bars, told.radio) == (bmw.SimState.ROAMING, "26201", 4, 2)
    assert bmw.decode_network(words.network(reading, radio=False)).radio is None


@given(st.sampled_from(Circuit), st.none() | st.integers(-5, 70_000))
def test_an_antenna_test_tells_fault_and_millivolts(
    circuit: Circuit, millivolts: int | None
) -> None:
    told = bmw.decode_antenna_result(
        words.antenna_test(AntennaReading("main", circuit, millivolts))
    )
    assert (told.status == bmw.Status.OK) is (circuit is Circuit.OK)
    assert (told.fault is None) is (circuit is Circuit.OK)


@given(
    st.builds(
        BackupReading,
        st.none() | st.booleans(),
        st.none() | st.floats(-1, 100),
        temperature_c=st.none() | st.floats(-300, 300),
        health_pct=st.none() | st.floats(-1, 101),
        installed_utc=st.none() | st.floats(0, 4e9),
        charging=st.none() | st.booleans(),
    )
)
def test_any_battery_can_be_told(one: BackupReading) -> None:
    told = bmw.decode_backup_battery(words.backup_battery(one))
    assert told.fitted is one.fitted
    assert (told.health_pct is None) is (one.health_pct is None)
    assert (told.installed is None) is (one.installed_utc is None)
